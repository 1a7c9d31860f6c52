"""The staging file: an import's checked rows on their way into the records, in a SQLite file of its own.

staged    row, [record_id, updated_at,] c{column_id} …: one row for each row of the sheet with values
rejected  row: those with a problem
shown     column_id, row, value: numbers that a format shows with more than their digits, in columns whose
          values are compared; the digits alone, as they were stored once
flaws     row, column_id, rule, is_warning, kind, value: cells that break a rule, as they stand in the sheet,
          see flawed_cells.py; of column 0, what is wrong with the row as a whole
"""

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from xlsapp.models import TemplateColumn
from xlsapp.spreadsheet.reading.flawed_cells import written

PRAGMAS = (
    "page_size = 16384",
    "journal_mode = OFF",  # after a crash the file is thrown away, and the job starts anew
    "synchronous = OFF",
    "locking_mode = EXCLUSIVE",
    "cache_size = -4000",
)


def open_staging(path: Path, columns: Sequence[TemplateColumn], *, with_ids: bool) -> sqlite3.Connection:
    """A new, empty staging file; what was there before is removed."""
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    conn = sqlite3.connect(f"file:{path}", uri=True, isolation_level=None)
    for pragma in PRAGMAS:
        conn.execute(f"PRAGMA main.{pragma}")
    names = "".join(f", {column.key} {column.type.sql_type}" for column in columns)
    ids = ", record_id INTEGER, updated_at TEXT" if with_ids else ""
    conn.execute(f"CREATE TABLE staged (row INTEGER PRIMARY KEY{ids}{names})")
    conn.execute("CREATE TABLE rejected (row INTEGER PRIMARY KEY)")
    conn.execute(
        "CREATE TABLE shown (column_id INTEGER, row INTEGER, value TEXT, PRIMARY KEY (column_id, row)) "
        "WITHOUT ROWID"
    )
    conn.execute(
        "CREATE TABLE flaws (row INTEGER, column_id INTEGER, rule TEXT, is_warning INTEGER, kind TEXT, "
        "value TEXT, PRIMARY KEY (row, column_id, rule)) WITHOUT ROWID"
    )
    conn.execute("BEGIN")
    return conn


def stage_rows(conn: sqlite3.Connection, columns: Iterable[Sequence[Any]]) -> None:
    """Add rows, given column by column: row numbers first."""
    columns = list(columns)
    places = ", ".join("?" * len(columns))
    conn.executemany(f"INSERT INTO staged VALUES ({places})", zip(*columns, strict=True))  # noqa: S608


def reject_rows(conn: sqlite3.Connection, rows: Iterable[int]) -> None:
    """Note rows with a problem."""
    conn.executemany("INSERT OR IGNORE INTO rejected VALUES (?)", ((row,) for row in rows))


def note_digits(conn: sqlite3.Connection, column: TemplateColumn, digits: Iterable[tuple[int, str]]) -> None:
    """Note rows with the digits of a number that is staged as its format shows it."""
    conn.executemany("INSERT INTO shown VALUES (?, ?, ?)", ((column.id, *each) for each in digits))


def note_flaws(
    conn: sqlite3.Connection,
    column_id: int,
    rule: str,
    rows: Iterable[int],
    values: Iterable[Any],
    *,
    is_warning: bool,
) -> None:
    """Note cells that break a rule, with what stands in them."""
    conn.executemany(
        "INSERT OR REPLACE INTO flaws VALUES (?, ?, ?, ?, ?, ?)",
        (
            (row, column_id, rule, int(is_warning), *written(value))
            for row, value in zip(rows, values, strict=True)
        ),
    )
