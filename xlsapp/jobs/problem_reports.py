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
    return read_problem_page(report, offset=0, limit=-1)


def read_problem_page(report: Path, *, offset: int, limit: int) -> list[ListedProblem]:
    """Some of the listed problems by row; all with a `limit` of -1. Blocks."""
    if not report.exists():
        return []
    with closing(_open(report)) as conn:
        rows = conn.execute(
            """
            SELECT severity, sheet, row, cell, column_name, rule, value, message FROM problems
            ORDER BY row, id LIMIT :limit OFFSET :offset
            """,
            {"limit": limit, "offset": offset},
        )
        return [ListedProblem(*row) for row in rows]


def count_problems(report: Path) -> int:
    """How many problems are listed; 0 when the report is gone. Blocks."""
    if not report.exists():
        return 0
    with closing(_open(report)) as conn:
        return int(conn.execute("SELECT COUNT(*) FROM problems").fetchone()[0])


def _open(report: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{report}?mode=ro", uri=True)
