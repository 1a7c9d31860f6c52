"""Staged rows with the records beside them, which can only be read: for work on many rows at once.

On SQLite that is a staging file and the database's, in a process of its own; on PostgreSQL a schema of staged
rows, and a connection for a thread of its own.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from xlsapp.db.dialect import SQLITE, Dialect
from xlsapp.db.looks import FUNCTIONS

PRAGMAS = (
    "journal_mode = OFF",  # after a crash the file is thrown away, and the job starts anew
    "synchronous = OFF",
    "locking_mode = EXCLUSIVE",
    "cache_size = -4000",
)


class Beside(Protocol):
    """A connection spoken to in `:named` parameters, given as keywords. It blocks.

    The staged tables have their names alone, those with the records are `data.*`.
    """

    @property
    def dialect(self) -> Dialect:
        """What this engine's SQL spells in its own way."""

    def rows(self, sql: str, /, **params: Any) -> Iterator[tuple[Any, ...]]:
        """Every row, one after the other: there may be millions."""

    def one(self, sql: str, /, **params: Any) -> tuple[Any, ...] | None:
        """The first row, or None."""

    def run(self, sql: str, /, **params: Any) -> int:
        """Carry out a statement. Returns the number of rows it changed."""

    def new_table(self, name: str, columns: str) -> None:
        """An empty table beside the staged ones, in the place of what has that name."""

    def filled(self, name: str) -> None:
        """A table has most of its rows now, and others will ask for some of them."""


class SqliteBeside:
    """See Beside."""

    dialect: Dialect = SQLITE

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

    def new_table(self, name: str, columns: str) -> None:
        """See Beside."""
        self.run(f"DROP TABLE IF EXISTS {name}")
        # With a key of several columns, the table is its index.
        self.run(f"CREATE TABLE {name} ({columns}){' WITHOUT ROWID' if 'PRIMARY KEY (' in columns else ''}")

    def filled(self, name: str) -> None:
        """SQLite asks its tables as the statements say."""


@contextmanager
def open_beside(staging: Path, database: Path) -> Iterator[Beside]:
    """The staging file's tables, and the database's as `data.*`. What is written is kept at the end."""
    with closing(sqlite3.connect(f"file:{staging}", uri=True, isolation_level=None)) as raw:
        for pragma in PRAGMAS:
            raw.execute(f"PRAGMA main.{pragma}")
        raw.execute("ATTACH ? AS data", (f"file:{database}?mode=ro",))
        for name, function in FUNCTIONS.items():
            raw.create_function(name, 1, function, deterministic=True)
        raw.execute("BEGIN")
        yield SqliteBeside(raw)
        raw.execute("COMMIT")
