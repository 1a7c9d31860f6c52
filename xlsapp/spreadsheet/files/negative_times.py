"""Times below zero: under h:mm their reader drops the sign with the days, and makes 18:00 of -6:00.

What it calls a time of day, in a cell whose number is negative, is a length of time.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import time, timedelta
from typing import Any
from xml.etree import ElementTree

from xlsapp.spreadsheet.cells.values import column_index
from xlsapp.spreadsheet.files.chunks import Values

NegativeTimes = dict[int, dict[int, float]]
"""Column, counted from 0 → row, as Excel counts → days, below zero."""

MOST_DAYS = 999_999_999
LEAST_DAYS = 0.0005 / 86_400
"""Less than half a millisecond is what a subtraction leaves of nothing."""
MOST_STYLES = 200

# Of Excel's own formats these show numbers alone (ECMA-376 part 1, 18.8.30; 41 to 44 are for amounts).
_OF_NUMBERS = frozenset((*range(14), *range(37, 45), 48, 49))
_NOT_SHOWN = re.compile(r'"[^"]*"|\\.|_.|\*.')
_MAY_SHOW = re.compile("[dmyhsDMYHS]").search
_CELL = re.compile(rb"<c\b([^>]*)>(?:<f\b[^>]*/>|<f\b[^>]*>[^<]*</f>)?<v>\s*(-[\d.eE+-]+)\s*</v>")
_NAME, _STYLE = re.compile(rb'\br="([A-Z]+)(\d+)"'), re.compile(rb'\bs="(\d+)"')


def may_show_moments(number: int, code: str | None) -> bool:
    """Whether a format may be one of dates or times: by its number, or by its code, if it has one."""
    if code is None:
        return number not in _OF_NUMBERS
    return _MAY_SHOW(_NOT_SHOWN.sub("", code)) is not None


def moment_styles(styles: bytes) -> frozenset[bytes]:
    """The cells' styles, as their attribute `s` says it, that may show dates or times."""
    if b"<!DOCTYPE" in styles:
        return frozenset()
    try:
        root = ElementTree.fromstring(styles)  # noqa: S314 (no document type, so no entities)
    except (ElementTree.ParseError, ValueError, LookupError):  # the reader of cells says what is wrong
        return frozenset()
    codes: dict[str, str] = {}
    found = set()
    for element in root.iter():
        tag = element.tag.rpartition("}")[2]
        if tag == "numFmt":
            codes[element.get("numFmtId", "")] = element.get("formatCode", "")
        if tag == "cellXfs":
            for place, style in enumerate(element):
                name = style.get("numFmtId", "0")
                if may_show_moments(int(name) if name.isdecimal() else 0, codes.get(name)):
                    found.add(b"%d" % place)
    return frozenset(found)


def sign_of(styles: Collection[bytes]) -> str:
    """A pattern for RE2 that a piece of a sheet has if cells with one of the styles are negative."""
    which = "|".join(sorted(map(bytes.decode, styles))) if len(styles) <= MOST_STYLES else "[0-9]+"
    return rf'\ss="(?:{which})"[^>]*>(?:<f\b[^>]*/>|<f\b[^>]*>[^<]*</f>)?<v>\s*-'


def negative_in(piece: bytes, styles: Collection[bytes]) -> NegativeTimes:
    """The negative numbers in the cells of a piece with one of the styles."""
    found: NegativeTimes = {}
    for attributes, number in _CELL.findall(piece):
        style, name = _STYLE.search(attributes), _NAME.search(attributes)
        if style and name and style[1] in styles:
            found.setdefault(column_index(name[1].decode()), {})[int(name[2])] = _days(number)
    return found


def with_spans(
    columns: Iterable[Values], first_row: int, first_column: int, found: NegativeTimes
) -> list[Values]:
    """The columns of consecutive rows, with lengths of time for what are no times of day."""
    return [
        _with_spans(values, first_row, found[place]) if place in found else values
        for place, values in enumerate(columns, first_column)
    ]


def span(days: float) -> timedelta:
    """So many days, as far as can be counted; what is longer is refused for its length."""
    return timedelta(days=max(days, -MOST_DAYS))


def _with_spans(values: Sequence[Any], first_row: int, found: dict[int, float]) -> Values:
    changed = list(values)
    for place, value in enumerate(values):
        if type(value) is time and found.get(first_row + place, 0) < -LEAST_DAYS:
            changed[place] = span(found[first_row + place])
    return changed


def _days(number: bytes) -> float:
    try:
        return float(number)
    except ValueError:  # the reader of cells says what is wrong
        return 0
