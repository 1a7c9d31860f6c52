"""Rows that are no records: the header once more, totals that a table declares; and rows that look so."""

import math
import re
import sqlite3
from collections.abc import Collection, Sequence

from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.cell_types import is_blank
from xlsapp.spreadsheet.files.chunks import Chunk
from xlsapp.spreadsheet.reading.batches import Batch
from xlsapp.spreadsheet.reading.header_again import HeaderAgain
from xlsapp.spreadsheet.reading.headers import NO_HEADER
from xlsapp.spreadsheet.reading.options import TableRead
from xlsapp.spreadsheet.reading.problem_log import ProblemLog
from xlsapp.visible import alike

_TOTAL = re.compile(
    r"(?:grand |sub-?)?totals?|sums?|summe|gesamt(?:summe)?|insgesamt|somme|total général|totale|suma|soma"
    r"|totaal|som|celkem|razem|summa|итого|всего|合計|总计|합계"
).fullmatch
_DIGIT = re.compile(r"\d").search
LONGEST_NAME = 40
AMOUNTS = frozenset({ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.DURATION})


class SetAside:
    """Finds the rows of a sheet that are no records, and counts them in `found`."""

    def __init__(
        self, found: TableRead, columns: Sequence[tuple[TemplateColumn, int]], totals: Collection[int]
    ) -> None:
        self._found, self._columns, self._totals = found, columns, totals
        has_header = bool(columns) and found.header.row != NO_HEADER
        self._header = HeaderAgain(found.header.matched) if has_header else None
        self._last = found.header.row
        self._chunk: Chunk | None = None
        """Where the last row is that was staged."""

    def places(self, batch: Batch) -> list[int]:
        """The places in a batch, of which nothing is left out yet, of rows that are no records."""
        totals = (
            [place for place, row in enumerate(batch.rows) if row in self._totals] if self._totals else []
        )
        again = self._header.places([batch.cells(at) for _, at in self._columns]) if self._header else []
        self._found.totals += len(totals)
        self._found.headers_again += len(again)
        aside = sorted({*totals, *again})
        if aside:
            self._found.rows = max(self._found.rows, batch.rows[aside[-1]])
        return aside

    def warn_of_second_table(self, batch: Batch, log: ProblemLog) -> None:
        """Note rows of nothing but texts behind blank rows that are new headers: their columns cannot take
        them, or several rows are blank and the texts look like names.
        """
        odd = {place for flaws in batch.flaws for place in flaws.get("type", ())}
        gaps = _gaps(batch.rows, self._last)
        for place in sorted(gaps):
            filled = [raw[place] for raw in batch.raw if not is_blank(raw[place])]
            if len(filled) < 2 or any(type(value) is not str for value in filled):
                continue
            if place in odd or (gaps[place] > 1 and _are_names(filled)):
                log.add(
                    row=batch.rows[place],
                    index=None,
                    column="",
                    rule="second_table",
                    value=filled[0],
                    message=Message("row.second_table"),
                    warning=True,
                )
        self._last, self._chunk = batch.rows[-1], batch.chunk

    def warn_of_total(self, conn: sqlite3.Connection, log: ProblemLog) -> None:
        """Note a last row that calls itself a total and adds up what stands above."""
        keys = [column.key for column, _ in self._columns]
        row, *values = conn.execute(
            f"SELECT row, {', '.join(keys)} FROM staged ORDER BY row DESC LIMIT 1"  # noqa: S608
        ).fetchone()
        cells = self._chunk.row_at(row) if self._chunk else []
        labels = [place for place, value in enumerate(cells) if type(value) is str and _is_total(value)]
        if not labels or not any(
            type(value) in (int, float)
            and value
            and column.type in AMOUNTS
            and _adds_up(conn, column, row, value)
            for (column, _), value in zip(self._columns, values, strict=True)
        ):
            return
        place = labels[0]
        log.add(
            row=row,
            index=place,
            column=next((column.name for column, at in self._columns if at == place), ""),
            rule="total",
            value=cells[place],
            message=Message("row.total", {"value": cells[place][:60]}),
            warning=True,
        )


def _gaps(rows: Sequence[int], before: int) -> dict[int, int]:
    """The places of rows behind blank ones, and how many these are."""
    if rows[-1] - before == len(rows):
        return {}
    steps = enumerate(zip((before, *rows), rows, strict=False))
    return {place: row - above - 1 for place, (above, row) in steps if row - above > 1}


def _are_names(texts: Sequence[str]) -> bool:
    """Whether texts may be headers: short, without digits, and no two alike."""
    return len({alike(text) for text in texts}) == len(texts) and not any(
        len(text) > LONGEST_NAME or _DIGIT(text) for text in texts
    )


def _is_total(text: str) -> bool:
    return _TOTAL(alike(text).rstrip(" :.")) is not None


def _adds_up(conn: sqlite3.Connection, column: TemplateColumn, row: int, value: float) -> bool:
    total = conn.execute(f"SELECT SUM({column.key}) FROM staged WHERE row < ?", (row,)).fetchone()[0]  # noqa: S608
    return total is not None and math.isclose(total, value, rel_tol=1e-9)
