"""LibreOffice works on our workbooks and saves them in its own way: they come back right, or are refused."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.conftest import missing
from tests.services.conftest import Desk
from tests.services.exports.test_exporting import CHOICES, EDGES, TYPES, add_records, export
from xlsapp.models import CellValue
from xlsapp.services.imports.options import Blank, Mode

LOST: dict[str, dict[CellValue, CellValue]] = {
    "xlsx": {"a\nb\r\nc\td\r": "a\nb\nc\td\n"},
    "ods": {
        "a\nb\r\nc\td\r": "a\nb\ncd\n",
        "\x01\x1f\x7f\x85\ufffd\ufeff": "\x7f\x85\ufffd\ufeff",
    },
    "csv": {"a\nb\r\nc\td\r": "a\nb\nc\td\n"},
}
"""What LibreOffice makes of the edges by itself, whatever it opens; docs/exports.md tells of it."""
# The Python that Debian's python3-uno is made for.
PYTHON = Path("/usr/bin/python3")
Save = Callable[..., Awaitable[Path]]


@pytest.fixture(scope="module")
async def save(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Save]:
    """Have LibreOffice open a file, take some steps, and save it with a name; one start serves all tests."""
    if not shutil.which("soffice"):
        missing("LibreOffice")
    probe = [PYTHON, "-c", "import uno"]
    if (
        not PYTHON.exists()
        or (await asyncio.to_thread(subprocess.run, probe, capture_output=True)).returncode
    ):
        missing("python3-uno")
    office = await asyncio.create_subprocess_exec(
        *(PYTHON, Path(__file__).parent / "office.py", tmp_path_factory.mktemp("profile")),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert office.stdin
    assert office.stdout

    async def save_as(path: Path, name: str, *steps: Any) -> Path:
        target = path.parent / "saved" / name
        target.parent.mkdir(exist_ok=True)
        order = {"path": str(path), "target": str(target), "steps": steps}
        office.stdin.write(json.dumps(order).encode() + b"\n")
        assert json.loads(await asyncio.wait_for(office.stdout.readline(), 120)) is None
        return target

    yield save_as
    office.stdin.close()
    try:
        await asyncio.wait_for(office.wait(), 60)
    except TimeoutError:  # what it was asked for is done
        os.killpg(office.pid, signal.SIGKILL)


@pytest.fixture
async def edges(desk) -> Desk:
    """A template with every type, and records with the edges of each."""
    made: Desk = await desk(*TYPES)
    await made.rules("Pick", choices=CHOICES)
    await add_records(made, EDGES)
    return made


@pytest.mark.parametrize("kind", ["xlsx", "ods", "csv"])
async def test_a_workbook_saved_by_libreoffice_changes_only_what_libreoffice_cannot_keep(
    edges, tmp_path, save, kind
):
    before = await edges.records()
    await export(edges, tmp_path / "out.xlsx")

    saved = await save(tmp_path / "out.xlsx", f"out.{kind}")
    if kind == "csv":  # LibreOffice shows no duration of 136 years or more
        refused = await edges.run(saved, mode=Mode.REPLACE, blank=Blank.ERASE)
        assert [cell["value"] for group in refused.errors for cell in group["cells"]] == ["#FMT"]
        saved.write_text(saved.read_text("utf-8").replace("#FMT", "71003160:00:00"), "utf-8")
    result = await edges.run(saved, mode=Mode.REPLACE, blank=Blank.ERASE)

    assert result.success, [(g["column"], g["rule"], g["cells"][:2]) for g in result.errors]
    assert result.counts["unchanged"] + result.counts["updated"] == len(before), result.counts
    changed: dict[CellValue, CellValue] = {}
    for old, new in zip(before, await edges.records(), strict=True):
        changed |= {value: new.values[key] for key, value in old.values.items() if new.values[key] != value}
    assert changed == LOST[kind]
    shortened = [note.parameters for note in result.receipt.notes if note.code == "import.shortened"]
    moments = [{"column": "Moment", "values": 2}] if kind == "ods" else []
    assert shortened == [{"column": "Number", "values": 2}, *moments]


async def test_libreoffice_finds_lists_checks_notes_filter_and_hidden_columns(edges, tmp_path, save):
    await export(edges, tmp_path / "out.xlsx")

    sheet = openpyxl.load_workbook(await save(tmp_path / "out.xlsx", "out.xlsx")).worksheets[0]

    assert sheet.auto_filter.ref == f"A1:N{1 + edges.template.record_count}"
    assert sheet.print_title_rows == "$1:$1"
    hidden = [n for d in sheet.column_dimensions.values() if d.hidden for n in range(d.min, d.max + 1)]
    assert hidden == [12, 13, 14]
    notes = [cell.comment.text for cell in sheet[1][:11]]
    assert notes[0] == "Text. May be left blank."
    assert notes[1:2] == ["A whole number. May be left blank."]
    # LibreOffice ends a validation a thousand rows below the data; ours go down to the last row.
    checks = [(v.type, v.formula1.replace("'", "")) for v in sheet.data_validations.dataValidation]
    assert checks[:2] == [("textLength", "0"), ("whole", "-999999999999999")]
    lists = [formula for kind, formula in checks if kind == "list"]
    assert lists == ["Lists!$A$1:$A$2", "Lists!$B$1:$B$4"]


PEOPLE = [(f"Person {n * 7 % 12}", f"p{n}@example.com", f"+49 30 {n:05}", n) for n in range(12)]
WORKED_ON: dict[str, tuple[list[list[Any]], int | None]] = {
    "sorted_by_arrow.ods": ([["sort_by_arrow", 0]], 12),
    "sorted_by_toolbar.ods": ([["press", "SortAscending", "A5"]], 12),
    "sorted_by_toolbar_without_filter.xlsx": (
        [["press", "DataFilterAutoFilter", "A5"], ["press", "SortDescending", "D5"]],
        12,
    ),
    "sorted_by_an_arrow_of_before.ods": ([["narrow_filter", 4], ["sort_by_arrow", 0]], None),
    "sorted_by_toolbar_beside_a_filter_of_before.xlsx": (
        [["narrow_filter", 4], ["press", "SortAscending", "A5"]],
        12,
    ),
    "selected_and_sorted.xlsx": ([["press", "SortAscending", "A2:D13"]], None),
    "filtered.ods": ([["filter_by_arrow", 0, "Person 3"]], 12),
    "filtered_and_cut.xlsx": ([["filter_by_arrow", 0, "Person 3"], ["delete_seen_rows"]], 11),
    "filtered_sorted_and_cut.ods": (
        [["sort_by_arrow", 0], ["filter_by_arrow", 0, "Person 3"], ["delete_seen_rows"]],
        11,
    ),
    "rows_cut.ods": ([["press", "DeleteRows", "A5:A7"]], 9),
    "cells_cut.ods": ([["delete_cells", "A5:D5"]], None),
    "cells_cut.xlsx": ([["delete_cells", "A5:D5"]], None),
    "sorted_by_toolbar.csv": ([["press", "SortAscending", "A5"]], 12),
    "cells_cut.csv": ([["delete_cells", "A5:D5"]], None),
}
"""What is done to the sheet, and how many rows are unchanged records then; None where it is refused."""


async def test_what_was_sorted_filtered_and_cut_comes_back_right_or_is_refused(desk, tmp_path, save):
    people = await desk("Name", ("Mail", "email"), "Phone", ("Orders", "integer"))
    await add_records(people, PEOPLE)
    before = await people.records()
    await export(people, tmp_path / "out.xlsx")

    for name, (steps, unchanged) in WORKED_ON.items():
        saved = await save(tmp_path / "out.xlsx", name, *steps)
        result = await people.run(saved, mode=Mode.UPDATE, blank=Blank.ERASE)
        assert result.success == (unchanged is not None), (name, result.details)
        if unchanged is None:
            assert "This row holds what record" in result.errors[0]["cells"][0]["message"], name
        else:
            assert result.counts["unchanged"] == unchanged, (name, result.counts)
            assert result.counts["updated"] == result.counts["created"] == 0
        assert await people.records() == before
