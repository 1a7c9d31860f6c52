"""Rows that are no records: the header once more, totals that a table declares; and rows that look so."""

import math
import re
import sqlite3
from collections.abc import Collection, Sequence

from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.cell_types import is_blank
from xlsapp.spreadsheet.cells.visible import alike
from xlsapp.spreadsheet.reading.batches import Batch
from xlsapp.spreadsheet.reading.options import TableRead
from xlsapp.spreadsheet.reading.problem_log import ProblemLog

_TOTAL = re.compile(
    r"(?:grand |sub-?)?totals?|sums?|summe|gesamt(?:summe)?|insgesamt|somme|total général|totale|suma|soma"
    r"|totaal|som|celkem|razem|summa|итого|всего|合計|总计|합계"
).fullmatch
AMOUNTS = frozenset({ColumnType.INTEGER, ColumnType.NUMBER})


class SetAside:
    """Finds the rows of a sheet that are no records, and counts them in `found`."""

    def __init__(
        self, found: TableRead, columns: Sequence[tuple[TemplateColumn, int]], totals: Collection[int]
    ) -> None:
        self._found, self._columns, self._totals = found, columns, totals
        self._headers = found.header.matched
        self._last = found.header.row

    def places(self, batch: Batch) -> list[int]:
        """The places in a batch, of which nothing is left out yet, of rows that are no records."""
        totals = (
            [place for place, row in enumerate(batch.rows) if row in self._totals] if self._totals else []
        )
        again = self._header_again(batch)
        self._found.totals += len(totals)
        self._found.headers_again += len(again)
        aside = sorted({*totals, *again})
        if aside:
            self._found.rows = max(self._found.rows, batch.rows[aside[-1]])
        return aside

    def _header_again(self, batch: Batch) -> list[int]:
        """The places of rows that hold the header's texts in every imported column."""
        if not self._columns or self._headers[0] not in batch.raw[0]:
            return []
        return [
            place
            for place, value in enumerate(batch.raw[0])
            if value == self._headers[0]
            and all(
                alike(str(raw[place])) == alike(header)
                for raw, header in zip(batch.raw, self._headers, strict=True)
            )
        ]

    def warn_of_second_table(self, batch: Batch, log: ProblemLog) -> None:
        """Note rows of nothing but texts behind blank rows, which their columns cannot take: new headers."""
        odd = {place for flaws in batch.flaws for place in flaws.get("type", ())}
        for place in sorted(odd):
            row = batch.rows[place]
            before = batch.rows[place - 1] if place else self._last
            filled = [raw[place] for raw in batch.raw if not is_blank(raw[place])]
            if row - before > 1 and len(filled) > 1 and all(type(value) is str for value in filled):
                log.add(
                    row=row,
                    index=None,
                    column="",
                    rule="second_table",
                    value=filled[0],
                    message=Message("row.second_table"),
                    warning=True,
                )
        self._last = batch.rows[-1]

    def warn_of_total(self, conn: sqlite3.Connection, log: ProblemLog) -> None:
        """Note a last row that calls itself a total and adds up what stands above."""
        keys = [column.key for column, _ in self._columns]
        row, *values = conn.execute(
            f"SELECT row, {', '.join(keys)} FROM staged ORDER BY row DESC LIMIT 1"  # noqa: S608
        ).fetchone()
        labels = [place for place, value in enumerate(values) if type(value) is str and _is_total(value)]
        if not labels or not any(
            type(value) in (int, float)
            and value
            and column.type in AMOUNTS
            and _adds_up(conn, column, row, value)
            for (column, _), value in zip(self._columns, values, strict=True)
        ):
            return
        column, place = self._columns[labels[0]]
        log.add(
            row=row,
            index=place,
            column=column.name,
            rule="total",
            value=values[labels[0]],
            message=Message("row.total", {"value": values[labels[0]][:60]}),
            warning=True,
        )


def _is_total(text: str) -> bool:
    return _TOTAL(alike(text).rstrip(" :.")) is not None


def _adds_up(conn: sqlite3.Connection, column: TemplateColumn, row: int, value: float) -> bool:
    total = conn.execute(f"SELECT SUM({column.key}) FROM staged WHERE row < ?", (row,)).fetchone()[0]  # noqa: S608
    return total is not None and math.isclose(total, value, rel_tol=1e-9)
