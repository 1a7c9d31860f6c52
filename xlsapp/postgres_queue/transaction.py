"""How the database is spoken to: short transactions, that nobody can hold up for long."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from psycopg import AsyncConnection, InterfaceError, OperationalError
from psycopg.errors import IdleInTransactionSessionTimeout
from psycopg.rows import tuple_row
from psycopg.sql import SQL, Composed
from psycopg_pool import AsyncConnectionPool

from xlsapp.queue_parts.rows import JobRow, News

logger = logging.getLogger(__name__)

Row = tuple[Any, ...]

# What may do at another time: the database is away, a connection was cut or was silent for too long.
PASSES = (OperationalError, InterfaceError, IdleInTransactionSessionTimeout)

FINAL = "('complete', 'failed', 'aborted')"

# Rows that may expire count as absent from that moment on, swept or not.
LIVE = "(expires_at IS NULL OR expires_at > queue.moment())"

# The status once more, as in the partial index.
IN_RUNNING_INDEX = "status IN ('new', 'active', 'aborting')"

# A worker that lost its job (swept, recovered, run elsewhere by now) must not touch it. Jobs that come over
# SAQ's HTTP proxy carry no claim; they are known by worker and attempt.
HOLDS = """
    CASE
        WHEN %(claim)s::bigint IS NOT NULL THEN claim = %(claim)s::bigint
        WHEN %(worker_id)s::text IS NULL OR worker_id IS NULL OR status NOT IN ('active', 'aborting')
            THEN TRUE
        ELSE worker_id = %(worker_id)s::text AND attempts = %(attempts)s
    END
"""

NOW_MS = "(queue.moment() * 1000)::bigint"

ROW = ", ".join(JobRow._fields)

# A host that loses its power, or its network, in the middle of a transaction would hold its locks until TCP
# gives it up, hours later: the server ends such a transaction, as no step of ours takes that long.
GIVEN_UP_AFTER = "10s"
LOCKS_WAITED_FOR = "10s"
BEGIN = f"""
    BEGIN; SET LOCAL idle_in_transaction_session_timeout = '{GIVEN_UP_AFTER}';
    SET LOCAL lock_timeout = '{LOCKS_WAITED_FOR}'
"""


class Transaction:
    """What a change is given: the connection inside a transaction, and where to say what it did."""

    __slots__ = ("_conn", "news", "woken")

    def __init__(self, conn: AsyncConnection[Any]) -> None:
        self._conn = conn
        self.woken: set[str] = set()  # queues in which a job may now run that could not before
        self.news: list[News] = []

    async def all(self, query: str, values: dict[str, Any]) -> list[Row]:
        """All rows of a statement."""
        return await fetch(self._conn, query, values)

    async def one(self, query: str, values: dict[str, Any]) -> Row | None:
        """The first row of a statement."""
        rows = await self.all(query, values)
        return rows[0] if rows else None

    async def run(self, statement: Composed) -> None:
        """A statement without an answer."""
        await self._conn.execute(statement)

    def tell(self, queue: str, key: str, status: str) -> None:
        """Note a status, for those who listen."""
        self.news.append(News(queue, key, status))


async def fetch(conn: AsyncConnection[Any], query: str, values: dict[str, Any]) -> list[Row]:
    """All rows of one statement, whatever kind of rows the pool's owner likes; none if it gives none."""
    async with conn.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(cast(Any, query), values)
        return await cursor.fetchall() if cursor.description else []


@asynccontextmanager
async def begun(
    pool: AsyncConnectionPool[Any], *, durable: bool, first: Composed | None = None
) -> AsyncIterator[AsyncConnection[Any]]:
    """A connection in a transaction, which is left to `commit`; rolled back without that.

    If it is not `durable`, a commit may be lost when the database's host fails in the next moment. `first` is
    a statement to begin with, sent along.
    """
    conn = await _begin(
        pool,
        SQL("{}{}{}").format(
            SQL(BEGIN),
            SQL("" if durable else "; SET LOCAL synchronous_commit = off"),
            SQL("; {}").format(first) if first else SQL(""),
        ),
    )
    try:
        yield conn
    finally:
        await pool.putconn(conn)


async def commit(conn: AsyncConnection[Any], notifications: list[str] | None = None) -> None:
    """End a transaction. Who listens to the channel is told last: that takes a lock of the whole server."""
    tell = [SQL("NOTIFY queue, {};").format(payload) for payload in notifications or ()]
    await conn.execute(SQL("{}COMMIT").format(SQL("").join(tell)))


async def look(pool: AsyncConnectionPool[Any], query: str, values: dict[str, Any]) -> list[Row]:
    """All rows of a query. Asked once more where a connection turns out to have been cut."""
    for attempt in range(pool.max_size + 1):
        conn = await pool.getconn()
        try:
            return await fetch(conn, query, values)
        except PASSES:
            if not conn.broken or attempt == pool.max_size:
                raise
        finally:
            await pool.putconn(conn)
    raise AssertionError("unreachable")


async def _begin(pool: AsyncConnectionPool[Any], begin: Composed) -> AsyncConnection[Any]:
    """A connection of the pool that has begun. Those that were cut while they lay there are thrown away."""
    for attempt in range(pool.max_size + 1):
        conn: AsyncConnection[Any] = await pool.getconn()
        try:
            await conn.execute(begin)
            return conn
        except BaseException as error:
            broken = conn.broken
            await pool.putconn(conn)
            if not isinstance(error, PASSES) or not broken or attempt == pool.max_size:
                raise
    raise AssertionError("unreachable")
