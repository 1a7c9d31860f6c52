"""Reviews: what a check costs beside an import, pages, mends, applying it. On SQLite, through the services.

Seconds of checks, imports and applying are medians of rounds that take turns. A hundredth of the rows have a
problem; the mend of a kind is made of a workbook in which a whole column is wrong.
"""

from __future__ import annotations

import asyncio
import csv
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.factories import import_files, make_customers
from xlsapp.app import PRELOADED
from xlsapp.config import ImportSettings
from xlsapp.db.database import SqliteDatabase
from xlsapp.db.migrate import migrate
from xlsapp.jobs.status import new_job_id
from xlsapp.models import ColumnType, ImportTemplate
from xlsapp.repositories import import_templates
from xlsapp.repositories.reviewing.kinds import Kind
from xlsapp.repositories.reviewing.rows import Wanted
from xlsapp.sandbox.sandbox import Sandbox
from xlsapp.services.engines.review_places import ReviewFiles
from xlsapp.services.imports.importing import import_workbook
from xlsapp.services.imports.options import ImportOptions, Mode
from xlsapp.services.imports.request import ImportRequest
from xlsapp.services.records.records import Records
from xlsapp.services.reviews.applying import ApplyRequest, apply_review
from xlsapp.services.reviews.mending import MendDraft, MendKind
from xlsapp.services.reviews.reviews import Reviews

ROWS, LARGE = 100_000, 1_000_000
PAGES = 40
COLUMNS = [("Code", ColumnType.TEXT)] + [
    (f"{kind} {n}", kind) for n in range(3) for kind in (ColumnType.TEXT, ColumnType.INTEGER, ColumnType.DATE)
]


def run(*, rounds: int, rows: int = ROWS, large: int = LARGE) -> dict[str, Any]:
    """Medians over rounds."""
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_run(Path(folder), rounds, rows, large))


def table(found: dict[str, Any]) -> str:
    """The figures for people."""
    lines = [f"Reviews: {found['rows']:,} rows × {len(COLUMNS)}, medians of {found['rounds']} rounds"]
    lines += [f"  {name:44} {value:10.3f}" for name, value in found["figures"].items()]
    return "\n".join(lines)


async def _run(folder: Path, rounds: int, rows: int, large: int) -> dict[str, Any]:
    figures: dict[str, float] = {}
    good, changed, bad, many = (folder / f"{name}.csv" for name in ("good", "changed", "bad", "many"))
    _write(good, rows)
    _write(changed, rows, another=True)
    _write(bad, rows, is_bad=lambda row: True)
    _write(many, large, is_bad=lambda row: row % 100 == 0)
    for name, book, mode in (("add", good, Mode.ADD), ("update", changed, Mode.UPDATE)):
        async with _desk(folder / name) as desk:
            if mode is Mode.UPDATE:
                await desk.run(good)
            taken: dict[str, list[float]] = {"check": [], "import": [], "apply": []}
            for _ in range(rounds):
                review_id = new_job_id()
                taken["check"].append(await desk.timed(desk.run(book, mode, job_id=review_id, check=True)))
                taken["apply"].append(await desk.timed(desk.apply(review_id)))
                book = changed if book == good else good
                taken["import"].append(await desk.timed(desk.run(book, mode)))
                book = changed if book == good else good
            for what, seconds in taken.items():
                figures[f"{what}, {name}, s"] = statistics.median(seconds)
    async with _desk(folder / "bad") as desk:
        await desk.run(bad, job_id="bad", check=True)
        figures["mend of a kind, s"] = await desk.timed(
            desk.mend("bad", MendDraft(MendKind.REPLACE, desk.column("integer 0"), "type", text="7"))
        )
    async with _desk(folder / "many") as desk:
        await desk.run(many, job_id="many", check=True)
        figures |= await desk.pages("many")
        integer = desk.column("integer 0")
        one = [
            await desk.timed(desk.mend("many", MendDraft(MendKind.CELL, integer, row=100 * n, text="7")))
            for n in range(1, 11)
        ]
        figures["mend of one cell, 1M rows, p50 ms"] = 1000 * statistics.median(one)
    return {"rounds": rounds, "rows": rows, "figures": figures}


def _write(path: Path, rows: int, *, another: bool = False, is_bad: Any = lambda row: False) -> None:
    random.seed(1)
    words = [f"word{n}" for n in range(5_000)]
    with path.open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(name for name, _ in COLUMNS)
        for row in range(2, rows + 2):
            number = "many" if is_bad(row) else str(row % 997 + another)
            rest = [random.choice(words), row % 31, "2026-01-31"] * 2
            lines.writerow([f"code {row}", random.choice(words), number, "2025-12-24", *rest])


