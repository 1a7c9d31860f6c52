"""One import through the app's own service, with a real database and sandbox; and who is kept waiting."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from bench.app import COLUMNS, resident_mb
from tests.factories import import_files, make_customers
from xlsapp.app import PRELOADED
from xlsapp.db.database import SqliteDatabase
from xlsapp.db.migrate import migrate
from xlsapp.jobs.status import new_job_id
from xlsapp.models import ColumnType
from xlsapp.sandbox.sandbox import Sandbox
from xlsapp.services.imports.importing import import_workbook
from xlsapp.services.imports.request import ImportRequest
from xlsapp.services.records.records import Records

LOOK_SECONDS = 0.01
PAUSE_SECONDS = 0.02


def import_once(book: Path) -> dict[str, float]:
    """Seconds, records, problems found, the most memory, and the longest that another writer waited."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_import(Path(folder), book))


async def _import(folder: Path, book: Path) -> dict[str, float]:
    path = folder / "data.sqlite3"
    migrate(path, "data")
    db, sandbox = await SqliteDatabase.open(path), Sandbox(preload=PRELOADED)
    records = Records(db, folder)
    await sandbox.start()
    try:
        columns = [(name, ColumnType(kind), False) for name, kind in COLUMNS]
        template = (await make_customers(db, columns)).template
        zygotes = children_of(os.getpid())
        before = resident_mb(os.getpid())
        waits, imported = [0.0], asyncio.Event()
        writer = asyncio.create_task(_other_writer(db, waits, imported))
        with watched(zygotes) as peak:
            started = time.perf_counter()
            request = ImportRequest(new_job_id(), template, book.name, import_files(book, folder))
            receipt = await import_workbook(records, sandbox, request)
            seconds = time.perf_counter() - started
        imported.set()
        await writer
        return {
            "seconds": seconds,
            "rows": float(receipt.processed_count),
            "found": float(receipt.problems.problem_count),
            "memory": peak["children"],
            "growth": peak["server"] - before,
            "wait": max(waits),
        }
    finally:
        await sandbox.close()
        await records.close()
        await db.close()


async def _other_writer(db: SqliteDatabase, waits: list[float], imported: asyncio.Event) -> None:
    """Writes a little, again and again, until all is imported; notes how long each write took."""
    while not imported.is_set():
        started = time.perf_counter()
        async with db.write() as tx:
            await tx.run("UPDATE users SET created_at = created_at")
        waits.append(time.perf_counter() - started)
        await asyncio.sleep(PAUSE_SECONDS)


@contextmanager
def watched(zygotes: list[int]) -> Iterator[dict[str, float]]:
    """The most MB that this process has held meanwhile, and that all which zygotes started held together."""
    peak = {"children": 0.0, "server": 0.0}
    done = Event()

    def watch() -> None:
        while not done.wait(LOOK_SECONDS):
            working = [pid for zygote in zygotes for pid in _descendants(zygote)]
            peak["children"] = max(peak["children"], sum(map(_resident_or_gone, working)))
            peak["server"] = max(peak["server"], resident_mb(os.getpid()))

    watching = Thread(target=watch)
    watching.start()
    try:
        yield peak
    finally:
        done.set()
        watching.join()


def _resident_or_gone(pid: int) -> float:
    try:
        return resident_mb(pid)
    except (OSError, AssertionError):  # it has ended meanwhile
        return 0.0


def _descendants(pid: int) -> list[int]:
    children = children_of(pid)
    return children + [other for child in children for other in _descendants(child)]


def children_of(pid: int) -> list[int]:
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    except OSError:
        return []
