"""The cells of a column as their reader sees them: formats' digits, merged values, where links lead."""

import re
from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.spreadsheet.cells.cell_types import is_blank
from xlsapp.spreadsheet.cells.column_checks import Flaws
from xlsapp.spreadsheet.cells.values import as_text, column_letters
from xlsapp.spreadsheet.files.chunks import Chunk, Values
from xlsapp.spreadsheet.files.sheet_extras import Area, SheetExtras
from xlsapp.spreadsheet.reading.batches import Batch
from xlsapp.visible import visible

SHOWS_DIGITS = frozenset({ColumnType.TEXT, ColumnType.CHOICE})
LINKED = frozenset({ColumnType.LINK, ColumnType.EMAIL})
AMOUNTS = frozenset({ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.DURATION})
"""A merged amount may be a sum of its rows: it is left in the first."""

_ADDRESS = re.compile(r"(?:https?://|www\.|mailto:)\S+|\S+@\S+\.\S+", re.IGNORECASE)
_BARE = re.compile(r"^(?:mailto:|https?://)|/$", re.IGNORECASE)


@dataclass(slots=True)
class AsSeen:
    """What a sheet says beside its cells, put where the cells' reader sees it."""

    header_row: int
    extras: SheetExtras = field(default_factory=SheetExtras)
    fill_merged: bool = True
    every_row: Collection[int] = ()
    """Ids of columns of numbers whose merged cells hold for every row, too."""
    _areas: dict[int, list[Area]] = field(init=False)
    """Column → its areas of several rows below the header, from the first down; they never overlap."""
    _above: dict[Area, Any] = field(default_factory=dict)
    """A merged area → its value, where it began in a chunk before."""

    def __post_init__(self) -> None:
        self._areas = {}
        for area in sorted(self.extras.merges, key=lambda area: area.first_row):
            if area.last_row > area.first_row > self.header_row:
                self._areas.setdefault(area.first_column, []).append(area)

    def cells(self, column: TemplateColumn, place: int, batch: Batch) -> tuple[Values, Flaws]:
        """A column's cells, and those of which there is to be warned."""
        values, flaws = batch.cells(place), Flaws()
        if batch.chunk.shown and column.type in SHOWS_DIGITS:
            values = with_shown(values, batch.chunk.shown.get(place, {}), batch.rows)
        if column.type in LINKED:
            links = self.extras.links.get(place, {})
            if formulas := batch.chunk.links.get(place):
                links = {**links, **formulas}
            if links:
                values, flaws = _with_targets(values, links, batch.rows)
        if place in self._areas and self.fills(column):
            values = self._filled(values, place, batch)
        return values, flaws

    def digits(self, column: TemplateColumn, place: int, batch: Batch) -> list[tuple[int, str]]:
        """The rows in which a number's format shows more than its digits, with these."""
        shown = batch.chunk.shown.get(place) if batch.chunk.shown and column.type in SHOWS_DIGITS else None
        if not shown:
            return []
        digits = ((row, as_text(value)) for row, value in zip(batch.rows, batch.cells(place), strict=True))
        return [(row, text) for row, text in digits if row in shown and shown[row] != text]

    def fills(self, column: TemplateColumn) -> bool:
        """Whether the value of a column's merged cells holds for all of their rows."""
        return self.fill_merged and (column.type not in AMOUNTS or column.id in self.every_row)

    def areas(self, place: int) -> Sequence[Area]:
        """The areas of a column whose value stands for several rows."""
        return self._areas.get(place, ())

    def merged(self, place: int) -> list[str]:
        """The areas of a column whose value stands for several rows, as references."""
        letters = column_letters(place)
        return [f"{letters}{area.first_row}:{letters}{area.last_row}" for area in self._areas.get(place, ())]

    def _filled(self, values: Values, place: int, batch: Batch) -> Values:
        """The values of merged cells in every row that they cover and that has something else in it."""
        first, last = batch.rows[0], batch.rows[-1]
        filled: list[Any] | None = None
        areas = self._areas[place]
        for area in areas[bisect_left(areas, first, key=lambda area: area.last_row) :]:
            if area.first_row > last:
                break
            if area.first_row >= first:
                self._above[area] = values[area.first_row - first]
            value = self._above.get(area, "")
            filled = list(values) if filled is None else filled
            for row in range(max(first, area.first_row + 1), min(last, area.last_row) + 1):
                if _has_others(batch.chunk, place, row):
                    filled[row - first] = value
        return values if filled is None else filled


def with_shown(values: Values, shown: Mapping[int, str], rows: Sequence[int]) -> Values:
    """A column's cells, with what a format shows in the place of a number."""
    if not shown:
        return values
    return [shown.get(row, value) for row, value in zip(rows, values, strict=True)]


def _with_targets(values: Values, links: Mapping[int, str], rows: Sequence[int]) -> tuple[Values, Flaws]:
    """Links' targets in the place of texts. An address stays, and is warned of where it leads elsewhere."""
    seen, differing = list(values), []
    for place, row in enumerate(rows):
        target = links.get(row)
        if target is None or is_blank(values[place]):
            continue
        text = visible(str(values[place]))
        if not _ADDRESS.fullmatch(text):
            seen[place] = target
        elif _BARE.sub("", text).casefold() != _BARE.sub("", target).casefold():
            differing.append(place)
    return seen, {"link_target": differing} if differing else {}


def _has_others(chunk: Chunk, place: int, row: int) -> bool:
    """Whether a row has a value in another column."""
    at = row - chunk.first_row
    return any(
        other != place and not is_blank(chunk.column(other)[at])
        for other in range(chunk.first_column, chunk.width)
    )
