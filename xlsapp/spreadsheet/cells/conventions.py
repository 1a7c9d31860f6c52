"""Texts that can be read in two ways, and what a column of them shows: which way it means them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from xlsapp.models import ColumnType
from xlsapp.spreadsheet.cells.answers import is_answer
from xlsapp.spreadsheet.cells.numbers import parse_number, parse_whole
from xlsapp.spreadsheet.cells.text_values import FIRST, SECOND, conventions_of, parse_datetime
from xlsapp.visible import DASHES, INVISIBLE, plainly

WITH_CONVENTION: dict[ColumnType, Callable[[str, int], Any]] = {
    ColumnType.INTEGER: parse_whole,
    ColumnType.NUMBER: parse_number,
    ColumnType.DATE: parse_datetime,
    ColumnType.DATETIME: parse_datetime,
}
"""The types whose texts can be read in two ways, and how."""

# Up to eight signs and letters around the digits may be a currency.
_NUMBER = re.compile(
    rf"[\s(+{DASHES}{INVISIBLE}-]*\D{{0,10}}\d"
    rf"[\d\s.,'’eE+%)\u066a-\u066c_{DASHES}{INVISIBLE}-]*\D{{0,9}}[\s{INVISIBLE}]*$"
).match
_DATE = re.compile(rf"[\s{INVISIBLE}]*(?:\d{{1,4}}(?:[-/. 年년(]|[^\W\d_])|[^\W\d_][^\d/]{{1,40}} \d)").match


def _or_as_seen(match: Callable[[str], Any]) -> Callable[[str], Any]:
    """The same look, and once more without what nobody sees."""
    return lambda text: match(text) or (not text.isascii() and match(plainly(text)))


PLAUSIBLE: dict[ColumnType, Callable[[str], Any]] = {
    ColumnType.INTEGER: _or_as_seen(_NUMBER),
    ColumnType.NUMBER: _or_as_seen(_NUMBER),
    ColumnType.DATE: _or_as_seen(_DATE),
    ColumnType.DATETIME: _or_as_seen(_DATE),
    ColumnType.BOOLEAN: is_answer,
}
"""Whether a text may be read as a type at all: others need no closer look."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How all texts of a column are to be read."""

    convention: int | None
    """None where only the languages are known."""
    languages: int = 0
    """Those of its words, as bits: of months (`cldr.months`) or answers; 0 where no word means two things."""


@dataclass(slots=True)
class Evidence:
    """How many of a column's texts can be read only one way, only the other way, or both."""

    first_only: int = 0
    second_only: int = 0
    either: int = 0

    def add(self, parse: Callable[[str, int], Any], text: str, count: int = 1) -> None:
        """Count a text that is in so many cells."""
        first, second = conventions_of(parse, text)
        if first and second:
            self.either += count if parse(text, FIRST) != parse(text, SECOND) else 0
        elif first:
            self.first_only += count
        elif second:
            self.second_only += count

    def add_many(self, shown: "Evidence", count: int) -> None:
        """Count so many cells that all show this."""
        self.first_only += shown.first_only * count
        self.second_only += shown.second_only * count
        self.either += shown.either * count

    @property
    def convention(self) -> int:
        """The convention that more of the texts ask for; the first one when none of them does."""
        return SECOND if self.second_only > self.first_only else FIRST

    @property
    def is_proof(self) -> bool:
        """Whether the column itself shows which way its texts are meant."""
        return self.first_only != self.second_only

    def for_and_against(self, convention: int) -> tuple[int, int]:
        """How many texts can only be read under a convention, and how many only under the other one."""
        shown = self.first_only, self.second_only
        return shown if convention == FIRST else shown[::-1]

    @property
    def total(self) -> int:
        """How many texts the choice mattered for."""
        return self.first_only + self.second_only + self.either
