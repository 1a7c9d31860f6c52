"""The bytes of files as chunks in PostgreSQL, in a table for each day that is dropped whole.

These are partitions without a table above them: the catalog knows a file's day, and to drop one delays
nobody, while the table that it is a partition of would be locked for all readers.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

from xlsapp.db.errors import Unreachable
from xlsapp.db.postgres.connection import PostgresConnection
from xlsapp.db.postgres.database import PostgresDatabase
from xlsapp.db.postgres.errors import driver_errors
from xlsapp.files.contents import Content
from xlsapp.files.files import Incoming
from xlsapp.files.served import Served

CHUNK_BYTES = 256 * 1024
CHUNKS_AT_ONCE = 16
"""So much of a file is in memory."""

LOCK_NUMBER = 7_836_002  # nothing else asks for this one

# What comes in is packed already, as a rule: EXTERNAL keeps PostgreSQL from trying.
CREATE = (
    "CREATE TABLE files.{table}"
    " (content BIGINT, number INT, bytes BYTEA NOT NULL, PRIMARY KEY (content, number))",
    "ALTER TABLE files.{table} ALTER bytes SET STORAGE EXTERNAL",
)

OLD_TABLES = """
SELECT tablename FROM pg_tables WHERE schemaname = 'files' AND tablename ~ '^chunks_\\d{8}$'
AND substr(tablename, 8) < to_char((now() - interval '1 hour') AT TIME ZONE 'UTC', 'YYYYMMDD')
AND NOT EXISTS (SELECT 1 FROM files.contents WHERE day = substr(tablename, 8))
"""


@dataclass(frozen=True, slots=True)
class ChunkContents:
    """See Contents."""

    db: PostgresDatabase
    _days: set[str] = field(default_factory=set)
    """Those whose table is known to be there."""

    @asynccontextmanager
    async def writing(self, content: Content, served: Served | None = None) -> AsyncIterator[Incoming]:
        """See Contents."""
        await self._prepare(content.day)
        writer = _ChunkWriter(self.db, content)
        yield writer
        await writer.flush()

    async def address(self, content: Content, served: Served) -> str | None:
        """See Contents. Nobody gets at the database but us."""
        return None

    def reader(self, content: Content) -> "_ChunkReader":
        """See Contents."""
        return _ChunkReader(self.db, content)

    async def fetch(self, content: Content, path: Path) -> None:
        """See Contents."""
        reader = self.reader(content)
        with await asyncio.to_thread(_create, path) as file:
            while piece := await reader.read(CHUNKS_AT_ONCE * CHUNK_BYTES):
                await asyncio.to_thread(file.write, piece)

    async def remove(self, contents: Sequence[Content]) -> None:
        """See Contents. They go with their day."""

    async def tidy(self) -> None:
        """Drop the tables of days of which no file is left."""
        async with self.db.read() as conn:
            tables = [row["tablename"] for row in await conn.all(OLD_TABLES)]
        for table in tables:
            async with self.db.write() as tx:
                await tx.run("SET LOCAL lock_timeout TO '2s'")
                await tx.run(f"DROP TABLE IF EXISTS files.{table}")

    async def _prepare(self, day: str) -> None:
        if day not in self._days:
            async with self.db.write() as tx:
                # Two who make the same table at once would get in each other's way, IF NOT EXISTS or not.
                await tx.run("SELECT pg_advisory_xact_lock(:number)", number=LOCK_NUMBER)
                if not await tx.value("SELECT to_regclass(:name)", name=f"files.{_table(day)}"):
                    for statement in CREATE:
                        await tx.run(statement.format(table=_table(day)))
            self._days.add(day)


@dataclass(slots=True)
class _ChunkWriter:
    db: PostgresDatabase
    content: Content
    _waiting: bytearray = field(default_factory=bytearray)
    _number: int = 0

    async def write(self, piece: bytes, /) -> None:
        self._waiting += piece
        whole = (len(self._waiting) - 1) // CHUNK_BYTES  # something is left for the last transaction
        if whole >= CHUNKS_AT_ONCE:
            await self._store(whole * CHUNK_BYTES)

    async def flush(self) -> None:
        """Make all of it safe. Raises Unreachable where a crash of the server took a part."""
        if self._waiting:
            await self._store(len(self._waiting), is_last=True)

    async def _store(self, size: int, *, is_last: bool = False) -> None:
        """A short transaction, so that nobody who sends slowly keeps a connection."""
        table = _table(self.content.day)
        into = f"COPY files.{table} (content, number, bytes) FROM STDIN (FORMAT binary)".encode()
        async with self.db.write() as tx:
            if not is_last:  # whose commit makes all that was written before it safe as well
                await tx.run("SET LOCAL synchronous_commit TO off")
            with driver_errors(), memoryview(self._waiting) as waiting:
                raw = cast(PostgresConnection, tx).raw
                async with raw.cursor().copy(into) as copy:
                    copy.set_types(["int8", "int4", "bytea"])
                    for start in range(0, size, CHUNK_BYTES):
                        chunk = bytes(waiting[start : min(start + CHUNK_BYTES, size)])
                        await copy.write_row((self.content.id, self._number, chunk))
                        self._number += 1
            if is_last:
                kept = await tx.value(
                    f"SELECT count(*) FROM files.{table} WHERE content = :content", content=self.content.id
                )
                if kept != self._number:
                    raise Unreachable(f"{self._number - kept} parts of file {self.content.id} are lost")
        del self._waiting[:size]


@dataclass(slots=True)
class _ChunkReader:
    db: PostgresDatabase
    content: Content
    _offset: int = 0
    _ahead: bytes = b""
    _taken: int = 0
    """How much of what was read ahead is used."""
    _at_once: int = 1

    async def seek(self, offset: int, /) -> int:
        self._offset, self._ahead, self._taken, self._at_once = offset, b"", 0, 1
        return offset

    async def read(self, size: int, /) -> bytes:
        pieces, wanted = [], min(size, self.content.size_bytes - self._offset)
        while wanted > 0:
            if self._taken == len(self._ahead):
                await self._look_ahead(wanted)
            piece = self._ahead[self._taken : self._taken + wanted]
            self._taken += len(piece)
            self._offset += len(piece)
            wanted -= len(piece)
            pieces.append(piece)
        return b"".join(pieces)

    async def _look_ahead(self, wanted: int) -> None:
        """The next chunks: those that are wanted, and more once it is clear that somebody reads on."""
        first = self._offset // CHUNK_BYTES
        needed = (self._offset + wanted - 1) // CHUNK_BYTES - first + 1
        last = first + min(max(needed, self._at_once), CHUNKS_AT_ONCE) - 1
        self._at_once = CHUNKS_AT_ONCE
        table = _table(self.content.day)
        select = (
            f"SELECT bytes FROM files.{table} WHERE content = %s AND number BETWEEN %s AND %s ORDER BY number"
        )
        async with self.db.read() as conn:
            with driver_errors():
                async with cast(PostgresConnection, conn).raw.cursor(binary=True) as cursor:
                    await cursor.execute(select.encode(), (self.content.id, first, last))
                    chunks = [row[0] for row in await cursor.fetchall()]
        self._ahead, self._taken = b"".join(chunks), self._offset % CHUNK_BYTES
        if len(self._ahead) <= self._taken:
            raise Unreachable(f"file {self.content.id} lacks a part")


def _table(day: str) -> str:
    return f"chunks_{int(day)}"


def _create(path: Path) -> IO[bytes]:
    path.touch(mode=0o600)
    return path.open("wb")
