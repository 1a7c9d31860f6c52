"""The full list of an import's problems, as its child process left it: kept as long as the job's status."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from xlsapp.problems import Message, Place, Problem, sentence

# The values of this many problems, each a cell's longest text, are a few MB.
PROBLEMS_AT_ONCE = 100

CODES, SENTENCES = "code, parameters", "NULL, message"
"""What the problems of a file say; of one that an older version left."""


def read_problems(file: Path) -> Iterator[list[Problem]]:
    """All listed problems by row, a few at a time; none when the file is gone. Blocks."""
    if not file.exists():
        return
    with closing(_open(file)) as conn:
        rows = _select(conn, offset=0, limit=-1)
        while batch := rows.fetchmany(PROBLEMS_AT_ONCE):
            yield [_problem(*row) for row in batch]


def read_problem_page(file: Path, *, offset: int, limit: int) -> list[Problem]:
    """Some of the listed problems by row. Blocks."""
    if not file.exists():
        return []
    with closing(_open(file)) as conn:
        return [_problem(*row) for row in _select(conn, offset=offset, limit=limit)]


def count_problems(file: Path) -> int:
    """How many problems are listed; 0 when the file is gone. Blocks."""
    if not file.exists():
        return 0
    with closing(_open(file)) as conn:
        return int(conn.execute("SELECT COUNT(*) FROM problems").fetchone()[0])


def _select(conn: sqlite3.Connection, *, offset: int, limit: int) -> sqlite3.Cursor:
    names = {name for _, name, *_ in conn.execute("PRAGMA table_info(problems)")}
    return conn.execute(
        f"""
        SELECT severity, rule, sheet, row, column_name, cell, value, {CODES if "code" in names else SENTENCES}
        FROM problems ORDER BY row, id LIMIT :limit OFFSET :offset
        """,  # noqa: S608
        {"limit": limit, "offset": offset},
    )


def _problem(severity: str, rule: str, *rest: Any) -> Problem:
    *place, value, code, said = rest
    message = Message.from_dict({"code": code, "parameters": json.loads(said)}) if code else sentence(said)
    return Problem(message.code, message.parameters, Place(*place), value, rule, severity)


def _open(file: Path) -> sqlite3.Connection:
    # One thread after the other may read on where the last one stopped.
    return sqlite3.connect(f"file:{file}?mode=ro", uri=True, check_same_thread=False)
