"""A staging file as csv, in the form that PostgreSQL's COPY takes: for records that are not in SQLite.

A blank is nothing at all between two commas; a staged text has a character at least. The rows are written as
they are staged, so that PostgreSQL can take them meanwhile; what is found of them, once all are there.
"""

import csv
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import NoneType
from typing import Any

ROWS = "staged"
BESIDE_ROWS = ("rejected", "shown", "flaws")


def copy_path(staging: Path, table: str) -> Path:
    """Where the copy of one of the tables is, beside the staging file."""
    return staging.with_suffix(f".{table}.csv")


class RowsCopy:
    """The copy of the rows, which grows with them. Another one for the same staging file is another file."""

    def __init__(self, staging: Path, conn: sqlite3.Connection) -> None:
        """`conn` is the one to the staging file."""
        path = copy_path(staging, ROWS)
        path.unlink(missing_ok=True)
        self._file = path.open("w", newline="", encoding="utf-8")
        names = conn.execute(f"SELECT * FROM {ROWS} LIMIT 0").description  # noqa: S608  # a constant
        self._file.write(",".join(name for name, *_ in names) + "\n")
        self._file.flush()

    def add(self, columns: Iterable[Sequence[Any]]) -> None:
        """Add rows, given column by column, in the order of the staging file's."""
        self._file.writelines(f"{line}\n" for line in map(",".join, zip(*map(_as_csv, columns), strict=True)))

    def close(self) -> None:
        """All are there."""
        self._file.close()


def write_copies(conn: sqlite3.Connection, staging: Path, tables: Iterable[str] = BESIDE_ROWS) -> None:
    """Write a copy of each table, below the names of its columns."""
    for table in tables:
        with copy_path(staging, table).open("w", newline="", encoding="utf-8") as file:
            rows = conn.execute(f"SELECT * FROM {table}")  # noqa: S608  # a constant
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(name for name, *_ in rows.description)
            lines.writerows(rows)


def _as_csv(values: Sequence[Any]) -> Iterable[str]:
    # By the column this takes half as long as csv.writer does.
    kinds = set(map(type, values))
    if kinds <= {int, float}:
        return map(repr, values)
    if str in kinds and _needs_quotes("".join(v for v in values if type(v) is str)):
        return map(_quoted, values)
    if kinds == {str}:
        return values
    if NoneType in kinds:
        return ["" if value is None else str(value) for value in values]
    return map(str, values)


def _needs_quotes(text: str) -> bool:
    return '"' in text or "," in text or "\n" in text or "\r" in text


def _quoted(value: Any) -> str:
    if type(value) is str:
        return '"' + value.replace('"', '""') + '"'
    return "" if value is None else str(value)
