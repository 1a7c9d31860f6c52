"""Imports: 100,000 rows of 10 columns through the whole service, beside others and beside the floor.

The floor is python-calamine's rows into one executemany, unchecked. Also: one cell in a hundred bad, every
cell
bad, how long another writer waits while the rows are merged, and a million rows with the child's memory.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from threading import Event, Thread
from typing import Any

import xlsxwriter

from bench.app import COLUMNS, make_book, resident_mb
from bench.imports_peers import PEERS
from tests.factories import make_customers
from xlsapp.app import PRELOADED
from xlsapp.config import ImportSettings
from xlsapp.db.database import Database
from xlsapp.db.migrate import migrate
from xlsapp.jobs.status import new_job_id
from xlsapp.models import ColumnType
from xlsapp.sandbox import Sandbox
from xlsapp.services.excel_import import ImportOptions, ImportResult, import_workbook

ROWS, MANY_ROWS = 100_000, 1_000_000
BAD_SHARE = 0.01
NEEDS = {"pandas": "pandas", "django-import-export": "import_export"}

Figures = dict[str, float]


def run(*, rounds: int) -> dict[str, Any]:
    """Medians over rounds; the million once."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        clean = make_book(root / "clean.xlsx", ROWS)
        one, planted = make_bad_book(root / "one.xlsx", BAD_SHARE)
        every, _ = make_bad_book(root / "every.xlsx", 1.0)
        peers = [name for name in PEERS if find_spec(NEEDS.get(name, "openpyxl"))]
        measured = []
        for number in range(rounds):
            print(f"\rround {number + 1} of {rounds}", end="", file=sys.stderr, flush=True)
            figures: Figures = {name: _peer(name, clean) for name in peers}
            figures |= _ours(root, clean, "ours")
            figures |= _ours(root, one, "one cell in 100 bad")
            figures |= _ours(root, every, "every cell bad")
            measured.append(figures)
        many = make_book(root / "many.xlsx", MANY_ROWS)
        large = _ours(root, many, "a million") | {"floor of a million": _peer("floor", many)}
        print("\r" + " " * 30, end="\r", file=sys.stderr)
    median = {name: statistics.median(m[name] for m in measured) for name in measured[0]}
    return {
        "rounds": rounds,
        "rows": ROWS,
        "planted defects": planted,
        "median": median | large,
        "rounds measured": measured,
    }


def table(figures: dict[str, Any]) -> str:
    """The figures for people."""
    median = figures["median"]
    floor, ours = median["floor"], median["ours"]
    lines = [f"Imports: {ROWS:,} rows × {len(COLUMNS)}, medians of {figures['rounds']} rounds"]
    for name in ("ours", *(peer for peer in PEERS if peer in median)):
        note = f"{median[name] / floor:6.2f} × the floor   {ROWS / median[name]:10,.0f} rows/s"
        lines.append(f"  {name:26} {median[name]:7.2f} s   {note}")
    if "django-import-export" in median:
        lines.append(f"  {median['django-import-export'] / ours:.1f} × as fast as django-import-export")
    for name in ("one cell in 100 bad", "every cell bad"):
        found = f"{median[f'{name}, found']:,.0f} problems found"
        times = f"{median[name] / ours:6.2f} × the clean file"
        lines.append(f"  {name:26} {median[name]:7.2f} s   {times}   {found}")
    lines.append(f"  planted in one of a hundred: {figures['planted defects']:,}")
    lines.append(f"  another writer waits at most {median['ours, writer waits']:.2f} s while rows are merged")
    many = median["a million"]
    lines.append(f"  a million rows {many:18.2f} s   {many / median['floor of a million']:6.2f} × the floor")
    lines.append(f"  another writer waits at most {median['a million, writer waits']:.2f} s")
    lines.append(
        f"  child's memory {median['ours, child']:.0f} MB, with a million rows "
        f"{median['a million, child']:.0f} MB; "
        f"the server grows by {median['a million, server']:.0f} MB"
    )
    missing = [name for name in PEERS if name not in median]
    if missing:
        lines.append(f"  not installed here: {', '.join(missing)}")
    return "\n".join(lines)


