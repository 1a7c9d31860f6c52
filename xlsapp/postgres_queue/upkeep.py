"""What workers do beside their jobs: say that they are alive, delete what has expired, decide who sweeps."""

from __future__ import annotations

from collections.abc import Iterable

from xlsapp.postgres_queue.transaction import NOW_MS, Transaction
from xlsapp.postgres_queue.turns import FORGET_TURNS, TURNS_KEPT

RENEW = """
    INSERT INTO queue.leases (holder, expires_at)
    SELECT holder, queue.moment() + %(seconds)s FROM unnest(%(holders)s::text[]) AS holder
    ON CONFLICT (holder) DO UPDATE SET expires_at = excluded.expires_at
"""

IS_ALIVE = "SELECT 1 FROM queue.leases WHERE leases.holder = {holder} AND leases.expires_at > queue.moment()"

END_LEASES = """
    WITH ended AS (
        DELETE FROM queue.leases
        WHERE holder = ANY(%(holders)s::text[]) OR expires_at <= queue.moment() - 3600 RETURNING holder
    )
    DELETE FROM queue.sweepers WHERE holder IN (SELECT holder FROM ended)
"""

# An end that lies further off than any could was set before the clock stepped back: it does not count.
BECOME_SWEEPER = f"""
    INSERT INTO queue.sweepers AS sweepers (queue, holder, expires_at)
    VALUES (%(queue)s, %(holder)s, queue.moment() + %(seconds)s)
    ON CONFLICT (queue) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
    WHERE sweepers.holder = excluded.holder OR sweepers.expires_at <= queue.moment()
        OR sweepers.expires_at > excluded.expires_at
        OR NOT EXISTS ({IS_ALIVE.format(holder="sweepers.holder")})
    RETURNING TRUE
"""

FORGET_EXPIRED = """
    DELETE FROM queue.jobs WHERE (queue, key) IN (
        SELECT queue, key FROM queue.jobs WHERE queue = %(queue)s AND expires_at <= queue.moment()
        LIMIT %(limit)s FOR UPDATE SKIP LOCKED
    )
    RETURNING TRUE
"""

# Where the database's clock has stepped back since a retry was put off, its delay is counted from now: it
# would wait for as long as the step was, besides. What was scheduled for a time of day keeps to that.
SHORTEN_DELAYS = f"""
    UPDATE queue.jobs SET due = queue.moment() + due - touched / 1000.0, touched = {NOW_MS}
    WHERE queue = %(queue)s AND status = 'queued' AND due IS NOT NULL
        AND due <> scheduled AND attempts > 0 AND touched > queue.moment() * 1000 + 1000
"""

WRITE_INFO = """
    INSERT INTO queue.workers (queue, worker_id, info, expires_at)
    VALUES (%(queue)s, %(worker_id)s, %(info)s, queue.moment() + %(ttl)s)
    ON CONFLICT (queue, worker_id) DO UPDATE SET info = excluded.info, expires_at = excluded.expires_at
"""

INFOS = """
    SELECT worker_id, info FROM queue.workers
    WHERE queue = %(queue)s AND expires_at > queue.moment() ORDER BY worker_id
"""

FORGET_INFOS = "DELETE FROM queue.workers WHERE queue = %(queue)s AND expires_at <= queue.moment()"


async def renew(tx: Transaction, holders: Iterable[str], *, seconds: float) -> None:
    """Say that these are alive, for so long."""
    await tx.all(RENEW, {"holders": sorted(holders), "seconds": seconds})


async def end_leases(tx: Transaction, holders: Iterable[str]) -> None:
    """Take leases, and what they were charged with, off the list; with them those that ended long ago."""
    await tx.all(END_LEASES, {"holders": sorted(holders)})


async def become_sweeper(tx: Transaction, queue: str, holder: str, *, seconds: float) -> bool:
    """Be the one who sweeps this queue for a while; False if another living one is."""
    values = {"queue": queue, "holder": holder, "seconds": seconds}
    return await tx.one(BECOME_SWEEPER, values) is not None


async def forget_expired(tx: Transaction, queue: str, *, limit: int) -> int:
    """Delete some of the jobs whose time is over, and the news of workers that are gone; how many jobs."""
    await tx.all(FORGET_INFOS, {"queue": queue})
    await tx.all(FORGET_TURNS, {"queue": queue, "kept": TURNS_KEPT})
    return len(await tx.all(FORGET_EXPIRED, {"queue": queue, "limit": limit}))


async def shorten_delays(tx: Transaction, queue: str) -> None:
    """See SHORTEN_DELAYS."""
    await tx.all(SHORTEN_DELAYS, {"queue": queue})


async def write_worker_info(tx: Transaction, queue: str, worker_id: str, info: str, *, ttl: float) -> None:
    """Keep what a worker says of itself for a while."""
    await tx.all(WRITE_INFO, {"queue": queue, "worker_id": worker_id, "info": info, "ttl": ttl})
