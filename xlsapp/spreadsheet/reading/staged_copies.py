"""A staging file as csv, in the form that PostgreSQL's COPY takes: for records that are not in SQLite.

A blank is nothing at all between two commas; a staged text has a character at least.
"""

import csv
import sqlite3
from pathlib import Path

TABLES = ("staged", "rejected", "shown", "flaws")


def copy_path(staging: Path, table: str) -> Path:
    """Where the copy of one of the tables is, beside the staging file."""
    return staging.with_suffix(f".{table}.csv")


def write_copies(conn: sqlite3.Connection, staging: Path) -> None:
    """Write a copy of each table, below the names of its columns."""
    for table in TABLES:
        with copy_path(staging, table).open("w", newline="", encoding="utf-8") as file:
            rows = conn.execute(f"SELECT * FROM {table}")  # noqa: S608  # a constant
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(name for name, *_ in rows.description)
            lines.writerows(rows)
