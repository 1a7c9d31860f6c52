"""Twice the rows are twice the work for the database, and not four times: counted in its own steps."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.factories import import_files
from xlsapp.db.beside import open_beside
from xlsapp.repositories.merging.planning import make_plan
from xlsapp.services.allowances import Allowance
from xlsapp.services.imports.options import Blank, ImportOptions, Mode
from xlsapp.services.imports.planning import merging_of
from xlsapp.services.imports.request import ImportRequest
from xlsapp.services.imports.staging import Staged, StageRequest, stage

Rows = Callable[[int], list[tuple[Any, ...]]]
UPDATE = {"mode": Mode.UPDATE, "valid_only": True}


def write(path: Path, rows: list[tuple[Any, ...]]) -> Path:
    lines = ["Code,Seat,Orders", *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines))
    return path


def steps_of_plan(request: ImportRequest, database: Path) -> int:
    """Hundreds of steps of SQLite's machine that comparing a file's rows with the records takes."""
    wanted = StageRequest.of(request)
    wanted = replace(wanted, options=replace(wanted.options, blanks_may_stay=True))
    staged = stage(wanted, Allowance.of(wanted.workbook, wanted.settings), lambda progress: None)
    assert isinstance(staged, Staged)
    steps = 0

    def count() -> None:
        nonlocal steps
        steps += 1

    with open_beside(request.files.staging, database) as conn:
        conn._raw.set_progress_handler(count, 100)
        make_plan(conn, merging_of(request, staged.read))
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
        files = import_files(path, tmp_path)
        steps.append(steps_of_plan(ImportRequest("", seats.template, "", files, chosen), seats.db.path))

    assert steps[1] < 2.5 * steps[0], steps
