"""One SQLite file: many readers, one writer at a time, every transaction whole or not at all."""

import asyncio
import logging
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, closing, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar, cast

import aiosqlite

from xlsapp.db.connection import Connection, Database, Row, Staging
from xlsapp.db.dialect import SQLITE, Dialect
from xlsapp.db.errors import driver_errors
from xlsapp.db.looks import FUNCTIONS
from xlsapp.db.patience import let_others_go_first
from xlsapp.db.statements import Statements, Work, in_transaction
from xlsapp.db.turns import FairTurns

log = logging.getLogger(__name__)

T = TypeVar("T")

# A log of 4 MiB is copied into the file in some 10 ms, and is still small enough to be read quickly.
CHECKPOINT_BYTES = 4 * 1024 * 1024

READERS = 6
"""So many connections are there for what takes a moment …"""
HEAVY_READERS = min(os.cpu_count() or 1, 3)
"""… and so many besides for what looks at many records."""


class ThreadedConnection(aiosqlite.Connection):
    """A connection with a thread of its own."""

    async def at_once(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What `work` returns there. Who is cancelled meanwhile does not stop it."""
        return cast(T, await self._execute(work, self._conn))  # type: ignore[no-untyped-call]


Pool = asyncio.LifoQueue[ThreadedConnection]


class SqliteConnection:
    """See Connection."""

    dialect: Dialect = SQLITE

    def __init__(self, raw: ThreadedConnection) -> None:
        self._raw = raw

    async def all(self, sql: str, /, **params: Any) -> list[Row]:
        """Every row."""
        return await self.at_once(lambda statements: statements.all(sql, **params))

    async def one(self, sql: str, /, **params: Any) -> Row | None:
        """The first row, or None."""
        return await self.at_once(lambda statements: statements.one(sql, **params))

    async def value(self, sql: str, /, **params: Any) -> Any:
        """The first column of the first row, or None."""
        return await self.at_once(lambda statements: statements.value(sql, **params))

    async def run(self, sql: str, /, **params: Any) -> int:
        """Carry out a statement. Returns the number of rows it changed."""
        return await self.at_once(lambda statements: statements.run(sql, **params))

    async def at_once(self, work: Work[T]) -> T:
        """What `work` returns: several statements on one way to the connection's thread and back.

        On each way one waits for Python's lock some four times, and where many want it that takes longer than
        a statement.
        """
        with driver_errors():
            return await self._raw.at_once(lambda raw: work(Statements(raw)))


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
        writer: ThreadedConnection,
        readers: list[ThreadedConnection],
        heavy_readers: list[ThreadedConnection],
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
        self._log_bytes_then = 0  # when it was copied the last time

    @classmethod
    async def open(
        cls, path: Path, *, durable: bool = True, readers: int = READERS, heavy_readers: int = 0
    ) -> Self:
        """Open a migrated file. `durable` commits survive a power cut; others only a crash of the process."""
        opened: list[ThreadedConnection] = []
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

    async def read_at_once(self, work: Work[T]) -> T:
        """What `work` returns, on such a connection: see Connection.at_once."""
        async with _borrowed(self._idle_readers) as conn:
            return await conn.at_once(work)

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
                    await self._writer.at_once(_do("BEGIN IMMEDIATE"))
                    yield SqliteConnection(self._writer)
                    await self._writer.at_once(_do("COMMIT"))
            except BaseException:
                await asyncio.shield(self._roll_back())
                raise
        self._checkpoint_if_due()

    async def write_at_once(self, work: Work[T]) -> T:
        """What `work` returns: a transaction as `write` has it, on one way to the writer's thread and back.

        Once it is on that way it is carried out, whoever is cancelled.
        """
        async with self._writing:
            with driver_errors():
                result = await self._writer.at_once(in_transaction(work))
        self._checkpoint_if_due()
        return result

    async def checkpoint(self) -> None:
        """Copy the log into the file, so that the log can start again from its beginning."""
        async with self._writing:
            await self._writer.at_once(partial(_checkpoint, self.path))

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
                await self._writer.at_once(_do("ATTACH :path AS staging", path=str(path)))
            yield
        finally:
            await asyncio.shield(self._detach())

    async def _detach(self) -> None:
        with suppress(sqlite3.OperationalError):  # it could not be attached
            await self._writer.at_once(_do("DETACH staging"))

    async def _roll_back(self) -> None:
        # A cancelled COMMIT is still carried out in its thread, before this: then there is nothing to undo.
        with suppress(sqlite3.OperationalError):
            await self._writer.at_once(_do("ROLLBACK"))

    def _checkpoint_if_due(self) -> None:
        if self._checkpointing and not self._checkpointing.done():
            return
        size = log_bytes(self.path)
        if size < self._log_bytes_then:  # it has begun anew, and was cut
            self._log_bytes_then = 0
        # One that readers keep from that has grown as much once more: each copy syncs the disk twice.
        if size > self._log_bytes_then + CHECKPOINT_BYTES:
            self._log_bytes_then = size
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


def _pool(connections: Iterable[ThreadedConnection]) -> Pool:
    pool: Pool = asyncio.LifoQueue()
    for connection in connections:
        pool.put_nowait(connection)
    return pool


@asynccontextmanager
async def _borrowed(pool: Pool) -> AsyncIterator[SqliteConnection]:
    raw = await pool.get()
    try:
        yield SqliteConnection(raw)
    finally:
        pool.put_nowait(raw)


async def _connect(
    path: Path, *, durable: bool, query_only: bool, kind: type[sqlite3.Connection] = sqlite3.Connection
) -> ThreadedConnection:
    connect = partial(_open, path, durable=durable, query_only=query_only, kind=kind)
    connection = ThreadedConnection(connect, iter_chunk_size=64)
    await connection
    return connection


def _open(
    path: Path, *, durable: bool, query_only: bool, kind: type[sqlite3.Connection] = sqlite3.Connection
) -> sqlite3.Connection:
    raw = sqlite3.connect(path, isolation_level=None, cached_statements=256, factory=kind)
    try:
        raw.row_factory = sqlite3.Row
        for name, function in FUNCTIONS.items():
            raw.create_function(name, 1, function, deterministic=True)
        for pragma in (
            "busy_timeout = 10000",
            "wal_autocheckpoint = 0",
            f"synchronous = {'FULL' if durable else 'NORMAL'}",
            "foreign_keys = ON",
            f"journal_size_limit = {CHECKPOINT_BYTES}",  # to this a log is cut when it begins anew
            "cache_size = -8000",
            f"query_only = {'ON' if query_only else 'OFF'}",
        ):
            raw.execute(f"PRAGMA {pragma}").fetchall()
    except BaseException:
        raw.close()
        raise
    return raw


def _do(sql: str, **params: Any) -> Callable[[sqlite3.Connection], int]:
    return lambda raw: Statements(raw).run(sql, **params)


def _checkpoint(path: Path, writer: sqlite3.Connection) -> None:
    writer.execute("BEGIN IMMEDIATE")
    try:
        with closing(_open(path, durable=True, query_only=False)) as checkpointer:
            checkpointer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    finally:
        writer.execute("ROLLBACK")


async def _close_all(connections: Iterable[ThreadedConnection]) -> None:
    for connection in connections:
        await connection.close()
