"""The columns of our own exports: which record a row is, and how old it was when it was exported."""

from typing import Any

from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.cell_types import is_blank
from xlsapp.spreadsheet.cells.values import as_text
from xlsapp.spreadsheet.reading.batches import Batch
from xlsapp.spreadsheet.reading.headers import RECORD_ID_HEADER
from xlsapp.spreadsheet.reading.problem_log import ProblemLog

NOT_AN_ID = Message("row.not_an_id")


def record_ids(
    batch: Batch, place: int, age_place: int | None, log: ProblemLog
) -> tuple[list[list[Any]], list[int]]:
    """The rows' record ids, and the ages of these records; and the rows where it is no id: a problem."""
    ids: list[int | None] = []
    wrong: list[int] = []
    for row, value in zip(batch.rows, batch.cells(place), strict=True):
        found = None if is_blank(value) else _record_id(value)
        ids.append(found)
        if found is None and not is_blank(value):
            batch.rejected.add(row)
            wrong.append(row)
            log.add(
                row=row,
                index=place,
                column=RECORD_ID_HEADER,
                rule="key",
                value=value,
                message=NOT_AN_ID,
                warning=False,
            )
    ages = [None] * len(ids) if age_place is None else batch.cells(age_place)
    return [ids, [age if isinstance(age, str) and age else None for age in ages]], wrong


def _record_id(value: Any) -> int | None:
    """The id in a cell, as we wrote it; None for anything else."""
    text = as_text(value).strip()
    is_id = type(value) is not bool and text.isascii() and text.isdecimal() and len(text) < 19
    return int(text) if is_id else None
