"""The same workbook by other means, each in a process of its own: `python -m bench.imports_peers NAME FILE`.

Prints one line of JSON: seconds from opening the file to the last row in SQLite, the rows that are there
then, the problems found, and the process's peak memory. What a peer does once at its start is not timed.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sqlite3
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from bench.app import COLUMNS

FLOOR, OPENPYXL, PANDAS, DJANGO = "floor", "openpyxl", "pandas", "django-import-export"
NEEDS = {FLOOR: "python_calamine", OPENPYXL: "openpyxl", PANDAS: "pandas", DJANGO: "import_export"}
"""Each peer, and the module without which it is left out."""

SQL_TYPES = {
    "text": "TEXT",
    "number": "DOUBLE PRECISION",
    "integer": "BIGINT",
    "date": "TEXT",
    "boolean": "BOOLEAN",
}

Import = Callable[[Path], tuple[int, int]]
"""Imports a workbook. Returns how many rows are stored, and how many problems were found."""


def floor(database: Path) -> Import:
    """python-calamine's rows into one executemany: nothing is checked."""
    from python_calamine import CalamineWorkbook

    def run(book: Path) -> tuple[int, int]:
        rows = iter(CalamineWorkbook.from_path(str(book)).get_sheet_by_index(0).iter_rows())
        next(rows)
        return _insert(database, rows), 0

    return run


def openpyxl(database: Path) -> Import:
    """openpyxl's rows into one executemany."""
    from openpyxl import load_workbook

    def run(book: Path) -> tuple[int, int]:
        rows = load_workbook(book, read_only=True).worksheets[0].iter_rows(min_row=2, values_only=True)
        return _insert(database, (tuple(map(_plain, row)) for row in rows)), 0

    return run


def pandas(database: Path) -> Import:
    """read_excel with calamine, then to_sql."""
    import pandas as pd

    def run(book: Path) -> tuple[int, int]:
        with sqlite3.connect(database) as conn:
            conn.execute("PRAGMA journal_mode = WAL")
            frame = pd.read_excel(book, engine="calamine")
            frame.to_sql("records", conn, index=False)
        return _count(database, "records"), 0

    return run


def django(database: Path) -> Import:
    """django-import-export, in bulk, without its report of differences."""
    import django as package
    from django.conf import settings

    engine = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(database)}
    settings.configure(DATABASES={"default": engine}, INSTALLED_APPS=["import_export"], USE_TZ=False)
    package.setup()
    from django.db import connection, models
    from import_export import resources
    from import_export.formats.base_formats import XLSX

    fields = {"text": models.TextField, "number": models.FloatField, "integer": models.BigIntegerField}
    fields |= {"date": models.DateField, "boolean": models.BooleanField}
    attributes: dict[str, Any] = {_name(name): fields[kind](null=True) for name, kind in COLUMNS}
    meta = type("Meta", (), {"app_label": "bench"})
    record = type("Record", (models.Model,), {**attributes, "__module__": __name__, "Meta": meta})
    with connection.schema_editor() as editor:
        editor.create_model(record)
    connection.cursor().execute("PRAGMA journal_mode = WAL")
    options = {
        "model": record,
        "use_bulk": True,
        "batch_size": 1000,
        "import_id_fields": [],
        "skip_diff": True,
        "report_skipped": False,
        "force_init_instance": True,
        "use_transactions": True,
    }
    resource = type("R", (resources.ModelResource,), {"Meta": type("Meta", (), options)})

    def run(book: Path) -> tuple[int, int]:
        data = XLSX().create_dataset(book.read_bytes())
        data.headers = [_name(header) for header in data.headers]
        result = resource().import_data(data, raise_errors=False)
        found = sum(len(errors) for _, errors in result.row_errors())
        found += sum(row.error_count for row in result.invalid_rows)
        return _count(database, "bench_record"), found

    return run


PEERS: dict[str, Callable[[Path], Import]] = {
    FLOOR: floor,
    OPENPYXL: openpyxl,
    PANDAS: pandas,
    DJANGO: django,
}


def _insert(database: Path, rows: Iterable[Any]) -> int:
    columns = ", ".join(f"c{place} {SQL_TYPES[kind]}" for place, (_, kind) in enumerate(COLUMNS))
    with sqlite3.connect(database) as conn:
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute(f"CREATE TABLE records (id INTEGER PRIMARY KEY, {columns})")
        names = ", ".join(f"c{place}" for place in range(len(COLUMNS)))
        conn.executemany(f"INSERT INTO records ({names}) VALUES ({', '.join('?' * len(COLUMNS))})", rows)
    return _count(database, "records")


def _count(database: Path, table: str) -> int:
    with sqlite3.connect(database) as conn:
        return int(conn.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _name(header: str) -> str:
    return str(header).lower().replace(" ", "_")


def main() -> None:
    """Run one of them."""
    warnings.simplefilter("ignore")  # sqlite3's own conversion of dates, which the floor relies on
    name, book = sys.argv[1], Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        run = PEERS[name](Path(folder) / "peer.sqlite3")
        started = time.perf_counter()
        rows, found = run(book)
        seconds = time.perf_counter() - started
    peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    assert peak
    print(json.dumps({"seconds": seconds, "rows": rows, "found": found, "memory": int(peak[1]) / 1000}))


if __name__ == "__main__":
    main()
