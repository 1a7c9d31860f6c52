"""Whole columns at once: types are proved at C speed, and only cells that fail a proof are looked at.

A chunk of a column comes in as a sequence of cell values and goes out as a list of stored values, with the
places of the cells that will not do, whose stored value is None. What is wrong with one is put into words
only when it is to be listed (`explain`): a workbook may have millions.
"""

import math
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import chain
from typing import Any

from xlsapp.models import CellValue, ColumnType, TemplateColumn
from xlsapp.spreadsheet.cell_types import (
    FALSE_WORDS,
    MAX_EXACT_INTEGER,
    TRUE_WORDS,
    Rejected,
    is_blank,
    read_cell,
)
from xlsapp.spreadsheet.rules import Check, default_of, rules_of
from xlsapp.spreadsheet.text_values import FIRST, SECOND, conventions_of, parse_datetime, parse_number
from xlsapp.spreadsheet.values import MAX_TEXT_LENGTH

# Texts read before, kept so that a value that is often repeated is read once. Bounded: a column may hold a
# million.
MAX_REMEMBERED = 20_000

REQUIRED = "This cell is empty. Fill it in, or make the column optional."

WITH_CONVENTION: dict[ColumnType, Callable[[str, int], Any]] = {
    ColumnType.INTEGER: parse_number,
    ColumnType.NUMBER: parse_number,
    ColumnType.DATE: parse_datetime,
    ColumnType.DATETIME: parse_datetime,
}
"""The types whose texts can be read in two ways, and how."""

_NUMBER = re.compile(r"[\s(+\-€$£¥.,'’]*\d[\d\s.,'’eE+\-%)€$£¥_]*$").match
_DATE = re.compile(r"\s*(?:\d{1,4}[-/. ]|\d{1,2}[A-Za-z]|[A-Za-z]{3,9}\.? )").match
_ANSWER = re.compile(rf"\s*(?:{'|'.join(map(re.escape, TRUE_WORDS | FALSE_WORDS))})\s*$", re.IGNORECASE).match

PLAUSIBLE: dict[ColumnType, Callable[[str], Any]] = {
    ColumnType.INTEGER: _NUMBER,
    ColumnType.NUMBER: _NUMBER,
    ColumnType.DATE: _DATE,
    ColumnType.DATETIME: _DATE,
    ColumnType.BOOLEAN: _ANSWER,
}
"""Whether a text may be read as a type at all: others need no closer look."""

IMPLAUSIBLE = Rejected("type", "")

_NUMERIC_CHARACTERS = frozenset("0123456789.-+")
_INTEGER_CHARACTERS = frozenset("0123456789-")


Flaws = dict[str, list[int]]
"""Rule → the places in a chunk, in ascending order, of the cells that break it."""


@dataclass(slots=True)
class Evidence:
    """How many of a column's texts can be read only one way, only the other way, or both."""

    first_only: int = 0
    second_only: int = 0
    either: int = 0

    def add(self, parse: Callable[[str, int], Any], text: str) -> None:
        """Count one text."""
        first, second = conventions_of(parse, text)
        if first and second:
            self.either += parse(text, FIRST) != parse(text, SECOND)
        elif first:
            self.first_only += 1
        elif second:
            self.second_only += 1

    @property
    def convention(self) -> int:
        """The convention that more of the texts ask for; the first one when none of them does."""
        return SECOND if self.second_only > self.first_only else FIRST

    @property
    def total(self) -> int:
        """How many texts the choice mattered for."""
        return self.first_only + self.second_only + self.either


