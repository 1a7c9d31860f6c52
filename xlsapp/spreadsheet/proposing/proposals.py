"""From a sample workbook to what an import template for it may look like: all rows are looked at."""

from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any, Self

from xlsapp.models import ColumnType
from xlsapp.problems import Message, sentence
from xlsapp.spreadsheet.cells.cell_types import is_blank
from xlsapp.spreadsheet.cells.values import as_text, column_letters
from xlsapp.spreadsheet.files.memory import Memory
from xlsapp.spreadsheet.files.workbook_error import WorkbookError
from xlsapp.spreadsheet.files.workbooks import Book, OpenFile, open_file
from xlsapp.spreadsheet.proposing.column_evidence import Budget, ColumnEvidence
from xlsapp.spreadsheet.proposing.column_proposals import ProposedColumn, propose_column, shown_by
from xlsapp.spreadsheet.reading.as_seen import with_shown
from xlsapp.spreadsheet.reading.batches import Batch
from xlsapp.spreadsheet.reading.header_rows import whole_header
from xlsapp.spreadsheet.reading.headers import RESERVED, ROWS_SEARCHED, check_headers, normalised
from xlsapp.spreadsheet.reading.notes import counted_columns
from xlsapp.spreadsheet.reading.options import Tell
from xlsapp.spreadsheet.reading.outside import Outside
from xlsapp.spreadsheet.reading.tables import Table, find_table

SHEETS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class SampleOptions:
    """What the user said of a sample."""

    encoding: str = ""
    delimiter: str = ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a template for a sample may look like."""

    format: str
    sheet: str
    header_row: int
    rows: int
    columns: tuple[ProposedColumn, ...]
    notes: tuple[Message, ...]

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Self:
        """As `to_dict` wrote it."""
        columns = tuple(
            ProposedColumn(
                **{
                    **column,
                    "type": ColumnType(column["type"]),
                    "choices": tuple(column["choices"]),
                    "evidence": tuple(map(_message, column["evidence"])),
                    "doubt": _message(column["doubt"]) if column["doubt"] else None,
                }
            )
            for column in stored["columns"]
        )
        return cls(**{**stored, "columns": columns, "notes": tuple(map(_message, stored["notes"]))})


def _message(stored: Any) -> Message:
    """What is stored of a message; an older version stored sentences."""
    return sentence(stored) if isinstance(stored, str) else Message.from_dict(stored)


def propose(
    path: Path,
    max_columns: int,
    max_unpacked_bytes: int,
    tell: Tell,
    memory: Memory | None = None,
    options: SampleOptions | None = None,
) -> Proposal:
    """Look at all rows of a workbook's table. Raises WorkbookError when there is none."""
    options = options or SampleOptions()
    with ExitStack() as stack:
        file = open_file(
            path,
            stack,
            max_unpacked_bytes=max_unpacked_bytes,
            memory=memory or Memory(),
            encoding=options.encoding,
            delimiter=options.delimiter,
        )
        return file.read(stack, lambda book: _propose(file, book, max_columns, tell))


def _propose(file: OpenFile, book: Book, max_columns: int, tell: Tell) -> Proposal:
    table = _find_table(book)
    headers, notes = _headers(table, max_columns)
    if not headers:
        raise WorkbookError(Message("proposal.no_headers", {"sheet": table.sheet, "row": table.header_row}))
    budget = Budget()
    gathered = {place: ColumnEvidence(budget) for place in headers}
    rows = 0
    outside = Outside(check_headers(table.header, (), row_number=table.header_row))
    for chunk in book.chunks(table.sheet_index):
        outside.look_at(chunk)
        if batch := Batch.below(table.header_row, chunk):
            outside.count(batch)
            rows += _take(batch, gathered)
        tell({"row": chunk.first_row + chunk.row_count - 1})
    if not rows:
        raise WorkbookError(
            Message("proposal.no_rows_below", {"sheet": table.sheet, "row": table.header_row})
        )
    if outside.counts:
        notes.append(Message("proposal.columns_without_header", counted_columns(outside.counts)))
    shown = shown_by(gathered.values())
    columns = tuple(propose_column(headers[at], at, gathered[at], rows, shown) for at in headers)
    return Proposal(file.format.value, table.sheet, table.header_row, rows, columns, tuple(notes))


def _find_table(book: Book) -> Table:
    """The first sheet with rows; its header is the first row that is about as full as the others."""
    table = find_table(book, ())
    rows: list[tuple[int, list[Any]]] = []
    for chunk in book.chunks(table.sheet_index):
        rows += enumerate(chunk.rows(), chunk.first_row)
        if len(rows) >= ROWS_SEARCHED:
            break
    counts = {number: sum(not is_blank(value) for value in row) for number, row in rows[:ROWS_SEARCHED]}
    usual = median([count for count in counts.values() if count])
    place = next(place for place, (number, _) in enumerate(rows) if counts[number] > usual / 2)
    number, row = whole_header(book, table.sheet_index, rows[:ROWS_SEARCHED], place, ())
    return Table(table.sheet_index, table.sheet, number, row, table.others)


def _headers(table: Table, max_columns: int) -> tuple[dict[int, str], list[Message]]:
    """Place → header, and what is to be said of those that are left out."""
    notes = [_other_sheets(table)] if table.others else []
    texts = {place: " ".join(as_text(value).split()) for place, value in enumerate(table.header)}
    found = {place: text for place, text in texts.items() if text and normalised(text) not in RESERVED}
    first_place: dict[str, int] = {}
    for place, text in list(found.items()):
        first = first_place.setdefault(normalised(text), place)
        if first != place:
            del found[place]
            cells = [f"{column_letters(at)}{table.header_row}" for at in (first, place)]
            notes.append(Message("proposal.header_twice", {"header": text, "cells": cells}))
    if len(found) > max_columns:
        notes.append(Message("proposal.many_columns", {"most": max_columns, "count": len(found)}))
    return dict(list(found.items())[:max_columns]), notes


def _take(batch: Batch, gathered: dict[int, ColumnEvidence]) -> int:
    """Count a batch's cells. Returns how many of its rows have a value."""
    some_full, filled = False, []
    for place, evidence in gathered.items():
        values = batch.cells(place)
        if shown := batch.chunk.shown.get(place):
            values, evidence.is_shown_as_text = with_shown(values, shown, batch.rows), True
        which = evidence.take(values, batch.rows[0])
        some_full = some_full or which is None
        if which is not None and not some_full:
            filled.append(which)
    return len(batch.rows) if some_full else sum(map(any, zip(*filled, strict=True)))


def _other_sheets(table: Table) -> Message:
    shown = list(table.others[:SHEETS_SHOWN])
    more = len(table.others) - len(shown)
    return Message("proposal.other_sheets", {"sheet": table.sheet, "others": shown, "more": more})
