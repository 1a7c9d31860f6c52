"""The line of jobs that wait: how a job gets into it, and back into it. Who is next: see turns.py."""

from __future__ import annotations

import sqlite3

from saq.utils import now_seconds

from xlsapp.queue_parts.rows import JobRow, JobValues
from xlsapp.sqlite_queue.transaction import FINAL, Transaction


def _may_open(scheduled: str) -> str:
    """Whether the row's key is free for a job that is `scheduled` then.

    A cron slot that has run is not opened again, nor one before it: several processes race on it. A slot that
    is still to come has not run, unless the clock has stepped back since, and then an earlier one is wanted.
    """
    return f"""
        status IN {FINAL} AND (
            {scheduled} = 0 OR {scheduled} > scheduled
            OR {scheduled} < scheduled AND scheduled > :now
            OR coalesce(expires_at <= :now, FALSE)
        )
    """


ENQUEUE = f"""
    INSERT INTO jobs
        (queue, key, status, priority, group_key, scheduled, due, attempts, started, touched, payload,
         owner, small)
    VALUES (:queue, :key, 'queued', :priority, :group_key, :scheduled, nullif(:scheduled, 0),
            :attempts, :started, :touched, :payload,
            :owner, :small)
    ON CONFLICT (queue, key) DO UPDATE SET
        id = (SELECT max(id) + 1 FROM jobs), status = 'queued',
        priority = excluded.priority, group_key = excluded.group_key,
        scheduled = excluded.scheduled, due = excluded.due, attempts = excluded.attempts,
        started = excluded.started, touched = excluded.touched, payload = excluded.payload,
        owner = excluded.owner, small = excluded.small,
        claim = NULL, worker_id = NULL, abort_error = NULL, expires_at = NULL
    WHERE {_may_open("excluded.scheduled")}
"""

REFUSED = f"""
    SELECT 1 FROM jobs WHERE queue = :queue AND key = :key AND NOT ({_may_open(":scheduled")})
"""

DUE = """
    SELECT key FROM jobs WHERE queue = :queue AND status = 'queued' AND due IS NOT NULL AND due <= :now
    ORDER BY due, id
"""


def enqueue(tx: Transaction, job: JobValues) -> bool:
    """Store a new job; False if its key is taken, or has finished already what is scheduled now."""
    done = tx.execute(ENQUEUE, {**job._asdict(), "now": now_seconds()}).rowcount
    if done and not job.scheduled:
        tx.woken.add(job.queue)
    return done > 0


def is_refused(connection: sqlite3.Connection, job: JobValues) -> bool:
    """Whether `enqueue` would say False: a look that takes no write lock, true until the next change."""
    return connection.execute(REFUSED, {**job._asdict(), "now": now_seconds()}).fetchone() is not None


def start(tx: Transaction, job: JobValues) -> None:
    """A worker begins with a job it has claimed. An abort that came meanwhile stays."""
    if tx.execute(
        "UPDATE jobs SET payload = :payload, started = :started, touched = :touched, worker_id = :worker_id"
        " WHERE queue = :queue AND key = :key AND claim = :claim AND status IN ('active', 'aborting')",
        job._asdict(),
    ).rowcount:
        tx.tell(job.queue, job.key, "active")


def unclaim(tx: Transaction, queue: str, row: JobRow) -> None:
    """Undo a claim that nobody started: the job is back in its old place, and no attempt was made."""
    if tx.execute(
        "UPDATE jobs SET status = 'queued', claim = NULL, attempts = attempts - 1, started = 0"
        " WHERE queue = ? AND key = ? AND claim = ? AND status = 'active'",
        (queue, row.key, row.claim),
    ).rowcount:
        tx.woken.add(queue)
        tx.tell(queue, row.key, "queued")
    else:  # aborted meanwhile: claim 0 has no lease, so the look for lost jobs finishes it
        tx.execute(
            "UPDATE jobs SET claim = 0 WHERE queue = ? AND key = ? AND claim = ? AND status = 'aborting'",
            (queue, row.key, row.claim),
        )


def spoil(tx: Transaction, queue: str, row: JobRow, error: str) -> None:
    """End a claimed job whose payload nobody can read; it is kept to be looked at."""
    if tx.execute(
        "UPDATE jobs SET status = 'failed', abort_error = ? WHERE queue = ? AND key = ? AND claim = ?",
        (error, queue, row.key, row.claim),
    ).rowcount:
        tx.woken.add(queue)
        tx.tell(queue, row.key, "failed")


def is_any_due(connection: sqlite3.Connection, queue: str) -> bool:
    """Whether there is anything to promote: a look that takes no write lock."""
    return connection.execute(DUE + " LIMIT 1", {"queue": queue, "now": now_seconds()}).fetchone() is not None


def promote(tx: Transaction, queue: str) -> list[str]:
    """Let the jobs run whose time has come, the earliest first; their keys."""
    rows = tx.execute(DUE, {"queue": queue, "now": now_seconds()}).fetchall()
    for (key,) in rows:
        tx.execute(
            "UPDATE jobs SET id = (SELECT max(id) + 1 FROM jobs), due = NULL WHERE queue = ? AND key = ?",
            (queue, key),
        )
    if rows:
        tx.woken.add(queue)
    return [key for (key,) in rows]
