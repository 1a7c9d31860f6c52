"""A look at a file's own records before it is read whole: where error cells are, which its reader shows as
blanks, and how far its cells reach.
"""

import struct
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from xlsapp.spreadsheet.cells.values import UNCALCULATED, CellError, column_index
from xlsapp.spreadsheet.files import xls_records, xlsb_records
from xlsapp.spreadsheet.files.formats import Format
from xlsapp.spreadsheet.files.memory import Extent
from xlsapp.spreadsheet.files.packages import Package, read_workbook_parts
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
    _recorded: int = 0

    def error(self, row: int, column: int, error: CellError) -> None:
        """There is an error cell: row from 1, column from 0."""
        if self._recorded < MAX_RECORDED:
            self._recorded += 1
            self.errors.setdefault(row, {})[column] = error


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
                _in_ods(path, sheet_index, look)
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
    for position, record in xls_records.records(stream, start):
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
        row = 0
        for record, content in xlsb_records.records(package.stream(part, binary=True)):
            if record == ROW_HEADER:
                row = struct.unpack_from("<I", content)[0] + 1
                look.extent.row(row)
            elif FIRST_CELL <= record <= LAST_CELL:
                (column,) = struct.unpack_from("<I", content)
                look.extent.cell(row, column)
                if record in (CELL_ERROR, FORMULA_ERROR):
                    look.error(row, column, _error(content[8]))


def _in_xlsx(path: Path, sheet_index: int, look: Look) -> None:
    """For sheets that the fast reader cannot take, whatever prefixes and quotation marks they use."""
    cells = _XlsxCells(look)
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = cells.start, cells.end
    parser.CharacterDataHandler = cells.text
    with Package(path, max_unpacked_bytes=1 << 40) as package:
        for piece in package.stream(read_workbook_parts(package).sheets[sheet_index].part):
            parser.Parse(piece, False)
    parser.Parse(b"", True)


class _XlsxCells:
    """Follows the cells of a sheet part (ECMA-376 part 1, 18.3.1.4): places, errors, blank formulas."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._row, self._column, self._type, self._formula = 0, -1, "", False
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

    def text(self, data: str) -> None:
        if self._inside == "v":
            self._value += data


def _in_ods(path: Path, sheet_index: int, look: Look) -> None:
    places = _OdsPlaces(sheet_index, look)
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = places.start, places.end
    parser.CharacterDataHandler = places.text
    with Package(path, max_unpacked_bytes=1 << 40) as package:
        if not any(b'value-type="error"' in piece for piece in package.stream("content.xml")):
            return
        for piece in package.stream("content.xml"):
            parser.Parse(piece, False)
    parser.Parse(b"", True)


class _OdsPlaces:
    """Follows the rows and cells of one table of an ods file ([ODF 1.3] part 3, 9.1): its error cells."""

    def __init__(self, sheet_index: int, look: Look) -> None:
        self._look = look
        self._wanted, self._table = sheet_index, -1
        self._row, self._column, self._rows, self._columns = 1, 0, 1, 1
        self._text: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name:
            case "table:table":
                self._table, self._row = self._table + 1, 1
            case "table:table-row":
                self._rows, self._column = _count(attributes, "table:number-rows-repeated"), 0
            case "table:table-cell" | "table:covered-table-cell":
                self._columns = _count(attributes, "table:number-columns-repeated")
                is_error = attributes.get("calcext:value-type") == "error" and self._table == self._wanted
                self._text = [] if is_error else None

    def end(self, name: str) -> None:
        match name:
            case "table:table-row":
                self._row += self._rows
            case "table:table-cell" | "table:covered-table-cell":
                if self._text is not None:
                    error = CellError("".join(self._text).strip() or "#ERROR!")
                    for n in range(min(self._columns, 1000)):
                        self._look.error(self._row, self._column + n, error)
                self._column, self._text = self._column + self._columns, None

    def text(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)


def _count(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    return int(text) if text.isdecimal() else 1


def _error(code: int) -> CellError:
    return CellError(CODES.get(code, "#ERROR!"))
