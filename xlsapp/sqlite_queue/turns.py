"""Who is next: the one place that decides which waiting job a seat gets.

Jobs of a higher priority go first. Among those, seats go round by owner: first who has the fewest at work in
seats of the kind that is free, then whose last turn in one is longest ago. So an owner that holds every
ordinary seat gets no further one while another waits, and an owner's own jobs leave in the order they came.
Jobs of a group run one after the other, in their order, whoever owns them.

A small seat takes small jobs, and only of who has nothing else at work, in any seat: whoever has all the
others cannot take this one, too. Of grouped jobs it takes the first of a group nobody works on.
"""

from __future__ import annotations

from typing import Any

from saq.utils import now

from xlsapp.queue_parts.rows import ROW, JobRow
from xlsapp.sqlite_queue.seats import Seat
from xlsapp.sqlite_queue.transaction import IN_RUNNING_INDEX, Transaction

# As the partial indexes have it, word for word.
WAITS = "queue = :queue AND status = 'queued' AND due IS NULL"
WAITS_ALONE = f"{WAITS} AND group_key IS NULL"
WAITS_IN_GROUP = f"{WAITS} AND group_key IS NOT NULL"
IN_RANGE = "priority BETWEEN :low AND :high"

IS_ANYTHING_TO_DECIDE = f"""
    SELECT EXISTS (SELECT 1 FROM jobs WHERE {WAITS_ALONE} AND owner > '')
        OR EXISTS (SELECT 1 FROM jobs WHERE {WAITS_IN_GROUP})
"""

TAKE = f"""
    UPDATE jobs
    SET status = 'active', claim = :claim, attempts = attempts + 1,
        started = :now, touched = :now, worker_id = NULL, in_small_seat = :in_small_seat
    WHERE id IN ({{which}})
    RETURNING priority, id, owner, {ROW}
"""

# Where nobody owns anything, and nothing is in a group, the line is all there is.
TAKE_FIRST = TAKE.format(
    which=f"SELECT id FROM jobs WHERE {WAITS_ALONE} AND owner = '' AND {IN_RANGE}"
    " ORDER BY priority, id LIMIT :limit"
)


def _take_next(*, small: bool) -> str:
    """The first of each owner's jobs, and of each group nobody works on; of these the one whose turn it is.

    Owners and groups are found one after another through their indexes, so that ten thousand jobs of one
    cost as much as one.
    """
    is_small = "AND small" if small else ""
    return TAKE.format(
        which=f"""
        WITH RECURSIVE
        owners (name) AS (
            SELECT min(owner) FROM jobs WHERE {WAITS_ALONE} {is_small}
            UNION ALL
            SELECT (SELECT min(owner) FROM jobs WHERE {WAITS_ALONE} {is_small} AND owner > name)
            FROM owners WHERE name IS NOT NULL
        ),
        groups (name) AS (
            SELECT min(group_key) FROM jobs WHERE {WAITS_IN_GROUP}
            UNION ALL
            SELECT (SELECT min(group_key) FROM jobs WHERE {WAITS_IN_GROUP} AND group_key > name)
            FROM groups WHERE name IS NOT NULL
        ),
        firsts (id) AS (
            SELECT (SELECT id FROM jobs WHERE {WAITS_ALONE} {is_small} AND owner = name AND {IN_RANGE}
                    ORDER BY priority, id LIMIT 1)
            FROM owners WHERE name IS NOT NULL
            UNION ALL
            SELECT (SELECT id FROM jobs WHERE {WAITS_IN_GROUP} AND group_key = name AND {IN_RANGE}
                    ORDER BY priority, id LIMIT 1)
            FROM groups
            WHERE name IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM jobs WHERE queue = :queue AND status IN ('active', 'aborting')
                  AND group_key IS NOT NULL AND group_key = name
            )
        ),
        at_work (owner, jobs) AS (
            SELECT owner, count(*) FROM jobs
            WHERE queue = :queue AND status IN ('active', 'aborting') AND {IN_RUNNING_INDEX}
              {"" if small else "AND NOT in_small_seat"}
            GROUP BY owner
        )
        SELECT job.id FROM firsts JOIN jobs AS job ON job.id = firsts.id
        LEFT JOIN at_work ON at_work.owner = job.owner
        LEFT JOIN turns
            ON turns.queue = :queue AND turns.in_small_seat = :in_small_seat AND turns.owner = job.owner
        {"WHERE job.small AND at_work.jobs IS NULL" if small else ""}
        ORDER BY job.priority, coalesce(at_work.jobs, 0), coalesce(turns.id, 0), job.id LIMIT 1
        """
    )


TAKE_NEXT, TAKE_NEXT_SMALL = _take_next(small=False), _take_next(small=True)

NOTE_TURN = "INSERT OR REPLACE INTO turns (queue, in_small_seat, owner) VALUES (?, ?, ?)"

# Who has had no turn in so many comes first, as somebody new does.
TURNS_KEPT = 100_000

FORGET_TURNS = "DELETE FROM turns WHERE queue = ? AND id <= (SELECT max(id) FROM turns) - ?"


def claim_jobs(tx: Transaction, seat: Seat, *, claim: int, limit: int) -> list[JobRow]:
    """Take the jobs that are next for a seat, in order. The attempt that now begins is counted already."""
    low, high = seat.priorities
    values = {
        "queue": seat.queue,
        "low": low,
        "high": high,
        "claim": claim,
        "limit": limit,
        "now": now(),
        "in_small_seat": seat.small_only,
    }
    if not seat.small_only and not tx.execute(IS_ANYTHING_TO_DECIDE, values).fetchone()[0]:
        rows = tx.execute(TAKE_FIRST, values).fetchall()
        rows.sort(key=lambda row: row[:2])
    else:
        rows = _take_turns(tx, TAKE_NEXT_SMALL if seat.small_only else TAKE_NEXT, values, limit)
    jobs = [JobRow(*row[3:]) for row in rows]
    for job in jobs:
        tx.tell(seat.queue, job.key, "active")
    return jobs


def _take_turns(tx: Transaction, take: str, values: dict[str, Any], limit: int) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    while len(rows) < limit and (row := tx.execute(take, values).fetchone()):
        rows.append(row)
        if owner := row[2]:
            tx.execute(NOTE_TURN, (values["queue"], values["in_small_seat"], owner))
    return rows


def forget_turns(tx: Transaction, queue: str) -> None:
    """Keep no list of owners that have not been here for long."""
    tx.execute(FORGET_TURNS, (queue, TURNS_KEPT))
