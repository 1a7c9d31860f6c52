"""What the comparisons of a plan find, and the rows that this stops. All of it stays in the staging file.

stopped   row: those that were read with a problem, and those that a finding stops
found     finding, row, value, other: the rows of each finding
returned  round, record_id: records that were to change, whose rows are stopped now
"""

from collections.abc import Iterator, Sequence
from typing import Any

from xlsapp.db.beside import Beside
from xlsapp.models import TemplateColumn
from xlsapp.repositories.merging.merging import Finding, Found

TABLES = {
    "stopped": "row INTEGER PRIMARY KEY",
    "found": "finding INTEGER, row INTEGER, value, other, PRIMARY KEY (finding, row)",
    "returned": "round INTEGER, record_id INTEGER, PRIMARY KEY (round, record_id)",
}

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
            conn.run(f"DROP TABLE IF EXISTS {name}")
            without = "" if name == "stopped" else " WITHOUT ROWID"
            conn.run(f"CREATE TABLE {name} ({columns}){without}")
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
        rows = self._conn.run(
            f"INSERT INTO found SELECT :finding, q.* FROM ({query}) AS q", finding=number, **params
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
    yield from conn.rows(
        "SELECT row, value, other FROM found WHERE finding = :finding ORDER BY row", finding=finding.number
    )
