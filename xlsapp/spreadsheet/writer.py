"""Records as a workbook: typed cells below one header row. Runs in the child process of an export."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.spreadsheet.headers import RECORD_ID_HEADER, UPDATED_AT_HEADER

NUMBER_FORMATS = {
    ColumnType.DATE: "yyyy-mm-dd",
    ColumnType.DATETIME: "yyyy-mm-dd hh:mm:ss",
    ColumnType.TIME: "hh:mm:ss",
}
PARSERS: dict[ColumnType, Callable[[Any], Any]] = {
    ColumnType.DATE: date.fromisoformat,
    ColumnType.DATETIME: datetime.fromisoformat,
    ColumnType.TIME: time.fromisoformat,
    ColumnType.BOOLEAN: bool,
}
REPORT_EVERY_ROWS = 5_000


def write_records(
    database: Path,
    query: str,
    columns: Sequence[TemplateColumn],
    target: Path,
    title: str,
    report: Callable[[int], None],
) -> int:
    """Write the rows that `query` gives (id, updated_at, then a value per column). Returns how many."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as conn:
        return write_rows(conn.execute(query), columns, target, title, report, with_ids=True)


def write_rows(
    rows: Iterator[Sequence[Any]],
    columns: Sequence[TemplateColumn],
    target: Path,
    title: str,
    report: Callable[[int], None],
    *,
    with_ids: bool,
) -> int:
    """Write rows into a new workbook. With ids, they stand in two hidden columns at the end."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    hidden = (RECORD_ID_HEADER, UPDATED_AT_HEADER) if with_ids else ()
    sheet.append([_header(sheet, name) for name in (*(column.name for column in columns), *hidden)])
    count = 0
    for count, row in enumerate(rows, 1):
        ids, values = (row[:2], row[2:]) if with_ids else ((), row)
        sheet.append([*(_cell(sheet, c, v) for c, v in zip(columns, values, strict=True)), *ids])
        if count % REPORT_EVERY_ROWS == 0:
            report(count)
    book.save(target)
    return count


def _header(sheet: Any, name: str) -> Any:
    cell = WriteOnlyCell(sheet, name)
    cell.font = Font(bold=True)
    return cell


def _cell(sheet: Any, column: TemplateColumn, value: Any) -> Any:
    if value is None:
        return None
    cell = WriteOnlyCell(sheet, PARSERS[column.type](value) if column.type in PARSERS else value)
    if column.type in NUMBER_FORMATS:
        cell.number_format = NUMBER_FORMATS[column.type]
    if isinstance(value, str) and column.type not in PARSERS:
        cell.data_type = "s"  # a text that begins with = stays a text
    return cell
