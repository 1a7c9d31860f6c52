"""What is wrong with a workbook: every problem by sheet and cell, counted exactly, listed up to a limit.

What is wrong is kept as data, in the groups for the page and in the list's file: `messages/` has the words.
"""

import json
import sqlite3
from collections.abc import Callable, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, Self

from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.values import as_text, column_letters
from xlsapp.spreadsheet.reading.problem_groups import Group, Logged

VALUE_SHOWN = 120

AS_JSON = json.JSONEncoder(ensure_ascii=False).encode
"""Made once: `json.dumps` would make an encoder for each problem, of which there may be a million."""

PROBLEMS_TABLE = """
CREATE TABLE problems (
    id INTEGER PRIMARY KEY, severity TEXT NOT NULL, sheet TEXT NOT NULL, row INTEGER NOT NULL, cell TEXT NOT
    NULL, column_name TEXT NOT NULL, rule TEXT NOT NULL, value TEXT NOT NULL, code TEXT NOT NULL,
    parameters TEXT NOT NULL
)
"""
"""`parameters` is JSON. Older files have a finished sentence, `message`, in the place of both."""


class ProblemLog:
    """Gathers problems: exact counts by group, the first few of each for the page, the rest in the list's
    file.
    """

    def __init__(self, path: Path, *, limit: int) -> None:
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        self._begin(path, limit, Logged())
        self._list.execute(PROBLEMS_TABLE)

    @classmethod
    def go_on(cls, path: Path, *, limit: int, logged: Logged) -> Self:
        """A log that was closed, with what it held then; what was added to its list since is gone."""
        log = cls.__new__(cls)
        log._begin(path, limit, deepcopy(logged))
        log._list.execute("DELETE FROM problems WHERE id > ?", (logged.listed,))
        return log

    def _begin(self, path: Path, limit: int, logged: Logged) -> None:
        self.limit, self.logged = limit, logged
        self._waiting: list[tuple[Any, ...]] = []
        self._list = sqlite3.connect(path, isolation_level=None)
        self._list.execute("PRAGMA journal_mode = OFF")
        self._list.execute("PRAGMA synchronous = OFF")

    @property
    def room(self) -> int:
        """How many more problems can be listed; all are counted."""
        return self.limit - self.logged.listed

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
        group = self.count(rows=rows, column=column, rule=rule, warning=warning)
        explained: dict[
            tuple[type, Any], tuple[str, Message, str]
        ] = {}  # the same is often wrong in many rows
        for row, value in zip(rows[: self.room], values, strict=False):
            cell = type(value), value
            if cell not in explained:
                message = explain(value)
                explained[cell] = as_text(value), message, AS_JSON(message.parameters)
            self._add_to_list(group, row, index, *explained[cell])

    def count(self, *, rows: Sequence[int], column: str, rule: str, warning: bool) -> Group:
        """Count rows, in ascending order, without a place in the list."""
        group = self.logged.group(column, rule, warning=warning)
        group.add_rows(rows)
        return group

    def _add_to_list(
        self, group: Group, row: int, index: int | None, value: str, message: Message, parameters: str
    ) -> None:
        self.logged.listed += 1
        sheet = self.logged.sheet
        place = f"{column_letters(index)}{row}" if index is not None else f"{row}:{row}"
        cell = f"{_quoted(sheet)}!{place}"
        self._waiting.append(
            (
                group.severity,
                sheet,
                row,
                cell,
                group.column,
                group.public_rule,
                value,
                message.code,
                parameters,
            )
        )
        if len(self._waiting) >= 1000:
            self._write()
        if self.logged.has_room(group):
            short = value if len(value) <= VALUE_SHOWN else value[: VALUE_SHOWN - 1] + "…"
            self.logged.show(group, {"cell": cell, "value": short, **message.to_dict()})

    def start_again(self) -> None:
        """Forget everything: the workbook is read anew."""
        self.logged = Logged(self.logged.sheet)
        self._waiting.clear()
        self._list.execute("DELETE FROM problems")

    def close(self) -> Logged:
        """Write what is left. Returns what the log holds."""
        self._write()
        self._list.execute("CREATE INDEX IF NOT EXISTS problems_by_row ON problems (row)")
        self._list.close()
        return self.logged

    def _write(self) -> None:
        if self._waiting:
            self._list.execute("BEGIN")
            self._list.executemany(
                """
                INSERT INTO problems
                    (severity, sheet, row, cell, column_name, rule, value, code, parameters)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                self._waiting,
            )
            self._list.execute("COMMIT")
            self._waiting.clear()


def _quoted(sheet: str) -> str:
    """A sheet's name as it stands in a reference."""
    return sheet if sheet.isalnum() else "'" + sheet.replace("'", "''") + "'"
