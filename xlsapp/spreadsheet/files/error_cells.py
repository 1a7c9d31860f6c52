"""A look at a file's own records before it is read whole: where error cells are, which its reader shows as
blanks, how far its cells reach, and what there is beside their values.
"""

import struct
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from xlsapp.spreadsheet.cells.values import UNCALCULATED, CellError, column_index
from xlsapp.spreadsheet.files import ods_cells, xls_records, xlsb_records
from xlsapp.spreadsheet.files.formats import Format
from xlsapp.spreadsheet.files.memory import Extent
from xlsapp.spreadsheet.files.negative_times import NegativeTimes, moment_styles
from xlsapp.spreadsheet.files.packages import Package, read_workbook_parts
from xlsapp.spreadsheet.files.sheet_extras import MAX_LINKED_CELLS, MAX_MERGES, Area, area_of, link_targets
from xlsapp.spreadsheet.files.shown_digits import DigitFormat, Shown, digit_formats
from xlsapp.spreadsheet.files.workbook_error import CannotRead

ErrorCells = dict[int, dict[int, CellError]]
"""Row counted from 1 → column counted from 0 → the error."""

# Excel's codes for errors in binary files ([MS-XLS] 2.5.10 BErr).
CODES = {
    0: "#NULL!",
    7: "#DIV/0!",
    15: "#VALUE!",
    23: "#REF!",
    29: "#NAME?",
    36: "#NUM!",
    42: "#N/A",
    43: "#GETTING_DATA",
}

# Records of [MS-XLS]: 2.4.24 BoolErr, 2.4.127 Formula.
BOOL_ERR, FORMULA = 0x205, 0x6
# Records of [MS-XLSB]: 2.4.751 BrtRowHdr, 2.4.298 BrtCellError, 2.4.672 BrtFmlaError.
ROW_HEADER, CELL_ERROR, FORMULA_ERROR = 0, 3, 11
# From BrtCellRk on; what comes before it is a blank cell with a format, of which nothing is made.
FIRST_CELL, LAST_CELL = 2, 11
MAX_RECORDED = 100_000


@dataclass(slots=True)
class Look:
    """What was seen of a sheet."""

    errors: ErrorCells = field(default_factory=dict)
    extent: Extent = field(default_factory=Extent)
    formats: dict[int, dict[int, DigitFormat]] = field(default_factory=dict)
    """Column, counted from 0 → row, as Excel counts → a format that shows more than the number."""
    shown: Shown = field(default_factory=dict)
    """What such cells show, where the file says that, and not the format."""
    negatives: NegativeTimes = field(default_factory=dict)
    """Numbers below zero whose format may show dates or times."""
    merges: list[Area] = field(default_factory=list)
    links: dict[int, dict[int, str]] = field(default_factory=dict)
    _recorded: int = 0

    def error(self, row: int, column: int, error: CellError) -> None:
        """There is an error cell: row from 1, column from 0."""
        if self._recorded < MAX_RECORDED:
            self._recorded += 1
            self.errors.setdefault(row, {})[column] = error

    def format(self, row: int, column: int, known: DigitFormat) -> None:
        """A cell has a format that shows more than its number: row from 1, column from 0."""
        self.formats.setdefault(column, {})[row] = known

    def negative(self, row: int, column: int, days: float) -> None:
        """A number is below zero, and may be shown as a date or a time: row from 1, column from 0."""
        self.negatives.setdefault(column, {})[row] = days

    def merge(self, area: Area) -> None:
        """Cells are merged."""
        if len(self.merges) < MAX_MERGES:
            self.merges.append(area)

    def link(self, area: Area, target: str) -> None:
        """Cells lead somewhere."""
        for row in range(area.first_row, area.last_row + 1):
            for column in range(area.first_column, area.last_column + 1):
                if self._recorded >= MAX_LINKED_CELLS:
                    return
                self._recorded += 1
                self.links.setdefault(column, {})[row] = target


def look_at(path: Path, kind: Format, sheet_index: int) -> Look:
    """The error cells of a sheet whose reader does not tell them; how far its cells reach, but for ods.

    Raises WorkbookError when the same rows or cells are there again and again.
    """
    look = Look()
    try:
        match kind:
            case Format.XLS:
                _in_xls(path, sheet_index, look)
            case Format.XLSB:
                _in_xlsb(path, sheet_index, look)
            case Format.ODS:
                ods_cells.look_at(path, sheet_index, look)
            case Format.XLSX:
                _in_xlsx(path, sheet_index, look)
    except (
        CannotRead,
        struct.error,
        IndexError,
        OSError,
        KeyError,
        ValueError,
        RuntimeError,
        expat.ExpatError,
    ):
        pass  # records of another shape: what was found so far still holds
    return look


