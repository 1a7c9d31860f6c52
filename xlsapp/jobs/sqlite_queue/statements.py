"""Every change and question to a queue file. Changes run inside a write transaction (writer.py)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from saq.utils import now, now_seconds

FINAL = "('complete', 'failed', 'aborted')"


class JobRow(NamedTuple):
    """A job as stored: the payload, and the columns that are laid over it."""

    key: str
    payload: bytes | str
    status: str
    attempts: int
    started: int
    touched: int
    worker_id: str | None
    abort_error: str | None
    claim: int | None


ROW = ", ".join(JobRow._fields)


class JobValues(NamedTuple):
    """A job as its owner wants it stored."""

    queue: str
    key: str
    status: str
    priority: int
    group_key: str | None
    scheduled: float
    attempts: int
    started: int
    touched: int
    worker_id: str | None
    payload: bytes | str
    # Who asks. A claim that is no longer the row's own changes nothing; None: nobody in particular.
    claim: int | None


class News(NamedTuple):
    """What a committed transaction tells those who listen."""

    queue: str
    key: str
    status: str


class Transaction:
    """What a change is given: the connection inside a write transaction, and where to say what it did."""

    __slots__ = ("execute", "news", "woken")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.execute = connection.execute
        self.woken: set[str] = set()  # queues in which a job may now run that could not before
        self.news: list[News] = []

    def tell(self, queue: str, key: str, status: str) -> None:
        self.news.append(News(queue, key, status))


# A worker that lost its job (swept, recovered, run elsewhere by now) must not touch it. Jobs that come over
# SAQ's HTTP proxy carry no claim; they are known by worker and attempt.
HOLDS = """
    CASE
        WHEN :claim IS NOT NULL THEN claim = :claim
        WHEN :worker_id IS NULL OR worker_id IS NULL OR status NOT IN ('active', 'aborting') THEN TRUE
        ELSE worker_id = :worker_id AND attempts = :attempts
    END
"""


def enqueue(tx: Transaction, job: JobValues) -> bool:
    """Store a new job; False if its key is taken, or has finished already what is scheduled now."""
    done = tx.execute(
        f"""
        INSERT INTO jobs
            (queue, key, status, priority, group_key, scheduled, due, attempts, started, touched, payload)
        VALUES (:queue, :key, 'queued', :priority, :group_key, :scheduled, nullif(:scheduled, 0),
                :attempts, :started, :touched, :payload)
        ON CONFLICT (queue, key) DO UPDATE SET
            id = (SELECT max(id) + 1 FROM jobs), status = 'queued',
            priority = excluded.priority, group_key = excluded.group_key,
            scheduled = excluded.scheduled, due = excluded.due, attempts = excluded.attempts,
            started = excluded.started, touched = excluded.touched, payload = excluded.payload,
            claim = NULL, worker_id = NULL, abort_error = NULL, expires_at = NULL
        WHERE status IN {FINAL} AND (excluded.scheduled = 0 OR excluded.scheduled > scheduled)
        """,
        job._asdict(),
    ).rowcount
    if done and not job.scheduled:
        tx.woken.add(job.queue)
    return done > 0


def is_refused(connection: sqlite3.Connection, job: JobValues) -> bool:
    """Whether `enqueue` would say False: a look that takes no write lock, true until the next change."""
    return (
        connection.execute(
            f"SELECT 1 FROM jobs WHERE queue = :queue AND key = :key"
            f" AND NOT (status IN {FINAL} AND (:scheduled = 0 OR :scheduled > scheduled))",
            job._asdict(),
        ).fetchone()
        is not None
    )


# The jobs of no group, in order; and of each group nobody works on, the first. Groups are found one after
# another through the index, so that ten thousand jobs of one busy group cost as much as one.
CLAIM = f"""
    WITH RECURSIVE
    groups (name) AS (
        SELECT min(group_key) FROM jobs
        WHERE queue = :queue AND status = 'queued' AND due IS NULL AND group_key IS NOT NULL
        UNION ALL
        SELECT (SELECT min(group_key) FROM jobs
                WHERE queue = :queue AND status = 'queued' AND due IS NULL AND group_key IS NOT NULL
                  AND group_key > name)
        FROM groups WHERE name IS NOT NULL
    ),
    first_of_group (id) AS (
        SELECT (SELECT id FROM jobs
                WHERE queue = :queue AND status = 'queued' AND due IS NULL AND group_key IS NOT NULL
                  AND group_key = name AND priority BETWEEN :low AND :high
                ORDER BY priority, id LIMIT 1)
        FROM groups
        WHERE name IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM jobs
            WHERE queue = :queue AND status IN ('active', 'aborting')
              AND group_key IS NOT NULL AND group_key = name
        )
    )
    UPDATE jobs
    SET status = 'active', claim = :claim, attempts = attempts + 1,
        started = :now, touched = :now, worker_id = NULL
    WHERE id IN (
        SELECT id FROM (
            SELECT * FROM (
                SELECT id, priority FROM jobs
                WHERE queue = :queue AND status = 'queued' AND due IS NULL AND group_key IS NULL
                  AND priority BETWEEN :low AND :high
                ORDER BY priority, id LIMIT :limit
            )
            UNION ALL
            SELECT id, priority FROM jobs WHERE id IN (SELECT id FROM first_of_group)
        )
        ORDER BY priority, id LIMIT :limit
    )
    RETURNING priority, id, {ROW}
