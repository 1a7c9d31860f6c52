"""Cells that hold no value: problems, unless somebody has said that they are to be blank."""

from collections import Counter
from collections.abc import Collection, Sequence

from xlsapp.models import TemplateColumn
from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.column_checks import EMPTIED, ONLY_WARN, Flaws
from xlsapp.spreadsheet.cells.values import as_text, column_letters, is_unreadable
from xlsapp.spreadsheet.files.chunks import Values
from xlsapp.spreadsheet.reading.deciding import ANSWERS, ERROR_CELLS, Example, Settled, Undecided
from xlsapp.spreadsheet.reading.options import ReadOptions

CELLS_SHOWN, TEXT_SHOWN = 3, 40


class UnreadableCells:
    """Finds such cells in the columns of a sheet, and counts them."""

    def __init__(self, columns: Sequence[tuple[TemplateColumn, int]], options: ReadOptions) -> None:
        self._columns = {column.id: (column, place) for column, place in columns}
        self._settled = {
            column_id: said for (column_id, about), said in options.settled.items() if about == ERROR_CELLS
        }
        self._counts: Counter[int] = Counter()
        self._shown: dict[int, list[tuple[int, str]]] = {}

    def empty(self, column: TemplateColumn, rows: Sequence[int], values: Values, flaws: Flaws) -> Flaws:
        """The flaws of a column's cells, with those apart that are to be blank."""
        if not flaws or column.id not in self._settled or not (found := _unreadable(values, flaws)):
            return flaws
        self._count(column, rows, values, found)
        left = {rule: [at for at in places if at not in found] for rule, places in flaws.items()}
        return {**{rule: places for rule, places in left.items() if places}, EMPTIED: sorted(found)}

    def count(self, column: TemplateColumn, rows: Sequence[int], values: Values, flaws: Flaws) -> Flaws:
        """Count the cells that are problems. The flaws that are problems or warnings."""
        if not flaws:
            return flaws
        if column.id in self._settled:
            return {rule: places for rule, places in flaws.items() if rule != EMPTIED}
        if found := _unreadable(values, flaws):
            self._count(column, rows, values, found)
        return flaws

    def _count(
        self, column: TemplateColumn, rows: Sequence[int], values: Values, found: Collection[int]
    ) -> None:
        self._counts[column.id] += len(found)
        shown = self._shown.setdefault(column.id, [])
        shown += [(rows[at], shortened(values[at])) for at in sorted(found)[: CELLS_SHOWN - len(shown)]]

    def undecided(self) -> dict[Undecided, int]:
        """The columns with such cells of which nobody has said anything, and how many there are in each."""
        return {
            Undecided(
                column.id,
                column.name,
                ERROR_CELLS,
                ANSWERS[ERROR_CELLS],
                ANSWERS[ERROR_CELLS][0],
                tuple(Example(row, text, ()) for row, text in self._shown[column.id]),
            ): self._counts[column.id]
            for column, _ in self._columns.values()
            if self._counts[column.id] and column.id not in self._settled
        }

    def notes(self) -> list[Message]:
        """Which cells were taken for blank, and who said so."""
        return [
            self._note(*self._columns[column_id], self._counts[column_id], said)
            for column_id, said in self._settled.items()
            if self._counts[column_id]
        ]

    def _note(self, column: TemplateColumn, place: int, cells: int, said: Settled) -> Message:
        shown = [[f"{column_letters(place)}{row}", text] for row, text in self._shown[column.id]]
        about = {"column": column.name, "cells": cells, "shown": shown, "by": said.by}
        return Message("reading.error_cells", about)


def shortened(value: object) -> str:
    """What is shown of a cell."""
    text = as_text(value).replace("\x00", "\ufffd")
    return text if len(text) <= TEXT_SHOWN else text[: TEXT_SHOWN - 1] + "…"


def _unreadable(values: Values, flaws: Flaws) -> set[int]:
    return {
        at
        for rule, places in flaws.items()
        if rule not in ONLY_WARN
        for at in places
        if is_unreadable(values[at])
    }
