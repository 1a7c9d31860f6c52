"""The tables of the queue, in a schema of their own."""

from __future__ import annotations

from typing import Any

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from xlsapp.postgres_queue.transaction import fetch

SCHEMA_VERSION = 1

# The order of whoever makes tables at the same time: held until the transaction ends, and only that long.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('the tables of the queue', 0))"

# Rows change their status some times and are gone: pages keep room for that, and are vacuumed soon.
CHANGES_OFTEN = (
    "fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_analyze_scale_factor = 0.02"
)

# `place` is a job's place in the line. `holder` says whose it is while it runs (see leases), `claim` in which
# taking of jobs it was handed out. Columns that a claim or an abort changes (status, attempts, started,
# touched, worker_id, abort_error) are laid over the payload when a row is read: neither has to rewrite it.
# Times are since 1970, as SAQ has them: scheduled, due and expires_at in seconds, started and touched in ms.
# All of them but `scheduled` are by the clock of the database, which is `moment()`: hosts' clocks differ.
SCHEMA = f"""
CREATE FUNCTION queue.moment() RETURNS double precision LANGUAGE sql STABLE
    AS 'SELECT extract(epoch FROM statement_timestamp())::double precision';
CREATE SEQUENCE queue.places;
CREATE SEQUENCE queue.turn_numbers;
CREATE TABLE queue.jobs (
    queue text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    place bigint NOT NULL,
    status text COLLATE "C" NOT NULL,
    priority integer NOT NULL,
    group_key text COLLATE "C",
    scheduled double precision NOT NULL,    -- as enqueued; 0: at once
    due double precision,                   -- still waiting for this moment; NULL: may run
    claim bigint,
    holder text COLLATE "C",
    attempts integer NOT NULL,
    started bigint NOT NULL,
    touched bigint NOT NULL,
    worker_id text,
    abort_error text,
    expires_at double precision,
    payload bytea NOT NULL,
    owner text COLLATE "C" NOT NULL,        -- whose job it is; '': nobody's in particular
    small boolean NOT NULL,                 -- may be done in a small seat
    in_small_seat boolean NOT NULL DEFAULT FALSE,   -- as it was claimed last
    PRIMARY KEY (queue, key)
) WITH ({CHANGES_OFTEN});
CREATE INDEX jobs_ready_of_owner ON queue.jobs (queue, owner, priority, place)
    WHERE status = 'queued' AND due IS NULL AND group_key IS NULL;
CREATE INDEX jobs_ready_and_small ON queue.jobs (queue, owner, priority, place)
    WHERE status = 'queued' AND due IS NULL AND group_key IS NULL AND small;
CREATE INDEX jobs_ready_in_groups ON queue.jobs (queue, group_key, priority, place)
    WHERE status = 'queued' AND due IS NULL AND group_key IS NOT NULL;
CREATE INDEX jobs_waiting ON queue.jobs (queue, due) WHERE status = 'queued' AND due IS NOT NULL;
CREATE INDEX jobs_running ON queue.jobs (queue, status) WHERE status IN ('new', 'active', 'aborting');
CREATE INDEX jobs_busy_groups ON queue.jobs (queue, group_key)
    WHERE status IN ('active', 'aborting') AND group_key IS NOT NULL;
CREATE INDEX jobs_expiry ON queue.jobs (queue, expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE queue.turns (  -- who has had a seat of each kind; the last has the highest number
    queue text COLLATE "C" NOT NULL,
    in_small_seat boolean NOT NULL,
    owner text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    PRIMARY KEY (queue, in_small_seat, owner)
) WITH ({CHANGES_OFTEN});
CREATE TABLE queue.leases (  -- who is alive: one for each connected queue
    holder text COLLATE "C" PRIMARY KEY,
    expires_at double precision NOT NULL
) WITH ({CHANGES_OFTEN});
CREATE TABLE queue.sweepers (
    queue text COLLATE "C" PRIMARY KEY,
    holder text COLLATE "C" NOT NULL,
    expires_at double precision NOT NULL
) WITH ({CHANGES_OFTEN});
CREATE TABLE queue.workers (
    queue text COLLATE "C" NOT NULL,
    worker_id text COLLATE "C" NOT NULL,
    info text NOT NULL,
    expires_at double precision NOT NULL,
    PRIMARY KEY (queue, worker_id)
) WITH ({CHANGES_OFTEN});
CREATE TABLE queue.version (version integer NOT NULL);
INSERT INTO queue.version VALUES ({SCHEMA_VERSION});
"""


async def create_tables(pool: AsyncConnectionPool[Any]) -> None:
    """Make the tables where they are missing. Raises RuntimeError when a newer version has made them."""
    async with pool.connection() as conn:
        if await _version(conn) == SCHEMA_VERSION:
            return
        async with conn.transaction():
            await conn.execute("SET LOCAL lock_timeout = '30s'")
            await conn.execute(ONE_AT_A_TIME)
            version = await _version(conn)
            if version > SCHEMA_VERSION:
                raise RuntimeError(
                    f"The queue's tables have format {version}; this version knows {SCHEMA_VERSION}."
                )
            if not version:
                await conn.execute("CREATE SCHEMA IF NOT EXISTS queue")
                await conn.execute(SCHEMA)


async def _version(conn: AsyncConnection[Any]) -> int:
    """0: there are no tables."""
    # Not to_regclass, which may remember what was there before the lock was waited for.
    if not await fetch(
        conn, "SELECT 1 FROM pg_tables WHERE schemaname = 'queue' AND tablename = 'version'", {}
    ):
        return 0
    return int((await fetch(conn, "SELECT version FROM queue.version", {}))[0][0])
