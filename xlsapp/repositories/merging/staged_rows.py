"""Staged rows in PostgreSQL: a schema for each attempt of an import, whose tables are filled from csv files.

The tables are those of the staging file, see spreadsheet/reading/staging.py.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from xlsapp.db.postgres.beside import PostgresBeside
from xlsapp.models import TemplateColumn
from xlsapp.repositories.records.data_records import column_name

SMALL_BYTES = 8_000_000

REJECTED = "row INTEGER PRIMARY KEY"
SHOWN = "column_id INTEGER, row INTEGER, value TEXT NOT NULL, PRIMARY KEY (column_id, row)"
FLAWS = """
    row INTEGER, column_id INTEGER, rule TEXT NOT NULL, is_warning INTEGER, kind TEXT NOT NULL, value TEXT,
    PRIMARY KEY (row, column_id, rule)
"""
"""Of a blank cell there is no value."""


def take_rows(conn: PostgresBeside, columns: Iterable[TemplateColumn], copies: Mapping[str, Path]) -> None:
    """Make the schema, and fill its tables: `copies` are the csv files by the tables' names."""
    words = conn.dialect
    typed = "".join(f", {column_name(column)} {words.column_types[column.type]}" for column in columns)
    conn.run(f"DROP SCHEMA IF EXISTS {conn.schema} CASCADE")
    conn.run(f"CREATE SCHEMA {conn.schema}")
    conn.makes_small = sum(path.stat().st_size for path in copies.values()) < SMALL_BYTES
    conn.new_table("staged", f"row INTEGER PRIMARY KEY, record_id INTEGER, updated_at {words.text}{typed}")
    conn.new_table("rejected", REJECTED)
    conn.new_table("shown", SHOWN)
    conn.new_table("flaws", FLAWS)
    for name, path in copies.items():
        conn.copy(name, path)
        if name != "staged":  # by which of its columns it is asked, the plan knows
            conn.filled(name)
