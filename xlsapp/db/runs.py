"""Which attempt at a job may still store anything.

On one machine the queue knows whether a process lives, and there is nothing to ask: `OneProcess`. On several,
a host that was cut off or stood still may come back while another does its job: `db/postgres/runs.py`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from xlsapp.db.connection import Connection
from xlsapp.errors import XlsappError

Fence = Callable[[Connection], Awaitable[None]]
"""`Runs.require` of an attempt: awaited in the transaction that stores what it has made, before all else."""


class LostRun(XlsappError):
    """Another attempt at the job has begun, or it was given up: this one may store and say nothing."""


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt at a job, counted from 1."""

    job_id: str
    attempt: int


class Runs(Protocol):
    """Who works on which job. Everything may raise DatabaseFault."""

    @property
    def are_leased(self) -> bool:
        """Whether an attempt has to say again and again that it goes on."""

    async def take(self, job_id: str) -> Run | None:
        """Begin an attempt; from now on those before it can store nothing. None: the job was given up."""

    async def renew(self, run: Run) -> bool:
        """Say that an attempt goes on. False: it is lost."""

    async def require(self, tx: Connection, run: Run) -> None:
        """The fence: whoever stores what a job has made calls it first, in the transaction that stores it.

        Until that ends, no other attempt begins and nobody gives the job up. Raises LostRun.
        """

    async def give_up(self, job_id: str) -> None:
        """Let no attempt at a job store anything from now on. What an attempt is storing is waited for.

        Raises Busy when that takes some seconds.
        """

    async def sweep(self) -> None:
        """Remove what attempts have left in the database that were cut off, and forget those of long ago."""


class OneProcess:
    """Runs where one process works on the jobs: it is its own fence. See Runs."""

    are_leased = False

    async def take(self, job_id: str) -> Run | None:
        """See Runs."""
        return Run(job_id, 1)

    async def renew(self, run: Run) -> bool:
        """See Runs."""
        return True

    async def require(self, tx: Connection, run: Run) -> None:
        """See Runs."""

    async def give_up(self, job_id: str) -> None:
        """See Runs."""

    async def sweep(self) -> None:
        """See Runs. What there is, is in files: see jobs/recovery.py."""
