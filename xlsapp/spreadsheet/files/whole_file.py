"""The other readers: calamine over a whole file, for formats that cannot be cut; openpyxl for what it
refuses.
"""

import re
import struct
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from xml.parsers import expat

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from xlsapp.spreadsheet.cells.values import CellError
from xlsapp.spreadsheet.files.binary_dropdowns import in_xls, in_xlsb
from xlsapp.spreadsheet.files.chunks import Chunk, Values, chunk_of
from xlsapp.spreadsheet.files.dropdowns import Dropdown
from xlsapp.spreadsheet.files.error_cells import ErrorCells, Look, look_at
from xlsapp.spreadsheet.files.formats import Format
from xlsapp.spreadsheet.files.memory import Memory
from xlsapp.spreadsheet.files.needs import ask_before_opening
from xlsapp.spreadsheet.files.negative_times import with_spans
from xlsapp.spreadsheet.files.ods_copy import copy_of
from xlsapp.spreadsheet.files.ods_dropdowns import in_ods
from xlsapp.spreadsheet.files.packages import Package, SheetPart
from xlsapp.spreadsheet.files.sheet_extras import Area, SheetExtras
from xlsapp.spreadsheet.files.shown_digits import Shown, shown_number
from xlsapp.spreadsheet.files.workbook_error import CannotRead, damaged, protected
from xlsapp.spreadsheet.files.xls_records import is_protected
from xlsapp.spreadsheet.files.xlsx_pieces import MAX_COLUMNS, MAX_ROWS

ROWS_PER_CHUNK = 2_000
# openpyxl takes about a minute for 100 MB of XML.
MAX_OPENPYXL_BYTES = 100_000_000

_ODS_DURATION = re.compile(r"(-?)PT(\d{1,9})H(\d{1,9})M(\d{1,9}(?:[.,]\d{1,9})?)S")


class CalamineFile:
    """A workbook that calamine reads whole: xls, xlsb and ods, and xlsx files that cannot be cut into
    pieces.
    """

    sees_values_only = False

    def __init__(self, path: Path, kind: Format, package: Package | None, memory: Memory) -> None:
        self._path, self._kind, self._memory = path, kind, memory
        self._looks: dict[int, Look] = {}
        needs_copy = ask_before_opening(path, kind, package, memory)
        try:
            with copy_of(path) if needs_copy else path.open("rb") as file:
                self._book = CalamineWorkbook.from_filelike(file)
        except PasswordError:
            raise protected() from None
        except (CalamineError, OSError, ValueError) as error:
            # calamine does not say that an old workbook has a password, only that it cannot read it.
            if kind is Format.XLS and is_protected(path):
                raise protected() from None
            raise CannotRead(f"calamine: {error}") from None
        except BaseException as panic:
            raise _calm(panic) from None
        self.sheets = tuple(
            SheetPart(
                sheet.name,
                sheet.visible == SheetVisibleEnum.Visible,
                sheet.typ == SheetTypeEnum.WorkSheet,
                "",
            )
            for sheet in self._book.sheets_metadata
        )

    def chunks(self, index: int) -> Iterator[Chunk]:
        """The rows of a sheet, in order. Raises CannotRead."""
        look = self._look_at(index)
        self._memory.ask_for_grid(look.extent)
        try:
            sheet: CalamineSheet = self._book.get_sheet_by_index(index)
            start = sheet.start
            if start is None:
                return
            first_row, first_column = start[0] + 1, start[1]
            rows = islice(sheet.iter_rows(), start[0], None)
            while part := list(islice(rows, ROWS_PER_CHUNK)):
                chunk = chunk_of(part, first_row=first_row, first_column=first_column)
                if self._kind is Format.ODS:
                    chunk.columns = list(map(_with_durations, chunk.columns))
                if look.negatives:
                    chunk.columns = with_spans(chunk.columns, first_row, first_column, look.negatives)
                chunk.shown = _shown(chunk, look)
                chunk.columns = _with_errors(chunk, look.errors)
                yield chunk
                first_row += len(part)
        except (CalamineError, OSError, OverflowError) as error:
            raise CannotRead(f"calamine: {error}") from None
        except BaseException as panic:
            raise _calm(panic) from None

    def extras(self, index: int) -> SheetExtras:
        """The sheet's merged cells and links; calamine knows the merged ones of two formats."""
        ranges = self._book.get_sheet_by_index(index).merged_cell_ranges or ()
        merges = [Area(top + 1, left, bottom + 1, right) for (top, left), (bottom, right) in ranges]
        look = self._look_at(index)
        return SheetExtras((*merges, *look.merges), look.links)

    def has_links(self, index: int) -> bool:
        """See Book."""
        return bool(self._look_at(index).links)

    def _look_at(self, index: int) -> Look:
        if index not in self._looks:
            self._looks = {index: look_at(self._path, self._kind, index)}
        return self._looks[index]

    def totals_rows(self, index: int) -> frozenset[int]:
        """This reader sees none."""
        return frozenset()

    def dropdowns(self, index: int) -> Sequence[Dropdown]:
        """See Book; of an xlsx file that only this reader takes there are none."""
        names = [sheet.name for sheet in self.sheets]
        try:
            match self._kind:
                case Format.XLS:
                    return in_xls(self._path, index, names)
                case Format.XLSB:
                    return in_xlsb(self._path, index, names)
                case Format.ODS:
                    return in_ods(self._path, index)
        except (CannotRead, struct.error, IndexError, OSError, KeyError, ValueError, expat.ExpatError):
            pass  # records of another shape: a template is proposed without the lists
        return ()


