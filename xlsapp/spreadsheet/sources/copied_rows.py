"""Records as PostgreSQL's COPY gives them: csv through a pipe, while they are read."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from xlsapp.models import CellValue, ColumnType
from xlsapp.spreadsheet.sources.source import ROWS_AT_ONCE, Rows

MOST_CHARACTERS = 10_000_000
"""Of one value: far more than any cell has, and csv's own limit is less."""


@dataclass(frozen=True, slots=True)
class CopiedRows:
    """A pipe, or a file, with a line for each record: what is `FIXED`, then the columns' values."""

    path: Path
    types: Sequence[ColumnType]
    """Of the columns."""
    count: int
    """How many records there are."""
    longest: Mapping[int, int] = field(default_factory=dict)
    """Column id → how long its longest value is, where that was measured."""

    def open(self) -> "OpenCopy":
        """All of them. A pipe gives them once."""
        return OpenCopy(self)


class OpenCopy:
    """Records that are being read."""

    with_ids = True

    def __init__(self, source: CopiedRows) -> None:
        csv.field_size_limit(MOST_CHARACTERS)
        self.count, self.longest = source.count, source.longest
        self._file = source.path.open(encoding="utf-8", newline="")
        self._lines = csv.reader(self._file)
        self._readers: list[Callable[[str], Any]] = [
            int,
            str,
            int,
            *(_READERS.get(kind, _text) for kind in source.types),
        ]

    def next_rows(self) -> Rows | None:
        """The next rows: the columns' values, then what is `FIXED`. None when there are no more."""
        lines = list(islice(self._lines, ROWS_AT_ONCE))
        if not lines:
            return None
        columns = zip(*lines, strict=True)
        ids, ages, revisions, *values = (
            list(map(read, column)) for read, column in zip(self._readers, columns, strict=True)
        )
        return list(zip(*values, ids, ages, revisions, strict=True))

    def close(self) -> None:
        """Read no further."""
        self._file.close()


def _text(value: str) -> CellValue:
    return value or None


def _whole(value: str) -> CellValue:
    return int(value) if value else None


def _number(value: str) -> CellValue:
    return float(value) if value else None


def _moment(value: str) -> CellValue:
    """As Python's `isoformat` has it: 2026-01-31T09:30:00.250000."""
    whole, dot, fraction = value.replace(" ", "T").partition(".")
    return f"{whole}.{fraction:0<6}" if dot else whole or None


def _truth(value: str) -> CellValue:
    return int(value == "t") if value else None


_READERS: dict[ColumnType, Callable[[str], Any]] = {
    ColumnType.INTEGER: _whole,
    ColumnType.NUMBER: _number,
    ColumnType.DURATION: _number,
    ColumnType.BOOLEAN: _truth,
    ColumnType.DATETIME: _moment,
    ColumnType.TIME: _moment,
}
