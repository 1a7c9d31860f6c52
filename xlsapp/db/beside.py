"""A file of staged rows with a database beside it that can only be read: for work on many rows at once, in a
process of its own.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from xlsapp.db.looks import FUNCTIONS

PRAGMAS = (
    "journal_mode = OFF",  # after a crash the file is thrown away, and the job starts anew
    "synchronous = OFF",
    "locking_mode = EXCLUSIVE",
    "cache_size = -4000",
)


class Beside:
    """A connection spoken to in `:named` parameters, given as keywords. It blocks."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw

    def rows(self, sql: str, /, **params: Any) -> Iterator[tuple[Any, ...]]:
        """Every row, one after the other: there may be millions."""
        return self._raw.execute(sql, params)

    def one(self, sql: str, /, **params: Any) -> tuple[Any, ...] | None:
        """The first row, or None."""
        row: tuple[Any, ...] | None = self._raw.execute(sql, params).fetchone()
        return row

    def run(self, sql: str, /, **params: Any) -> int:
        """Carry out a statement. Returns the number of rows it changed."""
        return self._raw.execute(sql, params).rowcount


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
        yield Beside(raw)
        raw.execute("COMMIT")
