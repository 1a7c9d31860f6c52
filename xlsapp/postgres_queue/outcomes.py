"""What becomes of a job: an update, an end, another try, an abort. All refused to who no longer holds it."""

from __future__ import annotations

from xlsapp.postgres_queue.transaction import FINAL, HOLDS, NOW_MS, Transaction
from xlsapp.queue_parts.rows import JobValues

OWN = f"queue = %(queue)s AND key = %(key)s AND {HOLDS}"

# When a run has started and when it was last heard of is what the database says, not the worker's clock.
UPDATE = f"""
    UPDATE queue.jobs SET
        payload = %(payload)s, touched = {NOW_MS}, priority = %(priority)s, group_key = %(group_key)s,
        attempts = greatest(%(attempts)s, attempts), worker_id = coalesce(%(worker_id)s::text, worker_id)
    WHERE {OWN} AND (status NOT IN {FINAL} OR %(knows_it_finished)s)
    RETURNING status
"""

UPDATE_STATUS = f"""
    UPDATE queue.jobs SET
        payload = %(payload)s, touched = {NOW_MS}, priority = %(priority)s, group_key = %(group_key)s,
        started = CASE WHEN %(started)s = 0 THEN 0 WHEN started = 0 THEN {NOW_MS} ELSE started END,
        attempts = %(attempts)s, worker_id = %(worker_id)s, due = NULL,
        status = CASE WHEN status = 'aborting' AND %(status)s = 'active' THEN status ELSE %(status)s END,
        claim = CASE WHEN %(status)s IN ('new', 'queued') THEN NULL ELSE claim END,
        holder = CASE WHEN %(status)s IN ('new', 'queued') THEN NULL ELSE holder END,
        abort_error = CASE WHEN %(status)s = 'aborting' OR status = 'aborting' AND %(status)s = 'active'
                           THEN abort_error END,
        expires_at = CASE WHEN %(status)s IN {FINAL} THEN expires_at END
    WHERE {OWN}
    RETURNING status
"""

FINISH = f"""
    UPDATE queue.jobs SET
        status = %(status)s, payload = %(payload)s, attempts = %(attempts)s, touched = {NOW_MS},
        worker_id = %(worker_id)s, abort_error = NULL, due = NULL,
        expires_at = CASE WHEN %(ttl)s > 0 THEN queue.moment() + %(ttl)s END
    WHERE {OWN} AND (NOT %(only_aborted)s OR status IN ('aborting', 'aborted'))
    RETURNING TRUE
"""

FORGET = f"""
    DELETE FROM queue.jobs
    WHERE {OWN} AND (NOT %(only_aborted)s OR status IN ('aborting', 'aborted'))
    RETURNING TRUE
"""

RETRY = f"""
    UPDATE queue.jobs SET
        place = CASE WHEN %(keep_place)s THEN place ELSE nextval('queue.places') END,
        status = 'queued', due = CASE WHEN %(delay)s > 0 THEN queue.moment() + %(delay)s END,
        payload = %(payload)s, attempts = %(attempts)s, started = 0, touched = {NOW_MS},
        worker_id = %(worker_id)s, claim = NULL, holder = NULL, abort_error = NULL, expires_at = NULL
    WHERE {OWN} AND (%(claim)s::bigint IS NULL OR status <> 'complete')
    RETURNING TRUE
"""

SEND_BACK = f"""
    UPDATE queue.jobs SET
        status = 'queued', payload = %(payload)s, attempts = %(attempts)s, started = 0, touched = {NOW_MS},
        small = %(small)s, worker_id = NULL, claim = NULL, holder = NULL
    WHERE {OWN} AND status = 'active'
    RETURNING TRUE
"""

STATUS = "SELECT status FROM queue.jobs WHERE queue = %(queue)s AND key = %(key)s FOR UPDATE"

ABORT_RUNNING = f"""
    UPDATE queue.jobs SET status = 'aborting', abort_error = %(error)s WHERE {OWN} RETURNING TRUE
"""


async def update(tx: Transaction, job: JobValues, *, knows_it_finished: bool) -> bool:
    """Store what a job says of itself; its status stays. A late word about a finished job changes nothing."""
    row = await tx.one(UPDATE, {**job._asdict(), "knows_it_finished": knows_it_finished})
    if row is not None:
        if row[0] == "queued":  # perhaps in another group, or of another priority
            tx.woken.add(job.queue)
        tx.tell(job.queue, job.key, row[0])
    return row is not None


async def update_status(tx: Transaction, job: JobValues) -> bool:
    """Store a job with a new status. Only "aborting" does not turn back into "active"."""
    row = await tx.one(UPDATE_STATUS, job._asdict())
    if row is not None:
        if row[0] != "active":
            tx.woken.add(job.queue)
        tx.tell(job.queue, job.key, row[0])
    return row is not None


async def finish(tx: Transaction, job: JobValues, *, ttl: float, only_aborted: bool = False) -> bool:
    """Store a final status for `ttl` seconds (0: for good; negative: forget the job at once)."""
    values = {**job._asdict(), "ttl": ttl, "only_aborted": only_aborted}
    done = await tx.one(FINISH if ttl >= 0 else FORGET, values) is not None
    if done:
        if job.group_key is not None or job.owner:  # its group, or its owner, may have another one taken now
            tx.woken.add(job.queue)
        tx.tell(job.queue, job.key, job.status)
    return done


async def retry(tx: Transaction, job: JobValues, *, delay: float, keep_place: bool = False) -> bool:
    """Put a job back: at the end of the line, in its old place, or to wait for `delay` seconds.

    Anybody may have a job that is complete done again, but not who held it: its run has an end already.
    """
    done = await tx.one(RETRY, {**job._asdict(), "delay": delay, "keep_place": keep_place}) is not None
    if done:
        tx.woken.add(job.queue)
        tx.tell(job.queue, job.key, "queued")
    return done


async def send_back(tx: Transaction, job: JobValues) -> bool:
    """Put a job back that was begun, in its old place. False if it is to be aborted, or held no longer."""
    done = await tx.one(SEND_BACK, job._asdict()) is not None
    if done:
        tx.woken.add(job.queue)
        tx.tell(job.queue, job.key, "queued")
    return done


async def abort(tx: Transaction, job: JobValues, *, error: str, ttl: float) -> str | None:
    """Stop a job. "aborted": it had not begun or is not there; "aborting": it runs; None: it had finished,
    or whoever asks holds it no longer."""
    row = await tx.one(
        "SELECT status FROM queue.jobs WHERE queue = %(queue)s AND key = %(key)s FOR UPDATE", job._asdict()
    )
    status = row[0] if row is not None else None
    if status in ("active", "aborting"):
        if not await tx.one(ABORT_RUNNING, {**job._asdict(), "error": error}):
            return None
        tx.tell(job.queue, job.key, "aborting")
        return "aborting"
    if status in (None, "new", "queued"):
        return "aborted" if await finish(tx, job, ttl=ttl) or status is None else None
    return None
