"""The ids of large templates' records in the order of a column, so that a page of it is a slice.

An order is worked out in the background once somebody has sorted by the column. 8 MB for a million records.
See docs/decisions/records-grid.md.
"""

import asyncio
import sys
from array import array
from dataclasses import dataclass

from xlsapp.db.connection import Database
from xlsapp.models import ImportTemplate, TemplateColumn
from xlsapp.repositories.records.in_memory import ordered_ids
from xlsapp.repositories.records.selection import Cursor
from xlsapp.services.records.derived import Change, Derived, unless_touched

FEWEST_RECORDS = 50_000  # below this, sorting takes a few milliseconds
MOST_ORDERS = 16
PIECE = 16 * 65_536


@dataclass(frozen=True, slots=True)
class Order:
    """Ids by a column's values, ascending; those without one by id. Some may be of deleted records."""

    filled: "array[int]"
    blank: "array[int]"

    def __len__(self) -> int:
        return len(self.filled) + len(self.blank)

    def ids(self, start: int, stop: int, *, descending: bool) -> list[int]:
        """The ids at some places of the order; blank ones are last in both directions."""
        split, stop = len(self.filled), min(stop, len(self))
        first, second = range(start, min(stop, split)), range(max(start, split) - split, stop - split)
        return [*_slice(self.filled, first, descending), *_slice(self.blank, second, descending)]

    def place_of(self, cursor: Cursor, *, descending: bool) -> int | None:
        """Where a cursor's record stands. None when it is not there any more."""
        hint = cursor.place
        if hint >= 0 and self.ids(hint, hint + 1, descending=descending) == [cursor.id]:
            return hint
        part, offset = (self.blank, len(self.filled)) if cursor.value is None else (self.filled, 0)
        try:
            index = part.index(cursor.id)
        except ValueError:
            return None
        return offset + (len(part) - 1 - index if descending else index)


class SortOrders:
    """The orders that were used last."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._orders = Derived(db, self._sort, most=MOST_ORDERS, follows=unless_touched)

    def get(self, template: ImportTemplate, column: TemplateColumn) -> Order | None:
        """A column's order, if it is there."""
        piece = self._orders.get(template, (column.key,))
        return piece.value if piece else None

    def prepare(self, template: ImportTemplate, column: TemplateColumn) -> None:
        """Have a column's order worked out, if that is worth it."""
        if template.record_count >= FEWEST_RECORDS:
            self._orders.prepare(template, (column.key,))

    def follow(self, change: Change) -> None:
        """Keep up with a change of some records."""
        self._orders.follow(change)

    async def is_preparing(self, template: ImportTemplate, column: TemplateColumn) -> bool:
        """No: what takes long without it takes some tenths of a second."""
        return False

    async def remove(self, template: ImportTemplate) -> None:
        """An order has room for every value."""

    async def ready(self) -> None:
        """Wait for what is under way."""
        await self._orders.ready()

    async def close(self) -> None:
        """Stop and let go."""
        await self._orders.close()

    async def _sort(self, template: ImportTemplate, columns: tuple[str, ...]) -> Order:
        async with self._db.read_much(template.user_id) as conn:
            filled, blank = await ordered_ids(conn, template, columns[0])
        return await asyncio.to_thread(lambda: Order(_array(filled), _array(blank)))


def _slice(ids: "array[int]", places: range, descending: bool) -> "array[int]":
    if not places:
        return array("q")
    if descending:
        part = ids[len(ids) - places.stop : len(ids) - places.start]
        part.reverse()
        return part
    return ids[places.start : places.stop]


def _array(digits: str) -> "array[int]":
    ids = array("q")
    for start in range(0, len(digits), PIECE):  # in pieces, so that nobody waits long for Python's lock
        ids.frombytes(bytes.fromhex(digits[start : start + PIECE]))
    if sys.byteorder == "little":
        ids.byteswap()
    return ids
