"""One pass over the rows of a sample's table: what its columns are, and whether its header holds names."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from xlsapp.models import ColumnType
from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.cell_types import is_blank
from xlsapp.spreadsheet.cells.values import as_text, column_letters
from xlsapp.spreadsheet.files.chunks import Chunk
from xlsapp.spreadsheet.proposing.column_evidence import Budget, ColumnEvidence
from xlsapp.spreadsheet.proposing.column_names import Headers, names_of
from xlsapp.spreadsheet.proposing.column_proposals import ProposedColumn, propose_column, shown_by, takes
from xlsapp.spreadsheet.reading.as_seen import with_shown
from xlsapp.spreadsheet.reading.batches import Batch
from xlsapp.spreadsheet.reading.header_again import HeaderAgain
from xlsapp.spreadsheet.reading.headers import NO_HEADER, check_headers, normalised
from xlsapp.spreadsheet.reading.notes import counted_columns
from xlsapp.spreadsheet.reading.outside import Outside
from xlsapp.spreadsheet.reading.tables import Table
from xlsapp.visible import alike

CELLS_SHOWN = 4
# What no column is called by; a number may be a year.
NO_NAMES = frozenset(
    {ColumnType.DATE, ColumnType.DATETIME, ColumnType.TIME, ColumnType.EMAIL, ColumnType.LINK}
)


class SampleRows:
    """What the rows below a sample's header are."""

    def __init__(self, table: Table, headers: Headers, totals: Collection[int]) -> None:
        self.rows = 0
        self.notes = _repeated(table, headers)
        self.columns: tuple[ProposedColumn, ...] = ()
        self.broken_rows: list[int] = []
        """The numbers of rows of a text file whose values are not where they belong."""
        self._table, self._headers, self._totals = table, headers, totals
        texts = [as_text(table.header[at]) for at in headers]
        self._again = HeaderAgain(texts) if table.header_row != NO_HEADER else None
        budget = Budget()
        self._found = {place: ColumnEvidence(budget) for place in headers}
        self._outside = Outside(check_headers(table.header, (), row_number=table.header_row))

    def take(self, chunk: Chunk) -> None:
        """Look at a chunk's rows."""
        self._outside.look_at(chunk)
        if batch := Batch.below(self._table.header_row, chunk):
            self._outside.count(batch)
            self.rows += self._take(batch)

    def propose(self, listed: Mapping[int, Sequence[str]]) -> None:
        """Make the columns, and what is to be said of them. `listed` are the workbook's own lists."""
        if self._outside.counts:
            self.notes.append(
                Message("proposal.columns_without_header", counted_columns(self._outside.counts))
            )
        shown = shown_by(self._found.values())
        names = names_of(self._headers)
        self.columns = tuple(
            propose_column(
                header, at, self._found[at], self.rows, shown, name=names[at], listed=listed.get(at, ())
            )
            for at, header in self._headers.items()
            if self._table.header_row != NO_HEADER or self._found[at].filled or self._found[at].errors
        )

    def has_values(self) -> bool:
        """Whether any cell holds one."""
        return any(found.filled for found in self._found.values())

    def error_cells(self, sheet: str) -> Message | None:
        """Which cells hold no value; None where all do, or are blank. A text file's sheet has no name."""
        count = sum(found.errors for found in self._found.values())
        shown = [
            [f"{column_letters(at)}{row}", text]
            for at, found in self._found.items()
            for row, text in found.first_errors
        ]
        about = {"sheet": sheet, "cells": count, "shown": shown[:CELLS_SHOWN]}
        return Message("proposal.error_cells", about) if count else None

    def header_may_be_data(self) -> bool:
        """Whether the header is of the kinds of the rows below: some of it surely, or half of it."""
        filled = [value for value in self._table.header if not is_blank(value)]
        return self._table.is_first and (
            self._sure_data() > 0 or 2 * len(self._like_data()) >= len(filled) > 0
        )

    def header_is_likely_data(self) -> bool:
        """Whether that is likelier than that it holds names, as the years above columns of numbers do."""
        like = self._like_data()
        if self._sure_data():
            return True
        return len(like) == len(self._headers) and not _is_series(list(like.values()))

    def _like_data(self) -> dict[int, Any]:
        """The headers that could be cells of their columns, by place."""
        header = self._table.header
        return {
            at: header[at]
            for at, column in zip(self._headers, self.columns, strict=True)
            if self._fits(at, column, header[at])
        }

    def _sure_data(self) -> int:
        """How many headers are of a kind that is no name."""
        like = self._like_data()
        return sum(
            at in like and (column.type in NO_NAMES or type(like[at]) is bool or _is_fraction(like[at]))
            for at, column in zip(self._headers, self.columns, strict=True)
        )

    def _fits(self, at: int, column: ProposedColumn, value: Any) -> bool:
        if column.type is ColumnType.CHOICE:
            return alike(as_text(value)) in set(map(alike, column.choices))
        if column.type is ColumnType.TEXT:
            different = self._found[at].different
            return type(value) is str and different is not None and value in different
        return takes(column.type, value)

    def _take(self, batch: Batch) -> int:
        """Count a batch's cells. Returns how many of its rows have a value."""
        some_full, filled = False, []
        aside, first = self._aside(batch), batch.rows[0]
        if broken := self._outside.broken_rows(batch):
            self.broken_rows += sorted(broken)
            aside |= {row - first for row in broken}
        for place, evidence in self._found.items():
            values = batch.cells(place)
            if shown := batch.chunk.shown.get(place):
                values, evidence.is_shown_as_text = with_shown(values, shown, batch.rows), True
            if aside:
                values = ["" if at in aside else value for at, value in enumerate(values)]
            which = evidence.take(values, first)
            some_full = some_full or which is None
            if which is not None and not some_full:
                filled.append(which)
        return len(batch.rows) if some_full else sum(map(any, zip(*filled, strict=True)))

    def _aside(self, batch: Batch) -> set[int]:
        """The places of rows that are no records: declared totals, and the header once more."""
        totals = (
            {place for place, row in enumerate(batch.rows) if row in self._totals} if self._totals else set()
        )
        return totals.union(self._again.places(list(map(batch.cells, self._headers))) if self._again else ())


def _is_fraction(value: Any) -> bool:
    try:
        return type(value) in (str, float) and not float(value).is_integer()
    except (ValueError, OverflowError):
        return False


def _is_series(values: Sequence[Any]) -> bool:
    """Whether these are numbers that follow one another, as years and days of a month do."""
    try:
        numbers = [int(as_text(value)) for value in values]
    except ValueError:
        return False
    return len(numbers) > 1 and numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def _repeated(table: Table, headers: Headers) -> list[Message]:
    """What is said of headers that are there more than once."""
    places: dict[str, list[int]] = {}
    for at in headers:
        places.setdefault(normalised(as_text(table.header[at])), []).append(at)
    return [
        Message(
            "proposal.headers_in_order",
            {
                "header": headers[found[0]],
                "cells": [f"{column_letters(at)}{table.header_row}" for at in found[:CELLS_SHOWN]],
                "count": len(found),
                "names": [headers[at] for at in found[:CELLS_SHOWN]],
            },
        )
        for found in places.values()
        if len(found) > 1
    ]
