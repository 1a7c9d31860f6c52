"""Problems by group: exact counts, and the first few of each for a job's page."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from xlsapp.problems import Message

# What a job's page shows of a group at once; the whole list is in a file of its own.
CELLS_SHOWN_PER_GROUP = 20
GROUPS_SHOWN = 60
CELLS_SHOWN = 400
RANGES_SHOWN = 12

STORED = "unique, stored"
"""Values of a unique column that a record has: a group of their own, under the same rule."""

TITLES = {
    "required": Message("group.required"),
    "type": Message("group.type"),
    "choices": Message("group.choices"),
    "minimum": Message("group.minimum"),
    "maximum": Message("group.maximum"),
    "min_length": Message("group.min_length"),
    "max_length": Message("group.max_length"),
    "pattern": Message("group.pattern"),
    "unique": Message("group.unique"),
    STORED: Message("group.stored"),
    "error_cell": Message("group.error_cell"),
    "uncalculated": Message("group.uncalculated"),
    "text_length": Message("group.text_length"),
    "damaged_text": Message("group.damaged_text"),
    "key": Message("group.key"),
    "digits": Message("group.digits"),
    "moment_in_text": Message("group.moment_in_text"),
    "weekday": Message("group.weekday"),
    "odd_year": Message("group.odd_year"),
    "link_target": Message("group.link_target"),
    "second_table": Message("group.second_table"),
    "total": Message("group.total"),
    "swapped": Message("group.swapped"),
    "fields": Message("group.fields"),
    "one_value": Message("group.one_value"),
    "too_wide": Message("group.too_wide"),
    "looks_alike": Message("group.looks_alike"),
    "not_found": Message("group.not_found"),
    "edited": Message("group.edited"),
}
"""A rule → what its group of problems is called, after the column's name if it has one."""


@dataclass(slots=True)
class Group:
    """The problems of one column under one rule."""

    column: str
    rule: str
    severity: str
    count: int = 0
    cells: list[dict[str, Any]] = field(default_factory=list)
    ranges: list[list[int]] = field(default_factory=list)
    more_ranges: bool = False

    @property
    def public_rule(self) -> str:
        """The rule as programs know it."""
        return self.rule.partition(",")[0]

    def add_rows(self, rows: Sequence[int]) -> None:
        """Count rows, which come in ascending order; but not after those that came before."""
        self.count += len(rows)
        if rows[-1] - rows[0] == len(rows) - 1 and self.ranges and rows[0] == self.ranges[-1][1] + 1:
            self.ranges[-1][1] = rows[-1]
        elif not self.more_ranges or rows[0] < self.ranges[-1][1]:
            for row in rows:
                self._add_to_ranges(row)

    def _add_to_ranges(self, row: int) -> None:
        place = bisect_left(self.ranges, row, key=lambda span: span[1] + 1)
        if place == len(self.ranges) or row < self.ranges[place][0] - 1:
            self.ranges.insert(place, [row, row])
        else:
            span = self.ranges[place]
            span[:] = min(span[0], row), max(span[1], row)
            if self.ranges[place + 1 : place + 2] and self.ranges[place + 1][0] == span[1] + 1:
                span[1] = self.ranges.pop(place + 1)[1]
        if len(self.ranges) > RANGES_SHOWN:
            self.ranges.pop()
            self.more_ranges = True

    def to_dict(self) -> dict[str, Any]:
        """As it is stored; `messages/` adds what pages and programs show of it."""
        return {
            "severity": self.severity,
            "column": self.column,
            "rule": self.public_rule,
            **TITLES[self.rule].to_dict(),
            "count": self.count,
            "ranges": self.ranges,
            "more_ranges": self.more_ranges,
            "cells": self.cells,
        }


@dataclass(slots=True)
class Logged:
    """What a problem log holds beside its list: enough to show it, and to go on with it."""

    sheet: str = ""
    listed: int = 0
    """How many of the problems and warnings are in the list."""
    shown: int = 0
    """How many are in the groups one by one."""
    by_kind: dict[tuple[str, str, str], Group] = field(default_factory=dict)
    """Column, rule, severity → the group."""

    def group(self, column: str, rule: str, *, warning: bool) -> Group:
        """The group of such problems; an empty one when it is the first of them."""
        severity = "warning" if warning else "problem"
        kind = (column, rule, severity)
        if kind not in self.by_kind:
            self.by_kind[kind] = Group(column, rule, severity)
        return self.by_kind[kind]

    def has_room(self, group: Group) -> bool:
        """Whether one more problem of a group can be shown by itself."""
        return len(group.cells) < CELLS_SHOWN_PER_GROUP and self.shown < CELLS_SHOWN

    def show(self, group: Group, cell: dict[str, Any]) -> None:
        """Show a problem of a group by itself; there is room for it."""
        self.shown += 1
        group.cells.append(cell)

    @property
    def problem_count(self) -> int:
        """How many problems there are, listed or not."""
        return sum(group.count for group in self.by_kind.values() if group.severity == "problem")

    @property
    def warning_count(self) -> int:
        """How many warnings there are, listed or not."""
        return sum(group.count for group in self.by_kind.values() if group.severity == "warning")

    def groups(self) -> list[dict[str, Any]]:
        """The groups for the page: problems before warnings, the largest first."""
        ordered = sorted(self.by_kind.values(), key=lambda g: (g.severity, -g.count, g.column))
        return [group.to_dict() for group in ordered[:GROUPS_SHOWN]]

    @property
    def more_groups(self) -> int:
        """How many groups there are beside those for the page."""
        return max(0, len(self.by_kind) - GROUPS_SHOWN)
