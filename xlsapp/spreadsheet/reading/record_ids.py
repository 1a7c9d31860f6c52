"""The columns of our own exports: which record a row is, and how old it was when it was exported."""

from typing import Any

from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.cell_types import is_blank
from xlsapp.spreadsheet.cells.values import as_text
from xlsapp.spreadsheet.reading.batches import Batch
from xlsapp.spreadsheet.reading.headers import RECORD_ID_HEADER, HeaderCheck
from xlsapp.spreadsheet.reading.problem_log import ProblemLog

NOT_AN_ID = Message("row.not_an_id")


def record_ids(
    batch: Batch, place: int, header: HeaderCheck, log: ProblemLog
) -> tuple[list[list[Any]], list[int]]:
    """The rows' record ids, and the ages of these records; and the rows where it is no id: a problem.

    An age is the record's revision as it was exported, `r5`; in workbooks of older versions its time.
    """
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
    return [ids, _ages(batch, header)], wrong


def _ages(batch: Batch, header: HeaderCheck) -> list[str | None]:
    """Who has cleared the one or the other means the record whatever became of it."""
    if header.updated_at is None:
        return [None] * len(batch.rows)
    times = [age if isinstance(age, str) and age else None for age in batch.cells(header.updated_at)]
    if header.revision is None:
        return times
    revisions = map(_record_id, batch.cells(header.revision))
    return [time and f"r{n}" if n is not None else None for time, n in zip(times, revisions, strict=True)]


def _record_id(value: Any) -> int | None:
    """The id in a cell, as we wrote it; None for anything else."""
    text = as_text(value).strip()
    is_id = type(value) is not bool and text.isascii() and text.isdecimal() and len(text) < 19
    return int(text) if is_id else None
