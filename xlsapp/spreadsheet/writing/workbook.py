"""Records as a workbook. Runs in the child process of an export.

A workbook has the sheet with the records, a “Read me” with the rules in words, and a hidden sheet with the
lists of choices. The records are streamed from SQLite into the file, a few hundred at a time: memory does not
grow with them.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from xlsapp.models import TemplateColumn
from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.values import no_character
from xlsapp.spreadsheet.reading.headers import HIDDEN_HEADERS
from xlsapp.spreadsheet.reading.options import Tell
from xlsapp.spreadsheet.sources.source import Rows, Source
from xlsapp.spreadsheet.writing import header_notes as notes_xml
from xlsapp.spreadsheet.writing import package_parts as xml
from xlsapp.spreadsheet.writing.archive import ArchiveFull, ZipWriter
from xlsapp.spreadsheet.writing.cell_kinds import Unwritable
from xlsapp.spreadsheet.writing.readme import lists, readme, readme_name
from xlsapp.spreadsheet.writing.rows import RowWriter
from xlsapp.spreadsheet.writing.sheet import DataSheet, column_widths
from xlsapp.spreadsheet.writing.text import MAX_CELL_UNITS
from xlsapp.spreadsheet.writing.validations import LISTS_SHEET
from xlsapp.spreadsheet.writing.words import note

MAX_RECORDS = 1_048_575
REFUSALS_LISTED = 5
PROGRESS_EVERY_SECONDS = 0.1
# Read before the first row is written, for the widths of columns.
BATCHES_AHEAD = 10


@dataclass(frozen=True, slots=True)
class WorkbookPlan:
    """What a workbook is to have around its records."""

    title: str
    description: str
    columns: tuple[TemplateColumn, ...]


@dataclass(slots=True)
class Written:
    """How many records were written; or why the file is no use."""

    rows: int = 0
    refusal: Message | None = None
    notes: list[Message] = field(default_factory=list)
    """What its user should know of it."""


def write_workbook(target: Path, plan: WorkbookPlan, source: Source, tell: Tell) -> Written:
    """Write the workbook to `target`."""
    if (refusal := _unwritable_names(plan.columns)) is not None:
        return Written(refusal=refusal)
    with closing(source.open()) as rows:
        if rows.count > MAX_RECORDS:
            limit = {"most": MAX_RECORDS, "count": rows.count}
            return Written(refusal=Message("export.too_many_records", limit))
        sheet = DataSheet(plan.title, plan.columns, rows=rows.count, with_ids=rows.with_ids)
        try:
            with ZipWriter(target) as archive:
                first = [batch for _ in range(BATCHES_AHEAD) if (batch := rows.next_rows())]
                widths = column_widths(plan.columns, chain(*first), rows.longest)
                _write_parts(archive, plan, sheet, widths, with_ids=rows.with_ids)
                with archive.part(xml.sheet_part(0)) as write:
                    write(sheet.head(widths).encode())
                    progress = Progress(rows.count, tell)
                    refusals = Refusals(plan.columns)
                    count = _write_rows(
                        write, RowWriter(sheet.kinds), first, rows.next_rows, refusals, progress
                    )
                    write(sheet.tail().encode())
        except ArchiveFull:
            return Written(refusal=Message("export.too_large"))
    return Written(count, refusals.message())


def _unwritable_names(columns: Sequence[TemplateColumn]) -> Message | None:
    """Why the header row cannot be written."""
    found = [(column.name, strange) for column in columns if (strange := no_character(column.name))]
    if not found:
        return None
    name, strange = found[0]
    return Message("export.unwritable_name", {"column": name, "found": strange, "more": len(found) - 1})


def _write_parts(
    archive: ZipWriter, plan: WorkbookPlan, sheet: DataSheet, widths: Sequence[float], *, with_ids: bool
) -> None:
    """Every part but the sheet with the records, which may be long."""
    choices = lists(plan.columns)
    sheets = [sheet.entry(), xml.Sheet(readme_name())]
    if choices:
        sheets.append(xml.Sheet(LISTS_SHEET, hidden=True))
    notes = [note(column) for column in plan.columns]
    archive.add("[Content_Types].xml", xml.content_types(sheets))
    archive.add("_rels/.rels", xml.package_relationships())
    archive.add("xl/workbook.xml", xml.workbook(sheets))
    archive.add("xl/_rels/workbook.xml.rels", xml.workbook_relationships(sheets))
    archive.add("xl/styles.xml", xml.styles())
    archive.add("xl/worksheets/_rels/sheet1.xml.rels", xml.sheet_relationships())
    archive.add(xml.COMMENTS_PART, notes_xml.comments(notes))
    archive.add(xml.DRAWING_PART, notes_xml.drawing(notes, widths))
    archive.add(xml.sheet_part(1), readme(plan.title, plan.description, plan.columns, with_ids=with_ids))
    if choices:
        archive.add(xml.sheet_part(2), choices)


def _write_rows(
    write: Callable[[bytes], None],
    writer: RowWriter,
    first: Sequence[Rows],
    next_rows: Callable[[], Rows | None],
    refusals: "Refusals",
    progress: "Progress",
) -> int:
    """Write some batches and all that follow. Returns how many rows they had."""
    count = 0
    for batch in chain(first, iter(next_rows, None)):
        refusals.batch, refusals.first_row = batch, count + 2
        # Surrogates that stand alone are written as codes; any that were not would be a fault of ours.
        write(writer.xml(count + 2, list(zip(*batch, strict=True)), refusals.add).encode())
        count += len(batch)
        progress.written(count)
    return count


@dataclass(slots=True)
class Refusals:
    """Values that no cell can hold: the first of them, and how many there are."""

    columns: Sequence[TemplateColumn]
    batch: Sequence[Sequence[Any]] = ()
    first_row: int = 2
    count: int = 0
    listed: list[dict[str, Any]] = field(default_factory=list)

    def add(self, place: int, column: int, unwritable: Unwritable) -> None:
        self.count += 1
        if len(self.listed) < REFUSALS_LISTED:
            row = self.batch[place]
            where = (
                {"record": row[-len(HIDDEN_HEADERS)]}
                if len(row) > len(self.columns)
                else {"row": self.first_row + place}
            )
            why = {"reason": unwritable.reason, "found": unwritable.found}
            self.listed.append({"column": self.columns[column].name, **where, **why})

    def message(self) -> Message | None:
        if not self.count:
            return None
        found = {"count": self.count, "cells": self.listed, "most_characters": MAX_CELL_UNITS}
        return Message("export.unwritable", found)


@dataclass(slots=True)
class Progress:
    """Tells how far the writing is, a few times a second."""

    total: int
    tell: Tell
    tells_next: float = 0.0

    def written(self, count: int) -> None:
        if (now := time.monotonic()) >= self.tells_next:
            self.tells_next = now + PROGRESS_EVERY_SECONDS
            self.tell({"row": count, "of": self.total})
