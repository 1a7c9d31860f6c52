"""What becomes of a job: an update, an end, another try, an abort. All refused to who no longer holds it."""

from __future__ import annotations

from saq.utils import now_seconds

from xlsapp.queue_parts.rows import JobValues
from xlsapp.sqlite_queue.transaction import FINAL, HOLDS, Transaction

OWN = f"queue = :queue AND key = :key AND {HOLDS}"

UPDATE = f"""
    UPDATE jobs SET
        payload = :payload, touched = :touched, priority = :priority, group_key = :group_key,
        started = coalesce(nullif(:started, 0), started), attempts = max(:attempts, attempts),
        worker_id = coalesce(:worker_id, worker_id)
    WHERE {OWN} AND (status NOT IN {FINAL} OR :knows_it_finished)
    RETURNING status
"""

UPDATE_STATUS = f"""
    UPDATE jobs SET
        payload = :payload, touched = :touched, priority = :priority, group_key = :group_key,
        started = :started, attempts = :attempts, worker_id = :worker_id, due = NULL,
        status = CASE WHEN status = 'aborting' AND :status = 'active' THEN status ELSE :status END,
        claim = CASE WHEN :status IN ('new', 'queued') THEN NULL ELSE claim END,
        abort_error = CASE WHEN :status = 'aborting' OR status = 'aborting' AND :status = 'active'
                           THEN abort_error END,
        expires_at = CASE WHEN :status IN {FINAL} THEN expires_at END
    WHERE {OWN}
    RETURNING status
"""

FINISH = """
    UPDATE jobs SET
        status = :status, payload = :payload, attempts = :attempts, started = :started,
        touched = :touched, worker_id = :worker_id,
        abort_error = NULL, due = NULL, expires_at = :expires_at
    WHERE
"""

RETRY = f"""
    UPDATE jobs SET
        id = CASE WHEN :keep_place THEN id ELSE (SELECT max(id) + 1 FROM jobs) END,
        status = 'queued', due = :due, payload = :payload, attempts = :attempts, started = 0,
        touched = :touched, worker_id = :worker_id,
        claim = NULL, abort_error = NULL, expires_at = NULL
    WHERE {OWN} AND (:claim IS NULL OR status != 'complete')
"""

SEND_BACK = f"""
    UPDATE jobs SET
        status = 'queued', payload = :payload, attempts = :attempts, started = 0, touched = :touched,
        small = :small, worker_id = NULL, claim = NULL
    WHERE {OWN} AND status = 'active'
"""

ABORT_RUNNING = f"UPDATE jobs SET status = 'aborting', abort_error = :error WHERE {OWN}"


def update(tx: Transaction, job: JobValues, *, knows_it_finished: bool) -> bool:
    """Store what a job says of itself; its status stays. A late word about a finished job changes nothing."""
    row = tx.execute(UPDATE, {**job._asdict(), "knows_it_finished": knows_it_finished}).fetchone()
    if row is not None:
        if row[0] == "queued":  # perhaps in another group, or of another priority
            tx.woken.add(job.queue)
        tx.tell(job.queue, job.key, row[0])
    return row is not None


def update_status(tx: Transaction, job: JobValues) -> bool:
    """Store a job with a new status. Only "aborting" does not turn back into "active"."""
    row = tx.execute(UPDATE_STATUS, job._asdict()).fetchone()
    if row is not None:
        tx.woken.add(job.queue)
        tx.tell(job.queue, job.key, row[0])
    return row is not None


def finish(tx: Transaction, job: JobValues, *, ttl: float, only_aborted: bool = False) -> bool:
    """Store a final status for `ttl` seconds (0: for good; negative: forget the job at once)."""
    condition = OWN + (" AND status IN ('aborting', 'aborted')" if only_aborted else "")
    values = {**job._asdict(), "expires_at": now_seconds() + ttl if ttl else None}
    done = tx.execute((FINISH if ttl >= 0 else "DELETE FROM jobs WHERE ") + condition, values).rowcount
    if done:
        if job.group_key is not None or job.owner:  # its group, or its owner, may have another one taken now
            tx.woken.add(job.queue)
        tx.tell(job.queue, job.key, job.status)
    return done > 0


def retry(tx: Transaction, job: JobValues, *, delay: float, keep_place: bool = False) -> bool:
    """Put a job back: at the end of the line, in its old place, or to wait for `delay` seconds.

    Anybody may have a job that is complete done again, but not who held it: its run has an end already.
    """
    due = now_seconds() + delay if delay else None
    done = tx.execute(RETRY, {**job._asdict(), "due": due, "keep_place": keep_place}).rowcount
    if done:
        tx.woken.add(job.queue)
        tx.tell(job.queue, job.key, "queued")
    return done > 0


def send_back(tx: Transaction, job: JobValues) -> bool:
    """Put a job back that was begun, in its old place. False if it is to be aborted, or held no longer."""
    done = tx.execute(SEND_BACK, job._asdict()).rowcount
    if done:
        tx.woken.add(job.queue)
        tx.tell(job.queue, job.key, "queued")
    return done > 0


def abort(tx: Transaction, job: JobValues, *, error: str, ttl: float) -> str | None:
    """Stop a job. "aborted": it had not begun or is not there; "aborting": it runs; None: it had finished,
    or whoever asks holds it no longer."""
    row = tx.execute("SELECT status FROM jobs WHERE queue = ? AND key = ?", (job.queue, job.key)).fetchone()
    status = row[0] if row is not None else None
    if status in ("active", "aborting"):
        if not tx.execute(ABORT_RUNNING, {**job._asdict(), "error": error}).rowcount:
            return None
        tx.tell(job.queue, job.key, "aborting")
        return "aborting"
    if status in (None, "new", "queued"):
        return "aborted" if finish(tx, job, ttl=ttl) or status is None else None
    return None
