"""The files of jobs: uploads, staging, exports, what is kept, each named by its job and gone with it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Hashable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from xlsapp.db.runs import Run
from xlsapp.files.files import Files, Incoming, Made
from xlsapp.files.folder import FolderFiles, anything_fits, remove_paths
from xlsapp.files.served import Served
from xlsapp.services.engines.review_places import ReviewFiles, ReviewPlaces

KEPT_IN = ("uploads", "exports", "reports", "samples", "asked")
STAGING = "staging"
REVIEWS = "reviews"

Sizes = dict[Hashable, int]
"""The bytes of files by what they are, so that a file with two names counts once."""

SQLITE_COMPANIONS = ("", "-wal", "-shm", "-journal")


class EndedSizes:
    """The sizes of the files of ended jobs, by job, until one of them is removed: nothing writes to them.

    Each look at a file lets go of Python's lock, and an account may have thousands of jobs.
    """

    def __init__(self) -> None:
        self._known: dict[str, Sizes] = {}
        self.forgotten = 0
        """How often something was removed."""

    def of(self, job_ids: Iterable[str]) -> dict[str, Sizes]:
        """What is known."""
        return {job_id: self._known[job_id] for job_id in job_ids if job_id in self._known}

    def remember(self, sizes: Mapping[str, Sizes], forgotten: int) -> None:
        """What was looked at, unless something was removed since: it may have been one of these."""
        if forgotten == self.forgotten:
            self._known |= sizes

    def forget(self, *job_ids: str) -> None:
        """Look anew next time: call it once files have been removed, or were kept."""
        self.forgotten += 1
        for job_id in job_ids:
            self._known.pop(job_id, None)


def prepare_folders(root: Path) -> None:
    """Make the folders of JobFiles.in_folder; nobody but the owner of the process may look into them."""
    for folder in (*KEPT_IN, STAGING, REVIEWS):
        (root / folder).mkdir(mode=0o700, parents=True, exist_ok=True)


@dataclass(frozen=True, slots=True)
class JobFiles:
    """What files a job has. A job's id cannot be guessed, and so neither can a file's key."""

    files: Files
    staging_folder: Path
    """On this machine: rows on their way into the records, while a job runs here."""
    reviews: ReviewPlaces
    """What imports have staged and is kept to be looked at, mended and applied."""
    by_attempt: bool = False
    """Whether two machines may take each other's job for lost: then what a job makes has a key for each of
    its attempts, and its last status says which of them counts."""
    receiving: dict[str, int] = field(default_factory=dict)
    """Whose the jobs are whose upload is still coming in: they have a file, but no status yet."""
    _sizes: EndedSizes = field(default_factory=EndedSizes)

    @classmethod
    def in_folder(cls, root: Path, require_room: Callable[[int], None] = anything_fits) -> Self:
        """All of them in the data folder. Its `reports` keep the name that they had before."""
        reviews = ReviewFiles(root / REVIEWS, root / "data.sqlite3")
        return cls(FolderFiles(root, KEPT_IN, require_room), root / STAGING, reviews)

    def staging(self, job_id: str) -> Path:
        """The checked rows of an import, on their way into the records."""
        return self.staging_folder / f"{job_id}.sqlite3"

    def receive(self, job_id: str) -> AbstractAsyncContextManager[Incoming]:
        """The workbook as it comes in."""
        return self.files.writing(_upload(job_id))

    @asynccontextmanager
    async def while_receiving(self, job_id: str, user_id: int) -> AsyncIterator[None]:
        """An upload comes in during the block, or is made of another file. Removed if the block raises."""
        self.receiving[job_id] = user_id
        try:
            yield
        except BaseException:
            await asyncio.shield(self.files.remove(_upload(job_id)))
            raise
        finally:
            self.receiving.pop(job_id, None)  # two answers to one question make the same job

    async def upload_bytes(self, job_id: str) -> int:
        """The size of the workbook that came in; 0 when it is gone."""
        found = await self.files.find(_upload(job_id))
        return found[_upload(job_id)].size_bytes if found else 0

    def upload(self, job_id: str) -> AbstractAsyncContextManager[Path]:
        """The workbook that came in, to be read."""
        return self.files.fetched(_upload(job_id))

    @asynccontextmanager
    async def upload_or_sample(self, job_id: str) -> AsyncIterator[Path]:
        """The workbook that a template is proposed for: a run that was ended late has kept it already."""
        is_kept = await self.files.find(_sample(job_id))
        async with self.files.fetched(_sample(job_id) if is_kept else _upload(job_id)) as path:
            yield path

    async def keep_sample(self, job_id: str) -> None:
        """Keep an upload, to be imported once there is a template. Does nothing where that has been done."""
        with suppress(FileNotFoundError):
            await self.files.move(_upload(job_id), _sample(job_id))
        self._sizes.forget(job_id)

    async def start_from_sample(self, job_id: str, next_id: str, *, last: bool = False) -> None:
        """Make a kept sample the upload of the next job; of the `last` one that needs it.

        Raises FileNotFoundError when it is gone.
        """
        give = self.files.move if last else self.files.copy
        await give(_sample(job_id), _upload(next_id))

    async def keep_asked(self, job_id: str) -> None:
        """Keep an upload when its job has asked something, or its rows are reviewed: it may be read again.

        Does nothing where that has been done before.
        """
        if not await self.files.find(_asked(job_id)):
            await self.files.copy(_upload(job_id), _asked(job_id))
        self._sizes.forget(job_id)

    async def has_kept(self, job_id: str) -> bool:
        """Whether a job's workbook is still kept."""
        return bool(await self.files.find(_asked(job_id)))

    async def kept_bytes(self, job_id: str) -> int:
        """The size of the workbook that is kept; 0 when it is gone."""
        found = await self.files.find(_asked(job_id))
        return found[_asked(job_id)].size_bytes if found else 0

    def kept(self, job_id: str) -> AbstractAsyncContextManager[Path]:
        """The workbook that is kept, to be read once more."""
        return self.files.fetched(_asked(job_id), again=True)

    async def start_from_asked(self, job_id: str, next_id: str) -> None:
        """Make a kept workbook the next job's upload. Raises FileNotFoundError when it is gone."""
        await self.files.copy(_asked(job_id), _upload(next_id))

    def review_changed(self, job_id: str) -> None:
        """A review has another size now."""
        self._sizes.forget(job_id)

    async def forget_asked(self, job_ids: Collection[str]) -> None:
        """Keep these jobs' workbooks no longer, nor what was staged of them."""
        await self.reviews.remove(*job_ids)
        await self.files.remove(*map(_asked, job_ids))
        self._sizes.forget(*job_ids)

    def export(self, job_id: str, attempt: int) -> str:
        """The key of the workbook to download, as an attempt has made it."""
        return f"exports/{job_id}/{attempt}" if self.by_attempt else f"exports/{job_id}"

    def make_export(self, run: Run, served: Served) -> AbstractAsyncContextManager[Made]:
        """The workbook, to be written."""
        return self.files.made(self.export(run.job_id, run.attempt), served)

    async def remove_export(self, run: Run) -> None:
        """Remove the workbook that an attempt has made."""
        await self.files.remove(self.export(run.job_id, run.attempt))

    def make_problem_list(self, run: Run) -> AbstractAsyncContextManager[Made]:
        """All the problems of an import, to be listed."""
        return self.files.made(self._problem_list(run.job_id, run.attempt))

    @asynccontextmanager
    async def problem_list(self, job_id: str, attempt: int) -> AsyncIterator[Path]:
        """All the problems of an import, as an attempt has found them. No file, nothing at the path.

        Where that attempt did no more than see that all was stored, it is the last list before.
        """
        key = await self._counting_problem_list(job_id, attempt)
        async with self.files.fetched(key, again=True) as path:
            yield path

    async def _counting_problem_list(self, job_id: str, attempt: int) -> str:
        key = self._problem_list(job_id, attempt)
        if self.by_attempt:
            key = _last_list(await self.files.find(f"reports/{job_id}"), attempt) or key
        return key

    async def remove_staging(self, job_id: str) -> None:
        """Remove the rows that were on their way into the records."""
        await asyncio.to_thread(self._remove_staging, job_id)

    async def remove_work(self, job_id: str) -> None:
        """Remove what a job needs only while it runs."""
        await self.remove_staging(job_id)
        await self.files.remove(_upload(job_id))
        self._sizes.forget(job_id)

    async def remove_all(self, *job_ids: str) -> None:
        """Remove everything of some jobs."""
        for job_id in job_ids:
            await self.remove_staging(job_id)
        await self.reviews.remove(*job_ids)
        keys = [key for job_id in job_ids for key in self._kept(job_id)]
        companions = [
            f"{key}{suffix}" for key in keys if key.endswith(".sqlite3") for suffix in SQLITE_COMPANIONS
        ]
        await self.files.remove(*keys, *companions)
        self._sizes.forget(*job_ids)

    async def bytes_of(self, job_ids: Iterable[str], *, ended: Collection[str] = ()) -> int:
        """What the files of jobs take; a file with two names counts once.

        Those of jobs that have `ended` are looked at once, where nobody else can remove them.
        """
        wanted = set(job_ids)
        known = self._sizes.of(wanted & set(ended)) if not self.by_attempt else {}
        forgotten = self._sizes.forgotten
        looked_at = await self._look(wanted - known.keys())
        self._sizes.remember(
            {job_id: looked_at[job_id] for job_id in looked_at if job_id in ended}, forgotten
        )
        sizes: Sizes = {}
        for each in (*known.values(), *looked_at.values()):
            sizes |= each
        return sum(sizes.values())

    async def bytes_by_owner(self, job_ids: Mapping[int, Iterable[str]]) -> dict[int, int]:
        """The same by whose the jobs are, for everybody at once."""
        owners = {job_id: owner for owner, ids in job_ids.items() for job_id in ids}
        sizes: dict[int, Sizes] = {owner: {} for owner in job_ids}
        for job_id, found in (await self._look(owners)).items():
            sizes[owners[job_id]] |= found
        return {owner: sum(found.values()) for owner, found in sizes.items()}

    def keys(self, job_id: str, attempt: int) -> dict[str, str]:
        """The keys of what is kept of an ended job, whether or not there is a file, by what it is."""
        return {
            "sample": _sample(job_id),
            "asked": _asked(job_id),
            "export": self.export(job_id, attempt),
            "problems": self._problem_list(job_id, attempt),
        }

    async def kept_keys(self, job_id: str, attempt: int) -> dict[str, str]:
        """The same of the files that there are."""
        keys = self.keys(job_id, attempt)
        if self.by_attempt:
            keys["problems"] = await self._counting_problem_list(job_id, attempt)
        found = await self.files.find(*keys.values())
        return {purpose: key for purpose, key in keys.items() if key in found}

    async def by_job(self) -> dict[str, list[str]]:
        """The files of each job that has some here, or a review, but for those whose upload is coming in."""
        staged = await asyncio.to_thread(
            lambda: [f"{STAGING}/{path.name}" for path in self.staging_folder.iterdir()]
        )
        found: dict[str, list[str]] = {}
        for key in (*await self.files.settled(), *staged):
            found.setdefault(_job_id(key), []).append(key)
        for job_id in await self.reviews.job_ids():
            found.setdefault(job_id, [])
        return {job_id: keys for job_id, keys in found.items() if job_id not in self.receiving}

    async def remove_left(self, job_id: str, keys: Collection[str], attempt: int) -> None:
        """Of the files of a job that has ended, remove what only its work needed, and what its attempts have
        made that do not count; `attempt` has come to its last state."""
        if any(key.startswith((f"{STAGING}/", "uploads/")) for key in keys):
            await self.remove_work(job_id)
        if self.by_attempt:
            lists = [key for key in keys if key.startswith("reports/")]
            counts = {self.export(job_id, attempt), _last_list(lists, attempt)}
            made = [key for key in keys if key.startswith(("exports/", "reports/"))]
            if left := [key for key in made if key not in counts]:
                await self.files.remove(*left)
                self._sizes.forget(job_id)

    def _problem_list(self, job_id: str, attempt: int) -> str:
        return f"reports/{job_id}/{attempt}" if self.by_attempt else f"reports/{job_id}.sqlite3"

    async def _look(self, job_ids: Collection[str]) -> dict[str, Sizes]:
        """The sizes of the files of each of these jobs, as they are now."""
        sizes: dict[str, Sizes] = {job_id: {} for job_id in job_ids}
        found = await self.files.find(*(key for job_id in job_ids for key in self._kept(job_id)))
        for key, file in found.items():
            sizes[_job_id(key)][file.content] = file.size_bytes
        for job_id, size in (await asyncio.to_thread(self._staged, job_ids)).items():
            sizes[job_id]["staged", job_id] = size
        for job_id, size in (await self.reviews.sizes(job_ids)).items():
            sizes[job_id]["reviewed", job_id] = size
        return sizes

    def _staged(self, job_ids: Iterable[str]) -> dict[str, int]:
        found = {}
        for job_id in job_ids:
            with suppress(FileNotFoundError):
                found[job_id] = self.staging(job_id).stat().st_size
        return found

    def _kept(self, job_id: str) -> list[str]:
        """The keys of a job's files, or those that they are below."""
        report = f"reports/{job_id}" if self.by_attempt else f"reports/{job_id}.sqlite3"
        return [_upload(job_id), _sample(job_id), _asked(job_id), f"exports/{job_id}", report]

    def _remove_staging(self, job_id: str) -> None:
        remove_paths(Path(f"{self.staging(job_id)}{suffix}") for suffix in SQLITE_COMPANIONS)


def _last_list(keys: Iterable[str], attempt: int) -> str | None:
    """The list of problems that counts where this attempt was the last; 0: where nobody said which it was."""
    lists = {int(key.rsplit("/", 1)[1]): key for key in keys}
    last = max((number for number in lists if number <= attempt or not attempt), default=None)
    return None if last is None else lists[last]


def _upload(job_id: str) -> str:
    return f"uploads/{job_id}"


def _sample(job_id: str) -> str:
    return f"samples/{job_id}"


def _asked(job_id: str) -> str:
    return f"asked/{job_id}"


def _job_id(key: str) -> str:
    return key.split("/")[1].split(".")[0]
