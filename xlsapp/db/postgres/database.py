"""PostgreSQL: a small pool of connections; every page one snapshot, every transaction whole or not at all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from contextvars import ContextVar
from typing import Any, Self

from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import TransactionStatus
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from xlsapp.db.connection import Connection, Staging
from xlsapp.db.dialect import POSTGRES, Dialect
from xlsapp.db.errors import DatabaseFault, Unreachable
from xlsapp.db.postgres.beside import EMPTIED, STILL_WHOLE, PostgresBeside, open_beside
from xlsapp.db.postgres.connection import PostgresConnection, Raw, values_as_on_sqlite
from xlsapp.db.postgres.errors import driver_errors
from xlsapp.db.turns import FairTurns

# For pages, statuses and the queue.
POOLED = 3
BESIDE = 3

# PostgreSQL keeps some 42 KB in a connection for each template's table that it has ever touched.
MOST_SECONDS_OPEN = 600
PATIENCE_SECONDS = 10

DEFAULTS: dict[str, Any] = {
    "application_name": "xlsapp",
    "connect_timeout": 10,
    # A host that went without a word is noticed within half a minute, and not after two hours.
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""What the URL may say otherwise."""

LOCK_TIMEOUT = "30s"

SETTINGS = f"""
SET search_path TO data;
SET datestyle TO 'ISO, YMD';
SET timezone TO 'UTC';
SET lock_timeout TO '{LOCK_TIMEOUT}';
SET idle_in_transaction_session_timeout TO '60s';
SET jit TO off; -- it takes longer to make than our statements run
"""

BEGIN_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"


class PostgresDatabase:
    """See Database. What is written in one transaction is seen by others once it is committed."""

    dialect: Dialect = POSTGRES

    def __init__(
        self, pool: AsyncConnectionPool[Raw], conninfo: dict[str, Any], *, heavy_readers: int, beside: int
    ) -> None:
        self.pool = pool
        self._conninfo = conninfo
        self.heavy_readers = heavy_readers
        self._heavy_turns = FairTurns(each=heavy_readers, at_once=heavy_readers)
        self.turns_beside = asyncio.Semaphore(beside)
        """Held by whoever has a connection of `beside`."""
        self._held: ContextVar[Raw | None] = ContextVar("held", default=None)

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        connections: int = POOLED,
        beside: int = BESIDE,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> Self:
        """Open a migrated database. So many connections are open at a time at the most, one when idle; and so
        many of their own for what takes long."""
        conninfo = {**DEFAULTS, **conninfo_to_dict(url)}
        with driver_errors():
            pool: AsyncConnectionPool[Raw] = AsyncConnectionPool(
                "",
                kwargs={
                    **conninfo,
                    "autocommit": True,  # transactions are begun here, each as it is needed
                    # A statement that was prepared fails once its table has another column.
                    "prepare_threshold": None,
                    "context": values_as_on_sqlite(),
                },
                min_size=1,
                max_size=connections,
                max_lifetime=MOST_SECONDS_OPEN,
                timeout=patience_seconds,
                configure=_configure,
                check=AsyncConnectionPool.check_connection,
                open=False,
            )
            try:
                await pool.open(wait=True, timeout=patience_seconds)
            except PoolTimeout as error:
                raise Unreachable("PostgreSQL does not answer") from error
        return cls(pool, conninfo, heavy_readers=max(1, connections // 2), beside=beside)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        """See Database. All statements in the block see the same moment."""
        async with self._transaction(BEGIN_READING) as raw:
            yield PostgresConnection(raw)

    @asynccontextmanager
    async def read_much(self, account_id: int) -> AsyncIterator[Connection]:
        """See Database."""
        async with self._heavy_turns.turn(account_id), self.read() as conn:
            yield conn

    @asynccontextmanager
    async def hold_writer(self, template_id: int) -> AsyncIterator[None]:
        """See Database. It is one transaction, whose commit is that of `write(held=True)` in the block."""
        async with self._transaction("BEGIN") as raw:
            await PostgresConnection(raw).run(
                "SELECT 1 FROM import_templates WHERE id = :template_id FOR UPDATE", template_id=template_id
            )
            token = self._held.set(raw)
            try:
                yield
            finally:
                self._held.reset(token)

    @asynccontextmanager
    async def write(self, *, attach: Staging | None = None, held: bool = False) -> AsyncIterator[Connection]:
        """See Database. With `attach`, the tables of that schema are there by their names alone.

        Raises Unreachable where their rows are not all there: see PostgresBeside.mark_whole.
        """
        present = self._held.get() if held else None
        async with _nothing_to_begin(present) if present else self._transaction("BEGIN") as raw:
            conn = PostgresConnection(raw)
            if attach:
                await conn.run("SELECT set_config('search_path', :path, TRUE)", path=f"{attach}, data")
                if not await conn.value(STILL_WHOLE):
                    raise Unreachable(EMPTIED.format(schema=attach))
            yield conn
            if raw.info.transaction_status is TransactionStatus.INERROR:
                # PostgreSQL would take it, and roll back without a word.
                raise DatabaseFault("a transaction in which a statement failed cannot be committed")
            with driver_errors():
                await raw.commit()

    def beside(self, schema: str, *, seconds: float | None = None) -> AbstractContextManager[PostgresBeside]:
        """The tables of a schema with the records beside them, on a connection of its own: see Beside."""
        return open_beside("", schema, seconds=seconds, **self._conninfo)

    async def list_schemas(self, beginning: str) -> list[str]:
        """The names of the schemas that begin so."""
        async with self.read() as conn:
            rows = await conn.all(
                "SELECT nspname AS name FROM pg_namespace WHERE starts_with(nspname, :beginning)",
                beginning=beginning,
            )
        return [row["name"] for row in rows]

    async def drop_schema(self, schema: str) -> None:
        """Remove a schema with its tables. Raises Busy when somebody uses it."""
        async with self.write() as tx:
            await tx.run("SET LOCAL lock_timeout TO '5s'")
            await tx.run(f"DROP SCHEMA IF EXISTS {schema} CASCADE")

    @asynccontextmanager
    async def upkeep(self, *, patience_seconds: int = 0) -> AsyncIterator[Connection]:
        """See IndexedDatabase."""
        async with self._connection() as raw:
            with driver_errors():
                await raw.execute(f"SET lock_timeout TO '{patience_seconds}s'".encode())
            try:
                yield PostgresConnection(raw)
            finally:
                if not raw.closed:
                    await asyncio.shield(raw.execute(f"SET lock_timeout TO '{LOCK_TIMEOUT}'"))

    async def close(self) -> None:
        """Close all connections, once what is under way has ended."""
        await self.pool.close()

    @asynccontextmanager
    async def _transaction(self, begin: str) -> AsyncIterator[Raw]:
        """A connection within a transaction, which is rolled back unless it was committed in the block."""
        async with self._connection() as raw:
            with driver_errors():
                await raw.execute(begin)
            yield raw

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Raw]:
        with driver_errors():
            raw = await self.pool.getconn()
        try:
            yield raw
        finally:
            await asyncio.shield(self._give_back(raw))

    async def _give_back(self, raw: Raw) -> None:
        try:
            await raw.rollback()  # after a commit there is nothing to do
        except Exception:
            await raw.close()  # it has rolled back by itself; the pool opens another one
        await self.pool.putconn(raw)


@asynccontextmanager
async def _nothing_to_begin(raw: Raw) -> AsyncIterator[Raw]:
    yield raw


async def _configure(raw: Raw) -> None:
    await raw.execute(SETTINGS)
