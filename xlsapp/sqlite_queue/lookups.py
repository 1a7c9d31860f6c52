"""All that is looked up in a queue file. Nothing here takes the write lock, and each is answered whole."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from saq.utils import now_seconds

from xlsapp.queue_parts.rows import ROW, JobRow
from xlsapp.sqlite_queue.transaction import IN_RUNNING_INDEX, LIVE, Transaction

# One part for each partial index that has it: all are counted without a look at a row.
QUEUED = """
    (SELECT count(*) FROM jobs
     WHERE queue = :queue AND status = 'queued' AND due IS NULL AND group_key IS NULL)
    + (SELECT count(*) FROM jobs
       WHERE queue = :queue AND status = 'queued' AND due IS NULL AND group_key IS NOT NULL)
"""
COUNTS = {
    "queued": f"SELECT {QUEUED}",
    "active": f"SELECT count(*) FROM jobs WHERE queue = :queue AND status = 'active' AND {IN_RUNNING_INDEX}",
    "incomplete": f"""
        SELECT {QUEUED}
        + (SELECT count(*) FROM jobs WHERE queue = :queue AND status = 'queued' AND due IS NOT NULL)
        + (SELECT count(*) FROM jobs
           WHERE queue = :queue AND status IN ('new', 'active') AND {IN_RUNNING_INDEX})
    """,
}


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


def count(connection: sqlite3.Connection, queue: str, kind: str) -> int:
    """How many jobs wait, run, or either."""
    return int(connection.execute(COUNTS[kind], {"queue": queue}).fetchone()[0])


def at_work_and_next(connection: sqlite3.Connection, queue: str, *, offset: int, limit: int) -> list[JobRow]:
    """What runs, then what runs next, then what waits for its time."""
    rows = connection.execute(
        f"""
        SELECT {ROW} FROM jobs
        WHERE queue = :queue AND (
            {IN_RUNNING_INDEX}
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
        f" AND {IN_RUNNING_INDEX} ORDER BY id",
        (queue,),
    )
    return [JobRow(*row) for row in rows.fetchall()]
