"""The line of jobs that wait: how a job gets into it, and back into it. Who is next: see turns.py."""

from __future__ import annotations

from xlsapp.postgres_queue.transaction import FINAL, NOW_MS, Transaction
from xlsapp.queue_parts.rows import JobRow, JobValues


def _may_open(scheduled: str) -> str:
    """Whether the row's key is free for a job that is `scheduled` then.

    A cron slot that has run is not opened again, nor one before it: several processes race on it. A slot that
    is still to come has not run, unless the clock has stepped back since, and then an earlier one is wanted.
    """
    return f"""
        jobs.status IN {FINAL} AND (
            {scheduled} = 0 OR {scheduled} > jobs.scheduled
            OR {scheduled} < jobs.scheduled AND jobs.scheduled > queue.moment()
            OR coalesce(jobs.expires_at <= queue.moment(), FALSE)
        )
    """


ENQUEUE = f"""
    INSERT INTO queue.jobs AS jobs
        (queue, key, place, status, priority, group_key, scheduled, due, attempts, started, touched, payload,
         owner, small)
    VALUES (%(queue)s, %(key)s, nextval('queue.places'), 'queued', %(priority)s, %(group_key)s,
            %(scheduled)s, nullif(%(scheduled)s::double precision, 0), %(attempts)s, %(started)s, %(touched)s,
            %(payload)s, %(owner)s, %(small)s)
    ON CONFLICT (queue, key) DO UPDATE SET
        place = excluded.place, status = 'queued',
        priority = excluded.priority, group_key = excluded.group_key,
        scheduled = excluded.scheduled, due = excluded.due, attempts = excluded.attempts,
        started = excluded.started, touched = excluded.touched, payload = excluded.payload,
        owner = excluded.owner, small = excluded.small,
        claim = NULL, holder = NULL, worker_id = NULL, abort_error = NULL, expires_at = NULL
    WHERE {_may_open("excluded.scheduled")}
    RETURNING TRUE
"""

REFUSED = f"""
    SELECT 1 FROM queue.jobs AS jobs
    WHERE queue = %(queue)s AND key = %(key)s AND NOT ({_may_open("%(scheduled)s::double precision")})
"""

START = f"""
    UPDATE queue.jobs SET payload = %(payload)s, touched = {NOW_MS}, worker_id = %(worker_id)s
    WHERE queue = %(queue)s AND key = %(key)s AND claim = %(claim)s AND status IN ('active', 'aborting')
    RETURNING TRUE
"""

UNCLAIM = """
    UPDATE queue.jobs SET status = 'queued', claim = NULL, holder = NULL, attempts = attempts - 1, started = 0
    WHERE queue = %(queue)s AND claim = %(claim)s AND status = 'active' AND worker_id IS NULL
        AND (key = %(key)s::text OR %(key)s::text IS NULL)
    RETURNING key
"""

# Aborted meanwhile: a holder that is nobody has no lease, so the look for lost jobs finishes it.
LEAVE_TO_NOBODY = """
    UPDATE queue.jobs SET holder = ''
    WHERE queue = %(queue)s AND claim = %(claim)s AND status = 'aborting'
        AND (key = %(key)s::text OR %(key)s::text IS NULL)
"""

SPOIL = """
    UPDATE queue.jobs SET status = 'failed', abort_error = %(error)s
    WHERE queue = %(queue)s AND key = %(key)s AND claim = %(claim)s
    RETURNING TRUE
"""

PROMOTE = """
    UPDATE queue.jobs AS jobs SET due = NULL, place = line.place
    FROM (
        SELECT key, nextval('queue.places') AS place
        FROM (
            SELECT key FROM queue.jobs
            WHERE queue = %(queue)s AND status = 'queued' AND due <= queue.moment()
            ORDER BY due, place FOR UPDATE SKIP LOCKED
        ) AS due
    ) AS line
    WHERE jobs.queue = %(queue)s AND jobs.key = line.key
    RETURNING jobs.place, jobs.key
"""


async def enqueue(tx: Transaction, job: JobValues) -> bool:
    """Store a new job; False if its key is taken, or has finished already what is scheduled now."""
    done = await tx.one(ENQUEUE, job._asdict()) is not None
    if done and not job.scheduled:
        tx.woken.add(job.queue)
    return done


async def start(tx: Transaction, job: JobValues) -> None:
    """A worker begins with a job it has claimed. An abort that came meanwhile stays."""
    if await tx.one(START, job._asdict()):
        tx.tell(job.queue, job.key, "active")


async def unclaim(tx: Transaction, queue: str, claim: int | None, key: str | None = None) -> None:
    """Undo a claim that nobody started, or that of one job: back in its old place, no attempt was made."""
    values = {"queue": queue, "claim": claim, "key": key}
    for (each,) in await tx.all(UNCLAIM, values):
        tx.woken.add(queue)
        tx.tell(queue, each, "queued")
    await tx.all(LEAVE_TO_NOBODY, values)


async def spoil(tx: Transaction, queue: str, row: JobRow, error: str) -> None:
    """End a claimed job whose payload nobody can read; it is kept to be looked at."""
    if await tx.one(SPOIL, {"queue": queue, "key": row.key, "claim": row.claim, "error": error}):
        tx.woken.add(queue)
        tx.tell(queue, row.key, "failed")


async def promote(tx: Transaction, queue: str) -> list[str]:
    """Let the jobs run whose time has come, the earliest first; their keys."""
    rows = await tx.all(PROMOTE, {"queue": queue})
    if rows:
        tx.woken.add(queue)
    return [key for _, key in sorted(rows)]
