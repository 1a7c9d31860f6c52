"""Values that stand outside the columns with a header. They are not imported, and never lost in silence."""

from collections import Counter

from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.cell_types import is_blank
from xlsapp.spreadsheet.cells.values import as_text
from xlsapp.spreadsheet.files.chunks import Chunk
from xlsapp.spreadsheet.reading.batches import Batch
from xlsapp.spreadsheet.reading.headers import HeaderCheck
from xlsapp.spreadsheet.reading.problem_log import ProblemLog


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

    def long_rows(self, batch: Batch) -> dict[int, tuple[int, str]]:
        """The rows of a text file with values beyond the header's last field: how many fields, and which.

        Such a row is broken: everything after some quotation mark or separator in it has moved.
        """
        counts, fields = batch.chunk.field_counts, self._fields
        if counts is None or fields is None or batch.chunk.width <= fields:
            return {}
        beyond = [batch.cells(place) for place in range(fields, batch.chunk.width)]
        found = {}
        for place, number in enumerate(batch.rows):
            if counts[batch.skipped + place] <= fields:
                continue
            surplus = [as_text(values[place]) for values in beyond]
            if not all(map(is_blank, surplus)):
                found[number] = counts[batch.skipped + place], ", ".join(filter(None, surplus))
        return found

    def log_long_rows(self, rows: dict[int, tuple[int, str]], log: ProblemLog) -> None:
        """Note them, each as a problem of its own."""
        for number, (count, surplus) in rows.items():
            log.add(
                row=number,
                index=None,
                column="",
                rule="fields",
                value=surplus,
                message=Message("row.too_many_fields", {"fields": count, "in_header": self._fields}),
                warning=False,
            )
