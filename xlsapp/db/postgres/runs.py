"""Attempts at jobs as rows of `job_runs`: see Runs. All times are the database's; hosts' clocks differ."""

import logging
import re
import secrets
import time

from xlsapp import clock
from xlsapp.db.connection import Connection
from xlsapp.db.errors import DatabaseFault, Unreachable
from xlsapp.db.postgres.database import PostgresDatabase
from xlsapp.db.runs import LostRun, Run

log = logging.getLogger(__name__)

LEASE_SECONDS = 30
KEPT_DAYS = 30

SURELY_OVER_LEASES = 2
OLD_SECONDS = 86_400
"""Nothing takes a day."""
FORGET_EVERY_SECONDS = 3600

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

PATIENTLY = "SET LOCAL lock_timeout TO '5s'"

# The schemas of attempts that are over: another one has begun, the job was given up, or it was not said for
# so long that it goes on that another one would have begun.
LEFT_BEHIND = """
    SELECT nspname AS name FROM pg_namespace
    WHERE starts_with(nspname, 'staging_') AND NOT EXISTS (
        SELECT 1 FROM job_runs
        WHERE job_id = substring(nspname FROM '^staging_(.+)_[0-9]+$')
        AND attempt = substring(nspname FROM '[0-9]+$')::bigint
        AND NOT ended AND lease_until > clock_timestamp() - make_interval(secs => :over)
    ) AND NOT (
        nspname ~ '^staging_at_[0-9]+_'
        AND split_part(nspname, '_', 3)::float8 > extract(epoch FROM clock_timestamp()) - :old
    )
"""

FORGET = "DELETE FROM job_runs WHERE lease_until < clock_timestamp() - make_interval(days => :days)"


class PostgresRuns:
    """See Runs. A holder is a random text, never the name of its host, which another may have later."""

    are_leased = True

    def __init__(self, db: PostgresDatabase) -> None:
        self._db = db
        self._holder = secrets.token_hex(16)
        self._forgets_at = 0.0

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
        """See Runs."""
        async with self._db.write() as tx:
            await tx.run(PATIENTLY)
            await tx.run(GIVE_UP, job_id=job_id)

    async def sweep(self) -> None:
        """See Runs: staging schemas."""
        if time.monotonic() >= self._forgets_at:
            self._forgets_at = time.monotonic() + FORGET_EVERY_SECONDS
            async with self._db.write() as tx:
                await tx.run(FORGET, days=KEPT_DAYS)
        async with self._db.read() as conn:
            left = await conn.all(LEFT_BEHIND, over=SURELY_OVER_LEASES * LEASE_SECONDS, old=OLD_SECONDS)
        for schema in left:
            try:
                await self._db.drop_schema(schema["name"])
            except Unreachable:
                raise
            except DatabaseFault:
                log.warning("%s could not be dropped; trying again later", schema["name"], exc_info=True)


def staging_name(run: Run | None) -> str:
    """The schema in which an attempt has its rows on their way into records; without a `run`, that of some
    other work, of minutes."""
    if run is None:
        return f"staging_at_{int(clock.now())}_{secrets.token_hex(8)}"
    if not re.fullmatch("[0-9a-z_]+", run.job_id):
        raise ValueError(f"{run.job_id!r} cannot be part of a name")
    return f"staging_{run.job_id}_{run.attempt}"
