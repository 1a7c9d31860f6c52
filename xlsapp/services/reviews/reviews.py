"""The one door to reviews: found through their template, looked at, mended and applied."""

from collections.abc import Callable
from dataclasses import dataclass, field

from xlsapp.db.beside import Beside
from xlsapp.errors import NotFound, Refused
from xlsapp.models import ImportTemplate
from xlsapp.problems import Message
from xlsapp.repositories.records.selection import Cursor
from xlsapp.repositories.reviewing import rows
from xlsapp.repositories.reviewing.comparing import Moved
from xlsapp.repositories.reviewing.rows import Wanted
from xlsapp.repositories.reviewing.tables import store
from xlsapp.services.engines.review_places import ReviewPlaces
from xlsapp.services.imports.options import ImportOptions
from xlsapp.services.reviews import choosing, looking, mending
from xlsapp.services.reviews.mending import Mend, MendDraft
from xlsapp.services.reviews.planning import look_again
from xlsapp.services.reviews.review import ProblemGroup, Review, RowsPage

MOST_PREPARED = 1_000


@dataclass(frozen=True, slots=True)
class Reviews:
    """Reviews, and for which pages of them something was made by this process."""

    places: ReviewPlaces
    _prepared: set[tuple[str, int, int]] = field(default_factory=set)

    async def find(self, template: ImportTemplate, job_id: str) -> Review:
        """The review of a job, which belongs to this template. Raises NotFound."""
        return await self.places.run(job_id, lambda conn: _read(conn, job_id, template))

    async def page(self, review: Review, wanted: Wanted, cursor: Cursor | None, *, size: int) -> RowsPage:
        """Rows after a cursor, or before it. Raises NotFound when the review is gone."""
        needs = review.job_id, review.made.plan.records_version, wanted.sort.id if wanted.sort else 0
        if needs not in self._prepared:
            await self.places.run(review.job_id, lambda conn: rows.prepare(conn, wanted.sort), writes=True)
            if len(self._prepared) >= MOST_PREPARED:
                self._prepared.clear()
            self._prepared.add(needs)
        return await self.places.run(
            review.job_id, lambda conn: looking.page(conn, review, wanted, cursor, size=size)
        )

    async def groups(self, review: Review) -> list[ProblemGroup]:
        """The problems by column and kind, the largest groups first."""
        return await self.places.run(review.job_id, lambda conn: looking.groups(conn, review))

    async def mend(self, review: Review, draft: MendDraft, user_id: int) -> Review:
        """The review after a mend. Raises Refused, and NotFound when it is gone."""
        return await self._change(review, lambda conn, now: mending.mend(conn, now, draft, user_id))

    async def take_back(self, review: Review, mend_id: int) -> Review:
        """The review without a mend. Raises Refused, and NotFound when it was taken back already."""
        return await self._change(review, lambda conn, now: mending.take_back(conn, now, mend_id))

    async def choose(self, review: Review, options: ImportOptions) -> Review:
        """The review with other choices, for which its rows suffice. Raises Refused, and NotFound."""
        return await self._change(review, lambda conn, now: choosing.choose(conn, now, options))

    async def mends(self, review: Review) -> list[Mend]:
        """What was mended and not taken back, the newest first."""
        return await self.places.run(review.job_id, mending.all_mends)

    async def release(self, review: Review) -> None:
        """The job that was to apply it has ended without: it can be mended again."""
        await self._change(review, _release)

    async def _change(self, review: Review, work: Callable[[Beside, Review], Review]) -> Review:
        """What becomes of the review as it is now: somebody may have changed it since it was read."""

        def change(conn: Beside) -> Review:
            return work(conn, _read(conn, review.job_id, review.template))

        self._prepared.clear()
        return await self.places.run(review.job_id, change, writes=True)

    async def look_again(self, review: Review) -> tuple[Review, Moved]:
        """The review with a plan for the records as they are now, and what has moved since it was shown."""
        self._prepared.clear()
        return await self.places.run(review.job_id, lambda conn: look_again(conn, review), writes=True)

    async def begin_to_apply(
        self, review: Review, revision: int, job_id: Callable[[Review], str]
    ) -> tuple[Review, str]:
        """Note the job that is to apply it as it was in this revision: nothing is mended meanwhile.

        The same revision leads to the same job. Raises Refused when it is another one by now.
        """
        return await self.places.run(
            review.job_id, lambda conn: _begin(conn, review, revision, job_id), writes=True
        )


def _release(conn: Beside, review: Review) -> Review:
    store(conn, "state", review.state(applied_by=None))
    return review


def _begin(
    conn: Beside, review: Review, revision: int, job_id: Callable[[Review], str]
) -> tuple[Review, str]:
    review = Review.read(conn, review.job_id, review.template)
    if review.revision != revision:
        raise Refused(Message("review.changed_meanwhile"))
    if reason := review.why_not_ready:
        raise Refused(reason)
    applied_by = job_id(review)
    store(conn, "state", review.state(applied_by=applied_by))
    return review, applied_by


def _read(conn: Beside, job_id: str, template: ImportTemplate) -> Review:
    review = Review.read(conn, job_id, template)
    if review.kept.template_id != template.id:
        raise NotFound("review")
    return review
