"""LibreOffice opens our workbooks, saves them in its own way, and nothing has changed."""

import asyncio
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.conftest import missing
from tests.services.conftest import Desk
from tests.services.exports.test_exporting import CHOICES, EDGES_BY_TYPE, TYPES, add_records, export
from xlsapp.services.imports.options import Blank, Mode

# LibreOffice keeps 15 digits of a number, and makes a line feed of a carriage return, whatever it opens.
KEPT = {
    **EDGES_BY_TYPE,
    "text": [text for text in EDGES_BY_TYPE["text"] if "\r" not in str(text)],
    "number": [0.1, -123456789.123456, 1.7e300, 1e-300, 2.0, 0.0, 0.333333333333333],
}
# “Text - txt - csv”: comma, double quotes, UTF-8, from line 1; formats as shown, so that dates stay dates.
CSV = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true"


@pytest.fixture(scope="module")
def profile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """LibreOffice's own folder, which it takes seconds to fill."""
    return tmp_path_factory.mktemp("profile")


async def resave(path: Path, kind: str, profile: Path) -> Path:
    """Open a file in LibreOffice and save it as another kind, in a folder beside it."""
    await resave_all([path], kind, profile)
    return path.parent / "resaved" / f"{path.stem}.{kind.partition(':')[0]}"


async def resave_all(paths: Sequence[Path], kind: str, profile: Path) -> None:
    """The same for several files of one folder, with one start."""
    soffice = shutil.which("soffice") or missing("LibreOffice")
    folder = paths[0].parent / "resaved"
    process = await asyncio.create_subprocess_exec(
        str(soffice),
        f"-env:UserInstallation={profile.as_uri()}",
        *("--headless", "--convert-to", kind, "--outdir", str(folder), *map(str, paths)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), 120)
    for path in paths:
        assert (folder / f"{path.stem}.{kind.partition(':')[0]}").exists(), (output, errors)


@pytest.fixture
async def kept(desk, tmp_path) -> Desk:
    """A template with every type, and records with those of their edges that LibreOffice keeps."""
    made: Desk = await desk(*TYPES)
    await made.rules("Pick", choices=CHOICES)
    columns = [list(KEPT[kind]) for _, kind in TYPES]
    count = max(map(len, columns))
    rows = zip(*([*column, *[None] * (count - len(column))] for column in columns), strict=True)
    await add_records(made, list(rows))
    return made


@pytest.mark.parametrize("kind", ["xlsx", CSV], ids=["xlsx", "csv"])
async def test_a_workbook_saved_by_libreoffice_changes_nothing(kept, tmp_path, profile, kind):
    before = await kept.records()
    await export(kept, tmp_path / "out.xlsx")

    resaved = await resave(tmp_path / "out.xlsx", kind, profile)
    result = await kept.run(resaved, mode=Mode.REPLACE, blank=Blank.ERASE)

    assert result.success, [(g["column"], g["rule"], g["cells"][:2]) for g in result.errors]
    assert result.counts["unchanged"] == len(before), result.counts
    assert await kept.records() == before


async def test_libreoffice_finds_lists_checks_notes_filter_and_hidden_columns(kept, tmp_path, profile):
    await export(kept, tmp_path / "out.xlsx")

    sheet = openpyxl.load_workbook(await resave(tmp_path / "out.xlsx", "xlsx", profile)).worksheets[0]

    assert sheet.auto_filter.ref == f"A1:L{1 + kept.template.record_count}"
    assert sheet.print_title_rows == "$1:$1"
    hidden = [n for d in sheet.column_dimensions.values() if d.hidden for n in range(d.min, d.max + 1)]
    assert hidden == [11, 12]
    notes = [cell.comment.text for cell in sheet[1][:10]]
    assert notes[0] == "Text. May be left blank."
    assert notes[1:2] == ["A whole number. May be left blank."]
    # LibreOffice ends a validation a thousand rows below the data; ours go down to the last row.
    checks = [(v.type, v.formula1.replace("'", "")) for v in sheet.data_validations.dataValidation]
    assert checks[:2] == [("textLength", "0"), ("whole", "-999999999999999")]
    assert checks[6:8] == [("list", "Lists!$A$1:$A$2"), ("list", "Lists!$B$1:$B$4")]


PEOPLE = [(f"Person {n * 7 % 12}", f"p{n}@example.com", f"+49 30 {n:05}", n) for n in range(12)]
WHOLE, TEMPLATE_S = 6, 4
"""How many columns move: those of our filter; and those of the filter that earlier versions wrote."""


def sort_rows(sheet: Any, width: int) -> None:
    """Sort the rows by their first column, and move the first columns with it."""
    rows = [[cell.value for cell in row[:width]] for row in sheet.iter_rows(min_row=2)]
    for number, row in enumerate(sorted(rows, key=lambda row: str(row[0])), 2):
        for place, value in enumerate(row, 1):
            sheet.cell(number, place).value = value


def hide_rows(sheet: Any) -> None:
    """What a filter leaves behind."""
    for number in range(4, 9):
        sheet.row_dimensions[number].hidden = True


def cut_cells(sheet: Any) -> None:
    """Delete the cells of a row without its hidden ones, and move those below up."""
    for row in range(5, sheet.max_row + 1):
        for place in range(1, TEMPLATE_S + 1):
            sheet.cell(row, place).value = sheet.cell(row + 1, place).value


WORKED_ON: dict[str, tuple[Callable[[Any], None], int | None]] = {
    "sorted": (lambda sheet: sort_rows(sheet, WHOLE), 12),
    "sorted_by_the_filter_of_before": (lambda sheet: sort_rows(sheet, TEMPLATE_S), None),
    "filtered": (hide_rows, 12),
    "rows_cut": (lambda sheet: sheet.delete_rows(5, 3), 9),
    "cells_cut": (cut_cells, None),
}
"""What is done to the sheet, and how many rows are unchanged records then; None where it is refused."""


async def test_what_was_sorted_filtered_and_cut_comes_back_right_or_is_refused(desk, tmp_path, profile):
    people = await desk("Name", ("Mail", "email"), "Phone", ("Orders", "integer"))
    await add_records(people, PEOPLE)
    before = await people.records()
    await export(people, tmp_path / "out.xlsx")
    for name, (work_on, _) in WORKED_ON.items():
        book = openpyxl.load_workbook(tmp_path / "out.xlsx")
        work_on(book.worksheets[0])
        book.save(tmp_path / f"{name}.xlsx")

    await resave_all([tmp_path / f"{name}.xlsx" for name in WORKED_ON], "ods", profile)

    for name, (_, unchanged) in WORKED_ON.items():
        result = await people.run(tmp_path / "resaved" / f"{name}.ods", mode=Mode.UPDATE, blank=Blank.ERASE)
        assert result.success == (unchanged is not None), (name, result.details)
        if unchanged is None:
            assert "This row holds what record" in result.errors[0]["cells"][0]["message"], name
        else:
            assert result.counts["unchanged"] == unchanged, (name, result.counts)
            assert result.counts["updated"] == result.counts["created"] == 0
        assert await people.records() == before
