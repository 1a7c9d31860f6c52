"""The same workbook by other means, each in a process of its own: `python -m bench.imports_peers NAME FILE`.

Prints one line of JSON: seconds from opening the file to the last row in SQLite, and how many rows are there.
"""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

from bench.app import COLUMNS

SQL_TYPES = {
    "text": "TEXT",
    "number": "DOUBLE PRECISION",
    "integer": "BIGINT",
    "date": "TEXT",
    "boolean": "BOOLEAN",
}


def floor(book: Path, folder: Path) -> int:
    """python-calamine's rows into one executemany: nothing is checked."""
    from python_calamine import CalamineWorkbook

    rows = iter(CalamineWorkbook.from_path(str(book)).get_sheet_by_index(0).iter_rows())
    next(rows)
    return _insert(folder, rows)


def openpyxl(book: Path, folder: Path) -> int:
    """openpyxl's rows into one executemany."""
    from openpyxl import load_workbook

    rows = load_workbook(book, read_only=True).worksheets[0].iter_rows(min_row=2, values_only=True)
    return _insert(folder, (tuple(_plain(value) for value in row) for row in rows))


def pandas(book: Path, folder: Path) -> int:
    """read_excel with calamine, then to_sql."""
    import pandas as pd

    frame = pd.read_excel(book, engine="calamine")
    with sqlite3.connect(folder / "peer.sqlite3") as conn:
        frame.to_sql("records", conn, index=False)
    return len(frame)


def django(book: Path, folder: Path) -> int:
    """django-import-export, in bulk, without its report of differences."""
    from django.conf import settings

    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "peer.sqlite3")}},
        INSTALLED_APPS=["import_export"],
        USE_TZ=False,
    )
    import django as package

    package.setup()
    from django.db import connection, models
    from import_export import resources
    from import_export.formats.base_formats import XLSX

    fields = {"text": models.TextField, "number": models.FloatField, "integer": models.IntegerField}
    fields |= {"date": models.DateField, "boolean": models.BooleanField}
    attributes: dict[str, Any] = {_name(name): fields[kind](null=True) for name, kind in COLUMNS}
    meta = type("Meta", (), {"app_label": "bench"})
    record = type("Record", (models.Model,), {**attributes, "__module__": __name__, "Meta": meta})
    with connection.schema_editor() as editor:
        editor.create_model(record)
    options = {
        "model": record,
        "use_bulk": True,
        "batch_size": 1000,
        "import_id_fields": [],
        "skip_diff": True,
    }
    options |= {"report_skipped": False, "force_init_instance": True, "use_transactions": True}
    resource = type("R", (resources.ModelResource,), {"Meta": type("Meta", (), options)})
    data = XLSX().create_dataset(book.read_bytes())
    data.headers = [_name(header) for header in data.headers]
    result = resource().import_data(data, raise_errors=False)
    print(json.dumps({"problems": len(result.row_errors()) + len(result.invalid_rows)}), file=sys.stderr)
    return int(record.objects.count())


PEERS = {"floor": floor, "openpyxl": openpyxl, "pandas": pandas, "django-import-export": django}


def _insert(folder: Path, rows: Any) -> int:
    columns = ", ".join(f"c{place} {SQL_TYPES.get(kind, 'TEXT')}" for place, (_, kind) in enumerate(COLUMNS))
    with sqlite3.connect(folder / "peer.sqlite3") as conn:
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute(f"CREATE TABLE records (id INTEGER PRIMARY KEY, {columns})")
        names = ", ".join(f"c{place}" for place in range(len(COLUMNS)))
        conn.executemany(f"INSERT INTO records ({names}) VALUES ({', '.join('?' * len(COLUMNS))})", rows)
        conn.commit()
        return int(conn.execute("SELECT COUNT(*) FROM records").fetchone()[0])


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value


def _name(header: str) -> str:
    return str(header).lower().replace(" ", "_")


def main() -> None:
    """Run one of them."""
    warnings.simplefilter("ignore")  # sqlite3's own conversion of dates, which the floor relies on
    name, book = sys.argv[1], Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        rows = PEERS[name](book, Path(folder))
        print(json.dumps({"seconds": time.perf_counter() - started, "rows": rows}))


if __name__ == "__main__":
    main()
