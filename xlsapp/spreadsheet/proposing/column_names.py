"""What proposed columns are called: as their headers, within what a template allows, and no two the same."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from xlsapp.spreadsheet.cells.values import MAX_TEXT_LENGTH, as_text, column_letters
from xlsapp.spreadsheet.reading.headers import RESERVED, normalised
from xlsapp.spreadsheet.reading.repeated_headers import numbered, with_number

MAX_NAME_LENGTH = 100

Headers = Mapping[int, str]
"""The place of a column in the sheet → its header, with its number where that is repeated."""


def headers_in(row: Sequence[Any]) -> Headers:
    """The headers of a row by their places, without blank ones and our own."""
    texts = [" ".join(as_text(value).split()) for value in row]
    compared = [normalised(text) for text in texts]
    found = {}
    for place, (text, name) in enumerate(zip(texts, numbered(compared, RESERVED), strict=True)):
        header = text + name[len(compared[place]) :]
        if (
            name and name not in RESERVED and len(header) <= MAX_TEXT_LENGTH
        ):  # so long are other names at the most
            found[place] = header
    return found


def names_of(headers: Headers) -> Headers:
    """Names for columns with these headers. Where one cannot be the header, it is none of the others, too."""
    taken = set(map(normalised, headers.values()))
    names = {}
    for place, header in headers.items():
        name = _allowed(header) or f"Column {column_letters(place)}"
        if normalised(name) != normalised(header):
            name = _free(name, taken)
        taken.add(normalised(name))
        names[place] = name
    return names


def _allowed(header: str) -> str:
    """As much of a header as a name may be."""
    seen = "".join(c for c in header if unicodedata.category(c) not in ("Cc", "Cn", "Cs"))
    name = re.sub(r"^[_\uff3f\s]+", "", seen) if normalised(seen).startswith("__") else seen
    name = name[:MAX_NAME_LENGTH].strip()
    return name if normalised(name) and not normalised(name).startswith("__") else ""


def _free(name: str, taken: set[str]) -> str:
    free, number = name, 1
    while normalised(free) in taken:
        number += 1
        free = with_number(name[: MAX_NAME_LENGTH - len(str(number)) - 3].strip(), number)
    return free
