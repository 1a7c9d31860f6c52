"""Whole columns at once: types are proved at C speed, and only cells that fail a proof are looked at.

A chunk of a column comes in as a sequence of cell values and goes out as a list of stored values, with the
places of the cells that will not do, whose stored value is None. What is wrong with one is found out only
when it is to be listed (`explain`): a workbook may have millions.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import compress
from operator import not_
from typing import Any

from xlsapp.models import CellValue, ColumnType, TemplateColumn
from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.answers import TwoAnswers, folded_answer, read_answer
from xlsapp.spreadsheet.cells.calendars import in_gregorian_years, may_be_nepals, of_odd_years
from xlsapp.spreadsheet.cells.cell_types import Rejected, is_blank, read_cell, two_answers
from xlsapp.spreadsheet.cells.column_checks import MAX_REMEMBERED, REQUIRED, ColumnRulesCheck, Flaws
from xlsapp.spreadsheet.cells.conventions import PLAUSIBLE, WITH_CONVENTION, Evidence
from xlsapp.spreadsheet.cells.numbers import currency_of
from xlsapp.spreadsheet.cells.plain_columns import FAST, PLAIN
from xlsapp.spreadsheet.cells.text_values import (
    FIRST,
    conventions_of,
    has_another_day_name,
    is_doubtful_month,
    month_word,
    offset_of,
    parse_datetime,
    parse_time,
    with_month_of,
    without_zone,
)
from xlsapp.spreadsheet.cells.values import EXCEL_DIGITS, as_text, has_lost_digits, is_shortened
from xlsapp.visible import visible

__all__ = ["REQUIRED", "ColumnConverter", "ColumnRulesCheck", "Flaws"]

EXAMPLES = 3
MOST_WORDS = 200
_WORD = re.compile(r"[^\W\d_]{2}").search

REAL_DATES = frozenset({date, datetime})
MOMENTS = frozenset({ColumnType.DATE, ColumnType.DATETIME})


@dataclass(frozen=True, slots=True)
class Flawed:
    """In the place of a cell's value: the rule that it breaks."""

    rule: str