class OpenpyxlFile:
    """An xlsx file by openpyxl: slow, but it reads some that calamine refuses."""

    sees_values_only = True

    def __init__(self, path: Path, stack: ExitStack) -> None:
        # Few children need it, and the server never does: it would take a quarter of everybody's start.
        from openpyxl import load_workbook

        try:
            file = stack.enter_context(path.open("rb"))
            book = load_workbook(file, read_only=True, data_only=True)
        except MemoryError:
            raise
        except Exception:
            raise damaged() from None
        self._worksheets: list[Any] = book.worksheets
        self._epoch = book.epoch
        self.sheets = tuple(
            SheetPart(sheet.title, sheet.sheet_state == "visible", True, "") for sheet in self._worksheets
        )

    def chunks(self, index: int) -> Iterator[Chunk]:
        """The rows of a sheet, in order."""
        sheet = self._worksheets[index]
        sheet.reset_dimensions()  # a lying dimension would hide cells, or pad every row to 16,384
        number, rows = 1, iter(sheet.iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS))
        while True:
            try:
                part = [[self._value(cell) for cell in row] for row in islice(rows, ROWS_PER_CHUNK)]
            except MemoryError:
                raise
            except Exception:
                raise damaged() from None
            if not part:
                return
            width = max(map(len, part))
            yield chunk_of([row + [""] * (width - len(row)) for row in part], first_row=number)
            number += len(part)

    def _value(self, cell: Any) -> Any:
        value = cell.value
        if value is None:
            return ""
        if cell.data_type == "e":
            return CellError(str(value))
        # Excel has no days before its first one: what openpyxl makes such a one is a time below zero.
        return value - self._epoch if type(value) is datetime and value <= self._epoch else value

    def extras(self, index: int) -> SheetExtras:
        """This reader sees none: the sheet is read a row at a time."""
        return SheetExtras()

    def has_links(self, index: int) -> bool:
        """This reader sees none."""
        return False

    def totals_rows(self, index: int) -> frozenset[int]:
        """This reader sees none."""
        return frozenset()

    def dropdowns(self, index: int) -> Sequence[Dropdown]:
        """This reader sees none."""
        return ()


def _with_durations(values: Values) -> Values:
    """A column of an ods file with times and durations in the place of their ISO texts, -PT09H30M00S."""
    if not any(type(value) is str and value.startswith(("PT", "-PT")) for value in values):
        return values
    return [_duration(value) if type(value) is str else value for value in values]


def _duration(text: str) -> timedelta | str:
    match = _ODS_DURATION.fullmatch(text)
    if match is None:
        return text
    sign, hours, minutes, seconds = match.groups()
    span = timedelta(hours=int(hours), minutes=int(minutes), seconds=float(seconds.replace(",", ".")))
    return -span if sign else span


def _with_errors(chunk: Chunk, errors: ErrorCells) -> list[Values]:
    """The chunk's columns, with errors where calamine shows blanks."""
    columns: list[Values] = chunk.columns
    for row in errors.keys() & set(range(chunk.first_row, chunk.first_row + chunk.row_count)):
        for column, error in errors[row].items():
            place = column - chunk.first_column
            if 0 <= place < len(columns):
                changed = list(columns[place])
                changed[row - chunk.first_row] = error
                columns[place] = changed
    return columns


def _shown(chunk: Chunk, look: Look) -> Shown:
    """The cells of a chunk whose format shows more than their number."""
    shown: Shown = {}
    rows = range(chunk.first_row, chunk.first_row + chunk.row_count)
    for column, formats in look.formats.items():
        values = chunk.column(column)
        texts = (
            (row, shown_number(value, formats[row]))
            for row, value in zip(rows, values, strict=True)
            if row in formats
        )
        shown[column] = {row: text for row, text in texts if text is not None}
    for column, known in look.shown.items():
        shown[column] = {row: known[row] for row in rows if row in known}
    return shown


def _calm(panic: BaseException) -> BaseException:
    """A panic of the parser as an exception; what is no panic stays what it is."""
    return CannotRead(f"calamine: {panic}") if type(panic).__name__ == "PanicException" else panic
