"""What a crash leaves behind, put right: at the start, and every half minute after."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from saq import Job
from saq.job import Status as QueueStatus

from xlsapp.clock import parse_utc, utc_now
from xlsapp.context import App
from xlsapp.db.errors import Unreachable
from xlsapp.jobs.reporting import WAITS_AGAIN, our_fault
from xlsapp.jobs.status import JobStatus, Status
from xlsapp.problems import Message
from xlsapp.repositories import imports
from xlsapp.repositories.history import changes

log = logging.getLogger(__name__)

RECONCILE_EVERY_SECONDS = 30

# Between its status and its queue entry a job that is being accepted is in neither danger nor the queue.
ACCEPTING_SECONDS = 20

WAITING = {QueueStatus.NEW, QueueStatus.QUEUED, QueueStatus.ACTIVE, QueueStatus.ABORTING}


async def follow_queue(app: App, job: Job) -> None:
    """The status of a job that the queue put back, or gave up, without its worker."""
    if job.status in WAITING:
        await app.statuses.update_status(job.key, Status.PENDING, progress=WAITS_AGAIN)
    else:
        await give_up(app, job.key, _stopped_too_often(job))


def _stopped_too_often(job: Job) -> Message:
    return Message("job.stopped_too_often", {"attempts": job.attempts, "job_id": job.key})


async def give_up(app: App, job_id: str, reason: Message) -> None:
    """A job's last state when no worker can say it. Does nothing to a job that has one already.

    An import whose rows are stored was done, whatever happened to its worker afterwards; so was an undo that
    has come to its end. One whose rows are not stored now never will be: that is made sure of first, as a
    worker nobody hears of may still be at it.
    """
    await app.runs.give_up(job_id)
    async with app.db.read() as conn:
        done = await imports.get_by_job(conn, job_id)
        undo = await changes.get_of_job(conn, job_id)
    result = done.summary if done else undo.details.get("receipt") if undo else None
    if undo and undo.is_open:  # a part of it is done, and stays so
        reason = Message("undo.our_fault", {"job_id": job_id})
        async with app.db.write() as tx:
            await changes.close(tx, undo.id)
    if result is not None:
        await app.statuses.update_status(job_id, Status.COMPLETED, result=dict(result))
        await app.files.remove_work(job_id)
    elif await app.statuses.update_status(job_id, Status.FAILED, reasons=[reason]):
        log.warning("Job %s failed: %s", job_id, reason.code)
        await app.files.remove_all(job_id)


async def reconcile_for_ever(app: App) -> None:
    """Reconcile now and again until cancelled."""
    while True:
        try:
            await reconcile(app)
        except Exception:
            log.exception("Reconciling failed; trying again in %s seconds", RECONCILE_EVERY_SECONDS)
        await asyncio.sleep(RECONCILE_EVERY_SECONDS)


async def reconcile(app: App, *, accepting_seconds: float = ACCEPTING_SECONDS) -> None:
    """Make statuses agree with the queue, and files with the statuses; sweep what has expired."""
    while await app.statuses.store.sweep():
        pass
    # An age below zero: the clock has stepped back. Then there is no telling, and waiting could be long.
    unfinished = [
        status
        for status in await app.statuses.list_unfinished()
        if not 0 <= _age_seconds(status) < accepting_seconds
    ]
    jobs = await app.queue.jobs([status.job_id for status in unfinished])
    for status, job in zip(unfinished, jobs, strict=True):
        with _one_of_many(status.job_id):
            await _reconcile_status(app, status, job)
    await _remove_left_files(app)
    await app.files.files.sweep()
    await app.runs.sweep()


@contextmanager
def _one_of_many(job_id: str) -> Iterator[None]:
    """What goes wrong with one job keeps neither others from being put right, nor the app from starting."""
    try:
        yield
    except Unreachable:
        raise
    except Exception:
        log.exception("Job %s could not be put right; trying again later", job_id)


async def _reconcile_status(app: App, status: JobStatus, job: Job | None) -> None:
    if job is None:
        await give_up(app, status.job_id, Message("job.never_queued"))
    elif job.status not in WAITING:
        # What a job has raised is in the queue as a traceback; of a process that died there is none.
        died = job.status is QueueStatus.FAILED and "Traceback" not in (job.error or "")
        await give_up(app, status.job_id, _stopped_too_often(job) if died else our_fault(status.job_id))
    elif job.status is QueueStatus.QUEUED and status.status is Status.PROCESSING:
        # Its process died between the queue's transaction and the status that should have followed it.
        await app.statuses.update_status(status.job_id, Status.PENDING, progress=WAITS_AGAIN)


async def _remove_left_files(app: App) -> None:
    """Remove the files of jobs that have neither a living status nor a place in the queue, and of those that
    have ended what is of no use any more."""
    files = await app.files.by_job()
    statuses = {status.job_id: status for status in await app.statuses.get_statuses(files)}
    over = [job_id for job_id in files if job_id not in statuses or statuses[job_id].is_final]
    for job_id, job in zip(over, await app.queue.jobs(over), strict=True):
        if job and job.status in WAITING:
            continue
        with _one_of_many(job_id):
            if status := statuses.get(job_id):
                await app.files.remove_left(job_id, files[job_id], status.attempt)
            elif job_id not in app.files.receiving:
                await app.files.remove_all(job_id)


def _age_seconds(status: JobStatus) -> float:
    return (parse_utc(utc_now()) - parse_utc(status.updated_at)).total_seconds()
