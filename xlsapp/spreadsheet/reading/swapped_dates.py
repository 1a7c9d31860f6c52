"""Real dates that were probably read under the other order of day and month, when their workbook was opened.

Excel makes dates of the texts that its own order can take, 03/04/2024, and leaves 25/04/2024 a text: what it
made dates of then has day and month the wrong way round.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from xlsapp.models import TemplateColumn
from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.columns import MOMENTS, ColumnConverter
from xlsapp.spreadsheet.cells.values import as_text
from xlsapp.spreadsheet.files.chunks import Chunk
from xlsapp.spreadsheet.reading.batches import Batch
from xlsapp.spreadsheet.reading.problem_log import ProblemLog


@dataclass(slots=True)
class Suspect:
    """A column with real dates, beside texts that can only be of one order."""

    column: TemplateColumn
    place: int
    order: str
    """What comes first in the texts: day or month."""
    rows: list[int] = field(default_factory=list)
    dates: list[date] = field(default_factory=list)
    is_cleared: bool = False
    """A day above 12: these dates are what they were."""

    def look_at(self, batch: Batch) -> None:
        """Gather the dates of a batch that would be others the other way round."""
        for row, value in zip(batch.rows, batch.cells(self.place), strict=True):
            if isinstance(value, date):
                self.is_cleared = self.is_cleared or value.day > 12
                if value.day != value.month:
                    self.rows.append(row)
                    self.dates.append(value)


def suspects(
    columns: Sequence[tuple[TemplateColumn, int]], converters: Sequence[ColumnConverter]
) -> list[Suspect]:
    """The columns that are worth a look at their dates."""
    return [
        Suspect(column, place, "day" if converter.evidence.first_only else "month")
        for (column, place), converter in zip(columns, converters, strict=True)
        if column.type in MOMENTS
        and converter.has_real_dates
        and bool(converter.evidence.first_only) != bool(converter.evidence.second_only)
    ]


def warn_of_swapped(found: list[Suspect], chunks: Iterable[Chunk], header_row: int, log: ProblemLog) -> None:
    """Read the rows once more, and note the dates of those columns in which no day is above 12."""
    for chunk in chunks:
        if batch := Batch.below(header_row, chunk):
            for suspect in found:
                if not suspect.is_cleared:
                    suspect.look_at(batch)
    for suspect in found:
        if not suspect.is_cleared:
            log.add_many(
                rows=suspect.rows,
                index=suspect.place,
                column=suspect.column.name,
                rule="swapped",
                values=suspect.dates[: log.room],
                explain=partial(_explain, order=suspect.order),
                warning=True,
            )


def _explain(value: date, *, order: str) -> Message:
    other = value.replace(month=value.day, day=value.month)
    shown = as_text(value).removesuffix(" 00:00:00")
    about = {"value": shown, "other": as_text(other).removesuffix(" 00:00:00"), "order": order}
    return Message("cell.swapped", about)
