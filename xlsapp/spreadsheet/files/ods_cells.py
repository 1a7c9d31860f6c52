"""What an ods file's reader does not tell of its cells: errors, merged ones, links, digits as shown."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from xml.parsers import expat

from xlsapp.spreadsheet.cells.values import CellError
from xlsapp.spreadsheet.files.packages import Package
from xlsapp.spreadsheet.files.sheet_extras import Area

if TYPE_CHECKING:
    from xlsapp.spreadsheet.files.error_cells import Look

CONTENT, STYLES = "content.xml", "styles.xml"
# Where none of these is, there is nothing to be seen.
_SIGNS = re.compile(rb'value-type="error"|number-rows-spanned=|<text:a |min-integer-digits="(?![01]")').search
LONGEST_SIGN = 30
MAX_REPEATED = 1000
NUMBERS = frozenset({"float", "currency", "percentage"})


def look_at(path: Path, sheet_index: int, look: "Look") -> None:
    """Note in `look` what a table has ([ODF 1.3] part 3, 9.1)."""
    places = _Places(sheet_index, look)
    with Package(path, max_unpacked_bytes=1 << 40) as package:
        parts = [part for part in (STYLES, CONTENT) if part in package]
        if not any(_SIGNS(piece) for part in parts for piece in _overlapping(package.stream(part))):
            return
        for part in parts:
            parser = expat.ParserCreate()
            parser.StartElementHandler, parser.EndElementHandler = places.start, places.end
            parser.CharacterDataHandler = places.text
            for piece in package.stream(part):
                parser.Parse(piece, False)
            parser.Parse(b"", True)


def _overlapping(pieces: Iterable[bytes]) -> Iterator[bytes]:
    end = b""
    for piece in pieces:
        yield end + piece
        end = piece[-LONGEST_SIGN:]


class _Places:
    """Follows the rows and cells of one table."""

    def __init__(self, sheet_index: int, look: "Look") -> None:
        self._look = look
        self._wanted, self._table = sheet_index, -1
        self._row, self._column, self._rows, self._columns = 1, 0, 1, 1
        self._format, self._style = "", ""
        self._formats: set[str] = set()
        """Names of formats that show whole numbers with zeros in front."""
        self._styles: set[str] = set()
        """Names of cells' styles with such a format."""
        self._of_columns: list[str] = []
        self._text: list[str] | None = None
        self._is_error = False
        self._link = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name:
            case "number:number-style":
                self._format = attributes.get("style:name", "")
            case "number:number" if self._format and _shows_zeros(attributes):
                self._formats.add(self._format)
            case "style:style":
                known = attributes.get("style:data-style-name")
                parent = attributes.get("style:parent-style-name")
                if known in self._formats or (known is None and parent in self._styles):
                    self._styles.add(attributes.get("style:name", ""))
            case "table:table":
                self._table, self._row, self._of_columns = self._table + 1, 1, []
            case "table:table-column" if self._styles:
                repeated = min(count(attributes, "table:number-columns-repeated"), 16384)
                self._of_columns += [attributes.get("table:default-cell-style-name", "")] * repeated
            case "table:table-row":
                self._rows, self._column = count(attributes, "table:number-rows-repeated"), 0
            case "table:table-cell" | "table:covered-table-cell":
                self._cell(attributes)
            case "text:a" if self._text is not None:
                self._link = self._link or attributes.get("xlink:href", "")

    def _cell(self, attributes: dict[str, str]) -> None:
        self._columns = count(attributes, "table:number-columns-repeated")
        self._text, self._link, self._style = None, "", ""
        if self._table != self._wanted:
            return
        self._is_error = attributes.get("calcext:value-type") == "error"
        kind = attributes.get("office:value-type", "")
        if self._styles and kind in NUMBERS and not self._is_error:
            usual = self._of_columns[self._column] if self._column < len(self._of_columns) else ""
            style = attributes.get("table:style-name", usual)
            is_whole = attributes.get("office:value", "").isdecimal()  # as in other formats
            self._style = style if is_whole and style in self._styles else ""
        if self._is_error or kind:
            self._text = []
        rows = count(attributes, "table:number-rows-spanned")
        columns = count(attributes, "table:number-columns-spanned")
        if rows > 1 or columns > 1:
            last = self._row + rows - 1, self._column + columns - 1
            self._look.merge(Area(self._row, self._column, *last))

    def end(self, name: str) -> None:
        match name:
            case "number:number-style":
                self._format = ""
            case "table:table-row":
                self._row += self._rows
            case "table:table-cell" | "table:covered-table-cell":
                if self._text is not None:
                    self._note("".join(self._text).strip())
                self._column, self._text = self._column + self._columns, None

    def _note(self, text: str) -> None:
        """What a cell that has ended is, in all the places where it is repeated."""
        last = self._column + min(self._columns, MAX_REPEATED) - 1
        rows = range(self._row, self._row + min(self._rows, MAX_REPEATED))
        if self._link and not self._link.startswith("#"):
            self._look.link(Area(self._row, self._column, rows[-1], last), self._link)
        if not self._is_error and not self._style:
            return
        for column in range(self._column, last + 1):
            for row in rows:
                if self._is_error:
                    self._look.error(row, column, CellError(text or "#ERROR!"))
                else:
                    self._look.shown.setdefault(column, {})[row] = text

    def text(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)


def _shows_zeros(attributes: dict[str, str]) -> bool:
    """Whether a number's format is one of several digits, without decimals and signs between thousands."""
    digits = attributes.get("number:min-integer-digits", "0")
    decimals = attributes.get("number:decimal-places", "0")
    return digits.isdecimal() and int(digits) > 1 and decimals == "0" and "number:grouping" not in attributes


def count(attributes: dict[str, str], name: str) -> int:
    """How often something is repeated, or over how many cells it goes."""
    text = attributes.get(name, "1")
    return int(text) if text.isdecimal() else 1
