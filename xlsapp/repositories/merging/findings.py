"""What the comparisons of a plan find, and the rows that this stops. All of it stays beside the staged rows.

stopped   row: those that were read with a problem, and those that a finding stops
found     finding, row, value, other: the rows of each finding
returned  round, record_id: records that were to change, whose rows are stopped now
"""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, time
from typing import Any

from xlsapp.db.beside import Beside
from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.repositories.merging.merging import Finding, Found

TABLES = {
    "stopped": "row INTEGER PRIMARY KEY",
    "found": "finding INTEGER, row INTEGER, value {any}, other {any}, PRIMARY KEY (finding, row)",
    "returned": "round INTEGER, record_id INTEGER, PRIMARY KEY (round, record_id)",
}
"""`{any}` is the engine's type for values of every type."""

FIRST_RIGHT = "COALESCE(MIN(CASE WHEN x.row IS NULL THEN s.row END), MIN(s.row))"
"""Of rows `s` that exclude each other, the first that is right, or else the first; `x` is `stopped`."""

NOTE_RETURNED_SQL = """
    INSERT INTO returned
    SELECT :round, p.record_id FROM found AS f CROSS JOIN planned AS p ON p.row = f.row
    WHERE f.finding = :finding AND p.record_id IS NOT NULL AND f.row NOT IN (SELECT row FROM stopped)
    ON CONFLICT DO NOTHING
"""

STOP_SQL = "INSERT INTO stopped SELECT row FROM found WHERE finding = :finding ON CONFLICT DO NOTHING"


class Findings:
    """Carries out the queries that look for something, and keeps what they find."""

    def __init__(self, conn: Beside) -> None:
        self._conn = conn
        self._kept: list[Finding] = []
        for name, columns in TABLES.items():
            conn.new_table(name, columns.format(any=conn.dialect.any_type))
        conn.run("INSERT INTO stopped SELECT row FROM rejected")

    @property
    def all(self) -> tuple[Finding, ...]:
        """What was found so far, in this order."""
        return tuple(self._kept)

    def look(
        self,
        what: Found,
        query: str,
        *,
        columns: Sequence[TemplateColumn] = (),
        only_warns: bool = False,
        returned_in: int | None = None,
        **params: Any,
    ) -> bool:
        """Keep the rows that a query gives (row, value, other), and stop them. Whether there are any.

        With `returned_in`, the records that will not change because of it are noted in that round.
        """
        # By way of a table: the query may look at `stopped`, and millions of rows do not go through memory.
        number = len(self._kept)
        value, other = map(self._conn.dialect.any_value.format, ("q.value", "q.other"))
        rows = self._conn.run(
            f"""
            INSERT INTO found WITH q (row, value, other) AS ({query})
            SELECT :finding, q.row, {value}, {other} FROM q
            """,
            finding=number,
            **params,
        )
        if not rows:
            return False
        self._kept.append(Finding(number, what, rows, tuple(columns), only_warns))
        if not only_warns:
            if returned_in is not None:
                self._conn.run(NOTE_RETURNED_SQL, finding=number, round=returned_in)
            self._conn.run(STOP_SQL, finding=number)
        return True


def found_rows(conn: Beside, finding: Finding) -> Iterator[tuple[int, Any, Any]]:
    """A finding's rows in the order of the sheet, each with its `value` and `other`: see Found."""
    rows = conn.rows(
        "SELECT row, value, other FROM found WHERE finding = :finding ORDER BY row", finding=finding.number
    )
    read = value_reader(conn, finding)
    return ((row, *read(value, other)) for row, value, other in rows)


def value_reader(conn: Beside, finding: Finding) -> Callable[[Any, Any], tuple[Any, Any]]:
    """From a `value` and its `other`, as they are kept, to what they are."""
    if not conn.dialect.is_postgres:
        return lambda value, other: (value, other)
    read = _reader(finding)
    return lambda value, other: (read(value), other and json.loads(other))


def _reader(finding: Finding) -> Callable[[str | None], Any]:
    """From JSON to a value as it was staged: days with a time in Python's form, numbers of either kind."""
    kind = finding.columns[0].type if len(finding.columns) == 1 else ColumnType.TEXT
    as_staged = _AS_STAGED.get(kind, lambda value: value)
    return lambda value: None if value is None else as_staged(json.loads(value))


_AS_STAGED: dict[ColumnType, Callable[[Any], Any]] = {
    ColumnType.NUMBER: float,
    ColumnType.DURATION: float,
    ColumnType.BOOLEAN: int,
    ColumnType.DATETIME: lambda text: datetime.fromisoformat(text).isoformat(),
    ColumnType.TIME: lambda text: time.fromisoformat(text).isoformat(),
}
