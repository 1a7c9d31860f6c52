"""Rows as the XML of a sheet."""

from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

from xlsapp.spreadsheet.cells.values import column_letters
from xlsapp.spreadsheet.writing.cell_kinds import CellKind, NotPlain, Unwritable

Refuse = Callable[[int, int, Unwritable], None]
"""Told of a value that no cell can hold: its place in the batch, its column's place, and why."""

# The pieces of a cell's XML: opening, row number, before, value, after.
_PIECES = 5


class RowWriter:
    """Writes rows of cells of these kinds. Blank values (None) get no cell."""

    def __init__(self, kinds: Sequence[CellKind]) -> None:
        self._kinds = kinds
        self._openings = [f'<c r="{column_letters(index)}' for index in range(len(kinds))]
        self._row = ['<row r="', "", '">']
        for kind, opening in zip(kinds, self._openings, strict=True):
            self._row += [opening, "", '"' + kind.before, "", kind.after]
        self._row.append("</row>")

    def xml(self, first_row: int, columns: Sequence[Sequence[Any]], refuse: Refuse) -> str:
        """The rows of a batch, which is given column by column; the first is row `first_row` of the sheet.

        All of its pieces stand in one list, where those of a kind are every nth and are put in at once:
        much faster than a string for each cell or each row.
        """
        count, width = len(columns[0]), len(self._row)
        numbers = [str(number) for number in range(first_row, first_row + count)]
        nothing = [""] * count
        pieces = self._row * count
        pieces[1::width] = numbers
        for index, (kind, values) in enumerate(zip(self._kinds, columns, strict=True)):
            start = 3 + _PIECES * index
            if None not in values:
                try:
                    pieces[start + 3 :: width] = kind.plain(values)
                except NotPlain:
                    pass
                else:
                    pieces[start + 1 :: width] = numbers
                    continue
            pieces[start + 3 :: width] = self._cells(index, numbers, values, refuse)
            for other in (start, start + 2, start + 4):
                pieces[other::width] = nothing
        return "".join(pieces)

    def _cells(self, index: int, numbers: list[str], values: Sequence[Any], refuse: Refuse) -> list[str]:
        """Whole cells of one column, and nothing where it is blank."""
        kind, opening = self._kinds[index], self._openings[index]
        present = [value for value in values if value is not None]
        if not present:
            return [""] * len(values)
        try:
            texts = iter(kind.plain(present))
            before, after = kind.before, kind.after
            return [
                "" if value is None else f'{opening}{number}"{before}{next(texts)}{after}'
                for number, value in zip(numbers, values, strict=True)
            ]
        except NotPlain:
            return list(map(self._cell, repeat(index), range(len(values)), numbers, values, repeat(refuse)))

    def _cell(self, index: int, place: int, number: str, value: Any, refuse: Refuse) -> str:
        if value is None:
            return ""
        try:
            return f'{self._openings[index]}{number}"{self._kinds[index].careful(value)}'
        except Unwritable as unwritable:
            refuse(place, index, unwritable)
            return ""
