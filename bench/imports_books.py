"""Workbooks with defects planted in them: otherwise cell for cell the one that they are made from."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter
from python_calamine import CalamineWorkbook

from bench.app import COLUMNS

NOT_AVAILABLE = "=NA()"
"""Written as the formula that gives the error #N/A."""

DEFECTS: dict[str, tuple[Any, ...]] = {
    "text": (NOT_AVAILABLE,),
    "number": ("about twelve", "12 or 13", NOT_AVAILABLE),
    "integer": (4.5, "several", "1,5,7", NOT_AVAILABLE),
    "date": ("soon", "31/02/2024", 12.25, NOT_AVAILABLE),
    "boolean": ("perhaps", 2, NOT_AVAILABLE),
}
"""What cannot be stored in a column of each type, whoever reads it."""


def plant_defects(source: Path, target: Path, share: float) -> int:
    """Write the workbook anew with this share of its cells spoilt. Returns how many they are."""
    choose, planted = random.Random(2), 0
    rows = iter(CalamineWorkbook.from_path(str(source)).get_sheet_by_index(0).iter_rows())
    book = xlsxwriter.Workbook(target, {"constant_memory": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("Customers")
    sheet.write_row(0, 0, next(rows))
    for number, row in enumerate(rows, 1):
        for place, value in enumerate(row):
            if choose.random() < share:
                planted += 1
                value = choose.choice(DEFECTS[COLUMNS[place][1]])
            if value == NOT_AVAILABLE:
                sheet.write_formula(number, place, NOT_AVAILABLE, None, "#N/A")
            elif isinstance(value, date):
                sheet.write_datetime(number, place, value, day)
            else:
                sheet.write(number, place, value)
    book.close()
    return planted
