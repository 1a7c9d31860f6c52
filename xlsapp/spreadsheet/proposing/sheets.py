"""The sheets of a sample: which have rows, and which has the largest table."""

from dataclasses import dataclass

from xlsapp.problems import Message
from xlsapp.spreadsheet.files.chunks import Chunk
from xlsapp.spreadsheet.files.workbook_error import WorkbookError
from xlsapp.spreadsheet.files.workbooks import Book
from xlsapp.spreadsheet.reading.tables import SHEETS_SEARCHED

NOTHING = ("", None)


@dataclass(frozen=True, slots=True)
class SampleSheet:
    """A sheet with rows. Its header counts as one of them."""

    name: str
    rows: int
    cells: int
    visible: bool


def sheets_of(book: Book) -> tuple[SampleSheet, ...]:
    """The sheets with rows, in their order. Raises WorkbookError when no visible one has any."""
    worksheets = [index for index, part in enumerate(book.sheets) if part.is_worksheet][:SHEETS_SEARCHED]
    if not any(book.sheets[index].visible for index in worksheets):
        raise WorkbookError(Message("table.no_visible_sheet"))
    found = [_count(book, index) for index in worksheets]
    if not any(sheet.visible and sheet.rows for sheet in found):
        raise WorkbookError(Message("table.no_rows", {"sheet": ""}))
    return tuple(sheet for sheet in found if sheet.rows)


def largest(sheets: tuple[SampleSheet, ...]) -> SampleSheet:
    """The visible sheet with the most cells below its first row, the first of equals."""
    return max((sheet for sheet in sheets if sheet.visible), key=_below_header)


def _below_header(sheet: SampleSheet) -> float:
    return sheet.cells * (sheet.rows - 1) / sheet.rows


def _count(book: Book, index: int) -> SampleSheet:
    part, rows, cells = book.sheets[index], 0, 0
    for chunk in book.chunks(index):
        filled = _filled(chunk)
        rows, cells = rows + filled[0], cells + filled[1]
    return SampleSheet(part.name, rows, cells, part.visible)


def _filled(chunk: Chunk) -> tuple[int, int]:
    """How many rows of a chunk have something in them, and how many cells."""
    cells, blank = 0, list(range(chunk.row_count))
    for values in chunk.columns:
        empty = sum(map(values.count, NOTHING))
        cells += chunk.row_count - empty
        blank = [place for place in blank if values[place] in NOTHING] if empty and blank else []
    return chunk.row_count - len(blank), cells
