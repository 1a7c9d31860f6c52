"""The rows of a chunk on their way into the staging file: converted, and without the blank ones."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, compress

from xlsapp.models import CellValue
from xlsapp.spreadsheet.cells.column_checks import EMPTIED, Flaws
from xlsapp.spreadsheet.files.chunks import Chunk, Values


@dataclass(slots=True)
class Batch:
    """A chunk's rows below the header; for each imported column, what became of its cells."""

    chunk: Chunk
    skipped: int
    """How many of the chunk's rows are no data."""
    rows: Sequence[int]
    """Their numbers, as Excel counts."""
    raw: list[Values] = field(default_factory=list)
    stored: list[list[CellValue]] = field(default_factory=list)
    flaws: list[Flaws] = field(default_factory=list)
    rejected: set[int] = field(default_factory=set)
    """The numbers of the rows that will not do."""
    _kept: list[bool] | None = None

    @classmethod
    def below(cls, header_row: int, chunk: Chunk) -> "Batch | None":
        """The rows below the header, none of them converted yet; None when there are none."""
        skipped = max(0, header_row + 1 - chunk.first_row)
        if skipped >= chunk.row_count:
            return None
        return cls(chunk, skipped, range(chunk.first_row + skipped, chunk.first_row + chunk.row_count))

    def cells(self, index: int) -> Values:
        """The cells of any column of the sheet."""
        values = self.chunk.column(index)
        values = values[self.skipped :] if self.skipped else values
        return values if self._kept is None else list(compress(values, self._kept))

    def filled(self, ids: Values | None, others: Collection[int]) -> list[bool] | None:
        """Which rows have a value in an imported column, or a record's id; None when all of them have.

        `others` are the numbers of rows that count as filled whatever is in them.
        """
        columns: list[Values] = [*self.stored]
        if ids is not None:
            columns.append(ids)
        if not columns or any(None not in values for values in columns):
            return None
        blank: Iterable[int] = range(len(self.rows))
        for values in columns:
            blank = [index for index in blank if values[index] is None]
        known = {
            index
            for found in self.flaws
            for rule, indexes in found.items()
            if rule != EMPTIED
            for index in indexes
        }
        known |= {number - self.rows[0] for number in others}
        blank = [index for index in blank if index not in known]
        if not blank:
            return None
        filled = [True] * len(self.rows)
        for index in blank:
            filled[index] = False
        return filled

    def keep(self, filled: list[bool]) -> None:
        """Leave the other rows out."""
        moved = list(accumulate(filled, initial=0))
        self.rows = list(compress(self.rows, filled))
        self.raw = [list(compress(values, filled)) for values in self.raw]
        self.stored = [list(compress(values, filled)) for values in self.stored]
        self.flaws = [
            {rule: [moved[index] for index in indexes if filled[index]] for rule, indexes in found.items()}
            for found in self.flaws
        ]
        self._kept = filled