@dataclass(slots=True)
class ColumnConverter:
    """Converts one column of a workbook, chunk by chunk, under one convention for its texts."""

    column: TemplateColumn
    convention: int | None = None
    """None until the first chunk with texts has decided it."""
    evidence: Evidence = field(default_factory=Evidence)
    has_real_dates: bool = False
    """Whether some of its cells are dates, and no texts."""
    as_utc: bool = False
    """Times that name their zone are kept as UTC, and not as they are written."""
    zones: Counter[str] = field(default_factory=Counter)
    """The time zones that the column's texts name, and how many name each."""
    languages: int = 0
    """Those in which months are named, where that was found out in a pass before; see Reading."""
    buddhist_years: int = 0
    """How many of its dates had a year of Thailand's, and got the Gregorian one."""
    words: set[str] = field(default_factory=set)
    """Names of months, or answers, in the column: as many as tell its language."""
    currencies: Counter[str] = field(default_factory=Counter)
    """The signs and codes of currencies beside its numbers, and how many there are of each."""
    ambiguous: list[str] = field(default_factory=list)
    """The first texts that mean something else under the other convention."""
    priced: list[str] = field(default_factory=list)
    """The first text of each of the currencies."""
    doubtful: list[str] = field(default_factory=list)
    """The first texts whose month's word means two."""
    perhaps_nepals: list[str] = field(default_factory=list)
    """The first texts whose year may be one of Nepal's calendar."""
    _odd_days: set[str] = field(default_factory=set)
    """Texts of this chunk that name another day of the week than their date is."""
    _remembered: dict[str, CellValue | Flawed] = field(default_factory=dict)
    _shown: dict[str, tuple[Evidence, str]] = field(default_factory=dict)
    """A text → what it shows of its column's convention, and its currency."""

    def convert(self, values: Sequence[Any]) -> tuple[list[CellValue], Flaws]:
        """A chunk's stored values; None for blank cells and for those that have a flaw."""
        kinds = set(map(type, values))
        self.has_real_dates = self.has_real_dates or not kinds.isdisjoint(REAL_DATES)
        stored = self._convert_plain(values)
        is_written = self.column.type in MOMENTS and str in kinds
        if stored is not None:
            return stored, of_odd_years(stored) if is_written else {}
        plausible = PLAUSIBLE.get(self.column.type)
        if plausible and kinds == {str} and not any(map(plausible, values)):
            flawed = [index for index, value in enumerate(values) if not self._is_empty(value)]
            return [None] * len(values), {"type": flawed} if flawed else {}
        self._odd_days.clear()
        stored, flaws = self._convert_mixed(values)
        if self._odd_days:
            flaws["weekday"] = [i for i, v in enumerate(values) if type(v) is str and v in self._odd_days]
        if is_written:
            flaws |= of_odd_years(stored)
        if self.column.type is ColumnType.TEXT:
            flaws |= _changed_by_excel(values, kinds)
        elif self.column.type is ColumnType.INTEGER:
            lost = [place for place, value in enumerate(values) if type(value) is str and is_shortened(value)]
            flaws |= {"digits": lost} if lost else {}
        return stored, flaws

    @property
    def decided(self) -> int:
        """The convention that the column as a whole asks for. Times are 9.30 only where all can be."""
        if self.column.type is ColumnType.TIME and self.evidence.first_only:
            return FIRST
        return self.evidence.convention

    def explain(self, rule: str, value: Any) -> Message:
        """What is wrong with a cell that `convert` found a flaw in."""
        if rule == "digits" and type(value) is str:
            return Message("cell.shortened")
        if rule == "digits":
            return Message("cell.lost_digits", {"digits": EXCEL_DIGITS})
        if rule == "link_target":
            return Message("cell.link_target", {"value": as_text(value)[:60]})
        if rule == "odd_year":
            return Message("cell.odd_year", {"value": as_text(value)})
        if rule == "weekday":
            day = parse_datetime(without_zone(value)[0], self.convention or FIRST).weekday()
            return Message("cell.weekday", {"value": value, "day": day})
        if rule == "moment_in_text":
            return Message("cell.moment_in_text", {"value": as_text(value)})
        if type(value) is str and self.column.type is ColumnType.BOOLEAN:
            try:
                read_answer(value, self.languages)
            except TwoAnswers as doubt:
                return two_answers(value, doubt)
            except ValueError:
                pass
        if type(value) is str and self.column.type in MOMENTS:
            value = with_month_of(without_zone(value)[0], self.languages)
        try:
            read_cell(self.column, value, self.convention or FIRST)
        except Rejected as rejected:
            return rejected.message
        raise AssertionError(f"nothing is wrong with {value!r}")

    def _convert_plain(self, values: Sequence[Any]) -> list[CellValue] | None:
        fast = FAST.get(self.column.type)
        return fast(self, values, set(map(type, values))) if fast and values else None

    def _convert_mixed(self, values: Sequence[Any]) -> tuple[list[CellValue], Flaws]:
        """Plain cells at once, the others one by one."""
        which = PLAIN.get(self.column.type)
        plain = which(values) if which else []
        stored = self._convert_plain(list(compress(values, plain)))
        if stored is None:
            return self._convert_each(values)
        places = list(compress(range(len(values)), map(not_, plain)))
        others, flaws = self._convert_each([values[place] for place in places])
        for place, other in zip(places, others, strict=True):
            stored.insert(place, other)
        return stored, {rule: [places[index] for index in found] for rule, found in flaws.items()}

    def _convert_each(self, values: Sequence[Any]) -> tuple[list[CellValue], Flaws]:
        """Each different value is looked at once: what is wrong is often the same in many rows."""
        parse = WITH_CONVENTION.get(self.column.type)
        cells = list(zip(map(type, values), values, strict=True))  # 1, 1.0 and True are three values
        counts = Counter(cells)
        if parse and self.convention is None:
            self._decide(parse, counts)
        results = {cell: self._read_cell(cell[1], parse, count) for cell, count in counts.items()}
        stored = [results[cell] for cell in cells]
        flaws: Flaws = {}
        for index in [index for index, result in enumerate(stored) if type(result) is Flawed]:
            flaws.setdefault(stored[index].rule, []).append(index)  # type: ignore[union-attr]
            stored[index] = None
        return stored, flaws  # type: ignore[return-value]  # nothing flawed is left

    def _read_cell(
        self, value: Any, parse: Callable[[str, int], Any] | None, count: int
    ) -> "CellValue | Flawed":
        """What a value is stored as, which is in so many cells; None for blanks."""
        if self._is_empty(value):
            return None
        if self.column.type is ColumnType.TIME and type(value) in (int, float):
            self.evidence.first_only += count
        return self._read_text(value, parse, count) if type(value) is str else self._read(value)

    def _is_empty(self, value: Any) -> bool:
        """Whether a cell counts as blank. Only a text keeps what nobody sees."""
        if is_blank(value):
            return True
        return type(value) is str and self.column.type is not ColumnType.TEXT and not visible(value)

    def _read_text(
        self, text: str, parse: Callable[[str, int], Any] | None, count: int
    ) -> "CellValue | Flawed":
        plausible, written = PLAUSIBLE.get(self.column.type), text
        if plausible and not plausible(text):
            return Flawed("type")
        zone = ""
        if self.column.type in MOMENTS:
            text, zone = without_zone(text)
            text = self._in_its_language(text, written)
        if self.column.type is ColumnType.BOOLEAN:
            self.words.add(folded_answer(text))
            if self.languages:
                return self._answer(text)
        if parse:
            self._gather(parse, text, count, written)
        if zone:
            self.zones[zone] += count
            text = self._in_its_zone(text, zone)
        result = self._remembered.get(text)
        if result is None:
            if len(self._remembered) >= MAX_REMEMBERED:
                self._remembered.clear()
            result = self._remembered[text] = self._read(text)
        if self.column.type is ColumnType.TIME and (self.convention or type(result) is Flawed):
            self._gather_time(text, count)
        if self.column.type in MOMENTS and type(result) is str:
            if has_another_day_name(text, result):
                self._odd_days.add(written)
            if not text.isascii() and in_gregorian_years(text) != text:
                self.buddhist_years += count
            few = len(self.perhaps_nepals) < EXAMPLES
            if few and may_be_nepals(text, result) and written not in self.perhaps_nepals:
                self.perhaps_nepals.append(written)
        return result

    def _gather_time(self, text: str, count: int) -> None:
        """Count what can only be a time when 9.30 is one, and what shows that it is none: 9.75, 2.5."""
        as_usual, as_bare = conventions_of(parse_time, text)
        if as_bare and not as_usual:
            self.evidence.second_only += count
        elif not as_bare and any(map(str.isdecimal, text)):
            self.evidence.first_only += count

    def _answer(self, text: str) -> "CellValue | Flawed":
        """Yes or no in the column's language."""
        try:
            return read_answer(text, self.languages)
        except ValueError:
            return Flawed("type")

    def _in_its_language(self, text: str, written: str) -> str:
        """A moment's text; a month that means two is put in English once the column's language is known."""
        if len(self.words) < MOST_WORDS and _WORD(text) and (word := month_word(text)):
            is_new = word not in self.words
            if is_new and len(self.doubtful) < EXAMPLES and is_doubtful_month(word):
                self.doubtful.append(written)
            self.words.add(word)
        return with_month_of(text, self.languages) if self.languages else text

    def _in_its_zone(self, text: str, zone: str) -> str:
        """A moment's text, as it is written or as UTC."""
        if not self.as_utc or self.column.type is not ColumnType.DATETIME:
            return text
        try:
            return (parse_datetime(text, self.convention or FIRST) - offset_of(zone)).isoformat(" ")
        except (ValueError, OverflowError):
            return text

    def _gather(self, parse: Callable[[str, int], Any], text: str, count: int, written: str) -> None:
        """Take a text as evidence of what the column means."""
        if text not in self._shown:
            if len(self._shown) >= MAX_REMEMBERED:
                self._shown.clear()
            shown = Evidence()
            shown.add(parse, text.strip())
            self._shown[text] = shown, "" if self.column.type in MOMENTS else currency_of(text)
        shown, sign = self._shown[text]
        self.evidence.add_many(shown, count)
        is_new = shown.either and written not in self.ambiguous
        if is_new and len(self.ambiguous) < EXAMPLES:
            self.ambiguous.append(written)
        if sign:
            if sign not in self.currencies and len(self.priced) < EXAMPLES:
                self.priced.append(written)
            self.currencies[sign] += count

    def _read(self, value: Any) -> "CellValue | Flawed":
        try:
            return read_cell(self.column, value, self.convention or FIRST)
        except Rejected as rejected:
            return Flawed(rejected.rule)

    def _decide(self, parse: Callable[[str, int], Any], counts: Counter[tuple[type, Any]]) -> None:
        evidence = Evidence()
        for (kind, value), count in counts.items():
            if kind is str and PLAUSIBLE[self.column.type](value):
                text = without_zone(value)[0] if self.column.type in MOMENTS else value.strip()
                evidence.add(parse, text, count)
        if evidence.total:
            self.convention = evidence.convention


def _changed_by_excel(values: Sequence[Any], kinds: set[type]) -> Flaws:
    """Texts that Excel has probably taken for something else when they were typed."""
    flaws = {"digits": [index for index, value in enumerate(values) if has_lost_digits(value)]}
    # A column of nothing but dates is meant so; one date among texts was perhaps 1-2 or a name.
    if kinds & REAL_DATES and any(type(value) is str and not is_blank(value) for value in values):
        flaws["moment_in_text"] = [i for i, value in enumerate(values) if isinstance(value, date)]
    return {rule: found for rule, found in flaws.items() if found}