def make_bad_book(path: Path, share: float) -> tuple[Path, int]:
    """The same columns with texts that are none of their types. Returns the file and how many are planted."""
    choose, planted = random.Random(2), 0
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("Customers")
    sheet.write_row(0, 0, [name for name, _ in COLUMNS])
    for row in range(1, ROWS + 1):
        for column, (name, kind) in enumerate(COLUMNS):
            if kind != "text" and choose.random() < share:
                planted += 1
                sheet.write_string(row, column, f"x{choose.randrange(1_000_000)}")
            elif kind == "text":
                sheet.write_string(row, column, f"{name} {choose.randrange(5000)}")
            elif kind == "date":
                moment = date(1950, 1, 1) + timedelta(days=choose.randrange(27000))
                sheet.write_datetime(row, column, moment, day)  # type: ignore[arg-type]
            elif kind == "boolean":
                sheet.write_boolean(row, column, choose.random() < 0.5)
            else:
                sheet.write_number(row, column, choose.randrange(1000) + (0.25 if kind == "number" else 0))
    book.close()
    return path, planted


def _peer(name: str, book: Path) -> float:
    """Seconds, in a process of its own."""
    command = [sys.executable, "-m", "bench.imports_peers", name, str(book)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    told = json.loads(answer.stdout.splitlines()[-1])
    assert told["rows"] >= ROWS, told
    return float(told["seconds"])


def _ours(root: Path, book: Path, name: str) -> Figures:
    """Seconds, the child's memory, the server's growth, and the longest that another writer waits."""
    return asyncio.run(_import(root, book, name))


async def _import(root: Path, book: Path, name: str) -> Figures:
    with tempfile.TemporaryDirectory(dir=root) as folder:
        path = Path(folder) / "data.sqlite3"
        migrate(path, "data")
        db = await Database.open(path)
        sandbox = Sandbox(preload=PRELOADED)
        await sandbox.start()
        try:
            template = (await make_customers(db, [(n, ColumnType(t), False) for n, t in COLUMNS])).template
            before = resident_mb(os.getpid())
            waits: list[float] = [0.0]
            imported = asyncio.Event()
            writer = asyncio.create_task(_other_writer(db, waits, imported))
            with _watched_children() as peak:
                started = time.perf_counter()
                result: ImportResult = await import_workbook(
                    db,
                    sandbox,
                    template,
                    book,
                    job_id=new_job_id(),
                    file_name=book.name,
                    options=ImportOptions(),
                    staging=Path(folder) / "staging",
                    report=Path(folder) / "report",
                    settings=ImportSettings(),
                )
                seconds = time.perf_counter() - started
            imported.set()
            await writer
            return {
                name: seconds,
                f"{name}, found": float(result.details.get("problem_count", 0)),
                f"{name}, child": max(peak.values(), default=0.0),
                f"{name}, server": resident_mb(os.getpid()) - before,
                f"{name}, writer waits": max(waits),
            }
        finally:
            await sandbox.close()
            await db.close()


async def _other_writer(db: Database, waits: list[float], imported: asyncio.Event) -> None:
    """Writes a little, again and again, until all is imported; notes how long each write had to wait."""
    while not imported.is_set():
        started = time.perf_counter()
        async with db.write() as tx:
            await tx.run("UPDATE users SET created_at = created_at")
        waits.append(time.perf_counter() - started)
        await asyncio.sleep(0.02)


@contextmanager
def _watched_children() -> Iterator[dict[int, float]]:
    """The most memory that each process of the sandbox has held, in MB, looked at all the while."""
    peak: dict[int, float] = {}
    done = Event()

    def watch() -> None:
        while not done.wait(0.02):
            for process in _descendants(os.getpid()):
                try:
                    peak[process] = max(peak.get(process, 0.0), resident_mb(process))
                except (OSError, AssertionError):
                    continue

    watching = Thread(target=watch)
    watching.start()
    try:
        yield peak
    finally:
        done.set()
        watching.join()


def _descendants(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    found = [int(child) for child in children]
    return found + [other for child in found for other in _descendants(child)]