def _in_xls(path: Path, sheet_index: int, look: Look) -> None:
    stream = xls_records.read_stream(path)
    start = xls_records.sheet_starts(stream)[sheet_index]
    formats, moments = xls_records.cell_formats(stream)
    for position, record in xls_records.records(stream, start):
        if moments:
            for row, column, style, days in xls_records.negative(stream, position, record):
                if style in moments:
                    look.negative(row + 1, column, days)
        if formats:
            for row, column, style in xls_records.styled(stream, position, record):
                if style in formats:
                    look.format(row + 1, column, formats[style])
        if record == xls_records.HYPERLINK and (linked := xls_records.link(stream, position)):
            look.link(*linked)
        if record not in (BOOL_ERR, FORMULA):
            continue
        row, column = struct.unpack_from("<HH", stream, position + 4)
        if record == BOOL_ERR and stream[position + 11]:
            look.error(row + 1, column, _error(stream[position + 10]))
        elif (
            record == FORMULA
            and stream[position + 16 : position + 18] == b"\xff\xff"
            and stream[position + 10] == 2
        ):
            look.error(row + 1, column, _error(stream[position + 12]))


def _in_xlsb(path: Path, sheet_index: int, look: Look) -> None:
    with Package(path, max_unpacked_bytes=1 << 40) as package:
        part = xlsb_records.sheet_parts(package)[sheet_index]
        row, targets = 0, link_targets(package, part)
        formats, moments = xlsb_records.cell_formats(package)
        for record, content in xlsb_records.records(package.stream(part, binary=True)):
            if record == ROW_HEADER:
                row = struct.unpack_from("<I", content)[0] + 1
                look.extent.row(row)
            elif FIRST_CELL <= record <= LAST_CELL:
                (column,) = struct.unpack_from("<I", content)
                look.extent.cell(row, column)
                style = int.from_bytes(content[4:7], "little")
                if style in formats:
                    look.format(row, column, formats[style])
                if style in moments and (days := xlsb_records.negative(record, content)):
                    look.negative(row, column, days)
                if record in (CELL_ERROR, FORMULA_ERROR):
                    look.error(row, column, _error(content[8]))
            elif record == xlsb_records.MERGED:
                look.merge(xlsb_records.area(content))
            elif record == xlsb_records.HYPERLINK and (target := xlsb_records.target(content, targets)):
                look.link(xlsb_records.area(content), target)


def _in_xlsx(path: Path, sheet_index: int, look: Look) -> None:
    """For sheets that the fast reader cannot take, whatever prefixes and quotation marks they use."""
    parser = expat.ParserCreate(namespace_separator=" ")
    with Package(path, max_unpacked_bytes=1 << 40) as package:
        parts = read_workbook_parts(package)
        part = parts.sheets[sheet_index].part
        styles = package.read(parts.styles) if parts.styles else b""
        known = digit_formats(styles), moment_styles(styles)
        cells = _XlsxCells(look, *known, link_targets(package, part))
        parser.StartElementHandler, parser.EndElementHandler = cells.start, cells.end
        parser.CharacterDataHandler = cells.text
        for piece in package.stream(part):
            parser.Parse(piece, False)
    parser.Parse(b"", True)


class _XlsxCells:
    """Follows the cells of a sheet part (ECMA-376 part 1, 18.3.1.4): places, errors, blank formulas."""

    def __init__(
        self,
        look: Look,
        formats: Mapping[bytes, DigitFormat],
        moments: Collection[bytes],
        targets: Mapping[str, str],
    ) -> None:
        self._look, self._formats, self._moments, self._targets = look, formats, moments, targets
        self._row, self._column, self._type, self._formula, self._may_be_moment = 0, -1, "", False, False
        self._inside, self._value = "", ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._inside = name.rpartition(" ")[2]
        match self._inside:
            case "row":
                self._row, self._column = int(attributes.get("r", self._row + 1)), -1
                self._look.extent.row(self._row)
            case "c":
                self._column = column_index(attributes["r"]) if "r" in attributes else self._column + 1
                self._look.extent.cell(self._row, self._column)
                self._type, self._formula, self._value = attributes.get("t", ""), False, ""
                style = attributes.get("s", "0").encode()
                self._may_be_moment = style in self._moments
                if known := self._formats.get(style):
                    self._look.format(self._row, self._column, known)
            case "hyperlink":
                area = area_of(attributes.get("ref", ""))
                names = {name.rpartition(" ")[2]: value for name, value in attributes.items()}
                if area and (target := self._targets.get(names.get("id", ""))):
                    place = names.get("location", "")
                    self._look.link(area, f"{target}#{place}" if place else target)
            case "f":
                self._formula = True

    def end(self, name: str) -> None:
        self._inside = ""
        if name.rpartition(" ")[2] != "c":
            return
        if self._type == "e":
            self._look.error(self._row, self._column, CellError(self._value.strip() or "#ERROR!"))
        elif self._formula and not self._value.strip() and self._type != "str":
            self._look.error(self._row, self._column, UNCALCULATED)
        elif self._may_be_moment and self._value.lstrip()[:1] == "-" and self._type in ("", "n"):
            with suppress(ValueError):
                self._look.negative(self._row, self._column, float(self._value))

    def text(self, data: str) -> None:
        if self._inside == "v":
            self._value += data


def _error(code: int) -> CellError:
    return CellError(CODES.get(code, "#ERROR!"))
