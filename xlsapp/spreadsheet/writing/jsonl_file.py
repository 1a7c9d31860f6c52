"""Records as JSON lines: UTF-8, an object a line, with the columns by their names, then id, age and revision.

Values are of JSON's own types: null for blanks; dates, times and moments are texts as ISO 8601 has them.
"""

import json
import math
from contextlib import closing
from pathlib import Path
from typing import Any

from xlsapp.models import ColumnType
from xlsapp.spreadsheet.reading.headers import HIDDEN_HEADERS
from xlsapp.spreadsheet.reading.options import Tell
from xlsapp.spreadsheet.sources.source import Source
from xlsapp.spreadsheet.writing.cell_kinds import Unwritable
from xlsapp.spreadsheet.writing.workbook import Progress, Refusals, WorkbookPlan, Written


def write_jsonl(target: Path, plan: WorkbookPlan, source: Source, tell: Tell) -> Written:
    """Write the records to `target`. Only infinite numbers are refused: JSON has none."""
    names = [*(column.name for column in plan.columns), *HIDDEN_HEADERS]
    booleans = [i for i, column in enumerate(plan.columns) if column.type is ColumnType.BOOLEAN]
    numbers = [i for i, column in enumerate(plan.columns) if column.type is ColumnType.NUMBER]
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    count, refusals = 0, Refusals(plan.columns)
    with closing(source.open()) as rows, target.open("w", encoding="utf-8", newline="\n") as file:
        progress = Progress(rows.count, tell)
        while batch := rows.next_rows():
            columns: list[Any] = list(zip(*batch, strict=True))
            refusals.batch, refusals.first_row = batch, count + 2
            for index in numbers:
                _refuse_infinite(columns[index], index, refusals)
            for index in booleans:
                columns[index] = [None if value is None else bool(value) for value in columns[index]]
            lines = (encode(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True))
            file.write("\n".join(lines) + "\n")
            count += len(batch)
            progress.written(count)
    return Written(count, refusals.message())


def _refuse_infinite(values: list[float | None], index: int, refusals: Refusals) -> None:
    for place, value in enumerate(values):
        if value is not None and not math.isfinite(value):
            refusals.add(place, index, Unwritable("infinite"))
