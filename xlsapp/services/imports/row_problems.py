"""Problems of staged rows that a query finds: logged one by one, and their rows rejected."""

import sqlite3
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from xlsapp.problems import Message
from xlsapp.repositories.merging import comparing as sql
from xlsapp.spreadsheet.reading.problem_log import ProblemLog

Explain = Callable[[Any, Any], Message]
"""From a row's `value` and `other` to what is wrong with it."""

ROWS_AT_ONCE = 10_000


class RowProblems:
    """Where the queries of an import's comparison put what they find."""

    def __init__(self, conn: sqlite3.Connection, log: ProblemLog) -> None:
        self._conn, self._log = conn, log

    def add(
        self,
        query: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        rule: str,
        message: Explain,
        place: int | None = None,
        name: str = "",
        only_warns: bool = False,
        before_rejecting: Callable[[], object] | None = None,
    ) -> bool:
        """Log the rows that `query` gives (row, value, other). Whether there are any."""
        # By way of a table: the query may look at `rejected`, and millions of rows do not go through memory.
        self._conn.execute("DELETE FROM found")
        found = self._conn.execute(f"INSERT INTO found {query}", parameters or {}).rowcount
        if not found:
            return False
        rows = self._conn.execute("SELECT row, value, other FROM found ORDER BY row")
        column: dict[str, Any] = {"index": place, "column": name, "rule": rule, "warning": only_warns}
        for row, value, other in islice(rows, self._log.room):
            self._log.add(row=row, value=value, message=message(value, other), **column)
        while more := list(islice(rows, ROWS_AT_ONCE)):  # they are only counted
            self._log.add_many(rows=[row for row, _, _ in more], values=[], explain=_unasked, **column)
        if not only_warns:
            if before_rejecting:
                before_rejecting()
            self._conn.execute(sql.REJECT_FOUND_SQL)
        return True


def _unasked(value: Any) -> Message:
    raise AssertionError(f"{value!r} is only counted")
