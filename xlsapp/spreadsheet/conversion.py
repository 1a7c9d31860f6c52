"""Stored values of a column as another type: what can be read so, and what would be lost."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlsapp.models import CellValue, ColumnType, TemplateColumn
from xlsapp.spreadsheet.cell_types import Rejected
from xlsapp.spreadsheet.rules import stored_value
from xlsapp.spreadsheet.values import as_text

STAGING_TABLE = """
CREATE TABLE IF NOT EXISTS converted (
    column_id INTEGER NOT NULL, record_id INTEGER NOT NULL, value, PRIMARY KEY (column_id, record_id)
) WITHOUT ROWID
"""

ROWS_PER_WRITE = 10_000


@dataclass(slots=True)
class Conversion:
    """How many values can be read as the new type, how many cannot, and one of these."""

    converted: int = 0
    lost: int = 0
    example: str | None = None


def convert_values(
    database: Path,
    query: str,
    old: TemplateColumn,
    new: TemplateColumn,
    staging: Path,
    on_progress: Callable[[Any], None],
) -> Conversion:
    """Convert the values that `query` gives (record id, value) and put them into `staging.converted`."""
    conversion = Conversion()
    with (
        closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(staging, isolation_level=None)) as target,
    ):
        target.execute(STAGING_TABLE)
        rows = source.execute(query)
        while chunk := rows.fetchmany(ROWS_PER_WRITE):
            target.execute("BEGIN")
            target.executemany(
                "INSERT INTO converted VALUES (?, ?, ?)", _converted(chunk, old, new, conversion)
            )
            target.execute("COMMIT")
            on_progress({"rows": conversion.converted + conversion.lost})
    return conversion


def _converted(
    rows: list[tuple[int, Any]], old: TemplateColumn, new: TemplateColumn, conversion: Conversion
) -> Iterator[tuple[int, int, CellValue]]:
    for record_id, stored in rows:
        text = _text(stored, old.type)
        try:
            value = stored_value(new, text)
        except Rejected:
            conversion.lost += 1
            conversion.example = conversion.example or text[:60]
            continue
        conversion.converted += 1
        yield old.id, record_id, value


def _text(stored: Any, column_type: ColumnType) -> str:
    """A stored value as someone would type it."""
    return ("yes" if stored else "no") if column_type is ColumnType.BOOLEAN else as_text(stored)
