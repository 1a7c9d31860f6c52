"""Exports: 100,000 records of 11 columns with ids, notes, formats, dropdowns; beside what others take for it.

All write the same cells from the same database, each in a child process of the sandbox. Then a million, which
must take twelve times as long at the most and no more memory; and 100,000 records of every type that go out
and come back through the import, which must change nothing.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench.exports_ours import Source, read_alone, write_ours
from bench.exports_peers import write_openpyxl, write_xlsxwriter
from tests.factories import import_files, make_customers
from xlsapp.app import PRELOADED
from xlsapp.config import ExportSettings
from xlsapp.db.database import SqliteDatabase
from xlsapp.db.migrate import migrate
from xlsapp.jobs.status import new_job_id
from xlsapp.models import ColumnRules, ColumnType, ImportTemplate
from xlsapp.repositories import import_templates, template_columns
from xlsapp.repositories.records import data_records
from xlsapp.repositories.records.selection import Selection, count_sql, select_sql
from xlsapp.sandbox.sandbox import Limits, Sandbox
from xlsapp.services.exports.exporting import ExportRequest, export_workbook
from xlsapp.services.exports.kinds import ExportKind
from xlsapp.services.exports.options import ExportOptions
from xlsapp.services.imports.importing import import_workbook
from xlsapp.services.imports.options import Blank, ImportOptions, Mode
from xlsapp.services.imports.request import ImportRequest
from xlsapp.services.records.records import Records

FEW, MANY = 100_000, 1_000_000
LIMITS = Limits(memory_mb=4096, seconds=1800)

TEXT, NUMBER, DAY = ColumnType.TEXT, ColumnType.NUMBER, ColumnType.DATE
MIXED = (
    *(("First name", TEXT, True), ("Last name", TEXT, True), ("City", TEXT, False), ("Notes", TEXT, False)),
    *(("Balance", NUMBER, False), ("Discount", NUMBER, False), ("Orders", ColumnType.INTEGER, False)),
    *(("Born", DAY, False), ("Since", DAY, False), ("Active", ColumnType.BOOLEAN, False)),
    ("Plan", ColumnType.CHOICE, False),
)
MATRIX = tuple((kind.value, kind, False) for kind in ColumnType)
CHOICES = ("Free", "Team", "Company")
WORDS = ["late", "paid", "calls", "often", "prefers", "mail", "asks", "for", "discount", "since", "moving"]

OURS, XLSXWRITER, OPENPYXL, FLOOR = "ours", "XlsxWriter", "openpyxl", "reading alone"
SPEED_WANTED, MEMORY_WANTED_MB, GROWTH_WANTED = 4.0, 80, 12.0


def run(*, rounds: int) -> dict[str, Any]:
    """Medians over rounds."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_run(Path(folder), rounds))


def table(figures: dict[str, Any]) -> str:
    """The figures for people."""
    median = figures["median"]
    lines = [
        f"Exports: {FEW:,} records × {len(MIXED)} columns, medians of {figures['rounds']} rounds",
        f"  {'':24}{'seconds':>10}{'child MB':>10}{'file MB':>10}",
    ]
    for name, found in median.items():
        lines.append(
            f"  {name:24}{found['seconds']:10.2f}{found['memory']:10.0f}{found['size']:10.1f}"
            + (f"   {found['seconds'] / median[OURS]['seconds']:.1f} × ours" if name != OURS else "")
        )
    few, many = median[OURS], median[f"{OURS}, {MANY:,}"]
    ratio = median[XLSXWRITER]["seconds"] / few["seconds"]
    growth = many["seconds"] / few["seconds"]
    most = max(few["memory"], many["memory"])
    lines += [
        _held(ratio >= SPEED_WANTED, f"{ratio:.1f} × as fast as XlsxWriter (wanted: {SPEED_WANTED})"),
        _held(most <= MEMORY_WANTED_MB, f"child at most {most:.0f} MB (wanted: {MEMORY_WANTED_MB})"),
        _held(
            growth <= GROWTH_WANTED, f"{MANY:,} records take {growth:.1f} × as long (wanted: {GROWTH_WANTED})"
        ),
        _held(
            figures["round trip"]["unchanged"] == FEW,
            f"{FEW:,} records of all types out in {figures['round trip']['export']:.1f} s, back in "
            f"{figures['round trip']['import']:.1f} s: {figures['round trip']['counts']}",
        ),
    ]
    return "\n".join(lines)


def _held(holds: bool, words: str) -> str:
    return f"  {'holds' if holds else 'FAILS'}: {words}"


async def _run(folder: Path, rounds: int) -> dict[str, Any]:
    path = folder / "data.sqlite3"
    migrate(path, "data")
    db, sandbox = await SqliteDatabase.open(path), Sandbox(preload=PRELOADED)
    await sandbox.start()
    try:
        few = _source(path, await _make(db, MIXED, FEW))
        many = _source(path, await _make(db, MIXED, MANY))
        work: dict[str, tuple[Callable[..., float], Source]] = {
            OURS: (write_ours, few),
            XLSXWRITER: (write_xlsxwriter, few),
            OPENPYXL: (write_openpyxl, few),
            FLOOR: (read_alone, few),
            f"{OURS}, {MANY:,}": (write_ours, many),
        }
        measured: dict[str, list[dict[str, float]]] = {name: [] for name in work}
        for number in range(rounds):
            for name, (function, source) in work.items():
                print(f"\rround {number + 1} of {rounds}: {name:24}", end="", file=sys.stderr, flush=True)
                measured[name].append(await _measure(sandbox, function, source, folder / "out.xlsx"))
        round_trip = await _round_trip(db, sandbox, folder)
        print("\r" + " " * 60, end="\r", file=sys.stderr)
    finally:
        await sandbox.close()
        await db.close()
    return {
        "rounds": rounds,
        "median": {
            name: {figure: statistics.median(r[figure] for r in found) for figure in found[0]}
            for name, found in measured.items()
        },
        "rounds measured": measured,
        "round trip": round_trip,
    }


