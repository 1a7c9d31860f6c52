"""Numbers that a format shows with zeros in front or signs among their digits: 00000, "PN-"0000, 000-00-0000.

In a column of texts such a number is what its reader sees: 1234 under 00000 is “01234”.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from xlsapp.spreadsheet.cells.values import column_index

_CELL = re.compile(rb"<c\b([^>]*)>(?:<f\b[^>]*/>|<f\b[^>]*>[^<]*</f>)?<v>(\d{1,15})(?:\.0*)?</v>")
_NAME, _STYLE = re.compile(rb'\br="([A-Z]+)(\d+)"'), re.compile(rb'\bs="(\d+)"')
# A format's pieces: a locale or colour, a text in marks, an escaped sign, zeros, a sign that is shown.
_PIECE = re.compile(r'\[(?:\$[^\]]*|[A-Za-z]+\d*)\]|"([^"]*)"|\\(.)|(0+)|([-+/(): ])|_.|\*.', re.DOTALL)

MAX_SHOWN = 10**15
"""What is longer has lost digits in a number."""

Shown = dict[int, dict[int, str]]
"""Column, counted from 0 → row, as Excel counts → what the cell shows."""


@dataclass(frozen=True, slots=True)
class DigitFormat:
    """A format of zeros and fixed texts, piece by piece: a text, or how many digits at least stand there."""

    pieces: tuple[str | int, ...]

    @classmethod
    def of(cls, code: str) -> "DigitFormat | None":
        """The format, if it is one that shows whole numbers with all their digits and something more."""
        code = code.partition(";")[0]  # the others are for negative numbers, zero and texts
        pieces: list[str | int] = []
        place = 0
        while place < len(code):
            match = _PIECE.match(code, place)
            if match is None:
                return None
            if match[3]:
                pieces.append(len(match[3]))
            elif text := match[1] or match[2] or match[4]:
                pieces.append(text)
            place = match.end()
        digits = [piece for piece in pieces if isinstance(piece, int)]
        return cls(tuple(pieces)) if sum(digits) > 1 else None

    def show(self, digits: str) -> str:
        """A whole number's digits as the format shows them. What is too long for it stands in front."""
        first = next(place for place, piece in enumerate(self.pieces) if isinstance(piece, int))
        shown = []
        for place in range(len(self.pieces) - 1, -1, -1):
            piece = self.pieces[place]
            if isinstance(piece, str):
                shown.append(piece)
            elif place == first:
                shown.append(digits.rjust(piece, "0"))
            else:
                shown.append(digits[-piece:].rjust(piece, "0"))
                digits = digits[:-piece]
        return "".join(reversed(shown))


def shown_number(value: Any, known: DigitFormat) -> str | None:
    """A cell's value as its format shows it; None for what is no whole number from 0 on."""
    if type(value) not in (int, float) or not 0 <= value < MAX_SHOWN or value != int(value):
        return None
    return known.show(str(int(value)))


def digit_formats(styles: bytes) -> Mapping[bytes, DigitFormat]:
    """A cell's style, as its attribute `s` says it → the format, for those formats that show digits so."""
    if b"formatCode" not in styles or b"<!DOCTYPE" in styles:
        return {}
    try:
        root = ElementTree.fromstring(styles)  # noqa: S314 (no document type, so no entities)
    except (ElementTree.ParseError, ValueError, LookupError):  # the reader of cells says what is wrong
        return {}
    formats: dict[str, DigitFormat] = {}
    found: dict[bytes, DigitFormat] = {}
    for element in root.iter():
        tag = element.tag.rpartition("}")[2]
        if tag == "numFmt" and (known := DigitFormat.of(element.get("formatCode", ""))):
            formats[element.get("numFmtId", "")] = known
        if tag == "cellXfs" and formats:
            for place, style in enumerate(element):
                if shown := formats.get(style.get("numFmtId", "")):
                    found[b"%d" % place] = shown
    return found


def shown_cells(piece: bytes, formats: Mapping[bytes, DigitFormat]) -> Shown:
    """The cells of a piece whose format shows more than their number."""
    shown: Shown = {}
    if not any(b' s="%b"' % style in piece for style in formats):
        return shown
    for attributes, digits in _CELL.findall(piece):
        style, name = _STYLE.search(attributes), _NAME.search(attributes)
        known = formats.get(style[1]) if style and b' t="' not in attributes.replace(b' t="n"', b"") else None
        if known and name:
            column = column_index(name[1].decode() + name[2].decode())
            shown.setdefault(column, {})[int(name[2])] = known.show(digits.decode().lstrip("0") or "0")
    return shown
