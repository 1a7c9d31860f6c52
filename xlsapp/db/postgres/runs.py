"""Attempts at jobs as rows of `job_runs`: see Runs. All times are the database's; hosts' clocks differ."""

import secrets

from xlsapp.db.connection import Connection, Database
from xlsapp.db.runs import LostRun, Run

LEASE_SECONDS = 30
KEPT_DAYS = 30

TAKE = """
    INSERT INTO job_runs AS runs (job_id, attempt, holder, lease_until)
    VALUES (:job_id, 1, :holder, clock_timestamp() + make_interval(secs => :seconds))
    ON CONFLICT (job_id) DO UPDATE
    SET attempt = runs.attempt + 1, holder = excluded.holder, lease_until = excluded.lease_until
    WHERE NOT runs.ended
    RETURNING attempt
"""

# While an attempt stores what it has made, its row is locked by itself: then there is nothing to renew.
RENEW = """
    UPDATE job_runs SET lease_until = clock_timestamp() + make_interval(secs => :seconds)
    WHERE job_id IN (
        SELECT job_id FROM job_runs
        WHERE job_id = :job_id AND attempt = :attempt AND NOT ended
        FOR UPDATE SKIP LOCKED
    )
"""

GOES_ON = "SELECT 1 FROM job_runs WHERE job_id = :job_id AND attempt = :attempt AND NOT ended"

GIVE_UP = """
    INSERT INTO job_runs (job_id, attempt, holder, lease_until, ended)
    VALUES (:job_id, 0, '', clock_timestamp(), TRUE)
    ON CONFLICT (job_id) DO UPDATE SET ended = TRUE
"""

FORGET = "DELETE FROM job_runs WHERE lease_until < clock_timestamp() - make_interval(days => :days)"


class PostgresRuns:
    """See Runs. A holder is a random text, never the name of its host, which another may have later."""

    are_leased = True

    def __init__(self, db: Database) -> None:
        self._db = db
        self._holder = secrets.token_hex(16)

    async def take(self, job_id: str) -> Run | None:
        """See Runs."""
        async with self._db.write() as tx:
            attempt = await tx.value(TAKE, job_id=job_id, holder=self._holder, seconds=LEASE_SECONDS)
        return Run(job_id, attempt) if attempt else None

    async def renew(self, run: Run) -> bool:
        """See Runs."""
        async with self._db.write() as tx:
            await tx.run(RENEW, job_id=run.job_id, attempt=run.attempt, seconds=LEASE_SECONDS)
            return bool(await tx.value(GOES_ON, job_id=run.job_id, attempt=run.attempt))

    async def require(self, tx: Connection, run: Run) -> None:
        """See Runs."""
        if not await tx.value(f"{GOES_ON} FOR UPDATE", job_id=run.job_id, attempt=run.attempt):
            raise LostRun(f"attempt {run.attempt} at job {run.job_id} is no longer the one that counts")

    async def give_up(self, job_id: str) -> None:
        """See Runs. Attempts of long ago are forgotten on the way."""
        async with self._db.write() as tx:
            await tx.run(GIVE_UP, job_id=job_id)
            await tx.run(FORGET, days=KEPT_DAYS)
