"""Whole columns at once: types are proved at C speed, and only cells that fail a proof are looked at.

A chunk of a column comes in as a sequence of cell values and goes out as a list of stored values, with the
places of the cells that will not do, whose stored value is None. What is wrong with one is put into words
only when it is to be listed (`explain`): a workbook may have millions.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from xlsapp.models import CellValue, ColumnType, TemplateColumn
from xlsapp.spreadsheet.cell_types import Rejected, is_blank, read_cell
from xlsapp.spreadsheet.column_checks import MAX_REMEMBERED, REQUIRED, ColumnRulesCheck, Flaws
from xlsapp.spreadsheet.conventions import PLAUSIBLE, WITH_CONVENTION, Evidence
from xlsapp.spreadsheet.plain_columns import FAST
from xlsapp.spreadsheet.text_values import FIRST, without_zone
from xlsapp.spreadsheet.values import EXCEL_DIGITS, has_lost_digits

__all__ = ["REQUIRED", "ColumnConverter", "ColumnRulesCheck", "Flaws"]

IMPLAUSIBLE = Rejected("type", "")
OTHER_ZONE = Rejected("zone", "")

MOMENTS = frozenset({ColumnType.DATE, ColumnType.DATETIME})

LOST_DIGITS = (
    f"Excel keeps {EXCEL_DIGITS} digits of a number, so the last may not be those that were typed. Format "
    "the column as text before such numbers are typed."
)


@dataclass(slots=True)
class ColumnConverter:
    """Converts one column of a workbook, chunk by chunk, under one convention for its texts."""

    column: TemplateColumn
    convention: int | None = None
    """None until the first chunk with texts has decided it."""
    evidence: Evidence = field(default_factory=Evidence)
    zone: str = ""
    """The time zone that the column's texts name. They are kept as they are written, without it."""
    zoned: int = 0
    """How many texts name it."""
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
        stored, flaws = self._convert_one_by_one(values)
        if self.column.type is ColumnType.TEXT and kinds & {int, float}:
            flaws |= _lost_digits(values)
        return stored, flaws

    def explain(self, rule: str, value: Any) -> str:
        """What is wrong with a cell that `convert` found a flaw in, in a sentence."""
        if rule == "digits":
            return LOST_DIGITS
        if type(value) is str and self.column.type in MOMENTS:
            value, zone = without_zone(value)
            if rule == "zone":
                return (
                    f"This is written for {zone}, and others of the column for {self.zone}. Write all of "
                    "them for one time zone, or without any."
                )
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
        if self.column.type in MOMENTS:
            text, zone = without_zone(text)
            self.zone = self.zone or zone
            if zone and zone != self.zone:
                return OTHER_ZONE
            self.zoned += bool(zone)
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
                evidence.add(parse, without_zone(value)[0] if self.column.type in MOMENTS else value.strip())
        if evidence.total:
            self.convention = evidence.convention


def _lost_digits(values: Sequence[Any]) -> Flaws:
    found = [index for index, value in enumerate(values) if has_lost_digits(value)]
    return {"digits": found} if found else {}
