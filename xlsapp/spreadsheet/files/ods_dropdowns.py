"""The lists that the cells of ods files offer ([ODF 1.3] part 3, 9.4.4 content-validations)."""

import re
from pathlib import Path
from xml.parsers import expat

from xlsapp.spreadsheet.files.dropdowns import MAX_DROPDOWNS, Dropdown
from xlsapp.spreadsheet.files.ods_cells import CONTENT, count
from xlsapp.spreadsheet.files.packages import Package
from xlsapp.spreadsheet.files.sheet_extras import Area, area_of

MAX_COLUMNS = 16_384
_SIGN = b"cell-content-is-in-list("
_CONDITION = re.compile(r"cell-content-is-in-list\((.*)\)\Z", re.DOTALL)
_TEXTS = re.compile(r'"(?:[^"]|"")*"(?:;"(?:[^"]|"")*")*').fullmatch
_TEXT = re.compile(r'"((?:[^"]|"")*)"')
_CELLS = re.compile(
    r"\[?\$?(?:'((?:[^']|'')+)'|([^'.\[\]]*))\.\$?([A-Z]{1,3})\$?(\d{1,7})"
    r"(?::[^.\]]*\.\$?([A-Z]{1,3})\$?(\d{1,7}))?\]?"
).fullmatch


def in_ods(path: Path, index: int) -> list[Dropdown]:
    """The lists of a table, by its place in the file."""
    with Package(path, max_unpacked_bytes=1 << 40) as package:
        found, before = _Lists(index), b""
        pieces = package.stream(CONTENT)
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = found.start, found.end
        is_listed = False
        for piece in pieces:
            # Validations stand before the tables: where none has been seen by then, nothing is there.
            is_listed = is_listed or _SIGN in before + piece
            before = piece[-len(_SIGN) :]
            parser.Parse(piece, False)
            if found.has_begun and not is_listed:
                return []
        parser.Parse(b"", True)
    return found.dropdowns()


class _Lists:
    """Follows the validations, the cells of one table that have them, and names."""

    def __init__(self, index: int) -> None:
        self.has_begun = False
        """Whether a table has been seen."""
        self._wanted, self._table = index, -1
        self._row, self._rows, self._column = 1, 1, 0
        self._conditions: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._spans: dict[tuple[str, int, int], Area] = {}
        """A validation's name, first and last column → from its first row to its last."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name:
            case "table:content-validation" if len(self._conditions) < MAX_DROPDOWNS:
                condition = _CONDITION.search(attributes.get("table:condition", ""))
                if condition:
                    self._conditions[attributes.get("table:name", "")] = condition[1].strip()
            case "table:named-range":
                range_ = attributes.get("table:cell-range-address", "")
                self._names[attributes.get("table:name", "").casefold()] = range_
            case "table:table":
                self._table, self._row, self.has_begun = self._table + 1, 1, True
            case "table:table-row":
                self._rows, self._column = count(attributes, "table:number-rows-repeated"), 0
            case "table:table-cell" | "table:covered-table-cell" if self._table == self._wanted:
                self._cell(attributes)

    def _cell(self, attributes: dict[str, str]) -> None:
        first = self._column
        self._column += count(attributes, "table:number-columns-repeated")
        used = attributes.get("table:content-validation-name", "")
        if used not in self._conditions or first >= MAX_COLUMNS:
            return
        place = used, first, min(self._column, MAX_COLUMNS) - 1
        begun = self._spans.get(place)
        top = begun.first_row if begun else self._row
        self._spans[place] = Area(top, first, self._row + self._rows - 1, place[2])

    def end(self, name: str) -> None:
        if name == "table:table-row":
            self._row += self._rows

    def dropdowns(self) -> list[Dropdown]:
        """What was found, in the order of the validations."""
        found = []
        for name, condition in self._conditions.items():
            areas = tuple(area for (used, _, _), area in self._spans.items() if used == name)
            if not areas:
                continue
            if _TEXTS(condition):
                texts = (text.replace('""', '"').strip() for text in _TEXT.findall(condition))
                found.append(Dropdown(areas, tuple(texts)))
            elif cells := _CELLS(self._names.get(condition.casefold(), condition)):
                sheet = (cells[1] or "").replace("''", "'") or cells[2]
                source = area_of(f"{cells[3]}{cells[4]}:{cells[5] or cells[3]}{cells[6] or cells[4]}")
                found.append(Dropdown(areas, sheet=sheet, source=source))
        return found
