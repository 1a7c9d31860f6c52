"""A workbook given back marked: 100,000 rows of 10 columns with 10,000 problems, through the app's service.

An xlsx file, which stays what it is; the same marked once more; and a csv file, of which it is a copy.
"""

from __future__ import annotations

import asyncio
import csv
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from bench.app import COLUMNS, make_book
from bench.imports import held, medians, told
from bench.imports_books import plant_defects
from bench.imports_ours import children_of, watched
from tests.factories import import_files, make_customers
from xlsapp.app import PRELOADED
from xlsapp.db.database import SqliteDatabase
from xlsapp.db.migrate import migrate
from xlsapp.jobs.status import new_job_id
from xlsapp.models import ColumnType
from xlsapp.sandbox.sandbox import Sandbox
from xlsapp.services.imports.importing import import_workbook
from xlsapp.services.imports.request import ImportRequest
from xlsapp.services.marking.marking import MarkingRequest, mark
from xlsapp.services.records.records import Records

ROWS = 100_000
XLSX, AGAIN, CSV = "xlsx", "xlsx, once more", "csv"


def run(*, rounds: int, rows: int = ROWS) -> dict[str, Any]:
    """Medians over rounds."""
    with tempfile.TemporaryDirectory() as folder:
        told("writing the workbooks")
        book = Path(folder) / "bad.xlsx"
        plant_defects(make_book(Path(folder) / "clean.xlsx", rows), book, 0.01)
        text = Path(folder) / "bad.csv"
        with text.open("w", newline="") as file:
            sheet = CalamineWorkbook.from_path(str(book)).get_sheet_by_index(0)
            csv.writer(file).writerows(sheet.iter_rows())
        measured = []
        for number in range(rounds):
            told(f"round {number + 1} of {rounds}")
            measured.append(asyncio.run(_mark_all(book, text)))
        told("")
    return {"rounds": rounds, "rows": rows, "median": medians(measured), "rounds measured": measured}


def table(figures: dict[str, Any]) -> str:
    """The figures for people."""
    median = figures["median"]
    lines = [f"Marked: {figures['rows']:,} rows × {len(COLUMNS)}, medians of {figures['rounds']} rounds"]
    lines += [
        f"  {name:20}{found['seconds']:8.2f} s{found['memory']:7.0f} MB{found['cells']:9,.0f} cells"
        for name, found in median.items()
    ]
    lines.append(held(max(median[name]["seconds"] for name in (XLSX, AGAIN)), 5, "s for an xlsx file"))
    lines.append(held(max(median[name]["memory"] for name in (XLSX, AGAIN)), 64, "MB of its process"))
    return "\n".join(lines)


async def _mark_all(book: Path, text: Path) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        migrate(folder / "data.sqlite3", "data")
        db, sandbox = await SqliteDatabase.open(folder / "data.sqlite3"), Sandbox(preload=PRELOADED)
        records = Records(db, folder)
        await sandbox.start()
        try:
            columns = [(name, ColumnType(kind), False) for name, kind in COLUMNS]
            template = (await make_customers(db, columns)).template
            marked = folder / "marked.xlsx"
            found = {}
            for what, source, target in (
                (XLSX, book, marked),
                (AGAIN, marked, folder / "again.xlsx"),
                (CSV, text, folder / "copy.xlsx"),
            ):
                files = import_files(source, folder)
                request = ImportRequest(new_job_id(), template, source.name, files)
                receipt = await import_workbook(records, sandbox, request)
                wanted = MarkingRequest(source, files.problems, target, source.name, receipt)
                zygotes = children_of(os.getpid())
                with watched(zygotes) as peak:
                    started = time.perf_counter()
                    done = await mark(sandbox, wanted)
                    seconds = time.perf_counter() - started
                assert done.success, done
                found[what] = {"seconds": seconds, "memory": peak["children"], "cells": float(done.cells)}
            return found
        finally:
            await sandbox.close()
            await records.close()
            await db.close()