"""


def claim_jobs(
    tx: Transaction, queue: str, priorities: tuple[int, int], *, claim: int, limit: int
) -> list[JobRow]:
    """Take the next jobs in line, in order. The attempt that now begins is counted already."""
    low, high = priorities
    rows = tx.execute(
        CLAIM, {"queue": queue, "low": low, "high": high, "claim": claim, "limit": limit, "now": now()}
    ).fetchall()
    rows.sort(key=lambda row: row[:2])
    jobs = [JobRow(*row[2:]) for row in rows]
    for job in jobs:
        tx.tell(queue, job.key, "active")
    return jobs


def start(tx: Transaction, job: JobValues) -> None:
    """A worker begins with a job it has claimed. An abort that came meanwhile stays."""
    if tx.execute(
        "UPDATE jobs SET payload = :payload, started = :started, touched = :touched, worker_id = :worker_id"
        " WHERE queue = :queue AND key = :key AND claim = :claim",
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
    else:  # aborted meanwhile: claim 0 has no lease, so recovery finishes it
        tx.execute(
            "UPDATE jobs SET claim = 0 WHERE queue = ? AND key = ? AND claim = ? AND status = 'aborting'",
            (queue, row.key, row.claim),
        )


def spoil(tx: Transaction, queue: str, row: JobRow, error: str) -> None:
    """End a claimed job whose payload nobody can read; it is kept to be looked at."""
    tx.execute(
        "UPDATE jobs SET status = 'failed', abort_error = ? WHERE queue = ? AND key = ? AND claim = ?",
        (error, queue, row.key, row.claim),
    )
    tx.tell(queue, row.key, "failed")


def update(tx: Transaction, job: JobValues, *, knows_it_finished: bool) -> bool:
    """Store what a job says of itself; its status stays. A late word about a finished job changes nothing."""
    row = tx.execute(
        f"""
        UPDATE jobs SET
            payload = :payload, touched = :touched, priority = :priority, group_key = :group_key,
            started = coalesce(nullif(:started, 0), started), attempts = max(:attempts, attempts),
            worker_id = coalesce(:worker_id, worker_id)
        WHERE queue = :queue AND key = :key AND {HOLDS} AND (status NOT IN {FINAL} OR :knows_it_finished)
        RETURNING status
        """,
        {**job._asdict(), "knows_it_finished": knows_it_finished},
    ).fetchone()
    if row is not None:
        tx.tell(job.queue, job.key, row[0])
    return row is not None


def update_status(tx: Transaction, job: JobValues) -> bool:
    """Store a job with a new status. Only "aborting" does not turn back into "active"."""
    row = tx.execute(
        f"""
        UPDATE jobs SET
            payload = :payload, touched = :touched, priority = :priority, group_key = :group_key,
            started = :started, attempts = :attempts, worker_id = :worker_id, due = NULL,
            status = CASE WHEN status = 'aborting' AND :status = 'active' THEN status ELSE :status END,
            claim = CASE WHEN :status IN ('new', 'queued') THEN NULL ELSE claim END
        WHERE queue = :queue AND key = :key AND {HOLDS}
        RETURNING status
        """,
        job._asdict(),
    ).fetchone()
    if row is not None:
        tx.woken.add(job.queue)
        tx.tell(job.queue, job.key, row[0])
    return row is not None


def finish(tx: Transaction, job: JobValues, *, ttl: int, only_aborted: bool = False) -> bool:
    """Store a final status for `ttl` seconds (0: for good; negative: forget the job at once)."""
    condition = f"queue = :queue AND key = :key AND {HOLDS}"
    if only_aborted:
        condition += " AND status IN ('aborting', 'aborted')"
    values = {**job._asdict(), "expires_at": now_seconds() + ttl if ttl else None}
    if ttl < 0:
        done = tx.execute(f"DELETE FROM jobs WHERE {condition}", values).rowcount
    else:
        done = tx.execute(
            f"""
            UPDATE jobs SET
                status = :status, payload = :payload, attempts = :attempts, started = :started,
                touched = :touched, worker_id = :worker_id,
                abort_error = NULL, due = NULL, expires_at = :expires_at
            WHERE {condition}
            """,
            values,
        ).rowcount
    if done:
        if job.group_key is not None:
            tx.woken.add(job.queue)
        tx.tell(job.queue, job.key, job.status)
    return done > 0


def retry(tx: Transaction, job: JobValues, *, due: float | None, keep_place: bool = False) -> bool:
    """Put a job back: at the end of the line, in its old place, or to wait until `due`."""
    done = tx.execute(
        f"""
        UPDATE jobs SET
            id = CASE WHEN :keep_place THEN id ELSE (SELECT max(id) + 1 FROM jobs) END,
            status = 'queued', due = :due, payload = :payload, attempts = :attempts, started = 0,
            touched = :touched, worker_id = :worker_id,
            claim = NULL, abort_error = NULL, expires_at = NULL
        WHERE queue = :queue AND key = :key AND {HOLDS}
        """,
        {**job._asdict(), "due": due, "keep_place": keep_place},
    ).rowcount
    if done:
        tx.woken.add(job.queue)
        tx.tell(job.queue, job.key, "queued")
    return done > 0


def abort(tx: Transaction, job: JobValues, *, error: str, ttl: int) -> str | None:
    """Stop a job. "aborted": it had not begun or is not there; "aborting": it runs; None: it had finished."""
    row = tx.execute("SELECT status FROM jobs WHERE queue = ? AND key = ?", (job.queue, job.key)).fetchone()
    status = row[0] if row is not None else None
    if status in ("active", "aborting"):
        held = tx.execute(
            "UPDATE jobs SET status = 'aborting', abort_error = :error"
            f" WHERE queue = :queue AND key = :key AND {HOLDS}",
            {**job._asdict(), "error": error},
        ).rowcount
        if not held:
            return None
        tx.tell(job.queue, job.key, "aborting")
        return "aborting"
    if status in (None, "new", "queued"):
        finish(tx, job, ttl=ttl)
        return "aborted"
    return None


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


DUE = """
    SELECT key FROM jobs WHERE queue = :queue AND status = 'queued' AND due IS NOT NULL AND due <= :now
    ORDER BY due, id
