"""Records as a child process reads them: the engine that holds them decides how.

A file of SQLite's the child opens itself. A PostgreSQL copies them into a pipe while the child reads, or into
a file that it can read twice: the child has no password, and knows of no network.
"""

import asyncio
import os
import threading
import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self, cast

from xlsapp.db.connection import Database
from xlsapp.db.database import SqliteDatabase
from xlsapp.db.dialect import Dialect
from xlsapp.models import CellValue, ImportTemplate, TemplateColumn
from xlsapp.repositories.records import data_records
from xlsapp.repositories.records.selection import Selection, measure_sql, select_sql, unordered_sql
from xlsapp.spreadsheet.sources.copied_rows import CopiedRows
from xlsapp.spreadsheet.sources.source import Source, StoredRows

if TYPE_CHECKING:
    from xlsapp.db.postgres.beside import PostgresBeside
    from xlsapp.db.postgres.database import PostgresDatabase

LOOK_FOR_READER_SECONDS = 0.005
BUFFER_BYTES = 64 * 1024
"""What a pipe holds."""


@dataclass(frozen=True, slots=True)
class RecordsQuery:
    """The records of an export, as SQL: per row id, updated_at, revision, then the columns' values."""

    sql: str
    params: Mapping[str, CellValue] = field(default_factory=dict)
    unordered: str = ""
    """The same in any order, if that is quicker."""

    @classmethod
    def of(cls, template: ImportTemplate, selection: Selection, dialect: Dialect) -> Self:
        """All records of a selection, in its order."""
        unordered, _ = unordered_sql(template, selection, dialect)
        return cls(*select_sql(template, selection, dialect), unordered)


@asynccontextmanager
async def records_source(
    db: Database,
    query: RecordsQuery,
    template: ImportTemplate,
    measured: Sequence[TemplateColumn],
    target: Path,
    *,
    seconds: float,
) -> AsyncIterator[Source]:
    """The records, with the longest values of the columns `measured`; for a child that writes to `target`.

    At the end of the block, raises what kept records from getting to the child: Busy when one of the
    server's statements takes longer than so many seconds.
    """
    count_sql = measure_sql(query.unordered or query.sql, measured, db.dialect)
    ids = tuple(column.id for column in measured)
    if isinstance(db, SqliteDatabase):
        yield StoredRows(db.path, query.sql, count_sql, query.params, ids)
        return
    postgres = cast("PostgresDatabase", db)
    pipe = target.with_name(f"{uuid.uuid4().hex}.pipe")
    async with postgres.turns_beside:
        os.mkfifo(pipe, 0o600)
        pouring = _Pouring(postgres, query, count_sql, pipe, seconds)
        try:
            count, *longest = await pouring.start()
            found = {column: n for column, n in zip(ids, longest, strict=True) if n is not None}
            yield CopiedRows(pipe, [column.type for column in template.columns], count, found)
            await pouring.end()
        finally:
            await asyncio.shield(pouring.stop())
            pipe.unlink()


@asynccontextmanager
async def column_source(
    db: Database, template: ImportTemplate, column: TemplateColumn, staging: Path
) -> AsyncIterator[Source]:
    """Ids and values of the records in which a column is not blank; for a child that works on `staging`."""
    query = data_records.select_column_sql(template.id, column)
    if isinstance(db, SqliteDatabase):
        yield StoredRows(db.path, query, "SELECT 0")
        return
    copy = staging.with_name(f"{uuid.uuid4().hex}.csv")

    postgres = cast("PostgresDatabase", db)

    def pour() -> None:
        with postgres.beside("data") as conn, copy.open("wb") as file:
            conn.copy_out(query, file)

    try:
        async with postgres.turns_beside:
            await asyncio.shield(asyncio.ensure_future(asyncio.to_thread(pour)))
        yield CopiedRows(copy, [column.type], count=0)
    finally:
        copy.unlink(missing_ok=True)


class _Pouring:
    """A thread that copies records into a pipe."""

    def __init__(
        self, db: "PostgresDatabase", query: RecordsQuery, count_sql: str, pipe: Path, seconds: float
    ) -> None:
        self._db, self._query, self._count_sql, self._pipe = db, query, count_sql, pipe
        self._seconds = seconds
        self._measured: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._stopped = threading.Event()
        self._open: PostgresBeside | None = None
        self._running: asyncio.Future[None] | None = None

    async def start(self) -> Sequence[Any]:
        """Begin. Returns how many records there are, and the longest values."""
        self._running = asyncio.ensure_future(asyncio.to_thread(self._pour, asyncio.get_running_loop()))
        waited: set[asyncio.Future[Any]] = {self._running, self._measured}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if not self._measured.done():
            await self._running
        measured: Sequence[Any] = await self._measured
        return measured

    async def end(self) -> None:
        """The child has read what it wanted. Raises DatabaseFault when it did not get all of it."""
        self._stopped.set()
        if self._running:
            await asyncio.shield(self._running)

    async def stop(self) -> None:
        """Copy no further."""
        self._stopped.set()
        while self._running and not self._running.done():
            if self._open:
                await asyncio.to_thread(self._open.give_up)
            await asyncio.wait({self._running}, timeout=1)
        if self._running:
            self._running.exception()  # who needed the rest has heard of it from `end`

    def _pour(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._db.beside("data", seconds=self._seconds) as conn:
            self._open = conn
            measured = conn.one(self._count_sql, **self._query.params)
            loop.call_soon_threadsafe(self._measured.set_result, measured)
            if file := self._opened():
                # The child closes the pipe when it wants no more.
                with suppress(BrokenPipeError), file:
                    conn.copy_out(self._query.sql, file, **self._query.params)
            self._open = None

    def _opened(self) -> IO[bytes] | None:
        """The pipe, once it is being read; None when nobody is going to."""
        while not self._stopped.is_set():
            try:
                handle = os.open(self._pipe, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                time.sleep(LOOK_FOR_READER_SECONDS)
            else:
                os.set_blocking(handle, True)
                return open(handle, "wb", buffering=BUFFER_BYTES)
        return None