class _Desk:
    def __init__(self, records: Records, sandbox: Sandbox, template: ImportTemplate, folder: Path) -> None:
        self.records, self.sandbox, self.template, self.folder = records, sandbox, template, folder
        (folder / "reviews").mkdir()
        self.places = ReviewFiles(folder / "reviews", folder / "data.sqlite3")
        self.reviews = Reviews(self.places)

    def column(self, name: str) -> int:
        return next(column.id for column in self.template.columns if column.name == name)

    async def timed(self, work: Any) -> float:
        started = time.perf_counter()
        await work
        return time.perf_counter() - started

    async def present(self) -> ImportTemplate:
        async with self.records.db.read() as conn:
            return await import_templates.find(conn, self.template.user_id, self.template.id)

    async def run(self, book: Path, mode: Mode = Mode.ADD, *, job_id: str = "", check: bool = False) -> None:
        keys = (self.template.columns[0].id,) if mode is Mode.UPDATE else ()
        files = import_files(book, self.folder)
        request = ImportRequest(
            job_id or new_job_id(),
            await self.present(),
            book.name,
            files,
            ImportOptions(mode=mode, keys=keys, check=check),
            settings=ImportSettings(max_seconds=3600),  # also where others are at work on the machine
            places=self.places,
        )
        receipt = await import_workbook(self.records, self.sandbox, request)
        assert receipt.success, receipt.reasons

    async def apply(self, job_id: str) -> None:
        review = await self.reviews.find(await self.present(), job_id)
        await self.reviews.begin_to_apply(review, review.revision, lambda _: f"a{job_id}")
        request = ApplyRequest(f"a{job_id}", job_id, review.template)
        receipt = await apply_review(self.records, self.reviews, request)
        assert receipt.success, receipt.reasons

    async def mend(self, job_id: str, draft: MendDraft) -> None:
        await self.reviews.mend(await self.reviews.find(await self.present(), job_id), draft, 1)

    async def pages(self, job_id: str) -> dict[str, float]:
        review = await self.reviews.find(await self.present(), job_id)
        code, text = review.template.columns[:2]
        integer = review.template.columns[2]
        found = {}
        for name, wanted in (
            ("new", Wanted(Kind.NEW)),
            ("problems", Wanted(Kind.PROBLEMS)),
            ("by column", Wanted(Kind.PROBLEMS, column=integer, rule="type")),
            ("sorted", Wanted(Kind.NEW, sort=text)),
            ("problems sorted", Wanted(Kind.PROBLEMS, sort=code, descending=True)),
            ("searched", Wanted(Kind.NEW, search="word77")),
            ("searched in vain", Wanted(Kind.NEW, search="nowhere")),
        ):
            cursor, taken = None, []
            first = await self.timed(self.reviews.page(review, wanted, None, size=50))
            for _ in range(PAGES):
                started = time.perf_counter()
                page = await self.reviews.page(review, wanted, cursor, size=50)
                taken.append(1000 * (time.perf_counter() - started))
                cursor = page.next
            found[f"page {name}, 1M rows, p95 ms"] = statistics.quantiles(taken, n=20)[-1]
            found[f"page {name}, 1M rows, the first one, ms"] = 1000 * first
        started = time.perf_counter()
        await self.reviews.groups(review)
        found["problems by kind, 1M rows, ms"] = 1000 * (time.perf_counter() - started)
        staged = await self.places.run(
            job_id, lambda conn: (conn.one("SELECT SUM(pgsize) FROM dbstat WHERE name = 'staged'") or (0,))[0]
        )
        sizes = await self.places.sizes([job_id])
        found["disk, × the staged rows"] = sizes[job_id] / staged if staged else 0
        return found


class _desk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def __aenter__(self) -> _Desk:
        self.folder.mkdir()
        path = self.folder / "data.sqlite3"
        migrate(path, "data")
        self.db, self.sandbox = await SqliteDatabase.open(path), Sandbox(preload=PRELOADED)
        self.records = Records(self.db, self.folder)
        await self.sandbox.start()
        columns = [(name, kind, False) for name, kind in COLUMNS]
        return _Desk(
            self.records, self.sandbox, (await make_customers(self.db, columns)).template, self.folder
        )

    async def __aexit__(self, *_: object) -> None:
        await self.sandbox.close()
        await self.records.close()
        await self.db.close()
