"""Why the reader of ods files gave one up: where its XML breaks off, or says what it cannot mean.

Looked for after it has failed, as it tells of none of these.
"""

import re
from pathlib import Path
from xml.parsers import expat
from xml.parsers.expat import errors

from xlsapp.problems import Message
from xlsapp.spreadsheet.files.memory import cell_name
from xlsapp.spreadsheet.files.ods_cells import NUMBERS
from xlsapp.spreadsheet.files.ods_copy import CONTENT
from xlsapp.spreadsheet.files.packages import Package
from xlsapp.spreadsheet.files.workbook_error import CannotRead, WorkbookError
from xlsapp.spreadsheet.files.xlsx_pieces import MAX_COLUMNS, MAX_ROWS

ROWS_REPEATED, COLUMNS_REPEATED = "table:number-rows-repeated", "table:number-columns-repeated"
# Of what is quoted in a sentence.
MOST_QUOTED = 40
# As the reader takes them: whole numbers of 64 bits, and what Rust has for a float.
MOST_COUNT = (1 << 64) - 1
_COUNT = re.compile(r"\+?[0-9]{1,25}")
_NUMBER = re.compile(r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf|infinity|nan)", re.ASCII | re.IGNORECASE)

_WHAT = {
    errors.codes[errors.XML_ERROR_TAG_MISMATCH]: "tag",
    errors.codes[errors.XML_ERROR_NO_ELEMENTS]: "tag",
    errors.codes[errors.XML_ERROR_UNCLOSED_TOKEN]: "tag",
    errors.codes[errors.XML_ERROR_UNCLOSED_CDATA_SECTION]: "tag",
    errors.codes[errors.XML_ERROR_INVALID_TOKEN]: "character",
    errors.codes[errors.XML_ERROR_PARTIAL_CHAR]: "character",
    errors.codes[errors.XML_ERROR_BAD_CHAR_REF]: "character",
    errors.codes[errors.XML_ERROR_UNDEFINED_ENTITY]: "entity",
}


def look_for_fault(path: Path) -> None:
    """Raises WorkbookError for the first fault of the file's content, if there is one."""
    places = _Places()
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = places.start, places.end
    try:
        with Package(path, max_unpacked_bytes=1 << 40) as package:
            for piece in package.stream(CONTENT):
                parser.Parse(piece, False)
            parser.Parse(b"", True)
    except CannotRead:
        return
    except expat.ExpatError as error:
        parameters = {
            "what": _WHAT.get(error.code, "other"),
            "sheet": places.sheet,
            "row": min(places.row, MAX_ROWS),
        }
        raise WorkbookError(Message("file.broken_xml", parameters)) from None


class _Places:
    """Follows the rows and cells of all tables."""

    def __init__(self) -> None:
        self.sheet = ""
        self.row = 0
        """The one that has begun last, counted from 1."""
        self._column = 0
        self._rows = self._columns = 1
        self._nothing = self._nothing_of_row = ""
        """The count of a cell or row that is not there at all, if nothing is in it."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name:
            case "table:table":
                self.sheet, self.row = _quoted(attributes.get("table:name", "")), 0
                self._rows = 1
            case "table:table-row":
                self.row, self._column, self._columns = self.row + (self._rows if self.row else 1), 0, 0
                self._nothing = ""
                self._rows, self._nothing_of_row = self._count(attributes, ROWS_REPEATED, of_cell=False)
            case "table:table-cell" | "table:covered-table-cell":
                self._column += self._columns
                self._columns, self._nothing = self._count(attributes, COLUMNS_REPEATED, of_cell=True)
                if (kind := attributes.get("office:value-type")) is not None:
                    self._is_filled()
                if kind in NUMBERS and not _NUMBER.fullmatch(value := attributes.get("office:value", "")):
                    raise WorkbookError(
                        Message("file.wrong_number", {**self._here(), "value": _quoted(value)})
                    )
            case "text:p":
                self._is_filled()
            case "text:s" if not _is_count(count := attributes.get("text:c", "1")):
                raise WorkbookError(Message("file.wrong_blanks", {**self._here(), "count": _quoted(count)}))

    def end(self, name: str) -> None:
        if name in ("table:table-cell", "table:covered-table-cell"):
            self._nothing = ""

    def _count(self, attributes: dict[str, str], name: str, *, of_cell: bool) -> tuple[int, str]:
        """How often a row or cell is there; and what is written where that is not at all."""
        text = attributes.get(name, "1")
        if not _is_count(text):
            self._refuse(text, of_cell=of_cell)
        return min(int(text), MAX_COLUMNS if of_cell else MAX_ROWS), "" if int(text) else text

    def _is_filled(self) -> None:
        if self._nothing:
            self._refuse(self._nothing, of_cell=True)
        if self._nothing_of_row:
            self._refuse(self._nothing_of_row, of_cell=False)

    def _refuse(self, count: str, *, of_cell: bool) -> None:
        here = self._here()
        parameters = {"row": self.row, "cell": here["cell"] if of_cell else "", "sheet": self.sheet}
        raise WorkbookError(Message("file.wrong_repeat", {**parameters, "count": _quoted(count)}))

    def _here(self) -> dict[str, str]:
        row, column = min(max(self.row, 1), MAX_ROWS), min(self._column, MAX_COLUMNS - 1)
        return {"cell": cell_name(row, column), "sheet": self.sheet}


def _is_count(text: str) -> bool:
    return _COUNT.fullmatch(text) is not None and int(text) <= MOST_COUNT


def _quoted(text: str) -> str:
    return text if len(text) <= MOST_QUOTED else f"{text[: MOST_QUOTED - 1]}…"
