"""A connection as the thread sees that it belongs to: statements one after the other, which block."""

import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

from xlsapp.db.connection import Row

T = TypeVar("T")


class Statements:
    """Spoken to in `:named` parameters, given as keywords. Rows come back as mappings."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw

    def all(self, sql: str, /, **params: Any) -> list[Row]:
        """Every row."""
        return [dict(row) for row in self._raw.execute(sql, params).fetchall()]

    def one(self, sql: str, /, **params: Any) -> Row | None:
        """The first row, or None."""
        rows = self.all(sql, **params)
        return rows[0] if rows else None

    def value(self, sql: str, /, **params: Any) -> Any:
        """The first column of the first row, or None."""
        for row in self._raw.execute(sql, params).fetchall():
            return row[0]
        return None

    def run(self, sql: str, /, **params: Any) -> int:
        """Carry out a statement. Returns the number of rows it changed."""
        cursor = self._raw.execute(sql, params)
        try:
            return cursor.rowcount
        finally:
            cursor.close()  # what is still read from could not be committed


Work = Callable[[Statements], T]
"""What is carried out in a connection's thread, in one go."""


def in_transaction(work: Work[T]) -> Callable[[sqlite3.Connection], T]:
    """The same in a transaction: committed at its end, rolled back when it raises."""

    def within(raw: sqlite3.Connection) -> T:
        raw.execute("BEGIN IMMEDIATE")
        try:
            result = work(Statements(raw))
            raw.execute("COMMIT")
        except BaseException:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            raise
        return result

    return within
