"""Stored values of a column as another type: what can be read so, and what would be lost.

Texts are read as an import reads a column of them: under one convention for all, which all of them decide.
"""

import csv
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.spreadsheet.cells.answers import languages_of_answers
from xlsapp.spreadsheet.cells.columns import ColumnConverter, ColumnRulesCheck
from xlsapp.spreadsheet.cells.conventions import WITH_CONVENTION
from xlsapp.spreadsheet.cells.entered import as_entered
from xlsapp.spreadsheet.cells.text_values import FIRST
from xlsapp.spreadsheet.cells.values import as_text
from xlsapp.spreadsheet.sources.source import Rows, Source

STAGING_TABLE = """
CREATE TABLE IF NOT EXISTS converted (
    column_id INTEGER NOT NULL, record_id INTEGER NOT NULL, value, is_same INTEGER NOT NULL,
    PRIMARY KEY (column_id, record_id)
) WITHOUT ROWID
"""

ROWS_PER_WRITE = 10_000

WRITTEN_BY_PEOPLE = frozenset({ColumnType.TEXT, ColumnType.CHOICE, ColumnType.EMAIL, ColumnType.LINK})
"""The types whose texts may follow either convention; all others are stored in our own form."""


@dataclass(frozen=True, slots=True)
class WayOfReading:
    """Under which convention dates or numbers were read, where that makes a difference."""

    convention: int
    proofs: int
    """How many of them can only be read so."""
    against: int
    """How many can only be read the other way."""


@dataclass(slots=True)
class Conversion:
    """How many values can be read as the new type, how many cannot, and one of these."""

    converted: int = 0
    lost: int = 0
    example: str | None = None
    reading: WayOfReading | None = None


def convert_values(
    source: Source,
    old: TemplateColumn,
    new: TemplateColumn,
    staging: Path,
    tell: Callable[[Any], None],
) -> Conversion:
    """Convert the values of a source with one column; they go into the table `converted` of `staging`."""
    converter = ColumnConverter(new, None if old.type in WRITTEN_BY_PEOPLE else FIRST)
    with closing(sqlite3.connect(staging, isolation_level=None)) as target:
        target.execute(STAGING_TABLE)
        conversion = _convert(source, old, converter, target, tell)
        decided = converter.decided
        spoken = languages_of_answers(converter.words) if new.type is ColumnType.BOOLEAN else 0
        if old.type in WRITTEN_BY_PEOPLE and (spoken or decided != (converter.convention or FIRST)):
            # The column as a whole asks for the other reading than its first values did.
            target.execute("DELETE FROM converted WHERE column_id = ?", (old.id,))
            converter = ColumnConverter(new, decided, languages=spoken)
            conversion = _convert(source, old, converter, target, tell)
    if old.type in WRITTEN_BY_PEOPLE:
        conversion.reading = _reading(converter)
    return conversion


def write_copy(staging: Path, copy: Path) -> None:
    """Write what was converted into a csv file, below the names of its columns."""
    with closing(sqlite3.connect(staging)) as conn, copy.open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file, lineterminator="\n")
        lines.writerow(("column_id", "record_id", "value", "is_same"))
        filled = "SELECT column_id, record_id, value, is_same FROM converted WHERE value IS NOT NULL"
        lines.writerows(conn.execute(filled))


def _convert(
    source: Source,
    old: TemplateColumn,
    converter: ColumnConverter,
    target: sqlite3.Connection,
    tell: Callable[[Any], None],
) -> Conversion:
    conversion, check, new = Conversion(), ColumnRulesCheck(converter.column), converter.column.type
    for chunk in _chunks(source):
        texts = [_text(stored, old.type) for stored, *_ in chunk]
        values, flaws = converter.convert(texts)
        broken = check.check(values, flaws, required=False)
        stopped = [places for rule, places in broken.items() if rule not in converter.column.rules.warnings]
        lost = set(chain(*flaws.values(), *stopped))
        if lost and conversion.example is None:
            conversion.example = texts[min(lost)][:60]
        conversion.lost += len(lost)
        conversion.converted += len(chunk) - len(lost)
        target.execute("BEGIN")
        target.executemany(
            "INSERT INTO converted VALUES (?, ?, ?, ?)",
            (
                (old.id, record_id, values[place], _text(values[place], new) == texts[place])
                for place, (_, record_id, *_) in enumerate(chunk)
                if place not in lost
            ),
        )
        target.execute("COMMIT")
        tell({"rows": conversion.converted + conversion.lost})
    return conversion


def _chunks(source: Source) -> Iterator[Rows]:
    """All rows, many at a time: the value, the record's id, its age and revision."""
    with closing(source.open()) as rows:
        chunk: list[Any] = []
        while more := rows.next_rows():
            chunk += more
            if len(chunk) >= ROWS_PER_WRITE:
                yield chunk
                chunk = []
        if chunk:
            yield chunk


def _text(stored: Any, column_type: ColumnType) -> str:
    """A stored value as someone would type it."""
    if column_type is ColumnType.BOOLEAN:
        return "yes" if stored else "no"
    return as_entered(column_type, stored) if column_type is ColumnType.DURATION else as_text(stored)


def _reading(converter: ColumnConverter) -> WayOfReading | None:
    evidence = converter.evidence
    if not evidence.total or converter.column.type not in WITH_CONVENTION:
        return None
    convention = converter.convention or FIRST
    return WayOfReading(convention, *evidence.for_and_against(convention))
