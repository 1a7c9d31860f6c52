"""From an uploaded workbook to a staging file of checked rows.

This is what the child process of an import runs.
"""

import sqlite3
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from xlsapp.models import TemplateColumn
from xlsapp.problems import Message
from xlsapp.spreadsheet.files.sheet_extras import SheetExtras
from xlsapp.spreadsheet.files.workbook_error import WorkbookError
from xlsapp.spreadsheet.files.workbooks import Book, OpenFile, open_file
from xlsapp.spreadsheet.reading.as_seen import LINKED, AsSeen
from xlsapp.spreadsheet.reading.deciding import MERGED_AMOUNT, Decisions, said_of
from xlsapp.spreadsheet.reading.headers import check_headers
from xlsapp.spreadsheet.reading.missing_columns import MissingColumns, check_missing, warn_of_missing
from xlsapp.spreadsheet.reading.notes import encoding_notes, header_notes, notes_on
from xlsapp.spreadsheet.reading.options import ReadLimits, ReadOptions, TableRead, Tell
from xlsapp.spreadsheet.reading.problem_log import ProblemLog
from xlsapp.spreadsheet.reading.sheet_rows import ReadInto, SheetRows
from xlsapp.spreadsheet.reading.swapped_dates import warn_of_swapped
from xlsapp.spreadsheet.reading.tables import Table, find_table

__all__ = ["MissingColumns", "ReadLimits", "ReadOptions", "TableRead", "read_workbook"]


def read_workbook(
    path: Path,
    columns: Sequence[TemplateColumn],
    options: ReadOptions,
    limits: ReadLimits,
    staging: Path,
    log: ProblemLog,
    tell: Tell,
    *,
    with_copy: bool = False,
) -> tuple[TableRead, sqlite3.Connection]:
    """Read, check and stage all rows, with every problem in the log.

    Raises WorkbookError when there is no table.

    The connection to the staging file is returned open, within its transaction. With `with_copy` the rows are
    in a csv file as well.
    """
    with ExitStack() as stack:
        file = open_file(
            path,
            stack,
            max_unpacked_bytes=limits.max_unpacked_bytes,
            memory=limits.memory,
            encoding=options.encoding,
            delimiter=options.delimiter,
        )
        return file.read(
            stack,
            lambda book: _read_book(
                file, book, ReadInto(columns, options, limits, staging, log, tell, with_copy)
            ),
            start_again=log.start_again,
        )


def _read_book(file: OpenFile, book: Book, into: ReadInto) -> tuple[TableRead, sqlite3.Connection]:
    columns, options, log = into.columns, into.options, into.log
    table = find_table(
        book, columns, sheet=options.sheet, header_row=options.header_row, has_header=options.has_header
    )
    header = check_headers(table.header, columns, row_number=table.header_row)
    found = TableRead(file.format.value, table.sheet, header, given_up=file.given_up)
    if file.delimited:
        found.encoding, found.delimiter = file.delimited.encoding_name, file.delimited.delimiter_name
    check_missing(found, options)
    log.logged.sheet = table.sheet
    said = said_of(columns, options.settled)
    decisions: Decisions | None = None
    whole = AsSeen(header.row)
    totals = book.totals_rows(table.sheet_index)
    seen = _seen_ahead(book, table, found, into)
    while True:
        reading = SheetRows(found, into, decisions or said, seen, totals)
        for chunk in book.chunks(table.sheet_index):
            reading.take(chunk)
        if decisions:
            break
        decisions = reading.decide()
        whole = _as_seen(header.row, book.extras(table.sheet_index), options)
        if not reading.would_differ(decisions, whole):
            break
        # The columns as a whole ask for the other reading of dates or numbers, or the sheet's end tells of
        # merged cells: once more, with that.
        seen = whole
        reading.all_staged().close()
        log.start_again()
        found.start_again()
    reading.all_staged()
    if not found.staged:
        raise WorkbookError(Message("table.no_rows_below", {"sheet": table.sheet, "row": table.header_row}))
    warn_of_missing(found, log)
    reading.warn_of_total()
    if suspected := reading.suspects():
        warn_of_swapped(suspected, book.chunks(table.sheet_index), header.row, log)
    found.notes = [
        *encoding_notes(found.encoding, given=options.encoding),
        *([Message("reading.values_only")] if book.sees_values_only else []),
        *header_notes(table, header),
        *notes_on(table, reading.outside.counts, left_out=found.left_out),
        *reading.notes(decisions, whole),
    ]
    found.looks, found.readings = reading.looks, reading.readings()
    found.undecided = (*decisions.undecided, *reading.merged_amounts(whole))
    found.unreadable = reading.unreadable.undecided()
    return found, reading.conn


def _seen_ahead(book: Book, table: Table, found: TableRead, into: ReadInto) -> AsSeen:
    """What must be known of a sheet's end before its rows are read: where its links lead."""
    linked = any(c.type in LINKED and c.id in found.header.places for c in into.columns)
    if not linked or not book.has_links(table.sheet_index):
        return AsSeen(found.header.row)
    return _as_seen(found.header.row, book.extras(table.sheet_index), into.options)


def _as_seen(header_row: int, extras: SheetExtras, options: ReadOptions) -> AsSeen:
    every_row = {
        column_id
        for (column_id, about), said in options.settled.items()
        if about == MERGED_AMOUNT and said.answer == "all_rows"
    }
    return AsSeen(header_row, extras, fill_merged=options.fill_merged, every_row=every_row)