@dataclass(slots=True)
class ColumnConverter:
    """Converts one column of a workbook, chunk by chunk, under one convention for its texts."""

    column: TemplateColumn
    convention: int | None = None
    """None until the first chunk with texts has decided it."""
    evidence: Evidence = field(default_factory=Evidence)
    _remembered: dict[str, CellValue | Rejected] = field(default_factory=dict)

    def convert(self, values: Sequence[Any]) -> tuple[list[CellValue], Flaws]:
        """A chunk's stored values; None for blank cells and for those that have a flaw."""
        kinds = set(map(type, values))
        fast = FAST.get(self.column.type)
        if fast is not None:
            stored = fast(self, values, kinds)
            if stored is not None:
                return stored, {}
        plausible = PLAUSIBLE.get(self.column.type)
        if plausible and kinds == {str} and not any(map(plausible, values)):
            flawed = [index for index, value in enumerate(values) if not is_blank(value)]
            return [None] * len(values), {"type": flawed} if flawed else {}
        return self._convert_one_by_one(values)

    def explain(self, value: Any) -> str:
        """What is wrong with a cell that `convert` found a flaw in, in a sentence."""
        try:
            read_cell(self.column, value, self.convention or FIRST)
        except Rejected as rejected:
            return rejected.message
        raise AssertionError(f"nothing is wrong with {value!r}")

    def _convert_one_by_one(self, values: Sequence[Any]) -> tuple[list[CellValue], Flaws]:
        parse = WITH_CONVENTION.get(self.column.type)
        if parse and self.convention is None:
            self._decide(parse, values)
        stored: list[CellValue] = []
        flaws: Flaws = {}
        for index, value in enumerate(values):
            if is_blank(value):
                stored.append(None)
                continue
            result = self._read_text(value, parse) if type(value) is str else self._read(value)
            if type(result) is Rejected:
                stored.append(None)
                flaws.setdefault(result.rule, []).append(index)
            else:
                stored.append(result)  # type: ignore[arg-type]
        return stored, flaws

    def _read_text(self, text: str, parse: Callable[[str, int], Any] | None) -> "CellValue | Rejected":
        plausible = PLAUSIBLE.get(self.column.type)
        if plausible and not plausible(text):
            return IMPLAUSIBLE
        if parse:
            self.evidence.add(parse, text.strip())
        result = self._remembered.get(text)
        if result is None:
            if len(self._remembered) >= MAX_REMEMBERED:
                self._remembered.clear()
            result = self._remembered[text] = self._read(text)
        return result

    def _read(self, value: Any) -> "CellValue | Rejected":
        try:
            return read_cell(self.column, value, self.convention or FIRST)
        except Rejected as rejected:
            return rejected

    def _decide(self, parse: Callable[[str, int], Any], values: Sequence[Any]) -> None:
        evidence = Evidence()
        for value in values:
            if type(value) is str and PLAUSIBLE[self.column.type](value):
                evidence.add(parse, value.strip())
        if evidence.total:
            self.convention = evidence.convention


Fast = Callable[[ColumnConverter, Sequence[Any], set[type]], "list[CellValue] | None"]
"""Converts a chunk if every cell in it is plain; None when they must be looked at one by one."""


def _fast_text(_: ColumnConverter, values: Sequence[Any], kinds: set[type]) -> list[CellValue] | None:
    if kinds != {str} or max(map(len, values)) > MAX_TEXT_LENGTH or "\x00" in "".join(values):
        return None
    if all(values) and not any(map(str.isspace, values)):
        return list(values)
    return [None if not value or value.isspace() else value for value in values]


def _fast_number(self: ColumnConverter, values: Sequence[Any], kinds: set[type]) -> list[CellValue] | None:
    if not kinds <= {float, int}:
        return _around_blanks(self, values, kinds, _fast_number, _typed_numbers)
    return list(values) if all(map(math.isfinite, values)) else None


def _fast_integer(self: ColumnConverter, values: Sequence[Any], kinds: set[type]) -> list[CellValue] | None:
    if not kinds <= {float, int}:
        return _around_blanks(self, values, kinds, _fast_integer, _typed_integers)
    if not all(map(float.is_integer, map(float, values))):
        return None
    if max(values) > MAX_EXACT_INTEGER or min(values) < -MAX_EXACT_INTEGER:
        return None
    return list(map(int, values))


def _fast_date(self: ColumnConverter, values: Sequence[Any], kinds: set[type]) -> list[CellValue] | None:
    if kinds == {date}:
        return list(map(date.isoformat, values))
    return _around_blanks(self, values, kinds, _fast_date, _typed_dates)


def _fast_datetime(self: ColumnConverter, values: Sequence[Any], kinds: set[type]) -> list[CellValue] | None:
    if kinds == {date}:
        return [day.isoformat() + "T00:00:00" for day in values]
    if not kinds <= {date, datetime}:
        return _around_blanks(self, values, kinds, _fast_datetime, None)
    return None if any(getattr(v, "microsecond", 0) for v in values) else [_moment(v) for v in values]


def _fast_boolean(self: ColumnConverter, values: Sequence[Any], kinds: set[type]) -> list[CellValue] | None:
    if kinds == {bool}:
        return list(values)
    return _around_blanks(self, values, kinds, _fast_boolean, None)


