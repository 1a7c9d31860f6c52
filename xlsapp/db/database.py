"""One SQLite file: many readers, one writer at a time, every transaction whole or not at all."""

import asyncio
import logging
import os
import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, Self

import aiosqlite

from xlsapp.db.connection import Connection, Database, Row, Staging
from xlsapp.db.dialect import SQLITE, Dialect
from xlsapp.db.errors import driver_errors
from xlsapp.db.looks import FUNCTIONS
from xlsapp.db.patience import let_others_go_first
from xlsapp.db.turns import FairTurns

log = logging.getLogger(__name__)

Pool = asyncio.LifoQueue[aiosqlite.Connection]

# A log of 4 MiB is copied into the file in some 10 ms, and is still small enough to be read quickly.
CHECKPOINT_BYTES = 4 * 1024 * 1024

READERS = 3
"""So many connections are there for what takes a moment …"""
HEAVY_READERS = min(os.cpu_count() or 1, 3)
"""… and so many besides for what looks at many records."""


class SqliteConnection:
    """See Connection."""

    dialect: Dialect = SQLITE

    def __init__(self, raw: aiosqlite.Connection) -> None:
        self._raw = raw

    async def all(self, sql: str, /, **params: Any) -> list[Row]:
        """Every row."""
        with driver_errors():
            return [dict(row) for row in await self._raw.execute_fetchall(sql, params)]

    async def one(self, sql: str, /, **params: Any) -> Row | None:
        """The first row, or None."""
        rows = await self.all(sql, **params)
        return rows[0] if rows else None

    async def value(self, sql: str, /, **params: Any) -> Any:
        """The first column of the first row, or None."""
        with driver_errors():
            for row in await self._raw.execute_fetchall(sql, params):
                return row[0]
        return None

    async def run(self, sql: str, /, **params: Any) -> int:
        """Carry out a statement. Returns the number of rows it changed."""
        with driver_errors():
            async with self._raw.execute(sql, params) as cursor:
                return cursor.rowcount


class SqliteDatabase:
    """See Database. Readers that never wait for the writer, and a writer that lets one in at a time.

    Checkpoints run only while the write lock is held, from a connection of their own: SQLite 3.7.0 to
    3.51.2 can lose commits when one connection checkpoints while another writes
    (https://sqlite.org/wal.html#walresetbug), so automatic ones are off everywhere.
    """

    dialect: Dialect = SQLITE

    def __init__(
        self,
        path: Path,
        writer: aiosqlite.Connection,
        readers: list[aiosqlite.Connection],
        heavy_readers: list[aiosqlite.Connection],
    ) -> None:
        self.path = path
        self._writer = writer
        self._all_readers = [*readers, *heavy_readers]
        self._idle_readers = _pool(readers)
        self._idle_heavy_readers = _pool(heavy_readers) if heavy_readers else self._idle_readers
        self.heavy_readers = HEAVY_READERS
        self._heavy_turns = FairTurns(each=HEAVY_READERS, at_once=HEAVY_READERS)
        self._writing = asyncio.Lock()
        self._checkpointing: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls, path: Path, *, durable: bool = True, readers: int = READERS, heavy_readers: int = 0
    ) -> Self:
        """Open a migrated file. `durable` commits survive a power cut; others only a crash of the process."""
        opened: list[aiosqlite.Connection] = []
        try:
            with driver_errors():
                opened.append(await _connect(path, durable=durable, query_only=False))
                for number in range(readers + heavy_readers):
                    kind = PatientConnection if number >= readers else sqlite3.Connection
                    opened.append(await _connect(path, durable=durable, query_only=True, kind=kind))
        except BaseException:
            await _close_all(opened)
            raise
        return cls(path, opened[0], opened[1 : readers + 1], opened[readers + 1 :])

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Connection]:
        """A connection that can only read. Keep it no longer than a few statements take."""
        async with _borrowed(self._idle_readers) as conn:
            yield conn

    @asynccontextmanager
    async def read_much(self, account_id: int) -> AsyncIterator[Connection]:
        """The same for statements that look at many records: on connections of their own, whose threads let
        others go first, and by turns that go round by account. Keep it for some 10 ms, if that can be."""
        async with self._heavy_turns.turn(account_id), _borrowed(self._idle_heavy_readers) as conn:
            yield conn

    @asynccontextmanager
    async def hold_writer(self, template_id: int) -> AsyncIterator[None]:
        """See Database. Nobody writes anything else, of whichever template."""
        async with self._writing:
            yield

    @asynccontextmanager
    async def write(self, *, attach: Staging | None = None, held: bool = False) -> AsyncIterator[Connection]:
        """See Database. With `attach`, that file's tables are there as `staging.*`."""
        async with nullcontext() if held else self._writing, self._attached(attach):
            try:
                # Within the try: whoever is cancelled here has begun a transaction all the same.
                with driver_errors():
                    await self._writer.execute("BEGIN IMMEDIATE")
                    yield SqliteConnection(self._writer)
                    await self._writer.execute("COMMIT")
            except BaseException:
                await asyncio.shield(self._roll_back())
                raise
        self._checkpoint_if_due()

    async def checkpoint(self) -> None:
        """Copy the log into the file, so that the log can start again from its beginning."""
        async with self._writing:
            try:
                await self._writer.execute("BEGIN IMMEDIATE")
                checkpointer = await _connect(self.path, durable=True, query_only=False)
                try:
                    await checkpointer.execute_fetchall("PRAGMA wal_checkpoint(PASSIVE)")
                finally:
                    await checkpointer.close()
            finally:
                await asyncio.shield(self._roll_back())

    async def close(self) -> None:
        """Finish what is under way and close the file."""
        if self._checkpointing:
            await asyncio.wait([self._checkpointing])
        await _close_all([*self._all_readers, self._writer])

    @asynccontextmanager
    async def _attached(self, path: Staging | None) -> AsyncIterator[None]:
        if path is None:
            yield
            return
        try:
            with driver_errors():
                await self._writer.execute("ATTACH :path AS staging", {"path": str(path)})
            yield
        finally:
            await asyncio.shield(self._detach())

    async def _detach(self) -> None:
        with suppress(sqlite3.OperationalError):  # it could not be attached
            await self._writer.execute("DETACH staging")

    async def _roll_back(self) -> None:
        # A cancelled COMMIT is still carried out in its thread, before this: then there is nothing to undo.
        with suppress(sqlite3.OperationalError):
            await self._writer.execute("ROLLBACK")

    def _checkpoint_if_due(self) -> None:
        if self._checkpointing and not self._checkpointing.done():
            return
        if log_bytes(self.path) > CHECKPOINT_BYTES:
            self._checkpointing = asyncio.create_task(self._checkpoint_and_log())

    async def _checkpoint_and_log(self) -> None:
        try:
            await self.checkpoint()
        except sqlite3.Error:
            log.warning("%s could not be checkpointed now; trying again later", self.path.name, exc_info=True)


