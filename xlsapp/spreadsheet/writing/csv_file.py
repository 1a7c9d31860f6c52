"""Records as csv: UTF-8 with a byte order mark, so that Excel reads it as such, and as RFC 4180 has it.

A csv file has no types. Values are written as the import reads them back: 2026-01-31, 2026-01-31 09:30:00,
36:00:00, TRUE, 2 and 2.5 with a point, whatever the separator. Texts stay as they are, whatever they begin
with.
"""

import csv
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from xlsapp.models import ColumnType
from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.durations import duration_text
from xlsapp.spreadsheet.reading.headers import HIDDEN_HEADERS
from xlsapp.spreadsheet.reading.options import Tell
from xlsapp.spreadsheet.sources.source import Source
from xlsapp.spreadsheet.writing.workbook import Progress, WorkbookPlan, Written

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

_TEXTUAL = {ColumnType.TEXT, ColumnType.CHOICE, ColumnType.EMAIL, ColumnType.LINK}
_WRITTEN: dict[ColumnType, Callable[[Any], Any]] = {
    ColumnType.BOOLEAN: lambda value: "TRUE" if value else "FALSE",
    ColumnType.DATETIME: lambda value: value.replace("T", " "),
    ColumnType.DURATION: duration_text,
    ColumnType.NUMBER: lambda value: repr(value).removesuffix(".0"),
}


def write_csv(target: Path, plan: WorkbookPlan, source: Source, delimiter: str, tell: Tell) -> Written:
    """Write the records to `target`. Nothing is refused: csv has no limits."""
    textual = [index for index, column in enumerate(plan.columns) if column.type in _TEXTUAL]
    convert = [(i, _WRITTEN[column.type]) for i, column in enumerate(plan.columns) if column.type in _WRITTEN]
    count = formulas = 0
    with closing(source.open()) as rows, target.open("w", encoding="utf-8-sig", newline="") as file:
        progress = Progress(rows.count, tell)
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow([*(column.name for column in plan.columns), *HIDDEN_HEADERS])
        while batch := rows.next_rows():
            columns: list[Sequence[Any]] = list(zip(*batch, strict=True))
            formulas += sum(_count_formulas(columns[index]) for index in textual)
            for index, written in convert:
                columns[index] = [None if value is None else written(value) for value in columns[index]]
            writer.writerows(zip(*columns, strict=True))
            count += len(batch)
            progress.written(count)
    return Written(count, notes=[Message("export.formulas", {"texts": formulas})] if formulas else [])


def _count_formulas(texts: Iterable[str | None]) -> int:
    return sum(text is not None and text.startswith(FORMULA_STARTS) for text in texts)