"""


def is_any_due(connection: sqlite3.Connection, queue: str) -> bool:
    """Whether there is anything to promote."""
    return connection.execute(DUE + " LIMIT 1", {"queue": queue, "now": now_seconds()}).fetchone() is not None


LIVE = "(expires_at IS NULL OR expires_at > :now)"


def find(connection: sqlite3.Connection, queue: str, keys: list[str]) -> dict[str, JobRow]:
    """The jobs that are there, by key."""
    rows = connection.execute(
        f"SELECT {ROW} FROM jobs"
        f" WHERE queue = :queue AND key IN (SELECT value FROM json_each(:keys)) AND {LIVE}",
        {"queue": queue, "keys": json.dumps(keys), "now": now_seconds()},
    )
    return {row[0]: JobRow(*row) for row in rows.fetchall()}


def page(
    connection: sqlite3.Connection, queue: str, statuses: Iterable[str], *, after: str, limit: int
) -> list[JobRow]:
    """The next jobs by key: a key stays where it is while rows come, change and go."""
    rows = connection.execute(
        f"""
        SELECT {ROW} FROM jobs
        WHERE queue = :queue AND key > :after
          AND status IN (SELECT value FROM json_each(:statuses)) AND {LIVE}
        ORDER BY key LIMIT :limit
        """,
        {
            "queue": queue,
            "after": after,
            "statuses": json.dumps(list(statuses)),
            "limit": limit,
            "now": now_seconds(),
        },
    )
    return [JobRow(*row) for row in rows.fetchall()]


QUEUED = """
    (SELECT count(*) FROM jobs
     WHERE queue = :queue AND status = 'queued' AND due IS NULL AND group_key IS NULL)
    + (SELECT count(*) FROM jobs
       WHERE queue = :queue AND status = 'queued' AND due IS NULL AND group_key IS NOT NULL)