def file_of(db: Database) -> Path:
    """The file of a database on SQLite, for a child process that reads it beside its own work."""
    if not isinstance(db, SqliteDatabase):
        raise TypeError("this database is no file")
    return db.path


def log_bytes(path: Path) -> int:
    """The size of a database's write-ahead log."""
    try:
        return path.with_name(path.name + "-wal").stat().st_size
    except FileNotFoundError:
        return 0


class PatientConnection(sqlite3.Connection):
    """A connection that is made, and works, in a thread that lets others go first."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        let_others_go_first()
        super().__init__(*args, **kwargs)


def _pool(connections: Iterable[aiosqlite.Connection]) -> Pool:
    pool: Pool = asyncio.LifoQueue()
    for connection in connections:
        pool.put_nowait(connection)
    return pool


@asynccontextmanager
async def _borrowed(pool: Pool) -> AsyncIterator[Connection]:
    raw = await pool.get()
    try:
        yield SqliteConnection(raw)
    finally:
        pool.put_nowait(raw)


async def _connect(
    path: Path, *, durable: bool, query_only: bool, kind: type[sqlite3.Connection] = sqlite3.Connection
) -> aiosqlite.Connection:
    raw = await aiosqlite.connect(path, isolation_level=None, cached_statements=256, factory=kind)
    try:
        raw.row_factory = sqlite3.Row
        for name, function in FUNCTIONS.items():
            await raw.create_function(name, 1, function, deterministic=True)
        for pragma in (
            "busy_timeout = 10000",
            "wal_autocheckpoint = 0",
            f"synchronous = {'FULL' if durable else 'NORMAL'}",
            "foreign_keys = ON",
            "journal_size_limit = 67108864",
            "cache_size = -8000",
            f"query_only = {'ON' if query_only else 'OFF'}",
        ):
            await raw.execute_fetchall(f"PRAGMA {pragma}")
    except BaseException:
        await raw.close()
        raise
    return raw


async def _close_all(connections: Iterable[aiosqlite.Connection]) -> None:
    for connection in connections:
        await connection.close()