def _source(path: Path, template: ImportTemplate) -> Source:
    rows_sql, _ = select_sql(template, Selection())
    return Source(path, template, rows_sql, count_sql(rows_sql))


async def _measure(
    sandbox: Sandbox, function: Callable[..., float], source: Source, target: Path
) -> dict[str, float]:
    """Seconds from asking to the answer, the child's peak memory, and the size of what it wrote."""
    await asyncio.to_thread(target.write_bytes, b"")
    started = time.monotonic()
    memory = await sandbox.run(function, source, target, limits=LIMITS)
    seconds = time.monotonic() - started
    size = (await asyncio.to_thread(target.stat)).st_size / 1e6
    return {"seconds": seconds, "memory": memory, "size": size}


async def _round_trip(db: SqliteDatabase, sandbox: Sandbox, folder: Path) -> dict[str, Any]:
    """Every type, with blanks: out through the service, back through the import."""
    template, path = await _make(db, MATRIX, FEW), folder / "trip.xlsx"
    started = time.monotonic()
    options = ExportOptions(ExportKind.DATA)
    wanted = ExportRequest(template, options, target=path, settings=ExportSettings())
    exported = await export_workbook(db, sandbox, wanted)
    assert exported.success, exported.reasons
    half = time.monotonic()
    choices = ImportOptions(mode=Mode.REPLACE, blank=Blank.ERASE)
    request = ImportRequest(new_job_id(), template, path.name, import_files(path, folder), choices)
    records = Records(db, folder)
    receipt = await import_workbook(records, sandbox, request)
    await records.close()
    assert receipt.counts, receipt.reasons
    names = ("created", "updated", "deleted")
    return {
        "export": half - started,
        "import": time.monotonic() - half,
        "unchanged": receipt.counts.unchanged,
        "counts": ", ".join(f"{getattr(receipt.counts, name):,} {name}" for name in names),
    }


async def _make(
    db: SqliteDatabase, columns: Sequence[tuple[str, ColumnType, bool]], count: int
) -> ImportTemplate:
    """A template with so many records."""
    customers = await make_customers(db, columns)
    template = customers.template
    async with db.write() as tx:
        for column in template.columns:
            if column.type is ColumnType.CHOICE:
                await template_columns.change(tx, replace(column, rules=ColumnRules(choices=CHOICES)))
    names = [column.key for column in template.columns]
    places = ", ".join(["?"] * (4 + len(names)))
    with closing(sqlite3.connect(db.path)) as conn, conn:
        conn.execute("PRAGMA wal_autocheckpoint = 0")
        conn.executemany(
            f"INSERT INTO {data_records.table_name(template.id)} (id, position, created_at, updated_at, "
            f"{', '.join(names)}) VALUES ({places})",
            _records([kind for _, kind, _ in columns], count, blanks=columns is MATRIX),
        )
    async with db.write() as tx:
        await data_records.note_change(tx, template.id, added=count)
        return await import_templates.find(tx, customers.user.id, template.id)


def _records(kinds: Sequence[ColumnType], count: int, *, blanks: bool) -> Iterator[tuple[Any, ...]]:
    """Made-up records, the same each time."""
    choose = random.Random(1)
    values = [_values(kind, place, choose) for place, kind in enumerate(kinds)]
    for number in range(1, count + 1):
        at = f"2026-01-31T09:{number // 60 % 60:02}:{number % 60:02}Z"
        row = [make() for make in values]
        if blanks:
            row[number % len(row)] = None
        yield (number, number, at, at, *row)


def _values(kind: ColumnType, place: int, choose: random.Random) -> Callable[[], Any]:
    def day() -> str:
        return str(date(1950, 1, 1) + timedelta(days=choose.randrange(27000)))

    def clock() -> str:
        return str(timedelta(seconds=86400 + choose.randrange(86400)))[7:].rjust(8, "0")

    def word() -> str:
        return f"{choose.choice(WORDS).title()}{choose.randrange(5000)}"

    makers: dict[ColumnType, Callable[[], Any]] = {
        ColumnType.INTEGER: lambda: choose.randrange(1000),
        ColumnType.NUMBER: choose.random if place % 2 else lambda: round(choose.uniform(0, 9999), 2),
        ColumnType.DATE: day,
        ColumnType.DATETIME: lambda: f"{day()}T{clock()}",
        ColumnType.TIME: clock,
        ColumnType.BOOLEAN: lambda: choose.random() < 0.5,
        ColumnType.CHOICE: lambda: choose.choice(CHOICES),
        ColumnType.EMAIL: lambda: f"{word()}@example.com",
        ColumnType.LINK: lambda: f"https://example.com/{word()}",
    }
    return makers.get(kind, (lambda: " ".join(choose.choices(WORDS, k=12))) if place == 3 else word)