"""
COUNTS = {
    "queued": f"SELECT {QUEUED}",
    "active": "SELECT count(*) FROM jobs"
    " WHERE queue = :queue AND status = 'active' AND status IN ('new', 'active', 'aborting')",
    "incomplete": f"""
        SELECT {QUEUED}
        + (SELECT count(*) FROM jobs WHERE queue = :queue AND status = 'queued' AND due IS NOT NULL)
        + (SELECT count(*) FROM jobs
           WHERE queue = :queue AND status IN ('new', 'active') AND status IN ('new', 'active', 'aborting'))
    """,
}


def count(connection: sqlite3.Connection, queue: str, kind: str) -> int:
    return int(connection.execute(COUNTS[kind], {"queue": queue}).fetchone()[0])


def at_work_and_next(connection: sqlite3.Connection, queue: str, *, offset: int, limit: int) -> list[JobRow]:
    """What runs, then what runs next, then what waits for its time."""
    rows = connection.execute(
        f"""
        SELECT {ROW} FROM jobs
        WHERE queue = :queue AND (
            status IN ('new', 'active', 'aborting')
            OR status = 'queued' AND due IS NULL AND group_key IS NULL
            OR status = 'queued' AND due IS NULL AND group_key IS NOT NULL
            OR status = 'queued' AND due IS NOT NULL
        ) AND status != 'aborting'
        ORDER BY status != 'active', due IS NOT NULL, due, priority, id
        LIMIT :limit OFFSET :offset
        """,
        {"queue": queue, "limit": limit, "offset": offset},
    )
    return [JobRow(*row) for row in rows.fetchall()]


def running(connection: sqlite3.Connection | Transaction, queue: str) -> list[JobRow]:
    """The jobs somebody has claimed."""
    rows = connection.execute(
        f"SELECT {ROW} FROM jobs WHERE queue = ? AND status IN ('active', 'aborting')"
        " AND status IN ('new', 'active', 'aborting') ORDER BY id",
        (queue,),
    )
    return [JobRow(*row) for row in rows.fetchall()]


def forget_expired(tx: Transaction, queue: str, *, limit: int) -> int:
    """Delete some of the jobs whose time is over, and the news of workers that are gone; how many jobs."""
    moment = now_seconds()
    tx.execute("DELETE FROM workers WHERE queue = ? AND expires_at <= ?", (queue, moment))
    return tx.execute(
        "DELETE FROM jobs WHERE id IN"
        " (SELECT id FROM jobs WHERE queue = ? AND expires_at IS NOT NULL AND expires_at <= ? LIMIT ?)",
        (queue, moment, limit),
    ).rowcount


def become_sweeper(tx: Transaction, queue: str, lease: int, *, seconds: float) -> bool:
    """Be the one who sweeps this queue for a while; False if another living lease is."""
    moment = now_seconds()
    return (
        tx.execute(
            """
            INSERT INTO sweepers (queue, lease, expires_at) VALUES (:queue, :lease, :until)
            ON CONFLICT (queue) DO UPDATE SET lease = excluded.lease, expires_at = excluded.expires_at
            WHERE lease = excluded.lease OR expires_at <= :now OR lease NOT IN (SELECT id FROM leases)
            """,
            {"queue": queue, "lease": lease, "until": moment + seconds, "now": moment},
        ).rowcount
        > 0
    )


def new_lease(tx: Transaction) -> int:
    """A number no other lease of this file has had or will get."""
    return int(tx.execute("INSERT INTO leases DEFAULT VALUES RETURNING id").fetchone()[0])


def leases(connection: sqlite3.Connection | Transaction) -> list[int]:
    return [lease for (lease,) in connection.execute("SELECT id FROM leases").fetchall()]


def orphaned(connection: sqlite3.Connection, queue: str) -> bool:
    """Whether a job is claimed by a lease that is not even on the list."""
    return (
        connection.execute(
            "SELECT 1 FROM jobs WHERE queue = ? AND status IN ('active', 'aborting')"
            " AND status IN ('new', 'active', 'aborting')"
            " AND claim >> 32 NOT IN (SELECT id FROM leases) LIMIT 1",
            (queue,),
        ).fetchone()
        is not None
    )


def end_leases(tx: Transaction, ended: Iterable[int]) -> None:
    for lease in ended:
        tx.execute("DELETE FROM leases WHERE id = ?", (lease,))
        tx.execute("DELETE FROM sweepers WHERE lease = ?", (lease,))


def write_worker_info(tx: Transaction, queue: str, worker_id: str, info: str, *, ttl: float) -> None:
    tx.execute(
        """
        INSERT INTO workers (queue, worker_id, info, expires_at)
        VALUES (:queue, :worker_id, :info, :expires_at)
        ON CONFLICT (queue, worker_id) DO UPDATE SET info = excluded.info, expires_at = excluded.expires_at
        """,
        {"queue": queue, "worker_id": worker_id, "info": info, "expires_at": now_seconds() + ttl},
    )


def worker_infos(connection: sqlite3.Connection, queue: str) -> Iterator[tuple[str, Any]]:
    rows = connection.execute(
        "SELECT worker_id, info FROM workers WHERE queue = ? AND expires_at > ?", (queue, now_seconds())
    ).fetchall()
    return ((worker_id, json.loads(info)) for worker_id, info in rows)
