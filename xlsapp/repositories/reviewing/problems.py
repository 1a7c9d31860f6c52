"""What is wrong with the rows of a review: what their cells break, and what their plan has found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from xlsapp.db.beside import Beside
from xlsapp.repositories.merging.findings import value_reader
from xlsapp.repositories.merging.merging import Finding


@dataclass(frozen=True, slots=True)
class Flaw:
    """A cell that breaks a rule, as it stands in the sheet. See spreadsheet/reading/flawed_cells.py."""

    row: int
    column_id: int
    rule: str
    is_warning: bool
    kind: str
    value: str


def flaws_of(conn: Beside, rows: Sequence[int]) -> list[Flaw]:
    """What is wrong with some rows' cells."""
    found = conn.rows(
        f"""
        SELECT row, column_id, rule, is_warning, kind, value FROM flaws
        WHERE {conn.dialect.among("row")} ORDER BY row, column_id, rule
        """,
        ids=conn.dialect.listed(rows),
    )
    return [
        Flaw(row, column, rule, bool(warns), kind, value or "")
        for row, column, rule, warns, kind, value in found
    ]


def findings_of(
    conn: Beside, findings: Sequence[Finding], rows: Sequence[int]
) -> Iterator[tuple[Finding, int, Any, Any]]:
    """What the plan has found of some rows: each with its row, and its `value` and `other`: see Found."""
    by_number = {finding.number: finding for finding in findings}
    found = conn.rows(
        f"""
        SELECT finding, row, value, other FROM found
        WHERE {conn.dialect.among("row")} ORDER BY row, finding
        """,
        ids=conn.dialect.listed(rows),
    )
    for number, row, value, other in list(found):
        if finding := by_number.get(number):
            yield finding, row, *value_reader(conn, finding)(value, other)


def count_flaws(conn: Beside) -> list[tuple[int, str, int]]:
    """How many rows there are that were not left out with a problem, by column and rule."""
    return list(
        conn.rows(
            """
            SELECT f.column_id, f.rule, COUNT(*) FROM flaws AS f
            WHERE f.is_warning = 0 AND f.row IN (SELECT row FROM rejected)
            AND f.row NOT IN (SELECT row FROM left_out)
            GROUP BY f.column_id, f.rule ORDER BY 3 DESC, 1, 2
            """
        )
    )


def count_found(conn: Beside) -> dict[int, int]:
    """How many rows that were not left out there are of each finding, by its number."""
    return dict(
        conn.rows(
            """
            SELECT finding, COUNT(*) FROM found WHERE row NOT IN (SELECT row FROM left_out) GROUP BY finding
            """
        )
    )


def contents_of(conn: Beside, column_id: int, rule: str) -> list[tuple[str, str]]:
    """What stands in the cells of a column that break a rule, or any: each kind and value once."""
    return list(
        conn.rows(
            """
            SELECT DISTINCT kind, COALESCE(value, '') FROM flaws
            WHERE column_id = :column_id AND (CAST(:rule AS TEXT) = '' OR rule = :rule) AND is_warning = 0
            """,
            column_id=column_id,
            rule=rule,
        )
    )


def frequent_texts(conn: Beside, column_id: int, rule: str, *, most: int) -> list[tuple[str, str, int]]:
    """What stands in most of the cells of a column that break a rule: kind, text, and how many cells."""
    return list(
        conn.rows(
            """
            SELECT kind, COALESCE(value, ''), COUNT(*) FROM flaws
            WHERE column_id = :column_id AND rule = :rule AND row NOT IN (SELECT row FROM left_out)
            GROUP BY 1, 2 ORDER BY 3 DESC, 2, 1 LIMIT :most
            """,
            column_id=column_id,
            rule=rule,
            most=most,
        )
    )
