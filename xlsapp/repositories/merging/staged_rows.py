"""Staged rows in PostgreSQL: a schema for each attempt of an import, whose tables are filled from csv files.

The tables are those of the staging file, see spreadsheet/reading/staging.py.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from xlsapp.db.postgres.beside import Csv, PostgresBeside
from xlsapp.models import TemplateColumn
from xlsapp.repositories.records.data_records import column_name

REJECTED = "row INTEGER PRIMARY KEY"
SHOWN = "column_id INTEGER, row INTEGER, value TEXT NOT NULL, PRIMARY KEY (column_id, row)"
FLAWS = """
    row INTEGER, column_id INTEGER, rule TEXT NOT NULL, is_warning INTEGER, kind TEXT NOT NULL, value TEXT,
    PRIMARY KEY (row, column_id, rule)
"""
"""Of a blank cell there is no value."""


def take_rows(
    conn: PostgresBeside,
    columns: Iterable[TemplateColumn],
    rows: Csv,
    others: Mapping[str, Path],
    *,
    are_few: bool,
) -> None:
    """Make the schema, and fill its tables: `rows` are the staged ones, and `others` the csv files by the
    other tables' names, which are there once the rows have come to their end.
    """
    words = conn.dialect
    typed = "".join(f", {column_name(column)} {words.column_types[column.type]}" for column in columns)
    conn.run(f"DROP SCHEMA IF EXISTS {conn.schema} CASCADE")
    conn.run(f"CREATE SCHEMA {conn.schema}")
    conn.makes_small = are_few
    conn.new_table("staged", f"row INTEGER PRIMARY KEY, record_id INTEGER, updated_at {words.text}{typed}")
    conn.new_table("rejected", REJECTED)
    conn.new_table("shown", SHOWN)
    conn.new_table("flaws", FLAWS)
    conn.copy("staged", rows)  # by which of its columns it is asked, the plan knows
    for name, path in others.items():
        with path.open("rb") as file:
            conn.copy(name, file)
        conn.filled(name)
    conn.mark_whole()
