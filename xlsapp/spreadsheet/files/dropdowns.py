"""The lists that a sheet of an xlsx file offers in its cells (data validation: ECMA-376 part 1, 18.3.1)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import unescape

from xlsapp.spreadsheet.files.sheet_extras import Area, area_of

# A sheet of ours has one for each column; of a hostile one, the first are looked at.
MAX_DROPDOWNS, MAX_AREAS = 1_000, 1_000
# A name may lead to another one.
MAX_NAMES = 5

_VALIDATION = re.compile(rb"<(?:\w+:)?dataValidation\s([^>]*[^/])>(.*?)</(?:\w+:)?dataValidation>", re.DOTALL)
_FORMULA = re.compile(rb"<(?:\w+:)?formula1>(?:<xm:f>)?([^<]*)<", re.DOTALL)
_PLACES = re.compile(rb'\bsqref="([^"]*)"')
_PLACES_INSIDE = re.compile(rb"<xm:sqref>([^<]*)<")
_TEXTS = re.compile(r'"(.*)"', re.DOTALL)
_RANGE = re.compile(
    r"(?:(?:'((?:[^']|'')+)'|([^'!\[\]()+*/,;=]+))!)?(\$?[A-Z]{1,3}\$?\d{1,7}(?::\$?[A-Z]{1,3}\$?\d{1,7})?)"
)


@dataclass(frozen=True, slots=True)
class Dropdown:
    """Cells with a list, and what it offers: texts, or other cells."""

    areas: tuple[Area, ...]
    texts: tuple[str, ...] = ()
    sheet: str = ""
    """Of the cells with the texts; without one they are in the same sheet."""
    source: Area | None = None


def dropdowns_of(tail: bytes, names: Mapping[str, str]) -> tuple[Dropdown, ...]:
    """What the tail of a sheet's part says of lists. `names` are the workbook's, in lower case, and what they
    mean. A list that is calculated is left out.
    """
    found = []
    for number, match in enumerate(_VALIDATION.finditer(tail)):
        attributes, inside = match.groups()
        formula = _FORMULA.search(inside)
        places = _PLACES.search(attributes) or _PLACES_INSIDE.search(inside)
        if number >= MAX_DROPDOWNS or b'type="list"' not in attributes or not formula or not places:
            continue
        areas = tuple(filter(None, map(area_of, places[1].decode("utf-8", "replace").split()[:MAX_AREAS])))
        wanted = _meant(unescape(formula[1].decode("utf-8", "replace"), {"&quot;": '"'}), names)
        if texts := _TEXTS.fullmatch(wanted):
            found.append(Dropdown(areas, tuple(t.strip() for t in texts[1].replace('""', '"').split(","))))
        elif cells := _RANGE.fullmatch(wanted):
            sheet = (cells[1] or "").replace("''", "'") or cells[2] or ""
            found.append(Dropdown(areas, sheet=sheet, source=area_of(cells[3].replace("$", ""))))
    return tuple(found)


def _meant(formula: str, names: Mapping[str, str]) -> str:
    for _ in range(MAX_NAMES):
        formula = formula.strip().removeprefix("=")
        if formula.casefold() not in names:
            break
        formula = names[formula.casefold()]
    return formula
