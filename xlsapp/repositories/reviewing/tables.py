"""What a review keeps beside the staged rows and their plan (repositories/merging/planning.py).

review    name, value: what is known of it as a whole, as JSON
seen      record_id, revision: the records that are to change, as they were when that was planned
going     record_id: the records that would be deleted
left_out  row, mend: rows that somebody has left out, which are `rejected` as well
mends     id, about, made_at, user_id, cells: what somebody has mended, in order, and how much of it
mended    mend, row, column_id: each cell of them
old_flaws mend, and as in flaws: what was wrong with the cells that it has changed
old_c{column_id}   mend, row, value: what was staged of them
"""

import json
from typing import Any

from xlsapp.db.beside import Beside
from xlsapp.repositories.merging.merging import Merging
from xlsapp.repositories.records.data_records import column_name, table_name

TABLES = {
    "review": "name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL",
    "left_out": "row INTEGER PRIMARY KEY, mend INTEGER NOT NULL",
    "mends": (
        "id INTEGER PRIMARY KEY, about TEXT NOT NULL, made_at TEXT NOT NULL, user_id INTEGER NOT NULL, "
        "cells INTEGER NOT NULL"
    ),
    "mended": "mend INTEGER, row INTEGER, column_id INTEGER, PRIMARY KEY (row, column_id, mend)",
    "old_flaws": (
        "mend INTEGER, row INTEGER, column_id INTEGER, rule TEXT NOT NULL, is_warning INTEGER, "
        "kind TEXT NOT NULL, value TEXT, PRIMARY KEY (mend, row, column_id, rule)"
    ),
}

ONLY_TO_PLAN = (
    *("returned", "clashes", "digit_matches", "digit_keys"),
    *("folded_rows", "doubted", "moved", "equal"),
)
ONLY_TO_PLAN_BY_COLUMN = ("older", "values", "digits")
"""What a plan notes on its way, and nobody looks at afterwards."""


def make_tables(conn: Beside) -> None:
    """All of them, but for those of the plan: empty."""
    for name, columns in TABLES.items():
        conn.new_table(name, columns)


def note_records(conn: Beside, merging: Merging) -> None:
    """Note what is to become of records, and how they were when this was planned."""
    table = f"data.{table_name(merging.template.id)}"
    conn.new_table("seen", "record_id INTEGER PRIMARY KEY, revision INTEGER")
    conn.new_table("going", "record_id INTEGER PRIMARY KEY")
    if merging.matches:
        conn.run(
            f"""
            INSERT INTO seen SELECT r.id, r.revision FROM planned AS p
            CROSS JOIN {table} AS r ON r.id = p.record_id WHERE p.action = 'update'
            ON CONFLICT DO NOTHING
            """
        )
    if merging.removes_others:
        conn.run(
            f"""
            INSERT INTO going SELECT r.id FROM {table} AS r
            WHERE NOT EXISTS (SELECT 1 FROM planned AS p WHERE p.record_id = r.id)
            """
        )


def forget_on_the_way(conn: Beside, merging: Merging) -> None:
    """Keep nothing that only the making of a plan needed."""
    by_column = (
        f"{beginning}_{column_name(column)}"
        for beginning in ONLY_TO_PLAN_BY_COLUMN
        for column in merging.template.columns
    )
    if conn.dialect.is_postgres:
        conn.run("DROP VIEW IF EXISTS compared_records")  # which is made of some of them
    for name in (*ONLY_TO_PLAN, *by_column):
        conn.run(f"DROP TABLE IF EXISTS {name}")


def count_left_out(conn: Beside) -> int:
    """How many rows somebody has left out."""
    (count,) = conn.one("SELECT COUNT(*) FROM left_out") or (0,)
    return int(count)


def store(conn: Beside, name: str, value: Any) -> None:
    """Keep something that is known of the review as a whole."""
    conn.run(
        """
        INSERT INTO review (name, value) VALUES (:name, :value)
        ON CONFLICT (name) DO UPDATE SET value = excluded.value
        """,
        name=name,
        value=json.dumps(value, ensure_ascii=False),
    )


def stored(conn: Beside, name: str) -> Any:
    """What was kept so; None when there is no such thing."""
    found = conn.one("SELECT value FROM review WHERE name = :name", name=name)
    return json.loads(found[0]) if found else None
