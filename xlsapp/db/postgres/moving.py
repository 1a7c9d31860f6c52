"""A database that data is moved into, or out of: nobody else works on it meanwhile."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from xlsapp.db.errors import DatabaseFault
from xlsapp.db.postgres.marks import MOVING, mark, marked
from xlsapp.db.postgres.migrate import LOCK_NUMBER, migrate
from xlsapp.db.postgres.server import check_server, connected, require_sessions
from xlsapp.db.postgres.tables import APPLICATION, PostgresTables, open_tables
from xlsapp.errors import InUse, Refused

MOVING_LOCK = LOCK_NUMBER + 2  # nothing else asks for this one

# What is left of a process that was killed is noticed by PostgreSQL within that time, as a rule.
PATIENCE_SECONDS = 10.0

OURS = ("data.", "status.", "files.", "queue.", "staging_", "review_")

# A transaction has locks for some thousand tables; there may be more.
DROPPED_AT_ONCE = 50

OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name LIKE 'xlsapp%' AND application_name <> :application
"""


@asynccontextmanager
async def receiving(url: str, source: str) -> AsyncIterator[PostgresTables]:
    """An empty database with the newest schema, to be filled; empty again where the block raises.

    Until its mark is taken away no server starts on it. Raises Refused where it is not empty, InUse where
    somebody works on it, ConfigurationError where it is of no use.
    """
    with connected(url) as conn:
        check_server(conn)
    require_sessions(url)
    async with open_tables(url) as guard, open_tables(url) as tables:
        await _keep_others_out(guard, MOVING_LOCK)
        await _require_alone(tables)
        await _empty(tables)
        migrate(url)
        try:
            await mark(tables.conn, MOVING, source)
            yield tables
        except BaseException as error:
            await _wipe_after(error, tables)
            raise


@asynccontextmanager
async def giving(url: str) -> AsyncIterator[PostgresTables]:
    """A database to be read from. Whoever would start on it waits until the block ends. Raises InUse."""
    migrate(url)
    async with open_tables(url) as guard, open_tables(url) as tables:
        await _keep_others_out(guard, LOCK_NUMBER)
        await _require_alone(tables)
        yield tables


async def is_left_from(url: str, source: str) -> bool:
    """Whether all was copied from there, and the mark alone is left."""
    async with open_tables(url) as tables:
        return await marked(tables.conn, MOVING) == source


async def waiting_jobs(tables: PostgresTables) -> list[str]:
    """The keys of the jobs in the queue that have not ended."""
    if "queue.jobs" not in await tables.names():
        return []
    rows = await tables.conn.all(
        "SELECT key FROM queue.jobs WHERE status IN ('new', 'deferred', 'queued', 'active', 'aborting')"
    )
    return [row["key"] for row in rows]


async def wipe(tables: PostgresTables) -> None:
    """Remove all that is ours, some tables at a time; the mark goes last."""
    names = sorted(name for name in await tables.names() if name.startswith(OURS) and name != MOVING)
    for start in range(0, len(names), DROPPED_AT_ONCE):
        await tables.conn.run(f"DROP TABLE {', '.join(names[start : start + DROPPED_AT_ONCE])} CASCADE")
    schemas = {name.partition(".")[0] for name in names} | {"data", "status", "files", "queue"}
    await tables.conn.run(f"DROP SCHEMA IF EXISTS {', '.join(sorted(schemas))} CASCADE")


async def _wipe_after(error: BaseException, tables: PostgresTables) -> None:
    try:
        await wipe(tables)
    except DatabaseFault as fault:
        raise DatabaseFault(
            f"{str(error).strip() or 'It was interrupted'}. What was copied could not be removed; no server "
            "starts on it, and the next move does away with it."
        ) from fault


async def _keep_others_out(guard: PostgresTables, lock: int) -> None:
    await guard.conn.run("SET idle_in_transaction_session_timeout TO 0")
    await guard.conn.run("BEGIN")
    end = time.monotonic() + PATIENCE_SECONDS
    while not await guard.conn.value("SELECT pg_try_advisory_xact_lock(:lock)", lock=lock):
        if time.monotonic() > end:
            raise InUse("Another xlsapp moves data into or out of this database, or starts on it just now.")
        await asyncio.sleep(0.1)


async def _require_alone(tables: PostgresTables) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while found := await tables.conn.value(OTHERS, application=APPLICATION):
        if time.monotonic() > end:
            raise InUse(
                f"An xlsapp works on this database ({found} connections). Stop all of them, then move."
            )
        await asyncio.sleep(0.2)


async def _empty(tables: PostgresTables) -> None:
    """See to it that there is nothing. What an interrupted move has left goes, and what holds nothing."""
    names = await tables.names()
    foreign = sorted(name for name in names if not name.startswith(OURS))
    if foreign:
        raise Refused(
            f"The database is not empty: it has the table {foreign[0]}. Make one for xlsapp alone: "
            "CREATE DATABASE xlsapp ENCODING 'UTF8' TEMPLATE template0."
        )
    if await marked(tables.conn, MOVING) is None and "data.users" in names:
        accounts = await tables.conn.value("SELECT count(*) FROM data.users")
        if accounts:
            raise Refused(
                f"The database is not empty: an xlsapp has {accounts} accounts in it. Make a new one: "
                "CREATE DATABASE xlsapp ENCODING 'UTF8' TEMPLATE template0."
            )
    if names:
        await wipe(tables)
