"""A sheet's values as an xlsx file of its own: for files of other formats, or for a few of the rows alone."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from operator import itemgetter
from pathlib import Path
from typing import Any

from xlsapp.spreadsheet.cells.values import NO_CHARACTERS, NO_DATE, CellError, column_letters
from xlsapp.spreadsheet.files.chunks import Chunk
from xlsapp.spreadsheet.files.sheet_extras import Area
from xlsapp.spreadsheet.files.workbook_error import CannotRead
from xlsapp.spreadsheet.files.workbooks import Book
from xlsapp.spreadsheet.writing.archive import ZipWriter
from xlsapp.spreadsheet.writing.cell_kinds import DAY_SECONDS, DAY_ZERO, FIRST_SERIAL
from xlsapp.spreadsheet.writing.package_parts import (
    DECLARATION,
    MAIN,
    RELATIONSHIPS,
    Sheet,
    Style,
    package_relationships,
    sheet_part,
    styles,
    workbook,
    workbook_relationships,
)
from xlsapp.spreadsheet.writing.text import MAX_CELL_UNITS, shortened, text_element

_PACKAGE = "application/vnd.openxmlformats-package.relationships+xml"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
Row = Sequence[tuple[int, Any]]
"""Columns, counted from 0, and what they have."""


def copy_sheet(
    book: Book, name: str, target: Path, *, only: Collection[int] | None = None, header_row: int = 0
) -> Mapping[int, int]:
    """Write a sheet's values to `target`, in the very cells that they are in. With `only`, these rows follow
    the header at once: returned is where each of them is then. Raises CannotRead.
    """
    index = next((at for at, each in enumerate(book.sheets) if each.name == name), -1)
    if index < 0:
        raise CannotRead("no such sheet")
    merges = book.extras(index).merges
    moved: dict[int, int] = {}
    with ZipWriter(target) as archive:
        sheets = [Sheet(name)]
        archive.add("[Content_Types].xml", _types())
        archive.add("_rels/.rels", package_relationships())
        archive.add("xl/workbook.xml", workbook(sheets).replace("<definedNames></definedNames>", ""))
        archive.add("xl/_rels/workbook.xml.rels", workbook_relationships(sheets))
        archive.add("xl/styles.xml", styles())
        with archive.part(sheet_part(0)) as write:
            write(f'{DECLARATION}<worksheet xmlns="{MAIN}" xmlns:r="{RELATIONSHIPS}"><sheetData>'.encode())
            fill = _MergedValues(merges if only is not None else ()).fill
            for number, found in _rows(book, index):
                row = fill(number, found)
                if only is None or number <= header_row:
                    write(_row_xml(number, row))
                elif number in only:
                    moved[number] = header_row + len(moved) + 1
                    write(_row_xml(moved[number], row))
            write(b"</sheetData>" + (_merge_cells(merges) if only is None else b"") + b"</worksheet>")
    return moved


class _MergedValues:
    """What cells have that are merged downwards: a row that is copied without the first one has it, too."""

    def __init__(self, merges: Sequence[Area]) -> None:
        self._starting: dict[int, list[Area]] = {}
        for area in merges:
            if area.last_row > area.first_row:
                self._starting.setdefault(area.first_row, []).append(area)
        self._values: list[tuple[Area, Any]] = []

    def fill(self, number: int, row: Row) -> Row:
        """A row, with the values of the merged cells that it is in. Rows come in their order."""
        if not self._starting:
            return row
        there = dict(row)
        self._values = [each for each in self._values if each[0].last_row >= number]
        new = {area.first_column: value for area, value in self._values if area.first_column not in there}
        starting = self._starting.get(number, ())
        self._values += [(a, there[a.first_column]) for a in starting if a.first_column in there]
        return sorted([*row, *new.items()], key=itemgetter(0)) if new else row


def _rows(book: Book, index: int) -> Iterator[tuple[int, Row]]:
    """The rows that have a value, by their numbers."""
    last = 0
    for chunk in book.chunks(index):
        columns = [(at, _column(chunk, at)) for at in range(chunk.first_column, chunk.width)]
        for place in range(chunk.row_count):
            number = chunk.first_row + place
            row = [(at, values[place]) for at, values in columns if values[place] not in ("", None)]
            if row and number > last:
                last = number
                yield number, row


def _column(chunk: Chunk, at: int) -> Sequence[Any]:
    """A column's values; numbers whose format shows more than they are, as they are shown."""
    values = chunk.column(at)
    shown = chunk.shown.get(at)
    if not shown:
        return values
    return [shown.get(row, value) for row, value in enumerate(values, chunk.first_row)]


def _row_xml(number: int, row: Row) -> bytes:
    cells = "".join(f'<c r="{column_letters(at)}{number}"{cell_xml(value)}' for at, value in row)
    return f'<row r="{number}">{cells}</row>'.encode()


def cell_xml(value: Any) -> str:
    """All that follows `<c r="A1"` for a value as a reader gives it."""
    if isinstance(value, str):
        text = NO_CHARACTERS.sub("\ufffd", shortened(value, MAX_CELL_UNITS))
        return f' t="inlineStr"><is>{text_element(text)}</is></c>'
    if isinstance(value, bool):
        return f' t="b"><v>{int(value)}</v></c>'
    if isinstance(value, CellError) or value == NO_DATE:
        code = value.code if isinstance(value, CellError) else ""
        return f' t="e"><v>{code if code.startswith("#") else "#VALUE!"}</v></c>'
    if isinstance(value, int | float):
        return f"><v>{value!r}</v></c>"
    serial, style = _serial(value)
    if isinstance(value, date) and serial < FIRST_SERIAL:
        return cell_xml(value.isoformat(" ") if isinstance(value, datetime) else value.isoformat())
    return f' s="{style}"><v>{serial!r}</v></c>'


def _serial(value: date | datetime | time | timedelta) -> tuple[float, Style]:
    """Excel's number for a moment, and the format that shows it."""
    match value:
        case datetime():
            day, style = value.toordinal() - DAY_ZERO, (Style.DATETIME, Style.DATETIME_MS)
            seconds = value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
            return day + seconds / DAY_SECONDS, style[value.microsecond > 0]
        case date():
            return value.toordinal() - DAY_ZERO, Style.DATE
        case time():
            seconds = value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
            return seconds / DAY_SECONDS, (Style.TIME, Style.TIME_MS)[value.microsecond > 0]
    return value.total_seconds() / DAY_SECONDS, (Style.DURATION, Style.DURATION_MS)[value.microseconds > 0]


def _merge_cells(merges: Sequence[Area]) -> bytes:
    areas = "".join(
        f'<mergeCell ref="{column_letters(area.first_column)}{area.first_row}:'
        f'{column_letters(area.last_column)}{area.last_row}"/>'
        for area in merges
    )
    return f'<mergeCells count="{len(merges)}">{areas}</mergeCells>'.encode() if merges else b""


def _types() -> str:
    parts = [("xl/workbook.xml", "sheet.main"), ("xl/styles.xml", "styles"), (sheet_part(0), "worksheet")]
    overrides = "".join(
        f'<Override PartName="/{part}" ContentType="{_TYPE}.{kind}+xml"/>' for part, kind in parts
    )
    return (
        f'{DECLARATION}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        f'<Default Extension="rels" ContentType="{_PACKAGE}"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )
