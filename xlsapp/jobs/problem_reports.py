"""The full list of an import's problems, as its child process left it: kept as long as the job's status."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ListedProblem:
    """One problem or warning. `cell` is a reference such as Sheet1!C17."""

    severity: str
    sheet: str
    row: int
    cell: str
    column: str
    rule: str
    value: str
    message: str


def read_problems(report: Path) -> list[ListedProblem]:
    """All listed problems by row; none when the report is gone. Blocks: call it in a thread."""
    if not report.exists():
        return []
    with closing(sqlite3.connect(f"file:{report}?mode=ro", uri=True)) as conn:
        rows = conn.execute(
            """
            SELECT severity, sheet, row, cell, column_name, rule, value, message FROM problems
            ORDER BY row, id
            """
        )
        return [ListedProblem(*row) for row in rows]
