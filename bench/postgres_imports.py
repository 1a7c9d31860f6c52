"""The same import on SQLite and on PostgreSQL: of rows that are all new, then of others that change all.

Through the app's own service, by turns. A row is known by its first column.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from bench.app import COLUMNS, make_book
from bench.imports import told
from tests.factories import import_files, make_customers
from tests.postgres import Cluster
from xlsapp.app import PRELOADED
from xlsapp.config import ImportSettings
from xlsapp.db.connection import Database
from xlsapp.db.database import SqliteDatabase
from xlsapp.db.migrate import migrate
from xlsapp.jobs.status import new_job_id
from xlsapp.models import ColumnType, ImportTemplate
from xlsapp.repositories import import_templates
from xlsapp.sandbox.sandbox import Sandbox
from xlsapp.services.imports.importing import import_workbook
from xlsapp.services.imports.options import ImportOptions, Mode
from xlsapp.services.imports.request import ImportRequest
from xlsapp.services.records.records import Records

NEW, CHANGED = "all new", "all changed"
SQLITE, POSTGRES = "SQLite", "PostgreSQL"

Seconds = dict[str, dict[str, float]]
"""By engine and kind of import."""


def measure(cluster: Cluster, folder: Path, rows: int, *, rounds: int) -> list[Seconds]:
    """Each round imports into new databases."""
    told(f"writing workbooks of {rows:,} rows")
    first = make_book(folder / f"{rows}-first.xlsx", rows, are_numbered=True)
    second = make_book(folder / f"{rows}-second.xlsx", rows, seed=2, are_numbered=True)
    measured = []
    for number in range(rounds):
        told(f"imports of {rows:,} rows, round {number + 1} of {rounds}")
        with tempfile.TemporaryDirectory() as name, cluster.database() as url:
            kinds = [(SQLITE, ""), (POSTGRES, url)]
            taken = {
                engine: asyncio.run(_import_both(Path(name), address, first, second, rows))
                for engine, address in kinds[:: -1 if number % 2 else 1]
            }
        measured.append(taken)
    return measured


async def _import_both(folder: Path, url: str, first: Path, second: Path, rows: int) -> dict[str, float]:
    sandbox = Sandbox(preload=PRELOADED)
    await sandbox.start()
    async with _opened(folder, url) as db:
        records = Records(db, folder)
        try:
            columns = [(name, ColumnType(kind), False) for name, kind in COLUMNS]
            template = (await make_customers(db, columns)).template
            new = await _timed(records, sandbox, folder, template, first, ImportOptions(), rows)
            async with db.read() as conn:
                template = await import_templates.find(conn, template.user_id, template.id)
            keys = ImportOptions(mode=Mode.UPDATE, keys=(template.columns[0].id,))
            changed = await _timed(records, sandbox, folder, template, second, keys, rows)
        finally:
            await sandbox.close()
            await records.close()
    return {NEW: new, CHANGED: changed}


async def _timed(
    records: Records,
    sandbox: Sandbox,
    folder: Path,
    template: ImportTemplate,
    book: Path,
    options: ImportOptions,
    rows: int,
) -> float:
    request = ImportRequest(new_job_id(), template, book.name, import_files(book, folder), options)
    request = replace(request, settings=ImportSettings(max_seconds=1200))
    started = time.perf_counter()
    receipt = await import_workbook(records, sandbox, request)
    taken = time.perf_counter() - started
    assert (receipt.processed_count, receipt.problems.problem_count) == (rows, 0), receipt
    return taken


@asynccontextmanager
async def _opened(folder: Path, url: str) -> AsyncIterator[Database]:
    """A new database: in PostgreSQL where there is a URL, else a file."""
    if url:
        from xlsapp.db.postgres.database import PostgresDatabase
        from xlsapp.db.postgres.migrate import migrate as migrate_postgres

        migrate_postgres(url)
        db: Database = await PostgresDatabase.open(url)
    else:
        migrate(folder / "data.sqlite3", "data")
        db = await SqliteDatabase.open(folder / "data.sqlite3")
    try:
        yield db
    finally:
        await db.close()
