"""Jobs whose holder is gone, and what a queue still holds when it disconnects: their runs are ended.

A holder that could not renew its lease for long counts as gone, though its process may live: cut off from the
database, or stopped. It cannot end its runs any more, as their claims are no longer theirs.
"""

from __future__ import annotations

from collections.abc import Callable

from saq.job import Job

from xlsapp.postgres_queue import line, outcomes, upkeep
from xlsapp.postgres_queue.transaction import IN_RUNNING_INDEX, ROW, Transaction
from xlsapp.queue_parts.codec import UNREADABLE, Codec
from xlsapp.queue_parts.lost_jobs import given_back, of_a_dead_process
from xlsapp.queue_parts.rows import JobRow

LOST = f"""
    queue = %(queue)s AND status IN ('active', 'aborting') AND {IN_RUNNING_INDEX} AND holder IS NOT NULL
    AND NOT EXISTS ({upkeep.IS_ALIVE.format(holder="jobs.holder")})
"""

# What a look once a second asks: the time, whether anything is lost, whether anything is due.
STATE = f"""
    SELECT queue.moment(), EXISTS (SELECT 1 FROM queue.jobs AS jobs WHERE {LOST}),
        EXISTS (
            SELECT 1 FROM queue.jobs WHERE queue = %(queue)s AND status = 'queued' AND due <= queue.moment()
        )
"""

# Of several that look at once each takes other rows.
TAKE_LOST = f"SELECT {ROW} FROM queue.jobs AS jobs WHERE {LOST} ORDER BY place FOR UPDATE SKIP LOCKED"

TAKE_HELD = f"""
    SELECT {ROW} FROM queue.jobs
    WHERE queue = %(queue)s AND status IN ('active', 'aborting') AND holder = %(holder)s
    ORDER BY place FOR UPDATE
"""


async def recover(tx: Transaction, codec: Codec) -> list[Job]:
    """Put back or end every job of a queue whose holder is gone; the jobs, as they now are."""
    rows = await tx.all(TAKE_LOST, {"queue": codec.queue.name})
    return await _end_runs(tx, codec, rows, of_a_dead_process)


async def give_back(tx: Transaction, holder: str, codec: Codec) -> list[Job]:
    """Put back what a holder still has when it ends in good order."""
    rows = await tx.all(TAKE_HELD, {"queue": codec.queue.name, "holder": holder})
    jobs = await _end_runs(tx, codec, rows, given_back)
    await upkeep.end_leases(tx, [holder])
    return jobs


async def _end_runs(
    tx: Transaction,
    codec: Codec,
    rows: list[tuple[object, ...]],
    judge: Callable[[Codec, JobRow], tuple[Job, bool]],
) -> list[Job]:
    """End runs that nobody will end. A job keeps its place in the line: it was there first.

    One that cannot be read must not stop the others: it fails.
    """
    jobs = []
    for row in map(JobRow._make, rows):
        try:
            job, again = judge(codec, row)
        except Exception as error:
            await line.spoil(tx, codec.queue.name, row, UNREADABLE.format(error=error))
            continue
        if again:
            await outcomes.retry(tx, codec.values(job), delay=0.0, keep_place=True)
        else:
            await outcomes.finish(tx, codec.values(job), ttl=job.ttl)
        jobs.append(job)
    return jobs
