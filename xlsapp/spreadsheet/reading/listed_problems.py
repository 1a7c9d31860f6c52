"""The full list of an import's problems, as its child process left it: kept as long as the job's status."""

import sqlite3
from collections.abc import Iterator
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


# The values of this many problems, each a cell's longest text, are a few MB.
PROBLEMS_AT_ONCE = 100

BY_ROW = """
    SELECT severity, sheet, row, cell, column_name, rule, value, message FROM problems
    ORDER BY row, id LIMIT :limit OFFSET :offset
"""


def read_problems(file: Path) -> Iterator[list[ListedProblem]]:
    """All listed problems by row, a few at a time; none when the file is gone. Blocks."""
    if not file.exists():
        return
    with closing(_open(file)) as conn:
        rows = conn.execute(BY_ROW, {"limit": -1, "offset": 0})
        while batch := rows.fetchmany(PROBLEMS_AT_ONCE):
            yield [ListedProblem(*row) for row in batch]


def read_problem_page(file: Path, *, offset: int, limit: int) -> list[ListedProblem]:
    """Some of the listed problems by row. Blocks."""
    if not file.exists():
        return []
    with closing(_open(file)) as conn:
        return [ListedProblem(*row) for row in conn.execute(BY_ROW, {"limit": limit, "offset": offset})]


def count_problems(file: Path) -> int:
    """How many problems are listed; 0 when the file is gone. Blocks."""
    if not file.exists():
        return 0
    with closing(_open(file)) as conn:
        return int(conn.execute("SELECT COUNT(*) FROM problems").fetchone()[0])


def _open(file: Path) -> sqlite3.Connection:
    # One thread after the other may read on where the last one stopped.
    return sqlite3.connect(f"file:{file}?mode=ro", uri=True, check_same_thread=False)
