"""What readers hand over: a stretch of a sheet's rows, column by column."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Values = Sequence[Any]

BLANK = ""


@dataclass(slots=True)
class Chunk:
    """Consecutive rows. `columns[0]` is the sheet's column number `first_column`, counted from 0."""

    first_row: int
    """As Excel counts: 1 is the first."""
    row_count: int
    first_column: int
    columns: list[Values]
    hidden_rows: frozenset[int] = frozenset()
    field_counts: Sequence[int] | None = None
    """How many fields each row of a text file has; None where rows have no length of their own."""
    shown: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    """Column → row → what a number's format shows, where that is more than the number: 01234."""
    links: Mapping[int, Mapping[int, str]] = field(default_factory=dict)
    """Column → row → where a formula of the cell leads."""
    resolve: Callable[[Values], Values] | None = field(default=None, repr=False)
    """Puts shared texts and error marks in place; done only for columns that are asked for."""

    def column(self, index: int) -> Values:
        """The cells of one column of the sheet; blanks where the chunk has none."""
        place = index - self.first_column
        if not 0 <= place < len(self.columns):
            return [BLANK] * self.row_count
        values = self.columns[place]
        return self.resolve(values) if self.resolve else values

    def row_at(self, row: int) -> list[Any]:
        """The cells of one row, from the sheet's first column on; none where it is not among these."""
        at = row - self.first_row
        if not 0 <= at < self.row_count:
            return []
        return [self.column(index)[at] for index in range(self.width)]

    @property
    def width(self) -> int:
        """One past the last column with a cell."""
        return self.first_column + len(self.columns)

    def rows(self) -> list[list[Any]]:
        """The same row by row, from the sheet's first column on. For the few rows around a header."""
        columns = [self.column(index) for index in range(self.width)]
        return (
            [list(row) for row in zip(*columns, strict=True)]
            if columns
            else [[] for _ in range(self.row_count)]
        )


def chunk_of(rows: Sequence[Sequence[Any]], *, first_row: int, first_column: int = 0) -> Chunk:
    """A chunk of rows that are all of the same width."""
    return Chunk(first_row, len(rows), first_column, list(zip(*rows, strict=True)))
