"""Rows that hold the header once more, as where every printed page begins with it."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from typing import Any

from xlsapp.spreadsheet.cells.values import as_text
from xlsapp.spreadsheet.files.chunks import Values
from xlsapp.spreadsheet.reading.headers import normalised
from xlsapp.visible import visible

PARTING = "\0"
# Of numbers, dates, TRUE and FALSE alone, fewer headers may be the values of a row.
ENOUGH_WITHOUT_NAMES = 3

_LETTER = re.compile(r"[^\W\d_]").search

IsAmong = Callable[[Values], bool]


class HeaderAgain:
    """Finds such rows by the headers of the columns that are looked at, in the columns' order."""

    def __init__(self, headers: Sequence[str]) -> None:
        self._single = headers[0].strip() if len(headers) == 1 else None
        self._headers = list(map(normalised, headers))
        names = [place for place, header in enumerate(headers) if _is_name(header)]
        is_enough = len(set(self._headers)) == len(headers) >= ENOUGH_WITHOUT_NAMES
        self._looked_at = names[0] if names else 0
        self._is_among: IsAmong | None = None
        if names:
            self._is_among = _looks_like(self._headers[names[0]])
        elif is_enough:
            self._is_among = _is_one_of(_values_of(headers[0]))

    def places(self, columns: Sequence[Values]) -> list[int]:
        """The places of rows that hold the header's texts in every column, whatever their case and blanks."""
        if self._is_among is None or not self._is_among(columns[self._looked_at]):
            return []
        if self._single is not None:  # a single “city” below “City” is a value
            texts = [value.strip() if type(value) is str else None for value in columns[0]]
            return [place for place, text in enumerate(texts) if text == self._single]
        again: Sequence[int] = range(len(columns[0]))
        order = [self._looked_at, *range(len(columns))]
        for at in order:
            values, header = columns[at], self._headers[at]
            again = [place for place in again if normalised(as_text(values[place])) == header]
        return list(again)


def _is_name(header: str) -> bool:
    return _LETTER(normalised(header)) is not None and header not in ("TRUE", "FALSE")


def _looks_like(header: str) -> IsAmong:
    """Whether a name may be among the cells of a column: a quick look at all of them at once."""
    words = header.split()
    spaced = r"\s+".join(map(re.escape, words))
    pattern = re.compile(rf"{PARTING}\s*{spaced}\s*{PARTING}")

    def is_among(cells: Values) -> bool:
        texts = [cell for cell in cells if type(cell) is str]
        joined = PARTING.join(("", *texts, "")).casefold()
        if not joined.isascii():
            joined = unicodedata.normalize("NFKC", visible(joined)).replace("\u2010", "-").casefold()
        return words[0] in joined and pattern.search(joined) is not None

    return is_among


def _is_one_of(values: Sequence[Any]) -> IsAmong:
    return lambda cells: any(value in cells for value in values)


def _values_of(header: str) -> list[Any]:
    """What a cell may hold that reads as this header: its text, or a number, a moment, an answer."""
    values: list[Any] = [header]
    for made in (float, date.fromisoformat, datetime.fromisoformat, time.fromisoformat):
        with suppress(ValueError):
            values.append(made(header))
    return [*values, header == "TRUE"] if header in ("TRUE", "FALSE") else values
