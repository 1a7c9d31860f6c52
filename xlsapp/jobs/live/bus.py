"""From whoever changes a status, or ends a session, to the pages of this process that are to hear of it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from xlsapp.jobs.live.announcing import Announcer
from xlsapp.jobs.live.signing_out import LatelyEnded, closing_ended_sessions
from xlsapp.jobs.status import JobStatus, JobStatusService


class Bus(Protocol):
    """Changes of statuses, and ends of sessions; `tests/jobs/live/bus_contract.py` holds each to it."""

    async def tell(self, status: JobStatus, running_jobs: int | None) -> None:
        """A status was stored; with its user's number of running jobs if it came to another state."""

    def hearing(self, statuses: JobStatusService) -> AbstractAsyncContextManager[None]:
        """While the block lasts, this process's hub is told of all that anybody tells."""


@dataclass(frozen=True, slots=True)
class ProcessBus:
    """Where one process does everything: what it tells, it hears. Sessions may be ended from the shell."""

    announcer: Announcer
    lately_ended: LatelyEnded

    async def tell(self, status: JobStatus, running_jobs: int | None) -> None:
        """See Bus."""
        self.announcer.count(status, running_jobs)
        self.announcer.announce(status, running_jobs)

    @asynccontextmanager
    async def hearing(self, statuses: JobStatusService) -> AsyncIterator[None]:
        """See Bus."""
        async with closing_ended_sessions(self.announcer.hub, self.lately_ended):
            yield
