"""Jobs whose process is gone: back into the line, or failed when they have had all their attempts."""

from __future__ import annotations

import sqlite3

from saq.job import Job, Status
from saq.utils import now

from xlsapp.sqlite_queue import line, lookups, outcomes, upkeep
from xlsapp.sqlite_queue.codec import Codec
from xlsapp.sqlite_queue.leases import LeaseFile
from xlsapp.sqlite_queue.rows import JobRow, Transaction

INTERRUPTED = "cancelled"  # the error SAQ's worker gives a job that it stops at shutdown
DIED = "The process that ran this job ended before the job did (attempt {attempts} of {retries})."


def is_anything_lost(connection: sqlite3.Connection, leases: LeaseFile, queue: str) -> bool:
    """A look that takes no write lock: is there anything to recover?"""
    return upkeep.is_any_orphaned(connection, queue) or any(
        not leases.is_alive(lease) for lease in upkeep.leases(connection)
    )


def recover(tx: Transaction, leases: LeaseFile, codec: Codec) -> list[Job]:
    """Put back or end every job of a queue whose lease no living process holds; the jobs, as they now are.

    The attempt counts, so that a job that kills its worker ends as failed. One that was to be aborted is;
    but not one that was only swept, which is to be done again: its time may be over because a clock stepped.
    """
    known = upkeep.leases(tx)
    living = {lease for lease in known if leases.is_alive(lease)}
    jobs = []
    for row in lookups.running(tx, codec.queue.name):
        if row.claim is not None and row.claim >> 32 not in living and (job := _read(tx, codec, row)):
            job.error = row.abort_error or DIED.format(attempts=job.attempts, retries=job.retries)
            _take_away(tx, codec, job, again=job.retryable and not _is_to_end(codec, row))
            jobs.append(job)
    upkeep.end_leases(tx, set(known) - living)
    return jobs


def give_back(tx: Transaction, lease: int, codec: Codec) -> list[Job]:
    """Put back what a lease still holds when it ends in good order: interrupted is not failed.

    SAQ's worker leaves a job active when it is stopped between taking it and calling its function
    (that was no attempt), and when the function has returned but the job is not finished yet.
    """
    jobs = []
    for row in lookups.running(tx, codec.queue.name):
        if row.claim is not None and row.claim >> 32 == lease and (job := _read(tx, codec, row)):
            job.error = row.abort_error or INTERRUPTED
            if row.worker_id is None:
                job.attempts -= 1
            else:
                job.retries += 1
            _take_away(tx, codec, job, again=not _is_to_end(codec, row))
            jobs.append(job)
    upkeep.end_leases(tx, [lease])
    return jobs


def _is_to_end(codec: Codec, row: JobRow) -> bool:
    """Whether somebody has aborted it. A sweep stops a job only to have it done again."""
    return row.abort_error not in (None, codec.queue.swept_error_message)


def _read(tx: Transaction, codec: Codec, row: JobRow) -> Job | None:
    """The job of a row. One that cannot be read must not stop the others from being recovered: it fails."""
    try:
        return codec.job(row)
    except Exception as error:
        line.spoil(tx, codec.queue.name, row, line.UNREADABLE.format(error=error))
        return None


def _take_away(tx: Transaction, codec: Codec, job: Job, *, again: bool) -> None:
    """End a run that nobody will end. The job keeps its place in the line: it was there first."""
    job.touched = now()
    if again:
        job.status, job.started, job.progress = Status.QUEUED, 0, 0.0
        outcomes.retry(tx, codec.values(job), due=None, keep_place=True)
    else:
        job.status = Status.ABORTED if job.status is Status.ABORTING else Status.FAILED
        job.completed = now()
        outcomes.finish(tx, codec.values(job), ttl=job.ttl)
