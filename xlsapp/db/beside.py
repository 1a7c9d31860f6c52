"""Staged rows with the records beside them, which can only be read: for work on many rows at once.

On SQLite that is a staging file and the database's, in a process of its own; on PostgreSQL a schema of staged
rows, and a connection for a thread of its own.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from xlsapp.db.dialect import SQLITE, Dialect
from xlsapp.db.errors import driver_errors
from xlsapp.db.looks import FUNCTIONS
from xlsapp.errors import NotFound

PRAGMAS = (
    "journal_mode = OFF",  # after a crash the file is thrown away, and the job starts anew
    "synchronous = OFF",
    "locking_mode = EXCLUSIVE",
    "cache_size = -4000",
)

KEPT_PRAGMAS = (
    "busy_timeout = 10000",
    # See SqliteDatabase: the log is copied into the file when the last connection closes, and then alone.
    "wal_autocheckpoint = 0",
    "synchronous = NORMAL",
    "cache_size = -8000",
)


class Beside(Protocol):
    """A connection spoken to in `:named` parameters, given as keywords. It blocks.

    The staged tables have their names alone, those with the records are `data.*`.
    """

    @property
    def dialect(self) -> Dialect:
        """What this engine's SQL spells in its own way."""

    @property
    def own(self) -> str:
        """What the staged tables are in, to say which of two is meant: `own.staged`."""

    def rows(self, sql: str, /, **params: Any) -> Iterator[tuple[Any, ...]]:
        """Every row, one after the other: there may be millions."""

    def one(self, sql: str, /, **params: Any) -> tuple[Any, ...] | None:
        """The first row, or None."""

    def run(self, sql: str, /, **params: Any) -> int:
        """Carry out a statement. Returns the number of rows it changed."""

    def run_many(self, sql: str, params: Iterable[Mapping[str, Any]], /) -> None:
        """Carry out a statement for each of these parameters."""

    def new_table(self, name: str, columns: str) -> None:
        """An empty table beside the staged ones, in the place of what has that name."""

    def new_temporary_table(self, name: str, columns: str) -> None:
        """An empty table, gone when this is closed, that hides a staged one of the same name."""

    def fill(self, name: str, key: str, sql: str, /) -> None:
        """Carry out a statement that gives a new table with this key, of one column, its first rows."""

    def filled(self, name: str, *columns: str) -> None:
        """A table has most of its rows now, and others will ask for some of them, by these columns or any."""


class SqliteBeside:
    """See Beside."""

    dialect: Dialect = SQLITE
    own = "main"

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw

    def rows(self, sql: str, /, **params: Any) -> Iterator[tuple[Any, ...]]:
        """See Beside."""
        return self._raw.execute(sql, params)

    def one(self, sql: str, /, **params: Any) -> tuple[Any, ...] | None:
        """See Beside."""
        row: tuple[Any, ...] | None = self._raw.execute(sql, params).fetchone()
        return row

    def run(self, sql: str, /, **params: Any) -> int:
        """See Beside."""
        return self._raw.execute(sql, params).rowcount

    def run_many(self, sql: str, params: Iterable[Mapping[str, Any]], /) -> None:
        """See Beside."""
        self._raw.executemany(sql, params)

    def new_table(self, name: str, columns: str) -> None:
        """See Beside."""
        self.run(f"DROP TABLE IF EXISTS {name}")
        # With a key of several columns, the table is its index.
        self.run(f"CREATE TABLE {name} ({columns}){' WITHOUT ROWID' if 'PRIMARY KEY (' in columns else ''}")

    def new_temporary_table(self, name: str, columns: str) -> None:
        """See Beside."""
        self.run(f"DROP TABLE IF EXISTS temp.{name}")
        self.run(f"CREATE TEMP TABLE {name} ({columns})")

    def fill(self, name: str, key: str, sql: str, /) -> None:
        """See Beside. The key is the table."""
        self.run(sql)

    def filled(self, name: str, *columns: str) -> None:
        """SQLite asks its tables as the statements say."""


@contextmanager
def open_beside(staging: Path, database: Path) -> Iterator[Beside]:
    """The staging file's tables, and the database's as `data.*`. What is written is kept at the end."""
    with closing(sqlite3.connect(f"file:{staging}", uri=True, isolation_level=None)) as raw:
        for pragma in PRAGMAS:
            raw.execute(f"PRAGMA main.{pragma}")
        _attach(raw, database)
        raw.execute("BEGIN")
        yield SqliteBeside(raw)
        raw.execute("COMMIT")


def keep(staging: Path, kept: Path) -> None:
    """Make a staging file one that is kept, and changed by several at a time, under another name."""
    with driver_errors():
        with closing(sqlite3.connect(staging, isolation_level=None)) as raw:
            raw.execute("PRAGMA journal_mode = WAL").fetchall()
        with staging.open("rb") as file:
            os.fsync(file.fileno())
    staging.replace(kept)


@contextmanager
def open_kept(kept: Path, database: Path, *, writes: bool = False) -> Iterator[SqliteBeside]:
    """The tables of a file that is kept, and the database's as `data.*`. Raises NotFound without the file.

    One at a time `writes`; what it has written is there for others when the block has ended well.
    """
    if not kept.exists():
        raise NotFound(kept.name)
    with (
        driver_errors(),
        closing(sqlite3.connect(f"file:{kept}?mode=rw", uri=True, isolation_level=None)) as raw,
    ):
        for pragma in KEPT_PRAGMAS:
            raw.execute(f"PRAGMA main.{pragma}").fetchall()
        _attach(raw, database)
        raw.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
        yield SqliteBeside(raw)
        raw.execute("COMMIT")


def _attach(raw: sqlite3.Connection, database: Path) -> None:
    raw.execute("ATTACH ? AS data", (f"file:{database}?mode=ro",))
    for name, function in FUNCTIONS.items():
        raw.create_function(name, 1, function, deterministic=True)
