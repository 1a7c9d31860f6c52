"""A job's status around its work: processing, progress, and a last state, whatever happens inside."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from saq import Job

from xlsapp.context import App
from xlsapp.db.errors import MayPass, driver_errors
from xlsapp.errors import NotFound
from xlsapp.jobs.status import Status
from xlsapp.messages.saying import say
from xlsapp.problems import Message
from xlsapp.sandbox.failures import ChildLost

log = logging.getLogger(__name__)

OUR_FAULT = (
    "Something broke on our side and nothing was changed. Try again; if it repeats, quote job {job_id}."
)
TEMPLATE_GONE = "The template was deleted before this job was done, and nothing was changed."
WAITS_AGAIN = "Waiting to start again."

# Faults that may pass: the queue tries again, with a pause that grows.
TRANSIENT = (MayPass, ChildLost)

# A reader sees no difference above some five changes a second.
PROGRESS_EVERY_SECONDS = 0.2


class Result(Protocol):
    """What a service returns."""

    @property
    def success(self) -> bool:
        """Whether what was asked was done."""

    @property
    def error_message(self) -> str | None:
        """Why not, in a sentence."""

    def to_dict(self) -> dict[str, Any]:
        """All of it, as the job's page shows it."""


@dataclass(slots=True)
class Reporter:
    """Says how a job is getting on."""

    app: App
    job_id: str
    finished: bool = False
    _started: float = field(default_factory=time.monotonic)
    _next_progress: float = 0.0

    async def progress(self, message: Message) -> None:
        """Say how far the job is. What comes too quickly is left out."""
        if time.monotonic() >= self._next_progress:
            self._next_progress = time.monotonic() + PROGRESS_EVERY_SECONDS
            await self.app.statuses.update_progress(self.job_id, say(message))

    async def result(self, result: Result) -> None:
        """The job's last state: completed, or failed with what its user can mend."""
        state = Status.COMPLETED if result.success else Status.FAILED
        await self.finish(state, result=result.to_dict(), error_message=result.error_message)

    async def finish(self, state: Status, **changes: Any) -> None:
        """Store the last state, then remove what only the work needed."""
        await self.app.statuses.update_status(self.job_id, state, **changes)
        self.finished = True
        log.info("Job %s %s in %.3f s", self.job_id, state, time.monotonic() - self._started)
        await asyncio.to_thread(self.app.files.remove_work, self.job_id)


@asynccontextmanager
async def reporting(app: App, job: Job) -> AsyncIterator[Reporter]:
    """Open and close a job's status around its work."""
    job_id = job.key
    reporter = Reporter(app, job_id)
    await app.statuses.update_status(job_id, Status.PROCESSING, progress=None)
    try:
        with driver_errors():  # a child's too, and the queue's
            yield reporter
    except asyncio.CancelledError:
        # A shutdown, or the queue's own time limit. The queue says what becomes of the job: see worker.py.
        if not reporter.finished:
            await app.statuses.update_status(job_id, Status.PENDING, progress=WAITS_AGAIN)
        raise
    except TRANSIENT:
        if reporter.finished or not job.retryable:
            raise
        log.warning("Job %s will be tried again", job_id, exc_info=True)
        await app.statuses.update_status(job_id, Status.PENDING, progress=WAITS_AGAIN)
        raise
    except NotFound:
        log.info("Job %s: its template is gone", job_id)
        await reporter.finish(Status.FAILED, error_message=TEMPLATE_GONE)
    except Exception:
        log.exception("Job %s failed", job_id)
        await reporter.finish(Status.FAILED, error_message=OUR_FAULT.format(job_id=job_id))
