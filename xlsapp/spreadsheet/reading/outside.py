"""Values that stand outside the columns with a header. They are not imported, and never lost in silence."""

from collections import Counter
from collections.abc import Sequence

from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.cell_types import is_blank
from xlsapp.spreadsheet.cells.values import as_text
from xlsapp.spreadsheet.files.chunks import Chunk
from xlsapp.spreadsheet.files.csv_style import DELIMITERS
from xlsapp.spreadsheet.reading.batches import Batch
from xlsapp.spreadsheet.reading.headers import HeaderCheck
from xlsapp.spreadsheet.reading.problem_log import ProblemLog

BrokenRow = tuple[str, Message]
"""What is too much in a row, or in the wrong place; and what to say of it."""


class Outside:
    """What lies outside the headers of one sheet."""

    def __init__(self, header: HeaderCheck) -> None:
        self.counts: Counter[int] = Counter()
        """Column without a header → how many values it holds."""
        self._header = header
        self._fields: int | None = None

    def look_at(self, chunk: Chunk) -> None:
        """Learn from the chunk with the header how many fields the header of a text file has."""
        place = self._header.row - chunk.first_row
        if chunk.field_counts is not None and 0 <= place < chunk.row_count:
            self._fields = chunk.field_counts[place]

    def count(self, batch: Batch) -> None:
        """Count a batch's values in columns without a header."""
        width = batch.chunk.width if self._fields is None else min(batch.chunk.width, self._fields)
        for place in (*self._header.unnamed, *range(self._header.width, width)):
            values = batch.cells(place)
            if values.count("") < len(values) and (filled := len(values) - sum(map(is_blank, values))):
                self.counts[place] += filled

    def broken_rows(self, batch: Batch) -> dict[int, BrokenRow]:
        """The rows of a text file whose values are not where they belong.

        With values beyond the header's last field, all after some quotation mark or separator has moved.
        With all fields in one pair of marks, they are a single value.
        """
        counts, fields = batch.chunk.field_counts, self._fields
        if counts is None or fields is None:
            return {}
        return self._quoted_rows(batch, counts, fields) | self._long_rows(batch, counts, fields)

    def _long_rows(self, batch: Batch, counts: Sequence[int], fields: int) -> dict[int, BrokenRow]:
        if batch.chunk.width <= fields:
            return {}
        beyond = [batch.cells(place) for place in range(fields, batch.chunk.width)]
        found = {}
        for place, number in enumerate(batch.rows):
            if counts[batch.skipped + place] <= fields:
                continue
            surplus = [as_text(values[place]) for values in beyond]
            if not all(map(is_blank, surplus)):
                about = {"fields": counts[batch.skipped + place], "in_header": fields}
                found[number] = ", ".join(filter(None, surplus)), Message("row.too_many_fields", about)
        return found

    def _quoted_rows(self, batch: Batch, counts: Sequence[int], fields: int) -> dict[int, BrokenRow]:
        if fields == 1 or 1 not in counts:
            return {}
        first = batch.cells(0)
        return {
            number: (first[place], Message("row.in_one_pair_of_marks", {"in_header": fields}))
            for place, number in enumerate(batch.rows)
            if counts[batch.skipped + place] == 1 and max(map(first[place].count, DELIMITERS)) >= fields - 1
        }

    def log_broken_rows(self, rows: dict[int, BrokenRow], log: ProblemLog) -> None:
        """Note them, each as a problem of its own."""
        for number, (value, message) in sorted(rows.items()):
            rule = "one_value" if message.code == "row.in_one_pair_of_marks" else "fields"
            log.add(row=number, index=None, column="", rule=rule, value=value, message=message, warning=False)
