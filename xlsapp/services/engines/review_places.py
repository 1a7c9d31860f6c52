"""Where reviews are kept: staged rows with their plan and their mends, by the job that has staged them.

The engine that holds the records decides. On SQLite it is a file for each, beside the database's; on
PostgreSQL a schema for each, see review_schemas.py. Both outlive the attempt that has made them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from xlsapp.db import beside
from xlsapp.db.beside import Beside
from xlsapp.db.connection import Connection, Staging

Result = TypeVar("Result")

Fence = Callable[[Connection], Awaitable[None]]

COMPANIONS = ("", "-wal", "-shm")

AT_ONCE = 3
"""So many reviews are looked at, or mended, at a time by one process."""


class ReviewPlaces(Protocol):
    """Reviews by their job's id. What is not there does no harm where it is removed."""

    def attached(self, job_id: str) -> Staging:
        """The staged tables, for the transaction that merges them."""

    async def keep(self, job_id: str, staged: Staging, fence: Fence) -> None:
        """Keep what is staged as a job's review, in the place of one that is there. What `fence` raises ends
        it."""

    async def run(self, job_id: str, work: Callable[[Beside], Result], *, writes: bool = False) -> Result:
        """What `work` returns in a thread, with the review's tables by their names, and the records as
        `data.*`. One at a time `writes` to a review; what it raises leaves the review as it was.

        Raises NotFound when there is none.
        """

    async def remove(self, *job_ids: str) -> None:
        """Remove some."""

    async def sizes(self, job_ids: Collection[str]) -> dict[str, int]:
        """The bytes that those of them take which are there."""

    async def job_ids(self) -> set[str]:
        """The jobs that have one."""


@dataclass(frozen=True, slots=True)
class ReviewFiles:
    """See ReviewPlaces. Files in a folder."""

    folder: Path
    database: Path
    """With the records."""

    def path(self, job_id: str) -> Path:
        """A review's file."""
        return self.folder / f"{job_id}.sqlite3"

    def attached(self, job_id: str) -> Path:
        """See ReviewPlaces."""
        return self.path(job_id)

    async def keep(self, job_id: str, staged: Staging, fence: Fence) -> None:
        """See ReviewPlaces. One process works on all jobs, and there is nobody to be kept off."""
        await self.remove(job_id)
        await asyncio.to_thread(beside.keep, Path(staged), self.path(job_id))

    async def run(self, job_id: str, work: Callable[[Beside], Result], *, writes: bool = False) -> Result:
        """See ReviewPlaces."""

        def run() -> Result:
            with beside.open_kept(self.path(job_id), self.database, writes=writes) as conn:
                return work(conn)

        return await asyncio.shield(asyncio.to_thread(run))

    async def remove(self, *job_ids: str) -> None:
        """See ReviewPlaces."""
        await asyncio.to_thread(self._remove, job_ids)

    async def sizes(self, job_ids: Collection[str]) -> dict[str, int]:
        """See ReviewPlaces."""
        return await asyncio.to_thread(self._sizes, job_ids)

    async def job_ids(self) -> set[str]:
        """See ReviewPlaces."""
        names = await asyncio.to_thread(lambda: [path.name for path in self.folder.iterdir()])
        return {name.split(".")[0] for name in names}

    def _remove(self, job_ids: Iterable[str]) -> None:
        for job_id in job_ids:
            for path in self._paths(job_id):
                path.unlink(missing_ok=True)

    def _sizes(self, job_ids: Iterable[str]) -> dict[str, int]:
        sizes = {}
        for job_id in job_ids:
            there = [path.stat().st_size for path in self._paths(job_id) if path.exists()]
            if there:
                sizes[job_id] = sum(there)
        return sizes

    def _paths(self, job_id: str) -> list[Path]:
        path = self.path(job_id)
        return [path.with_name(path.name + companion) for companion in COMPANIONS]
