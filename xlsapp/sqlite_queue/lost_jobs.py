"""Jobs whose process is gone, and what a queue still holds when it disconnects: their runs are ended."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from saq.job import Job

from xlsapp.queue_parts.codec import UNREADABLE, Codec
from xlsapp.queue_parts.lost_jobs import given_back, of_a_dead_process
from xlsapp.queue_parts.rows import JobRow
from xlsapp.sqlite_queue import line, lookups, outcomes, upkeep
from xlsapp.sqlite_queue.leases import LeaseFile
from xlsapp.sqlite_queue.transaction import Transaction


def is_anything_lost(connection: sqlite3.Connection, leases: LeaseFile, queue: str) -> bool:
    """A look that takes no write lock: is there anything to recover?"""
    return upkeep.is_any_orphaned(connection, queue) or any(
        not leases.is_alive(lease) for lease in upkeep.leases(connection)
    )


def recover(tx: Transaction, leases: LeaseFile, codec: Codec) -> list[Job]:
    """Put back or end every job of a queue whose lease no living process holds; the jobs, as they now are."""
    known = upkeep.leases(tx)
    living = {lease for lease in known if leases.is_alive(lease)}
    rows = lookups.running(tx, codec.queue.name)
    lost = [row for row in rows if row.claim is not None and row.claim >> 32 not in living]
    jobs = _end_runs(tx, codec, lost, of_a_dead_process)
    upkeep.end_leases(tx, set(known) - living)
    return jobs


def give_back(tx: Transaction, lease: int, codec: Codec) -> list[Job]:
    """Put back what a lease still holds when it ends in good order."""
    rows = lookups.running(tx, codec.queue.name)
    held = [row for row in rows if row.claim is not None and row.claim >> 32 == lease]
    jobs = _end_runs(tx, codec, held, given_back)
    upkeep.end_leases(tx, [lease])
    return jobs


def _end_runs(
    tx: Transaction, codec: Codec, rows: list[JobRow], judge: Callable[[Codec, JobRow], tuple[Job, bool]]
) -> list[Job]:
    """End runs that nobody will end. A job keeps its place in the line: it was there first.

    One that cannot be read must not stop the others: it fails.
    """
    jobs = []
    for row in rows:
        try:
            job, again = judge(codec, row)
        except Exception as error:
            line.spoil(tx, codec.queue.name, row, UNREADABLE.format(error=error))
            continue
        if again:
            outcomes.retry(tx, codec.values(job), delay=0.0, keep_place=True)
        else:
            outcomes.finish(tx, codec.values(job), ttl=job.ttl)
        jobs.append(job)
    return jobs
