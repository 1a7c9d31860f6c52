"""What a reader finds in a cell, as text; and the marks it leaves where Excel shows no value."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from xlsapp.spreadsheet.cells.durations import duration_text

# Excel's own limit for one cell, in characters.
MAX_TEXT_LENGTH = 32_767


# Excel keeps so many digits of a number; what was typed beyond them is zeros.
EXCEL_DIGITS = 15


# What has twelve digits or more is shortened in a cell without a format.
LEAST_SHORTENED = 11
NO_CHARACTERS = re.compile("[\ud800-\udfff\ufffe\uffff]")
_SHORTENED = re.compile(r"\s*[+-]?\d(?:[.,]\d+)?E\+\d{2,3}\s*").fullmatch


@dataclass(frozen=True, slots=True, eq=False)  # hashed by the million: a hash of its fields costs more
class CellError:
    """A cell that holds an error instead of a value, such as #N/A; or a formula that was never calculated."""

    code: str

    @property
    def is_uncalculated(self) -> bool:
        """Whether the file has a formula here without a stored result."""
        return not self.code


NO_DATE = datetime(1899, 12, 30)
"""What calamine makes of a date whose number is none (NaN); no other cell of Excel's gives it."""

UNCALCULATED = CellError("")
"""A formula whose result is not in the file."""


def as_text(value: Any) -> str:
    """A cell's value as Excel would show it without a format: 12, 0.5, TRUE, 2026-01-31, #N/A."""
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            # Beyond 1e22 not every power of ten is a double, and its digits would be made up.
            return f"{value:.0f}" if value.is_integer() and abs(value) < 1e22 else repr(value)
        case datetime():
            return value.isoformat(" ")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return duration_text(value.total_seconds())
        case CellError():
            return value.code or "a formula without a result"
        case _:
            return str(value)


def is_unreadable(value: Any) -> bool:
    """Whether a cell holds what no column takes: an error of Excel's, a date that is none, a text that no
    cell can hold.
    """
    match value:
        case CellError():
            return True
        case str():
            return len(value) > MAX_TEXT_LENGTH or "\x00" in value
        case _:
            return bool(value == NO_DATE)


def no_character(text: str) -> str:
    """The first in a text that is no character, U+FFFE; nothing where all are."""
    # Excel has a code for these, _xFFFE_, but others read it as seven letters.
    strange = None if text.isprintable() else NO_CHARACTERS.search(text)
    return f"U+{ord(strange[0]):04X}" if strange else ""


def has_lost_digits(value: Any) -> bool:
    """Whether a cell is a number with more digits than Excel keeps: a card's or an account's, say.

    As text, 1.23457E+15 is one that Excel has written into a csv file.
    """
    if type(value) is str:
        return "E+" in value and _SHORTENED(value) is not None
    return type(value) in (int, float) and 10**EXCEL_DIGITS <= abs(value) < 1e22


def is_shortened(text: str) -> bool:
    """Whether a text is a whole number of which Excel has written only the first digits: 1.23457E+15."""
    return has_lost_digits(text) and int(text.strip()[-2:]) >= LEAST_SHORTENED


def column_letters(index: int) -> str:
    """A column's name in Excel: 0 is A, 27 is AB."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_index(cell: str) -> int:
    """The place of a cell's column: A1 is 0, AB7 is 27."""
    index = 0
    for letter in cell.rstrip("0123456789"):
        index = index * 26 + ord(letter) - 64
    return index - 1
