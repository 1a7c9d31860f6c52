"""Headers of several rows: a cell merged downwards names its column, under a wide one lower names count."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from xlsapp.models import TemplateColumn
from xlsapp.spreadsheet.cells.cell_types import is_blank
from xlsapp.spreadsheet.cells.values import as_text
from xlsapp.spreadsheet.files.sheet_extras import Area
from xlsapp.spreadsheet.files.workbooks import Book
from xlsapp.spreadsheet.reading.headers import count_matches, names_of, normalised

NumberedRow = tuple[int, list[Any]]

# Headers of more rows are not known from anywhere.
MAX_DEPTH = 4


def whole_header(
    book: Book, sheet: int, rows: Sequence[NumberedRow], place: int, columns: Sequence[TemplateColumn]
) -> NumberedRow:
    """The last row of the header that the row at a place belongs to, with the names of all its columns.

    `rows` are those around it. The sheet is asked for merged cells only where it may have some: all of it may
    have to be read for them.
    """
    number, row = rows[place]
    if not _may_have_more_rows(rows, place):
        return number, row
    upright = [
        area
        for area in book.extras(sheet).merges
        if area.first_row <= number <= area.last_row and 0 < area.last_row - area.first_row < MAX_DEPTH
    ]
    last = max((area.last_row for area in upright), default=number)
    by_number = dict(rows)
    if not upright or last not in by_number:
        return _over_two_rows(rows, place, columns)
    lower = _with_upright(by_number, last, upright)
    return last, lower if count_matches(lower, columns) >= count_matches(row, columns) else row


def _over_two_rows(rows: Sequence[NumberedRow], place: int, columns: Sequence[TemplateColumn]) -> NumberedRow:
    """A header without merged cells, as in a text file: of another row it has names that it lacks itself."""
    number, row = rows[place]
    known = names_of(columns)
    missing = known.keys() - {normalised(as_text(value)) for value in row}
    missing = {name for name in missing if known[name] not in {known[n] for n in known.keys() - missing}}
    around = dict(rows)
    below, above = around.get(number + 1, []), around.get(number - 1, [])
    lower = [normalised(as_text(value)) for value in below if not is_blank(value)]
    if lower and missing.issuperset(lower):
        pairs = zip_longest(below, row, fillvalue="")
        return number + 1, [own if is_blank(name) else name for name, own in pairs]
    pairs = zip_longest(above, row, fillvalue="")
    return number, [
        name if is_blank(own) and normalised(as_text(name)) in missing else own for name, own in pairs
    ]


def _with_upright(rows: dict[int, list[Any]], last: int, upright: Sequence[Area]) -> list[Any]:
    """The lowest row's names, and those of cells that reach down to it."""
    names = list(rows[last])
    for area in upright:
        above = rows.get(area.first_row, [])
        if area.last_row == last and area.first_column < len(above):
            names += [""] * (area.first_column + 1 - len(names))
            names[area.first_column] = above[area.first_column]
    return names


def _may_have_more_rows(rows: Sequence[NumberedRow], place: int) -> bool:
    """Whether a row lacks a name where one stands above; or the row below has just those that it lacks."""
    number, row = rows[place]
    blank, named = _places(row, blank=True), _places(row, blank=False)
    near = [above for other, above in rows[:place] if number - other < MAX_DEPTH]
    if any(blank & _places(above, blank=False) for above in near):
        return True
    if place + 1 == len(rows):
        return False
    below = rows[place + 1][1]
    return bool(blank & _places(below, blank=False)) and bool(named & _places(below, blank=True))


def _places(row: Sequence[Any], *, blank: bool) -> set[int]:
    return {place for place, value in enumerate(row) if is_blank(value) == blank}