FAST: dict[ColumnType, Fast] = {
    ColumnType.TEXT: _fast_text,
    ColumnType.NUMBER: _fast_number,
    ColumnType.INTEGER: _fast_integer,
    ColumnType.DATE: _fast_date,
    ColumnType.DATETIME: _fast_datetime,
    ColumnType.BOOLEAN: _fast_boolean,
}


def _around_blanks(
    self: ColumnConverter,
    values: Sequence[Any],
    kinds: set[type],
    fast: Fast,
    typed: Callable[[ColumnConverter, list[str]], "list[CellValue] | None"] | None,
) -> list[CellValue] | None:
    """Convert what is not blank, and put the blanks back; `typed` takes cells that are all text, as in a csv
    file.
    """
    if str not in kinds and type(None) not in kinds:
        return None
    filled = [value for value in values if value not in ("", None)]
    if not filled:
        return [None] * len(values)
    left = set(map(type, filled))
    if left == {str}:
        stored = typed(self, filled) if typed else None
    elif str in left:
        return None
    else:
        stored = fast(self, filled, left)
    if stored is None:
        return None
    following = iter(stored)
    return [None if value == "" or value is None else next(following) for value in values]


def _typed_numbers(self: ColumnConverter, texts: list[str]) -> list[CellValue] | None:
    if self.convention == SECOND or not frozenset("".join(texts)) <= _NUMERIC_CHARACTERS:
        return None
    # A point with three digits after it may part thousands: only others prove that it is a decimal point.
    proofs = sum("." in text and len(text) - text.index(".") != 4 for text in texts)
    if self.convention is None and not proofs and any("." in text for text in texts):
        return None
    with suppress(ValueError):
        stored: list[CellValue] = list(map(float, texts))
        if proofs:
            self.convention = FIRST
            self.evidence.first_only += proofs
        return stored
    return None


def _typed_integers(_: ColumnConverter, texts: list[str]) -> list[CellValue] | None:
    if max(map(len, texts)) > 15 or not frozenset("".join(texts)) <= _INTEGER_CHARACTERS:
        return None
    with suppress(ValueError):
        return list(map(int, texts))
    return None


def _typed_dates(_: ColumnConverter, texts: list[str]) -> list[CellValue] | None:
    if set(map(len, texts)) != {10}:
        return None
    with suppress(ValueError):
        days = [text for text in texts if date.fromisoformat(text).isoformat() == text]
        return days if len(days) == len(texts) else None  # type: ignore[return-value]
    return None


def _moment(value: date | datetime) -> str:
    if type(value) is datetime:
        return value.isoformat()
    return datetime.combine(value, time()).isoformat()


class ColumnRulesCheck:
    """Checks stored values against a column's rules, a chunk at a time."""

    def __init__(self, column: TemplateColumn) -> None:
        self._must_be_filled = column.required and default_of(column) is None
        self._rules = {rule: (_Kept(keeps), hint) for rule, keeps, hint in rules_of(column)}

    def check(self, stored: list[CellValue], flaws: Flaws, *, required: bool) -> Flaws:
        """The places where a rule is broken; a cell in `flaws` is not counted as empty."""
        broken: Flaws = {}
        if required and self._must_be_filled and None in stored:
            flawed = set(chain.from_iterable(flaws.values()))
            broken["required"] = [
                index for index, value in enumerate(stored) if value is None and index not in flawed
            ]
        for rule, (keeps, _) in self._rules.items():
            if not all(map(keeps.__getitem__, stored)):
                broken[rule] = [index for index, value in enumerate(stored) if not keeps[value]]
        return broken

    def explain(self, rule: str, value: CellValue) -> str:
        """How a stored value breaks a rule, in a sentence."""
        if rule == "required":
            return REQUIRED
        return f"“{str(value)[:60]}” will not do. {self._rules[rule][1]}"


class _Kept(dict[CellValue, bool]):
    """Whether a value keeps a rule, remembered for values that come again. A blank one always does."""

    def __init__(self, keeps: Check) -> None:
        super().__init__()
        self._keeps = keeps

    def __missing__(self, value: CellValue) -> bool:
        if len(self) >= MAX_REMEMBERED:
            self.clear()
        kept = self[value] = value is None or self._keeps(value)
        return kept
