"""What all the cells of one column are like, gathered chunk by chunk in a bounded amount of memory."""

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import compress
from typing import Any

from xlsapp.spreadsheet.cells.cell_types import MAX_EXACT_INTEGER, is_blank
from xlsapp.spreadsheet.cells.text_readings import readings_of
from xlsapp.spreadsheet.cells.values import CellError

# A column with more different texts than this is no list of choices.
MAX_DIFFERENT = 200
MAX_REMEMBERED = 20_000
# Hashes of values, of 8 bytes each, in all columns of a sheet together.
MAX_HASHES = 20_000_000

Kind = str | int
"""What a cell is: integer, number, date, datetime, time, duration, boolean, error or other; or what a text
can be read as.
"""


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
    kinds: Counter[Kind] = field(default_factory=Counter)
    examples: dict[Kind, tuple[Any, int]] = field(default_factory=dict)
    """The first value of each kind, and its row."""
    different: Counter[str] | None = field(default_factory=Counter)
    """The texts and how often each is there; None once there are too many."""
    has_spaces: bool = False
    is_shown_as_text: bool = False
    """Numbers' formats show more than the numbers, such as zeros in front."""
    _hashes: "array[int] | None" = field(default_factory=lambda: array("q"))
    _readings: _Readings = field(default_factory=_Readings)

    def take(self, values: Sequence[Any], first_row: int) -> list[bool] | None:
        """Count the cells of consecutive rows. Which of them are filled; None when all are."""
        before = self.filled
        kinds = set(map(type, values))
        for kind in kinds:
            same: Sequence[Any] = (
                values if len(kinds) == 1 else [value for value in values if type(value) is kind]
            )
            if kind is str:
                self._take_texts(same, values, first_row)
            elif kind is not type(None):
                self._take_typed(kind, same, values, first_row)
        if self.filled - before == len(values):
            return None
        return [not is_blank(value) for value in values]

    def is_unique(self) -> bool:
        """Whether no value is there twice; also False where too many would have to be remembered."""
        if not self._hashes:
            return False
        return len(set(self._hashes)) == len(self._hashes)

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
        if self.different is not None:
            self.different.update(counts)
            if len(self.different) > MAX_DIFFERENT:
                self.different = None
        self._remember(counts, counts.total())

    def _take_typed(self, kind: type, same: Sequence[Any], values: Sequence[Any], first_row: int) -> None:
        self.filled += len(same)
        counted: Iterable[tuple[Kind, int]]
        if kind in (int, float):
            whole = sum(map(_is_whole, same))
            counted = (("integer", whole), ("number", len(same) - whole))
            self._remember(set(same), len(same))
        elif kind is datetime:
            days = sum(value.time() == time() for value in same)
            counted = (("date", days), ("datetime", len(same) - days))
            self._hashes = None
        else:
            counted = ((_name(kind, same), len(same)),)
            self._hashes = None
        for name, count in counted:
            if count:
                self.kinds[name] += count
            if count and name not in self.examples:
                place = next(i for i, v in enumerate(values) if type(v) is kind and _kind_of(v) == name)
                self.examples[name] = values[place], first_row + place

    def _remember(self, different: Iterable[Any], count: int) -> None:
        """Keep the hashes of a chunk's values, unless one of them is there twice."""
        if self._hashes is None:
            return
        length = len(self._hashes)
        self._hashes.extend(map(hash, different))
        self.budget.hashes -= len(self._hashes) - length
        if len(self._hashes) - length < count or self.budget.hashes < 0:
            self._hashes = None


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
    return {date: "date", time: "time", bool: "boolean", CellError: "error"}.get(kind, "other")
