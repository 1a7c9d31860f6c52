"""What jobs have left, carried to where it will be looked for; and jobs that have to end before that."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from xlsapp.db.beside import Beside
from xlsapp.errors import Refused
from xlsapp.jobs.files import JobFiles
from xlsapp.jobs.status import JobStatus, JobStatusService

PIECE_BYTES = 4 * 1024 * 1024
MOST_NAMED = 5


async def leave_reviews(statuses: JobStatusService, files: JobFiles, *, mended_too: bool) -> int:
    """Reviews stay behind, as each engine keeps them in its own way. Returns how many there are.

    Raises Refused where somebody has mended something in one, unless these are to stay behind as well.
    """
    reviewed = await statuses.get_statuses(await files.reviews.job_ids())
    mended = [] if mended_too else [each for each in reviewed if await files.reviews.run(each.job_id, _mends)]
    if mended:
        raise Refused(
            f"Somebody has mended rows in reviews, which stay behind: {_listed(map(_named, mended))}. "
            "Apply what was mended first, or leave it behind with --without-reviews."
        )
    return len(reviewed)


def _mends(conn: Beside) -> int:
    (count,) = conn.one("SELECT COUNT(*) FROM mends") or (0,)
    return int(count)


async def require_all_ended(statuses: JobStatusService, queued: Iterable[str]) -> None:
    """Raises Refused where jobs wait or run, and says which."""
    unfinished = {status.job_id: _named(status) for status in await statuses.list_unfinished()}
    for job_id in queued:
        unfinished.setdefault(job_id, f"job {job_id}")
    if unfinished:
        raise Refused(
            f"Not all jobs have ended: {_listed(unfinished.values())}. Start xlsapp as before, wait until "
            "they are done, stop it, and move then."
        )


def _listed(jobs: Iterable[str]) -> str:
    named = list(jobs)
    more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    return f"{', '.join(named[:MOST_NAMED])}{more}"


def _named(status: JobStatus) -> str:
    about = f" of “{status.file_name}”" if status.file_name else ""
    return f"{status.kind} job {status.job_id}{about} (template “{status.template_name}”)"


@dataclass(frozen=True, slots=True)
class FileCarrier:
    """Carries the files of ended jobs: exports, lists of problems, samples, kept uploads."""

    source: JobFiles
    target: JobFiles
    on_progress: Callable[[str], None]

    async def carry(self, statuses: Sequence[JobStatus]) -> int:
        """Carry the files of these jobs. Returns how many. Raises Refused where one is not the same."""
        count = 0
        for number, status in enumerate(statuses, 1):
            self.on_progress(f"Copying the files of job {number:,} of {len(statuses):,}")
            here = await self.source.kept_keys(status.job_id, status.attempt)
            there = self.target.keys(status.job_id, status.attempt)
            for purpose, key in here.items():
                await self._copy(key, there[purpose])
                count += 1
        return count

    async def _copy(self, key: str, other: str) -> None:
        sent, arrived = hashlib.blake2b(), hashlib.blake2b()
        async with self.source.files.fetched(key) as path, self.target.files.writing(other) as incoming:
            async for piece in _pieces(path):
                sent.update(piece)
                await incoming.write(piece)
        async with self.target.files.fetched(other) as path:
            async for piece in _pieces(path):
                arrived.update(piece)
        if sent.digest() != arrived.digest():
            raise Refused(f"The file {key} did not arrive as it was.")


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
            yield piece
