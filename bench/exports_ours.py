"""What the children of the bench do that is ours. Imports no more than the app's own children do."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlsapp.models import ImportTemplate
from xlsapp.spreadsheet.sources.source import StoredRows
from xlsapp.spreadsheet.writing.workbook import WorkbookPlan, write_workbook


@dataclass(frozen=True, slots=True)
class Source:
    """A template with its records, as children are told of it."""

    database: Path
    template: ImportTemplate
    rows_sql: str
    count_sql: str

    def rows(self) -> Iterator[Sequence[Any]]:
        """The columns' values, then id, updated_at and revision."""
        with closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as conn:
            for row in conn.execute(self.rows_sql):
                yield row[3:] + row[:3]


def write_ours(source: Source, target: Path, report: Callable[[Any], None]) -> float:
    """As the app does it."""
    template = source.template
    records = StoredRows(source.database, source.rows_sql, source.count_sql)
    plan = WorkbookPlan(template.name, template.description, template.columns)
    written = write_workbook(target, plan, records, report)
    assert not written.refusal
    return peak_mb()


def read_alone(source: Source, target: Path, report: Callable[[Any], None]) -> float:
    """The floor: the rows as they come from SQLite."""
    for _ in source.rows():
        pass
    return peak_mb()


def peak_mb() -> float:
    """The most memory that this process has had."""
    match = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    assert match
    return int(match[1]) / 1000
