"""Where the rows of an export come from: a query on the app's database, or rows that are given.

From a PostgreSQL they come by way of a pipe: see copied_rows.py.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from xlsapp.models import CellValue

Rows = Sequence[Sequence[Any]]

# Small enough to stay in the processor's cache while it is made into XML: larger ones take a fifth longer.
ROWS_AT_ONCE = 200


FIXED = 3
"""What a query gives of each record before its values: its id, its updated_at, its revision."""


class OpenSource(Protocol):
    """Rows that are being read."""

    @property
    def with_ids(self) -> bool:
        """Whether each row ends with its record's id, when that was last changed, and its revision."""

    @property
    def count(self) -> int:
        """How many rows there are."""

    @property
    def longest(self) -> Mapping[int, int]:
        """Column id → how long its longest value is, where that was measured."""

    def next_rows(self) -> Rows | None:
        """The next rows. None when there are no more."""

    def close(self) -> None:
        """Read no further."""


class Source(Protocol):
    """Where rows come from."""

    def open(self) -> OpenSource:
        """All of them, as they are at this moment."""


@dataclass(frozen=True, slots=True)
class StoredRows:
    """Records in a SQLite file. The query gives what is `FIXED`, then the columns' values.

    `count_sql` gives how many there are, then how long the longest value is of each column in `measured`.
    """

    database: Path
    rows_sql: str
    count_sql: str
    params: Mapping[str, CellValue] = field(default_factory=dict)
    measured: Sequence[int] = ()
    """Ids of columns."""

    def open(self) -> "OpenRecords":
        """All of them as they are at this moment, whatever is written meanwhile."""
        return OpenRecords(self)


class OpenRecords:
    """Records that are being read, in one transaction. Close it: the log of the database grows meanwhile."""

    with_ids = True

    def __init__(self, source: StoredRows) -> None:
        self._conn = sqlite3.connect(f"{source.database.as_uri()}?mode=ro", uri=True, isolation_level=None)
        self._conn.execute("PRAGMA query_only = ON")
        self._conn.execute("BEGIN")
        self.count: int
        self.count, *longest = self._conn.execute(source.count_sql, source.params).fetchone()
        self.longest = {c: n for c, n in zip(source.measured, longest, strict=True) if n is not None}
        self._cursor = self._conn.execute(source.rows_sql, source.params)

    def next_rows(self) -> Rows | None:
        """The next rows: the columns' values, then what is `FIXED`. None when there are no more."""
        return [row[FIXED:] + row[:FIXED] for row in self._cursor.fetchmany(ROWS_AT_ONCE)] or None

    def close(self) -> None:
        """End the transaction."""
        self._conn.close()


@dataclass(slots=True)
class GivenRows:
    """Rows at hand, without ids: those of a sample; none for a blank workbook."""

    rows: Rows = ()
    with_ids = False

    def open(self) -> "GivenRows":
        """The same rows, from the first."""
        return GivenRows(self.rows)

    @property
    def count(self) -> int:
        """How many rows are left."""
        return len(self.rows)

    @property
    def longest(self) -> Mapping[int, int]:
        """Nothing was measured: all rows are looked at."""
        return {}

    def next_rows(self) -> Rows | None:
        """All rows; then None."""
        batch, self.rows = self.rows, ()
        return batch or None

    def close(self) -> None:
        """Nothing is open."""
