"""What workers do beside their jobs: delete what has expired, decide who sweeps, say that they are there."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any

from saq.utils import now_seconds

from xlsapp.sqlite_queue.transaction import IN_RUNNING_INDEX, Transaction
from xlsapp.sqlite_queue.turns import forget_turns


def forget_expired(tx: Transaction, queue: str, *, limit: int) -> int:
    """Delete some of the jobs whose time is over, and the news of workers that are gone; how many jobs."""
    moment = now_seconds()
    tx.execute("DELETE FROM workers WHERE queue = ? AND expires_at <= ?", (queue, moment))
    forget_turns(tx, queue)
    return tx.execute(
        "DELETE FROM jobs WHERE id IN"
        " (SELECT id FROM jobs WHERE queue = ? AND expires_at IS NOT NULL AND expires_at <= ? LIMIT ?)",
        (queue, moment, limit),
    ).rowcount


def shorten_delays(tx: Transaction, queue: str) -> None:
    """Where the clock has stepped back since a retry was put off, count its delay from now.

    It would wait for as long as the step was, besides. What was scheduled for a time of day keeps to that.
    """
    moment = now_seconds()
    tx.execute(
        """
        UPDATE jobs SET due = :now + due - touched / 1000.0, touched = :now_ms
        WHERE queue = :queue AND status = 'queued' AND due IS NOT NULL
            AND due != scheduled AND attempts > 0 AND touched > :now_ms + 1000
        """,
        {"queue": queue, "now": moment, "now_ms": int(moment * 1000)},
    )


def become_sweeper(tx: Transaction, queue: str, lease: int, *, seconds: float) -> bool:
    """Be the one who sweeps this queue for a while; False if another living lease is.

    An end that lies further off than any could was set before the clock stepped back: it does not count.
    """
    moment = now_seconds()
    return (
        tx.execute(
            """
            INSERT INTO sweepers (queue, lease, expires_at) VALUES (:queue, :lease, :until)
            ON CONFLICT (queue) DO UPDATE SET lease = excluded.lease, expires_at = excluded.expires_at
            WHERE lease = excluded.lease OR expires_at <= :now OR expires_at > :until
                OR lease NOT IN (SELECT id FROM leases)
            """,
            {"queue": queue, "lease": lease, "until": moment + seconds, "now": moment},
        ).rowcount
        > 0
    )


def new_lease(tx: Transaction) -> int:
    """A number no other lease of this file has had or will get."""
    return int(tx.execute("INSERT INTO leases DEFAULT VALUES RETURNING id").fetchone()[0])


def leases(connection: sqlite3.Connection | Transaction) -> list[int]:
    """All leases that have not been ended, whether or not somebody holds them."""
    return [lease for (lease,) in connection.execute("SELECT id FROM leases").fetchall()]


def end_leases(tx: Transaction, ended: Iterable[int]) -> None:
    """Take leases, and what they were charged with, off the list."""
    for lease in ended:
        tx.execute("DELETE FROM leases WHERE id = ?", (lease,))
        tx.execute("DELETE FROM sweepers WHERE lease = ?", (lease,))


def is_any_orphaned(connection: sqlite3.Connection, queue: str) -> bool:
    """Whether a job is claimed by a lease that is not even on the list."""
    return (
        connection.execute(
            f"SELECT 1 FROM jobs WHERE queue = ? AND status IN ('active', 'aborting') AND {IN_RUNNING_INDEX}"
            " AND claim >> 32 NOT IN (SELECT id FROM leases) LIMIT 1",
            (queue,),
        ).fetchone()
        is not None
    )


def write_worker_info(tx: Transaction, queue: str, worker_id: str, info: str, *, ttl: float) -> None:
    """Keep what a worker says of itself for a while."""
    tx.execute(
        """
        INSERT INTO workers (queue, worker_id, info, expires_at)
        VALUES (:queue, :worker_id, :info, :expires_at)
        ON CONFLICT (queue, worker_id) DO UPDATE SET info = excluded.info, expires_at = excluded.expires_at
        """,
        {"queue": queue, "worker_id": worker_id, "info": info, "expires_at": now_seconds() + ttl},
    )


def worker_infos(connection: sqlite3.Connection, queue: str) -> Iterator[tuple[str, Any]]:
    """What the living workers of a queue have said last."""
    rows = connection.execute(
        "SELECT worker_id, info FROM workers WHERE queue = ? AND expires_at > ?", (queue, now_seconds())
    ).fetchall()
    return ((worker_id, json.loads(info)) for worker_id, info in rows)
