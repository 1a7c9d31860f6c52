"""Where in a workbook the table is: the sheet and the header row, found or as the user named them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from xlsapp.models import TemplateColumn
from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.cell_types import is_blank
from xlsapp.spreadsheet.files.marked_sheets import is_ours
from xlsapp.spreadsheet.files.workbook_error import WorkbookError
from xlsapp.spreadsheet.files.workbooks import Book
from xlsapp.spreadsheet.reading.header_rows import MAX_DEPTH, NumberedRow, whole_header
from xlsapp.spreadsheet.reading.headers import (
    NO_HEADER,
    ROWS_SEARCHED,
    count_matches,
    find_header_row,
)
from xlsapp.spreadsheet.reading.lettered_columns import count_lettered, is_header_of_ours, letters

# A year has 53 weeks: some workbooks have a sheet for each. The limit is there for hostile ones.
SHEETS_SEARCHED = 100


@dataclass(frozen=True, slots=True)
class Table:
    """A table's place: the sheet's index and name, the number of its header row as Excel counts, and that
    row.
    """

    sheet_index: int
    sheet: str
    header_row: int
    header: list[Any]
    fit: int = 0
    """How well it fits the template: a hundred for each header; where there is none, one for each cell."""
    others: tuple[str, ...] = ()
    """Other visible sheets with rows, which are left alone."""
    is_first: bool = False
    """Nothing stands above its header."""


def find_table(
    book: Book,
    columns: Sequence[TemplateColumn],
    *,
    sheet: str = "",
    header_row: int | None = None,
    has_header: bool = True,
) -> Table:
    """The table that fits a template best. Its header is looked for, unless `header_row` is said; with
    `has_header` False there is none, but where a file from here has one.

    Raises WorkbookError when there is none, or no such sheet or row.
    """
    candidates = _candidates(book, sheet)
    best: Table | None = None
    filled = []
    for index in candidates:
        found = _table_in(book, index, columns, header_row, has_header=has_header)
        if found is None:
            continue
        filled.append(found.sheet)
        if best is None or found.fit > best.fit:
            best = found
    if best is None:
        if header_row:
            raise WorkbookError(Message("table.nothing_in_row", {"sheet": sheet, "row": header_row}))
        raise WorkbookError(Message("table.no_rows", {"sheet": sheet}))
    return replace(best, others=tuple(name for name in filled if name != best.sheet))


def _candidates(book: Book, sheet: str) -> list[int]:
    if sheet:
        wanted = sheet.strip().casefold()
        named = [i for i, part in enumerate(book.sheets) if part.name.strip().casefold() == wanted]
        if not named or not book.sheets[named[0]].is_worksheet:
            names = [part.name for part in book.sheets[:10] if part.is_worksheet]
            raise WorkbookError(Message("table.no_such_sheet", {"sheet": sheet, "sheets": names}))
        return named[:1]
    visible = [i for i, part in enumerate(book.sheets) if part.visible and part.is_worksheet]
    if not visible:
        raise WorkbookError(Message("table.no_visible_sheet"))
    return visible[:SHEETS_SEARCHED]


def _table_in(
    book: Book, index: int, columns: Sequence[TemplateColumn], header_row: int | None, *, has_header: bool
) -> Table | None:
    first = max(1, header_row - MAX_DEPTH) if header_row else 1
    rows = list(_first_rows(book, index, first=first, most=2 * MAX_DEPTH if header_row else ROWS_SEARCHED))
    filled = [row for _, row in rows if _has_any(row)]
    if not filled or is_ours(filled[0]):
        return None
    if header_row is None and not has_header and not is_header_of_ours(filled[0], columns):
        header_row = NO_HEADER
    if header_row == NO_HEADER:
        names, known = letters(filled, columns), count_lettered(filled, columns)
        return Table(index, book.sheets[index].name, NO_HEADER, names, known, is_first=True)
    if header_row:
        place = next(
            (n for n, (number, row) in enumerate(rows) if number == header_row and _has_any(row)), None
        )
    else:
        place = find_header_row([row for _, row in rows], columns)
    if place is None:
        return None
    number, row = whole_header(book, index, rows, place, columns)
    return Table(index, book.sheets[index].name, number, row, ROWS_SEARCHED * count_matches(row, columns))


def _has_any(row: Sequence[Any]) -> bool:
    return not all(map(is_blank, row))


def _first_rows(book: Book, index: int, *, first: int, most: int) -> Iterator[NumberedRow]:
    """Up to `most` rows from row `first` on."""
    given = 0
    for chunk in book.chunks(index):
        if chunk.first_row + chunk.row_count <= first:
            continue
        for number, row in enumerate(chunk.rows(), chunk.first_row):
            if number >= first:
                yield number, row
                given += 1
                if given >= most:
                    return
