"""A job's status around its work: processing, progress, and a last state, whatever happens inside."""

import asyncio
import errno
import logging
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from xlsapp.context import App
from xlsapp.db.errors import DatabaseFault, FilesAway, Full, MayPass, driver_errors
from xlsapp.db.runs import LostRun, Run
from xlsapp.errors import NoRoom, NotFound, OverQuota
from xlsapp.jobs.leases import keeping
from xlsapp.jobs.small_jobs import JobContext, TakesLong
from xlsapp.jobs.status import Status
from xlsapp.problems import Message
from xlsapp.sandbox.failures import ChildLost, OutOfRoom
from xlsapp.services.operations.disk import no_room

log = logging.getLogger(__name__)

WAITS_AGAIN = Message("job.waits_again")
WAITS_FOR_FILES = Message("job.waits_for_files")
WAITS_FOR_SEAT = Message("job.waits_for_seat")

# Faults that may pass: the queue tries again, with a pause that grows.
TRANSIENT = (MayPass, ChildLost)

# A reader sees no difference above some five changes a second. What is done sooner tells nothing on its way.
PROGRESS_EVERY_SECONDS = 0.2


class Receipt(Protocol):
    """What a service found, or did."""

    @property
    def success(self) -> bool:
        """Whether what was asked was done."""

    @property
    def reasons(self) -> Sequence[Message]:
        """Why not."""

    def to_dict(self) -> dict[str, Any]:
        """All of it, as it is stored with the job's status."""


@dataclass(slots=True)
class Reporter:
    """Says how a job is getting on. All of it raises LostRun once another attempt has that to say."""

    app: App
    run: Run
    finished: bool = False
    _started: float = field(default_factory=time.monotonic)
    _next_progress: float = field(default_factory=lambda: time.monotonic() + PROGRESS_EVERY_SECONDS)

    async def progress(self, message: Message) -> None:
        """Say how far the job is. What comes too quickly is left out."""
        if time.monotonic() >= self._next_progress:
            self._next_progress = time.monotonic() + PROGRESS_EVERY_SECONDS
            await self.app.statuses.update_progress(self.run.job_id, message, run=self.run)

    async def end(self, receipt: Receipt) -> None:
        """The job's last state: completed, or failed with what its user can mend."""
        state = Status.COMPLETED if receipt.success else Status.FAILED
        await self.finish(state, result=receipt.to_dict(), reasons=receipt.reasons)

    async def finish(
        self, state: Status, *, reasons: Sequence[Message] = (), result: Mapping[str, Any] | None = None
    ) -> None:
        """Store the last state, then remove what only the work needed."""
        await self.app.statuses.update_status(
            self.run.job_id, state, reasons=reasons, result=result, run=self.run
        )
        self.finished = True
        log.info("Job %s %s in %.3f s", self.run.job_id, state, time.monotonic() - self._started)
        await self.app.files.remove_work(self.run.job_id)

    async def put_back(self, why: Message) -> None:
        """The job goes back to the queue. Where that cannot be said now, recovery.py will."""
        try:
            await self.app.statuses.update_status(self.run.job_id, Status.PENDING, progress=why, run=self.run)
        except (LostRun, DatabaseFault) as error:
            log.warning(
                "Job %s goes back to the queue, and its status does not say so: %r", self.run.job_id, error
            )


@asynccontextmanager
async def reporting(ctx: JobContext, *, fault: Message | None = None) -> AsyncIterator[Reporter]:
    """Open and close a job's status around its work, and keep its attempt meanwhile.

    `fault` is what to say when something breaks, unless nothing was changed then.
    """
    app, job = ctx["app"], ctx["job"]
    job_id = job.key
    reporter = Reporter(app, ctx["run"])
    await app.statuses.update_status(job_id, Status.PROCESSING, run=ctx["run"])
    try:
        with driver_errors(), full_disks():  # a child's too, and the queue's
            async with keeping(app.runs, ctx["run"]):
                yield reporter
    except LostRun as lost:
        log.warning("Job %s: %s", job_id, lost)  # its status is another's
        await _remove_made(app, ctx["run"])
        raise
    except asyncio.CancelledError:
        # A shutdown, or the queue's own time limit. The queue says what becomes of the job: see worker.py.
        if not reporter.finished:
            await reporter.put_back(WAITS_AGAIN)
        raise
    except TakesLong:
        log.info("Job %s goes back to the line: it is no small one", job_id)
        await reporter.put_back(WAITS_FOR_SEAT)
        raise
    except (Full, OutOfRoom, NoRoom):
        log.warning("Job %s found no room on the disk", job_id, exc_info=True)
        if not await app.runs.renew(ctx["run"]):
            raise LostRun(f"attempt {ctx['run'].attempt} at job {job_id} was lost on the way") from None
        # First of all its files: without them there is room for its last state.
        await app.files.remove_all(job_id)
        await reporter.finish(Status.FAILED, reasons=[Message("job.no_room")])
    except TRANSIENT as fault:
        is_store = isinstance(fault, FilesAway)
        if is_store and not reporter.finished and not job.retryable:
            log.exception("Job %s could not get at its files", job_id)
            await reporter.finish(Status.FAILED, reasons=[Message("job.files_away", {"job_id": job_id})])
            return
        if reporter.finished or not job.retryable:
            raise
        log.warning("Job %s will be tried again", job_id, exc_info=True)
        await reporter.put_back(WAITS_FOR_FILES if is_store else WAITS_AGAIN)
        raise
    except OverQuota as refused:
        await reporter.finish(Status.FAILED, reasons=[refused.message])
    except NotFound:
        log.info("Job %s: its template is gone", job_id)
        await reporter.finish(Status.FAILED, reasons=[Message("job.template_gone")])
    except Exception:
        log.exception("Job %s failed", job_id)
        await reporter.finish(Status.FAILED, reasons=[fault or our_fault(job_id)])


async def _remove_made(app: App, run: Run) -> None:
    """Remove the export of an attempt that does not count: nobody will ever name it."""
    with suppress(DatabaseFault):
        status = await app.statuses.get_status(run.job_id)
        if status is None or not status.is_final or status.attempt != run.attempt:
            await app.files.remove_export(run)


@contextmanager
def full_disks() -> Iterator[None]:
    """What the system says of a full disk in the block comes out as NoRoom."""
    try:
        yield
    except OSError as error:
        raise (no_room() if error.errno in (errno.ENOSPC, errno.EDQUOT) else error) from error


def our_fault(job_id: str) -> Message:
    """What is told of a fault: the log has the rest, under the job's id."""
    return Message("job.our_fault", {"job_id": job_id})
