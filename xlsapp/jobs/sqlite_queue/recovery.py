"""Jobs whose process is gone: back into the line, or failed when they have had all their attempts."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from saq.job import Job, Status
from saq.utils import now

from xlsapp.jobs.sqlite_queue import statements
from xlsapp.jobs.sqlite_queue.leases import LeaseFile
from xlsapp.jobs.sqlite_queue.statements import JobRow, JobValues, Transaction

INTERRUPTED = "cancelled"  # the error SAQ's worker gives a job that it stops at shutdown
DIED = "The process that ran this job ended before the job did (attempt {attempts} of {retries})."


def anything_lost(connection: sqlite3.Connection, leases: LeaseFile, queue: str) -> bool:
    """A look that takes no write lock: is there anything to recover?"""
    return statements.orphaned(connection, queue) or any(
        not leases.is_alive(lease) for lease in statements.leases(connection)
    )


def recover(
    tx: Transaction,
    leases: LeaseFile,
    queue: str,
    *,
    read: Callable[[JobRow], Job],
    values: Callable[[Job], JobValues],
) -> list[Job]:
    """Put back or end every job of this queue whose lease no living process holds; the jobs, as they now are.

    The attempt counts, so that a job that kills its worker ends as failed. One that was to be aborted is.
    """
    known = statements.leases(tx)
    living = {lease for lease in known if leases.is_alive(lease)}
    jobs = []
    for row in statements.running(tx, queue):
        if row.claim is not None and row.claim >> 32 not in living:
            job = read(row)
            job.error = row.abort_error or DIED.format(attempts=job.attempts, retries=job.retries)
            _take_away(tx, job, values, again=job.retryable)
            jobs.append(job)
    statements.end_leases(tx, set(known) - living)
    return jobs


def give_back(
    tx: Transaction,
    queue: str,
    lease: int,
    *,
    read: Callable[[JobRow], Job],
    values: Callable[[Job], JobValues],
) -> list[Job]:
    """Put back what a lease still holds when it ends in good order: interrupted is not failed.

    SAQ's worker leaves a job active when it is stopped between taking it and calling its function
    (that was no attempt), and when the function has returned but the job is not finished yet.
    """
    jobs = []
    for row in statements.running(tx, queue):
        if row.claim is not None and row.claim >> 32 == lease:
            job = read(row)
            job.error = row.abort_error or INTERRUPTED
            if row.worker_id is None:
                job.attempts -= 1
            else:
                job.retries += 1
            _take_away(tx, job, values, again=True)
            jobs.append(job)
    statements.end_leases(tx, [lease])
    return jobs


def _take_away(tx: Transaction, job: Job, values: Callable[[Job], JobValues], *, again: bool) -> None:
    """End a run that nobody will end. The job keeps its place in the line: it was there first."""
    job.touched = now()
    if job.status is Status.ACTIVE and again:
        job.status, job.started, job.progress = Status.QUEUED, 0, 0.0
        statements.retry(tx, values(job), due=None, keep_place=True)
    else:
        job.status = Status.ABORTED if job.status is Status.ABORTING else Status.FAILED
        job.completed = now()
        statements.finish(tx, values(job), ttl=job.ttl)
