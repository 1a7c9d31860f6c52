"""What all the cells of one column are like, gathered chunk by chunk in a bounded amount of memory."""

import math
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import compress
from typing import Any

from xlsapp.spreadsheet.cells.cell_types import MAX_EXACT_INTEGER, is_blank
from xlsapp.spreadsheet.cells.text_readings import ALL_WHOLE, BOOLEAN, readings_of
from xlsapp.spreadsheet.cells.values import MAX_TEXT_LENGTH, NO_DATE, CellError, as_text, is_unreadable
from xlsapp.spreadsheet.reading.unreadable_cells import shortened
from xlsapp.visible import alike

# A column with more different texts than this is no list of choices.
MAX_DIFFERENT = 200
MAX_REMEMBERED = 20_000
ERRORS_SHOWN = 3
# Hashes of values, of 8 bytes each, in all columns of a sheet together.
MAX_HASHES = 20_000_000

# A whole number, or a code that ends in one: A-0042.
_CODE = re.compile(r"(\D*)(\d{1,15})").fullmatch
PLAIN_INTEGERS = ({"integer"}, {ALL_WHOLE}, {ALL_WHOLE, ALL_WHOLE | BOOLEAN})

Kind = str | int
"""What a cell is: integer, number, date, datetime, time, duration, boolean, other; or a text's readings."""


@dataclass(slots=True)
class Budget:
    """How many more hashes may be kept."""

    hashes: int = MAX_HASHES


class _Readings(dict[str, int]):
    """A text → what it can be read as, remembered for texts that come again."""

    def __missing__(self, text: str) -> int:
        if len(self) >= MAX_REMEMBERED:
            self.clear()
        reading = self[text] = readings_of(text)
        return reading


