"""What is wrong with a workbook: every problem by sheet and cell, counted exactly, listed up to a limit.

What is wrong is kept as data, in the groups for the page and in the report's file: `messages/` has the words.
"""

import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.values import as_text, column_letters

# What a job's page shows of a group at once; the whole list is in the report.
CELLS_SHOWN_PER_GROUP = 20
GROUPS_SHOWN = 60
CELLS_SHOWN = 400
RANGES_SHOWN = 12
VALUE_SHOWN = 120

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
    "error_cell": Message("group.error_cell"),
    "uncalculated": Message("group.uncalculated"),
    "text_length": Message("group.text_length"),
    "damaged_text": Message("group.damaged_text"),
    "key": Message("group.key"),
    "digits": Message("group.digits"),
    "moment_in_text": Message("group.moment_in_text"),
    "link_target": Message("group.link_target"),
    "second_table": Message("group.second_table"),
    "total": Message("group.total"),
    "swapped": Message("group.swapped"),
    "fields": Message("group.fields"),
    "edited": Message("group.edited"),
}
"""A rule → what its group of problems is called, after the column's name if it has one."""

REPORT_TABLE = """
CREATE TABLE problems (
    id INTEGER PRIMARY KEY, severity TEXT NOT NULL, sheet TEXT NOT NULL, row INTEGER NOT NULL, cell TEXT NOT
    NULL, column_name TEXT NOT NULL, rule TEXT NOT NULL, value TEXT NOT NULL, code TEXT NOT NULL,
    parameters TEXT NOT NULL
)
"""
"""`parameters` is JSON. Older files have a finished sentence, `message`, in the place of both."""


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

    def add_rows(self, rows: Sequence[int]) -> None:
        """Count rows, which come in ascending order."""
        self.count += len(rows)
        if rows[-1] - rows[0] == len(rows) - 1 and self.ranges and rows[0] == self.ranges[-1][1] + 1:
            self.ranges[-1][1] = rows[-1]
        elif not self.more_ranges:
            for row in rows:
                self._add_to_ranges(row)

    def _add_to_ranges(self, row: int) -> None:
        if self.ranges and row <= self.ranges[-1][1] + 1:
            self.ranges[-1][1] = max(self.ranges[-1][1], row)
        elif len(self.ranges) < RANGES_SHOWN:
            self.ranges.append([row, row])
        else:
            self.more_ranges = True

    def to_dict(self) -> dict[str, Any]:
        """As it is stored; `messages/` adds what pages and programs show of it."""
        return {
            "severity": self.severity,
            "column": self.column,
            "rule": self.rule,
            **TITLES[self.rule].to_dict(),
            "count": self.count,
            "ranges": self.ranges,
            "more_ranges": self.more_ranges,
            "cells": self.cells,
        }


class ProblemLog:
    """Gathers problems: exact counts by group, the first few of each for the page, the rest in the report's
    file.
    """

    def __init__(self, report: Path, *, limit: int) -> None:
        self.sheet = ""
        self.limit = limit
        self.listed = 0
        self._shown = 0
        self._groups: dict[tuple[str, str, str], Group] = {}
        self._waiting: list[tuple[Any, ...]] = []
        report.unlink(missing_ok=True)
        report.touch(mode=0o600)
        self._report = sqlite3.connect(report, isolation_level=None)
        self._report.execute("PRAGMA journal_mode = OFF")
        self._report.execute("PRAGMA synchronous = OFF")
        self._report.execute(REPORT_TABLE)

    @property
    def room(self) -> int:
        """How many more problems can be listed; all are counted."""
        return self.limit - self.listed

    def add(
        self,
        *,
        row: int,
        index: int | None,
        column: str,
        rule: str,
        value: Any,
        message: Message,
        warning: bool,
    ) -> None:
        """Note a problem, or only a warning. `index` is the column's place, None for the whole row."""
        self.add_many(
            rows=[row],
            index=index,
            column=column,
            rule=rule,
            values=[value],
            explain=lambda _: message,
            warning=warning,
        )

    def add_many(
        self,
        *,
        rows: Sequence[int],
        index: int | None,
        column: str,
        rule: str,
        values: Sequence[Any],
        explain: Callable[[Any], Message],
        warning: bool,
    ) -> None:
        """Note the same of several rows, in ascending order; `values` has as many as there is room for."""
        if not rows:
            return
        severity = "warning" if warning else "problem"
        group = self._groups.get((column, rule, severity))
        if group is None:
            group = self._groups[column, rule, severity] = Group(column, rule, severity)
        group.add_rows(rows)
        for row, value in zip(rows[: self.room], values, strict=False):
            self._list(group, row, index, as_text(value), explain(value))

    def _list(self, group: Group, row: int, index: int | None, shown: str, message: Message) -> None:
        self.listed += 1
        place = f"{column_letters(index)}{row}" if index is not None else f"{row}:{row}"
        cell = f"{_quoted(self.sheet)}!{place}"
        parameters = json.dumps(message.parameters, ensure_ascii=False)
        self._waiting.append(
            (group.severity, self.sheet, row, cell, group.column, group.rule, shown, message.code, parameters)
        )
        if len(self._waiting) >= 1000:
            self._write()
        if len(group.cells) < CELLS_SHOWN_PER_GROUP and self._shown < CELLS_SHOWN:
            self._shown += 1
            short = shown if len(shown) <= VALUE_SHOWN else shown[: VALUE_SHOWN - 1] + "…"
            group.cells.append({"cell": cell, "value": short, **message.to_dict()})

    def start_again(self) -> None:
        """Forget everything: the workbook is read anew."""
        self.listed = self._shown = 0
        self._groups.clear()
        self._waiting.clear()
        self._report.execute("DELETE FROM problems")

    @property
    def problem_count(self) -> int:
        """How many problems there are, listed or not."""
        return sum(group.count for group in self._groups.values() if group.severity == "problem")

    @property
    def warning_count(self) -> int:
        """How many warnings there are, listed or not."""
        return sum(group.count for group in self._groups.values() if group.severity == "warning")

    def groups(self) -> list[dict[str, Any]]:
        """The groups for the page: problems before warnings, the largest first."""
        ordered = sorted(self._groups.values(), key=lambda g: (g.severity, -g.count, g.column))
        return [group.to_dict() for group in ordered[:GROUPS_SHOWN]]

    @property
    def more_groups(self) -> int:
        """How many groups there are beside those for the page."""
        return max(0, len(self._groups) - GROUPS_SHOWN)

    def close(self) -> None:
        """Write what is left. The log can still be asked for its counts."""
        self._write()
        self._report.execute("CREATE INDEX problems_by_row ON problems (row)")
        self._report.close()

    def _write(self) -> None:
        if self._waiting:
            self._report.execute("BEGIN")
            self._report.executemany(
                """
                INSERT INTO problems
                    (severity, sheet, row, cell, column_name, rule, value, code, parameters)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                self._waiting,
            )
            self._report.execute("COMMIT")
            self._waiting.clear()


def _quoted(sheet: str) -> str:
    """A sheet's name as it stands in a reference."""
    return sheet if sheet.isalnum() else "'" + sheet.replace("'", "''") + "'"
