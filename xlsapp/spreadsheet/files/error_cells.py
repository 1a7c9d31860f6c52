"""Where error cells are in formats whose reader shows them as blanks: a second look at the file's own
records.
"""

import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from xml.parsers import expat

from xlsapp.spreadsheet.cells.values import UNCALCULATED, CellError, column_index
from xlsapp.spreadsheet.files import xls_records, xlsb_records
from xlsapp.spreadsheet.files.formats import Format
from xlsapp.spreadsheet.files.packages import Package, read_workbook_parts

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

# Records of [MS-XLS]: 2.4.28 BoundSheet8, 2.4.24 BoolErr, 2.4.127 Formula.
BOUND_SHEET, BOOL_ERR, FORMULA = 0x85, 0x205, 0x6
# Records of [MS-XLSB]: 2.4.751 BrtRowHdr, 2.4.298 BrtCellError, 2.4.672 BrtFmlaError.
ROW_HEADER, CELL_ERROR, FORMULA_ERROR = 0, 3, 11
MAX_RECORDED = 100_000


def find_error_cells(path: Path, kind: Format, sheet_index: int) -> ErrorCells:
    """The error cells of a sheet of an xls, xlsb or ods file, whose reader does not tell them."""
    if kind is Format.XLS:
        return _first(_in_xls(path, sheet_index))
    if kind is Format.XLSB:
        return _first(_in_xlsb(path, sheet_index))
    if kind is Format.ODS:
        return _first(_in_ods(path, sheet_index))
    if kind is Format.XLSX:
        return _first(_in_xlsx(path, sheet_index))
    return {}


def _first(found: Iterator[tuple[tuple[int, int], CellError]]) -> ErrorCells:
    errors: ErrorCells = {}
    try:
        for (row, column), error in islice(found, MAX_RECORDED):
            errors.setdefault(row, {})[column] = error
    except (struct.error, IndexError, OSError, KeyError, ValueError, RuntimeError, expat.ExpatError):
        pass  # records of another shape: what was found so far still holds
    return errors


def _in_xls(path: Path, sheet_index: int) -> Iterator[tuple[tuple[int, int], CellError]]:
    stream = xls_records.read_stream(path)
    starts = [
        struct.unpack_from("<I", stream, position + 4)[0]
        for position, record in xls_records.records(stream, 0)
        if record == BOUND_SHEET
    ]
    for position, record in xls_records.records(stream, starts[sheet_index]):
        if record not in (BOOL_ERR, FORMULA):
            continue
        row, column = struct.unpack_from("<HH", stream, position + 4)
        if record == BOOL_ERR and stream[position + 11]:
            yield (row + 1, column), _error(stream[position + 10])
        elif (
            record == FORMULA
            and stream[position + 16 : position + 18] == b"\xff\xff"
            and stream[position + 10] == 2
        ):
            yield (row + 1, column), _error(stream[position + 12])


def _in_xlsb(path: Path, sheet_index: int) -> Iterator[tuple[tuple[int, int], CellError]]:
    with Package(path, max_unpacked_bytes=1 << 40) as package:
        data = b"".join(package.stream(xlsb_records.sheet_parts(package)[sheet_index]))
    row = 0
    for record, position in xlsb_records.records(data):
        if record == ROW_HEADER:
            (row,) = struct.unpack_from("<I", data, position)
        elif record in (CELL_ERROR, FORMULA_ERROR):
            (column,) = struct.unpack_from("<I", data, position)
            yield (row + 1, column), _error(data[position + 8])


def _in_xlsx(path: Path, sheet_index: int) -> Iterator[tuple[tuple[int, int], CellError]]:
    """For sheets that the fast reader cannot take, whatever prefixes and quotation marks they use."""
    cells = _XlsxCells()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = cells.start, cells.end
    parser.CharacterDataHandler = cells.text
    with Package(path, max_unpacked_bytes=1 << 40) as package:
        for piece in package.stream(read_workbook_parts(package).sheets[sheet_index].part):
            parser.Parse(piece, False)
    parser.Parse(b"", True)
    yield from cells.errors


class _XlsxCells:
    """Follows the cells of a sheet part (ECMA-376 part 1, 18.3.1.4): errors, uncalculated formulas."""

    def __init__(self) -> None:
        self.errors: list[tuple[tuple[int, int], CellError]] = []
        self._row, self._column, self._type, self._formula = 0, -1, "", False
        self._inside, self._value = "", ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._inside = name.rpartition(" ")[2]
        match self._inside:
            case "row":
                self._row, self._column = int(attributes.get("r", self._row + 1)), -1
            case "c":
                self._column = column_index(attributes["r"]) if "r" in attributes else self._column + 1
                self._type, self._formula, self._value = attributes.get("t", ""), False, ""
            case "f":
                self._formula = True

    def end(self, name: str) -> None:
        self._inside = ""
        if name.rpartition(" ")[2] != "c":
            return
        if self._type == "e":
            self.errors.append(((self._row, self._column), CellError(self._value.strip() or "#ERROR!")))
        elif self._formula and not self._value.strip() and self._type != "str":
            self.errors.append(((self._row, self._column), UNCALCULATED))

    def text(self, data: str) -> None:
        if self._inside == "v":
            self._value += data


def _in_ods(path: Path, sheet_index: int) -> Iterator[tuple[tuple[int, int], CellError]]:
    with Package(path, max_unpacked_bytes=1 << 40) as package:
        content = b"".join(package.stream("content.xml"))
    if b'value-type="error"' not in content or b"<!DOCTYPE" in content:
        return
    places = _OdsPlaces(sheet_index)
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = places.start, places.end
    parser.CharacterDataHandler = places.text
    parser.Parse(content, True)
    yield from places.errors


class _OdsPlaces:
    """Follows the rows and cells of one table of an ods file ([ODF 1.3] part 3, 9.1): its error cells."""

    def __init__(self, sheet_index: int) -> None:
        self.errors: list[tuple[tuple[int, int], CellError]] = []
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
                    self.errors += [
                        ((self._row, self._column + n), error) for n in range(min(self._columns, 1000))
                    ]
                self._column, self._text = self._column + self._columns, None

    def text(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)


def _count(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    return int(text) if text.isdecimal() else 1


def _error(code: int) -> CellError:
    return CellError(CODES.get(code, "#ERROR!"))
