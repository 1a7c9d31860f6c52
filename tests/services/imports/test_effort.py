"""Twice the rows are twice the work for the database, and not four times: counted in its own steps."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.services.conftest import Desk
from xlsapp.services.imports.options import Blank, ImportOptions, Mode
from xlsapp.services.imports.plan import plan_import
from xlsapp.spreadsheet.reading.problem_log import ProblemLog
from xlsapp.spreadsheet.reading.reader import ReadLimits, ReadOptions, read_workbook

Rows = Callable[[int], list[tuple[Any, ...]]]
UPDATE = {"mode": Mode.UPDATE, "valid_only": True}


def write(path: Path, rows: list[tuple[Any, ...]]) -> Path:
    lines = ["Code,Seat,Orders", *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines))
    return path


def steps_of_plan(desk: Desk, path: Path, folder: Path, options: ImportOptions) -> int:
    """Hundreds of steps of SQLite's machine that comparing a file's rows with the records takes."""
    log = ProblemLog(folder / "problems", limit=100)
    read, conn = read_workbook(
        path,
        desk.template.columns,
        ReadOptions(blanks_may_stay=True),
        ReadLimits(),
        folder / "staged",
        log,
        lambda progress: None,
    )
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    with closing(log), closing(conn):
        conn.execute("COMMIT")
        conn.execute("ATTACH ? AS data", (f"file:{desk.db.path}?mode=ro",))
        conn.execute("BEGIN")
        conn.set_progress_handler(count, 100)
        plan_import(conn, desk.template, options, read, log, max_delete_percent=100)
        return steps


@pytest.mark.parametrize(
    ("rows", "options"),
    [
        (lambda n: [(f"k{i}", f"s{i}", i) for i in range(n)], {}),
        (lambda n: [(f"k{i}", "same", i) for i in range(n)], {}),
        (lambda n: [(f"k{i}", f"s{i}", i) for i in range(n)], UPDATE),
        (lambda n: [(f"k{i}", f"s{i}", "x") for i in range(n)], UPDATE),
        (lambda n: [("k1", "s1", i) for i in range(n)], UPDATE),
        (lambda n: [("k0", "new", "x"), *((f"k{i}", f"s{i - 1}", i) for i in range(1, n))], UPDATE),
        (lambda n: [(f"k{i}", f"s{i + 1}", i) for i in range(n)], {"mode": Mode.REPLACE}),
        (lambda n: [(f"k{i}", "", "") for i in range(n)], {"mode": Mode.REPLACE, "blank": Blank.ERASE}),
    ],
    ids=["stored", "equal", "known", "wrong", "one record", "one after the other", "moved", "erased"],
)
async def test_twice_the_rows_are_twice_the_work(desk, tmp_path, rows: Rows, options):
    steps = []
    for number in (400, 800):
        seats = await desk("Code", "Seat", ("Orders", "integer"))
        stored = write(tmp_path / "stored.csv", [(f"k{i}", f"s{i}", i) for i in range(number)])
        assert (await seats.run(stored)).success
        await seats.rules("Seat", unique=True)
        path = write(tmp_path / "rows.csv", rows(number))
        chosen = ImportOptions(keys=seats.ids("Code"), **options)
        steps.append(steps_of_plan(seats, path, tmp_path, chosen))

    assert steps[1] < 2.5 * steps[0], steps
