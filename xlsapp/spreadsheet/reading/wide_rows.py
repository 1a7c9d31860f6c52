"""Staged rows that PostgreSQL has no room for: it keeps a record in one piece of 8,160 bytes.

Of a text of more than 23 bytes it keeps 18, and puts the rest elsewhere; what is shorter stays where it is.
So records of few columns always fit, and their rows are not looked at.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any

from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.problems import Message
from xlsapp.spreadsheet.reading.problem_log import ProblemLog

LONGEST_INLINE_TEXT, POINTER_BYTES = 23, 18

ROOM_BYTES = 8160 - 152 - 88
"""For a template's own values: without what comes before every row in a table of up to 1,000 columns, dropped
ones counted, and without the columns that all records have."""

SIZES = {
    ColumnType.INTEGER: 8,
    ColumnType.NUMBER: 8,
    ColumnType.DURATION: 8,
    ColumnType.BOOLEAN: 1,
    ColumnType.DATE: 4,
    ColumnType.DATETIME: 8,
    ColumnType.TIME: 8,
}
"""A type → its bytes. A value begins at a multiple of them. Others are texts, which begin anywhere."""


def reject_wide_rows(
    conn: sqlite3.Connection, columns: Sequence[TemplateColumn], log: ProblemLog
) -> Message | None:
    """List the rows that have no room in a record. Returns why nothing can be imported; None if all have."""
    in_place = sorted(columns, key=lambda column: column.id)
    if not in_place or sum(map(_most, in_place)) <= ROOM_BYTES:
        return None
    wide = []
    for row, *values in conn.execute(_suspects_sql(in_place), (ROOM_BYTES,)):
        if (size := row_bytes(in_place, values)) > ROOM_BYTES:
            wide.append((row, size))
    for row, size in wide:
        log.add(
            row=row,
            index=None,
            column="",
            rule="too_wide",
            value="",
            message=Message("row.too_wide", {"size": size, "room": ROOM_BYTES}),
            warning=False,
        )
    return Message("import.too_wide", {"rows": len(wide)}) if wide else None


def row_bytes(columns: Sequence[TemplateColumn], sizes_or_values: Sequence[Any]) -> int:
    """What a row takes, given the bytes of each text, and any value for what is no text; blank is None."""
    used = 0
    for column, given in zip(columns, sizes_or_values, strict=True):
        if given is None:
            continue
        if size := SIZES.get(column.type):
            used += -used % size + size
        else:
            used += given + 1 if given <= LONGEST_INLINE_TEXT else POINTER_BYTES
    return used


def _most(column: TemplateColumn) -> int:
    size = SIZES.get(column.type)
    return 2 * size - 1 if size else LONGEST_INLINE_TEXT + 1


def _suspects_sql(columns: Sequence[TemplateColumn]) -> str:
    """Each row that may be too wide: its number, and what `row_bytes` wants of its values."""
    wanted = [_measured(column) for column in columns]
    most = [f"CASE WHEN {column.key} IS NULL THEN 0 ELSE {_most(column)} END" for column in columns]
    return f"SELECT row, {', '.join(wanted)} FROM staged WHERE {' + '.join(most)} > ?"  # noqa: S608


def _measured(column: TemplateColumn) -> str:
    return column.key if column.type in SIZES else f"length(CAST({column.key} AS BLOB))"
