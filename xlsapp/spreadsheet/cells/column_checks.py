"""A column's rules, checked a chunk at a time on values that already have its type."""

from itertools import chain

from xlsapp.models import CellValue, TemplateColumn
from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.entered import as_entered
from xlsapp.spreadsheet.cells.rules import Check, default_of, rules_of

REQUIRED = Message("cell.required")

ONLY_WARN = frozenset({"digits", "moment_in_text", "link_target", "swapped", "weekday", "odd_year"})
"""Flaws of cells that are imported all the same."""

EMPTIED = "emptied"
"""In the place of a rule: cells without a value that are taken for blank."""

Flaws = dict[str, list[int]]
"""Rule → the places in a chunk, in ascending order, of the cells that break it."""

# A value that is often repeated is checked once. Bounded: a column may hold a million.
MAX_REMEMBERED = 20_000


class ColumnRulesCheck:
    """Checks stored values against a column's rules, a chunk at a time."""

    def __init__(self, column: TemplateColumn) -> None:
        self._type = column.type
        self._must_be_filled = column.required and default_of(column) is None
        self._rules = {rule: (_Kept(keeps), broken) for rule, keeps, broken in rules_of(column)}

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

    def explain(self, rule: str, value: CellValue) -> Message:
        """How a stored value breaks a rule."""
        return (
            REQUIRED if rule == "required" else self._rules[rule][1].about(as_entered(self._type, value)[:60])
        )


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
