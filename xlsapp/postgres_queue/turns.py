"""Who is next: the one place that decides which waiting job a seat gets.

Jobs of a higher priority go first. Among those, seats go round by owner: first who has the fewest at work in
seats of the kind that is free, then whose last turn in one is longest ago. So an owner that holds every
ordinary seat gets no further one while another waits, and an owner's own jobs leave in the order they came.
Jobs of a group run one after the other, in their order, whoever owns them.

A small seat takes small jobs, and only of who has nothing else at work, in any seat: whoever has all the
others cannot take this one, too. Of grouped jobs it takes the first of a group nobody works on.

One process at a time takes jobs from a queue, for a few milliseconds: only so can all of that hold.
"""

from __future__ import annotations

from typing import Any

from psycopg.sql import SQL, Composed
from psycopg_pool import AsyncConnectionPool

from xlsapp.postgres_queue.seats import Seat
from xlsapp.postgres_queue.transaction import IN_RUNNING_INDEX, NOW_MS, ROW, begun, commit, fetch
from xlsapp.queue_parts.rows import JobRow

# As the partial indexes have it.
WAITS = "queue = %(queue)s AND status = 'queued' AND due IS NULL"
WAITS_ALONE = f"{WAITS} AND group_key IS NULL"
WAITS_IN_GROUP = f"{WAITS} AND group_key IS NOT NULL"
IN_RANGE = "priority BETWEEN %(low)s AND %(high)s"

# Who comes later waits for who comes first, until that one's transaction ends.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('who is next: ' || {queue}, 0))"


def _firsts(*, small: bool) -> str:
    """The first jobs of each owner, and the first of each group nobody works on.

    Owners and groups are found one after another through their indexes, so that ten thousand jobs of one
    cost as much as one.
    """
    is_small = "AND small" if small else ""
    return f"""
        owners (name) AS (
            SELECT min(owner) FROM queue.jobs WHERE {WAITS_ALONE} {is_small}
            UNION ALL
            SELECT (SELECT min(owner) FROM queue.jobs WHERE {WAITS_ALONE} {is_small} AND owner > owners.name)
            FROM owners WHERE owners.name IS NOT NULL
        ),
        groups (name) AS (
            SELECT min(group_key) FROM queue.jobs WHERE {WAITS_IN_GROUP}
            UNION ALL
            SELECT (SELECT min(group_key) FROM queue.jobs WHERE {WAITS_IN_GROUP} AND group_key > groups.name)
            FROM groups WHERE groups.name IS NOT NULL
        ),
        firsts AS (
            SELECT job.* FROM owners CROSS JOIN LATERAL (
                SELECT key, place, priority, owner, small FROM queue.jobs
                WHERE {WAITS_ALONE} {is_small} AND owner = owners.name AND {IN_RANGE}
                ORDER BY priority, place LIMIT %(limit)s
            ) AS job
            UNION ALL
            SELECT job.* FROM groups CROSS JOIN LATERAL (
                SELECT key, place, priority, owner, small FROM queue.jobs
                WHERE {WAITS_IN_GROUP} AND group_key = groups.name AND {IN_RANGE}
                ORDER BY priority, place LIMIT 1
            ) AS job
            WHERE NOT EXISTS (
                SELECT 1 FROM queue.jobs WHERE queue = %(queue)s AND status IN ('active', 'aborting')
                  AND group_key IS NOT NULL AND group_key = groups.name
            )
        )
    """


def _take_next(*, small: bool) -> str:
    """Of the first jobs, those whose turn it is. Whom several seats are given at once, comes with the second
    after all who have one. A row of nothing but NULL: one that was picked has gone in that moment.
    """
    return f"""
        WITH RECURSIVE
        {_firsts(small=small)},
        at_work (owner, jobs) AS (
            SELECT owner, count(*) FROM queue.jobs
            WHERE queue = %(queue)s AND status IN ('active', 'aborting') AND {IN_RUNNING_INDEX}
              {"" if small else "AND NOT in_small_seat"}
            GROUP BY owner
        ),
        ranked AS (
            SELECT firsts.*, coalesce(at_work.jobs, 0) AS jobs,
                row_number() OVER (PARTITION BY owner ORDER BY priority, place) - 1 AS rank,
                coalesce((
                    SELECT number FROM queue.turns
                    WHERE queue = %(queue)s AND in_small_seat = %(in_small_seat)s
                        AND turns.owner = firsts.owner
                ), 0) AS turn
            FROM firsts LEFT JOIN at_work USING (owner)
            {"WHERE small AND jobs IS NULL" if small else ""}
        ),
        picked AS (
            SELECT key, row_number() OVER (ORDER BY priority, jobs + rank, rank, turn, place) AS number
            FROM ranked {"WHERE rank = 0" if small else ""}
            ORDER BY number LIMIT %(limit)s
        ),
        taken AS (
            UPDATE queue.jobs
            SET status = 'active', claim = %(claim)s, holder = %(holder)s, attempts = attempts + 1,
                started = {NOW_MS}, touched = {NOW_MS}, worker_id = NULL, in_small_seat = %(in_small_seat)s
            WHERE queue = %(queue)s AND key = ANY(ARRAY(SELECT key FROM picked))
                AND status = 'queued' AND due IS NULL
            RETURNING owner, {ROW}
        ),
        turn AS (
            INSERT INTO queue.turns (queue, in_small_seat, owner, number)
            SELECT %(queue)s, %(in_small_seat)s, owner, nextval('queue.turn_numbers') FROM (
                SELECT owner FROM picked JOIN taken USING (key)
                WHERE owner <> '' GROUP BY owner ORDER BY max(number)
            ) AS owners
            ON CONFLICT (queue, in_small_seat, owner) DO UPDATE SET number = excluded.number
        )
        SELECT {ROW} FROM picked LEFT JOIN taken USING (key) ORDER BY number
    """


TAKE_NEXT, TAKE_NEXT_SMALL = _take_next(small=False), _take_next(small=True)

# Who has had no turn in so many comes first, as somebody new does.
TURNS_KEPT = 100_000

FORGET_TURNS = """
    DELETE FROM queue.turns
    WHERE queue = %(queue)s AND number <= (SELECT max(number) FROM queue.turns) - %(kept)s
"""


async def claim_jobs(
    pool: AsyncConnectionPool[Any], seat: Seat, *, claim: int, limit: int
) -> tuple[list[JobRow], bool]:
    """Take the jobs that are next for a seat, in order; and whether there may be more.

    The attempt that now begins is counted already. Should all this be lost with the database's host, the jobs
    wait again, and their first run cannot end.
    """
    take = TAKE_NEXT_SMALL if seat.small_only else TAKE_NEXT
    async with begun(pool, durable=False, first=one_at_a_time(seat.queue)) as conn:
        rows = await fetch(conn, take, {**claim_values(seat), "claim": claim, "limit": limit})
        await commit(conn)
    return [JobRow(*row) for row in rows if row[1] is not None], len(rows) == limit


def one_at_a_time(queue: str) -> Composed:
    """Waits for a claim that is under way, and lets no other begin."""
    return SQL(ONE_AT_A_TIME).format(queue=queue)


def claim_values(seat: Seat) -> dict[str, Any]:
    """What the statements above need to know of a seat."""
    low, high = seat.priorities
    return {
        "queue": seat.queue,
        "low": low,
        "high": high,
        "holder": seat.holder,
        "in_small_seat": seat.small_only,
    }
