"""A copy of a sheet has its values in the very cells; one of a few rows has them below the header."""

from contextlib import ExitStack
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest

from xlsapp.spreadsheet.files.memory import Memory
from xlsapp.spreadsheet.files.workbooks import open_file
from xlsapp.spreadsheet.marking.plain_copy import copy_sheet

ROWS = [
    ["List", None, None],
    ["Name", "What", "Merged"],
    ["007", 1.5, "both"],
    [None, None, None],
    ["a < b\n", datetime(2024, 5, 6, 7, 8, 9), None],
    [True, date(2024, 5, 6), "other"],
    ["#N/A", time(9, 30), 12345678901],
]
SHEET = "A & B"


@pytest.fixture
def path(tmp_path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = SHEET
    for row in ROWS:
        sheet.append(row)
    sheet.merge_cells("C3:C5")
    sheet["B9"], sheet["B9"].number_format = 7, "000"
    book.save(tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


def copied(
    path: Path, **options
) -> tuple[list[tuple], dict[int, int], openpyxl.worksheet.worksheet.Worksheet]:
    target = path.with_name("copy.xlsx")
    with ExitStack() as stack:
        file = open_file(path, stack, max_unpacked_bytes=10**8, memory=Memory(10**8, 10**8))
        moved = file.read(stack, lambda book: copy_sheet(book, SHEET, target, **options))
    sheet = openpyxl.load_workbook(target)[SHEET]
    return list(sheet.iter_rows(values_only=True)), moved, sheet


def test_every_value_is_in_its_cell_as_what_it_is(path):
    rows, moved, sheet = copied(path)

    assert rows[:5] == [tuple(row) for row in ROWS[:5]]
    assert rows[5:7] == [(True, datetime(2024, 5, 6), "other"), ("#N/A", time(9, 30), 12345678901)]
    assert rows[8][1] == "007", "as its format shows it"
    assert [str(area) for area in sheet.merged_cells.ranges] == ["C3:C5"]
    assert moved == {}


def test_a_few_rows_follow_the_header_with_the_values_that_are_merged(path):
    rows, moved, sheet = copied(path, only={5, 7}, header_row=2)

    assert rows == [
        ("List", None, None),
        ("Name", "What", "Merged"),
        ("a < b\n", datetime(2024, 5, 6, 7, 8, 9), "both"),
        ("#N/A", time(9, 30), 12345678901),
    ]
    assert moved == {5: 3, 7: 4}
    assert not sheet.merged_cells.ranges