@dataclass(slots=True)
class ColumnEvidence:
    """Counts of what the cells of a column are."""

    budget: Budget
    filled: int = 0
    """How many cells hold a value."""
    errors: int = 0
    """How many hold none, but an error, or a text that no cell can hold."""
    first_errors: list[tuple[int, str]] = field(default_factory=list)
    """The first of these, each with its row."""
    kinds: Counter[Kind] = field(default_factory=Counter)
    examples: dict[Kind, tuple[Any, int]] = field(default_factory=dict)
    """The first value of each kind, and its row."""
    different: Counter[str] | None = field(default_factory=Counter)
    """The values as texts and how often each is there; None once there are too many."""
    has_spaces: bool = False
    is_shown_as_text: bool = False
    """Numbers' formats show more than the numbers, such as zeros in front."""
    _beginning: str | None = None
    """What stands in front of the number in every code so far."""
    _least: float = math.inf
    _most: float = -math.inf
    _hashes: "array[int] | None" = field(default_factory=lambda: array("q"))
    _readings: _Readings = field(default_factory=_Readings)

    def take(self, values: Sequence[Any], first_row: int) -> list[bool] | None:
        """Count the cells of consecutive rows. Which of them are filled; None when all are."""
        before, all_of_them = self.filled + self.errors, values
        kinds = set(map(type, values))
        if _may_have_errors(values, kinds):
            values = self._without_errors(values, first_row)
            kinds = set(map(type, values))
        for kind in kinds:
            same: Sequence[Any] = (
                values if len(kinds) == 1 else [value for value in values if type(value) is kind]
            )
            if kind is str:
                self._take_texts(same, values, first_row)
            elif kind is not type(None):
                self._take_typed(kind, same, values, first_row)
        if self.filled + self.errors - before == len(values):
            return None
        return [not is_blank(value) for value in all_of_them]

    def is_unique(self) -> bool:
        """Whether no value is there twice; also False where too many would have to be remembered."""
        if not self._hashes:
            return False
        return len(set(self._hashes)) == len(self._hashes)

    def are_plain_integers(self) -> bool:
        """Whether all cells are whole numbers that are written in one way: different texts are different
        numbers then.
        """
        return set(self.kinds) in PLAIN_INTEGERS

    def span(self) -> float | None:
        """How many different values there can be from the least to the greatest, if all are whole numbers, or
        codes with the same beginning and a number.
        """
        return None if self._least > self._most else self._most - self._least + 1

    def _without_errors(self, values: Sequence[Any], first_row: int) -> Sequence[Any]:
        """The cells with blanks in the place of those that hold no value."""
        found = [at for at, value in enumerate(values) if is_unreadable(value)]
        self.errors += len(found)
        room = ERRORS_SHOWN - len(self.first_errors)
        self.first_errors += [(first_row + at, shortened(values[at])) for at in found[:room]]
        left = list(values)
        for at in found:
            left[at] = ""
        return left

    def _take_texts(self, texts: Sequence[str], values: Sequence[Any], first_row: int) -> None:
        counts = Counter(texts)
        for blank in [text for text in counts if not text or text.isspace()]:
            del counts[blank]
        self.filled += counts.total()
        readings = list(map(self._readings.__getitem__, counts))
        for reading in set(readings):
            same = list(map(reading.__eq__, readings))
            self.kinds[reading] += sum(compress(counts.values(), same))
            if reading not in self.examples:
                text = next(compress(counts, same))
                self.examples[reading] = text, first_row + list(values).index(text)
        self.has_spaces = self.has_spaces or " " in "\n".join(map(str.strip, counts))
        self._count_different(counts)
        self._remember(map(alike, counts), counts.total())
        if self._hashes is not None:
            self._take_codes(counts)

    def _take_typed(self, kind: type, same: Sequence[Any], values: Sequence[Any], first_row: int) -> None:
        self.filled += len(same)
        counted: Iterable[tuple[Kind, int]]
        if kind in (int, float):
            whole = sum(map(_is_whole, same))
            counted = (("integer", whole), ("number", len(same) - whole))
            self._remember(set(same), len(same))
            self._take_numbers(same)
        elif kind is datetime:
            days = sum(value.time() == time() for value in same)
            counted = (("date", days), ("datetime", len(same) - days))
            self._hashes = None
        else:
            counted = ((_name(kind, same), len(same)),)
            self._hashes = None
        if self.different is not None:
            self._count_different(Counter(map(as_text, same)))
        for name, count in counted:
            if count:
                self.kinds[name] += count
            if count and name not in self.examples:
                place = next(i for i, v in enumerate(values) if type(v) is kind and _kind_of(v) == name)
                self.examples[name] = values[place], first_row + place

    def _count_different(self, texts: Counter[str]) -> None:
        if self.different is not None:
            self.different.update(texts)
            if len(self.different) > MAX_DIFFERENT:
                self.different = None

    def _take_codes(self, texts: Iterable[str]) -> None:
        """Widen the range of the codes' numbers; without end where a text is no such code."""
        codes = list(map(_CODE, map(str.strip, texts)))
        beginnings = {code[1] if code else None for code in codes}
        if self._beginning is not None:
            beginnings.add(self._beginning)
        if None in beginnings or len(beginnings) > 1:
            self._most = math.inf
        elif codes:
            self._beginning = beginnings.pop()
            self._take_numbers([float(code[2]) for code in codes if code])

    def _take_numbers(self, numbers: Sequence[float]) -> None:
        self._least, self._most = min(self._least, *numbers), max(self._most, *numbers)

    def _remember(self, different: Iterable[Any], count: int) -> None:
        """Keep the hashes of a chunk's values, unless one of them is there twice."""
        if self._hashes is None:
            return
        length = len(self._hashes)
        self._hashes.extend(set(map(hash, different)))
        self.budget.hashes -= len(self._hashes) - length
        if len(self._hashes) - length < count or self.budget.hashes < 0:
            self._hashes = None


def _may_have_errors(values: Sequence[Any], kinds: set[type]) -> bool:
    """A quick look at all cells at once."""
    if CellError in kinds or (datetime in kinds and NO_DATE in values):
        return True
    texts = values if kinds == {str} else [value for value in values if type(value) is str]
    return bool(texts) and (max(map(len, texts)) > MAX_TEXT_LENGTH or "\x00" in "".join(texts))


def _is_whole(value: float) -> bool:
    return math.isfinite(value) and float(value).is_integer() and abs(value) <= MAX_EXACT_INTEGER


def _kind_of(value: Any) -> Kind:
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "integer" if _is_whole(value) else "number"
        case datetime():
            return "date" if value.time() == time() else "datetime"
        case _:
            return _name(type(value), [value])


def _name(kind: type, values: Sequence[Any]) -> Kind:
    if kind is timedelta:
        return "duration"
    return {date: "date", time: "time", bool: "boolean"}.get(kind, "other")
