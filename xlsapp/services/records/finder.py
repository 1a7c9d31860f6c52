"""Finds records: a page of a view, how many there are, all of their ids. Quick for a million of them.

The database has an index over the order of the workbooks and no other, so that imports stay quick. What has
to look at every record does so by ranges of ids, on several connections at once. What was found out is kept
until the records change, and two things are worked out in the background: the order of a column somebody
has sorted by, and all texts in one piece. See docs/decisions/records-grid.md.
"""

import asyncio
import base64
import json
import os
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from xlsapp.db.database import Connection, Database
from xlsapp.models import DataRecord, ImportTemplate
from xlsapp.repositories.records import listing as rows
from xlsapp.repositories.records.selection import Cursor, Key, Selection, in_order
from xlsapp.services.records.column_figures import ColumnFigures
from xlsapp.services.records.derived import Change
from xlsapp.services.records.search_texts import SearchTexts
from xlsapp.services.records.sort_orders import Order, SortOrders

MOST_MATCHES = 10_000
"""Up to so many matches are counted and kept."""
MOST_KEPT = 64
NEARBY = 20_000
RECORDS_IN_RANGE = 62_500  # some 10 ms of work, after which others have their turn
MOST_IN_TOKEN = 200
LONG = "\x00"
"""In the place of a text that is too long for an address."""
SCANNERS = min(os.cpu_count() or 1, 3)  # of the four connections that read

T = TypeVar("T")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Count:
    """How many records there are; when not `is_exact`, there are more than that."""

    number: int
    is_exact: bool = True


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Some records in order, with the places to go on from, and how many there are on all pages."""

    records: list[DataRecord]
    count: Count
    previous: Cursor | None
    next: Cursor | None


@dataclass(frozen=True, slots=True)
class _Matches:
    """The ids of the records in a selection, or of so many of them that all would be too many."""

    ids: tuple[int, ...]
    is_complete: bool


class RecordFinder:
    """Knows what was found lately, for as long as it holds."""

    def __init__(self, db: Database, folder: Path) -> None:
        self._db = db
        self._texts = SearchTexts(db, folder)
        self._orders = SortOrders(db)
        self.figures = ColumnFigures(db, scan=self._scan, find_ids=self._few_ids)
        self._kept: OrderedDict[tuple[int, int, Selection], _Matches] = OrderedDict()

    async def page(
        self, template: ImportTemplate, selection: Selection, cursor: Cursor | None, *, size: int
    ) -> RecordPage:
        """The records after a cursor, or before it. A page that would begin before the first is the first."""
        matches = await self._matches(template, selection)
        keys = await self._keys(template, selection, matches, cursor, size + 1)
        if cursor and cursor.backwards and len(keys) <= size:
            cursor = None
            keys = await self._keys(template, selection, matches, cursor, size + 1)
        backwards = cursor is not None and cursor.backwards
        more = len(keys) > size
        keys = keys[:size]
        if backwards:
            keys.reverse()
        async with self._db.read() as conn:
            records = await rows.find_all(conn, template, [key.id for key in keys])
        first, last = (keys[0], keys[-1]) if keys else (None, None)
        return RecordPage(
            records,
            _count(template, matches),
            previous=_cursor(first, backwards=True) if (more if backwards else cursor) else None,
            next=_cursor(last, backwards=False) if backwards or more else None,
        )

    async def cursor(
        self, template: ImportTemplate, selection: Selection, token: str, *, backwards: bool
    ) -> Cursor | None:
        """The place that a token of `to_token` stands for. None when there is no such place."""
        cursor = _from_token(token, backwards=backwards)
        if cursor is None or cursor.value != LONG:
            return cursor
        order = Selection(sort=selection.sort)
        async with self._db.read() as conn:
            present = await rows.keys_of(conn, template, order, [cursor.id])
        return replace(cursor, value=present[0].value) if present else None

    async def count(self, template: ImportTemplate, selection: Selection) -> int:
        """How many records are in a selection, exactly."""
        matches = await self._matches(template, selection)
        count = _count(template, matches)
        if count.is_exact:
            return count.number

        async def look(conn: Connection, ids: range) -> int:
            return await rows.count_between(conn, template, selection, ids)

        return sum(await self._scan(template, look))

    async def find_some(self, template: ImportTemplate, ids: Iterable[int]) -> list[DataRecord]:
        """The records with these ids that are still there."""
        async with self._db.read() as conn:
            return await rows.find_all(conn, template, list(ids))

    def prepare(self, template: ImportTemplate) -> None:
        """Make searches in a template quick soon, since somebody looks at it."""
        self._texts.prepare(template)

    def follow(self, change: Change) -> None:
        """Keep up with a change of some records, which would else have to be found out anew."""
        self._texts.follow(change)
        self._orders.follow(change)
        self.figures.follow(change)

    async def ready(self) -> None:
        """Wait until what is being worked out is there."""
        await self._texts.ready()
        await self._orders.ready()
        await self.figures.ready()

    async def close(self) -> None:
        """Stop what goes on in the background."""
        await self._texts.close()
        await self._orders.close()
        await self.figures.close()

    async def _few_ids(self, template: ImportTemplate, selection: Selection) -> Sequence[int] | None:
        """The ids of what is in a selection, if they are few enough to be kept."""
        matches = await self._matches(template, selection)
        return matches.ids if matches and matches.is_complete else None

    async def _matches(self, template: ImportTemplate, selection: Selection) -> _Matches | None:
        """The ids of what is in a selection, in no order; None when that is every record."""
        if selection.is_everything:
            return None
        kept_as = template.id, template.records_version, replace(selection, sort=None, descending=False)
        if kept_as not in self._kept:
            self._kept[kept_as] = await self._find_matches(template, selection)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(kept_as)
        return self._kept[kept_as]

    async def _find_matches(self, template: ImportTemplate, selection: Selection) -> _Matches:
        if selection.search:
            ids = await self._texts.find(template, selection.search, limit=MOST_MATCHES)
            if ids is not None and len(ids) <= MOST_MATCHES:
                async with self._db.read() as conn:
                    return _Matches(tuple(await rows.ids_among(conn, template, selection, ids)), True)
            if ids is not None and replace(selection, search="").is_everything:
                return _Matches((), False)

        async def look(conn: Connection, ids: range) -> list[int]:
            return await rows.ids_between(conn, template, selection, ids, limit=MOST_MATCHES + 1)

        def is_enough(found: list[list[int]]) -> bool:
            return sum(map(len, found)) > MOST_MATCHES

        found = [i for ids in await self._scan(template, look, is_enough) for i in ids]
        return _Matches((), False) if len(found) > MOST_MATCHES else _Matches(tuple(found), True)

    async def _keys(
        self,
        template: ImportTemplate,
        selection: Selection,
        matches: _Matches | None,
        cursor: Cursor | None,
        limit: int,
    ) -> list[Key]:
        """The first keys after a cursor, by the quickest way there is."""
        if matches and matches.is_complete:
            async with self._db.read() as conn:
                return await rows.keys_among(
                    conn, template, selection, matches.ids, cursor=cursor, limit=limit
                )
        if not selection.sort:
            look_at = NEARBY if matches else limit
            async with self._db.read() as conn:
                keys = await rows.keys_nearby(
                    conn, template, selection, cursor=cursor, limit=limit, look_at=look_at
                )
            if matches is None or len(keys) == limit:
                return keys

        order = self._orders.get(template, selection.sort) if selection.sort else None
        if order and (walked := await self._walk(template, selection, order, cursor, limit)) is not None:
            return walked

        async def look(conn: Connection, ids: range) -> list[Key]:
            return await rows.keys_between(conn, template, selection, ids, cursor=cursor, limit=limit)

        found = [key for keys in await self._scan(template, look) for key in keys]
        if (
            selection.sort and not order
        ):  # only now: the reader of this page is not to wait for the next one's
            self._orders.prepare(template, selection.sort)
        backwards = cursor is not None and cursor.backwards
        return in_order(selection, found, backwards=backwards)[:limit]

    async def _walk(
        self,
        template: ImportTemplate,
        selection: Selection,
        order: Order,
        cursor: Cursor | None,
        limit: int,
    ) -> list[Key] | None:
        """The first keys after a cursor, as an order has them. None when they are not soon found there."""
        descending, backwards = selection.descending, cursor is not None and cursor.backwards
        place, keys = -1, list[Key]()
        async with self._db.read() as conn:
            if cursor:
                everything = replace(selection, search="", conditions=(), import_id=None)
                present = await rows.keys_of(conn, template, everything, [cursor.id])
                found = order.place_of(cursor, descending=descending)
                if found is None or not present or present[0].value != cursor.value:
                    return None
                place = found
            step = limit if selection.is_everything else NEARBY // 10
            for walked in range(0, NEARBY, step):
                start = place - walked - step if backwards else place + 1 + walked
                stop = start + step
                ids = order.ids(max(start, 0), max(stop, 0), descending=descending)
                places = dict(zip(ids, range(max(start, 0), len(order)), strict=False))
                if backwards:
                    ids.reverse()
                in_selection = await rows.keys_of(conn, template, selection, ids)
                keys += [replace(key, place=places[key.id]) for key in in_selection]
                if len(keys) >= limit or len(ids) < step:
                    return keys[:limit]
        return None

    async def _scan(
        self,
        template: ImportTemplate,
        look: Callable[[Connection, range], Awaitable[Found]],
        is_enough: Callable[[list[Found]], bool] = lambda found: False,
    ) -> list[Found]:
        """Look at all records, range by range, on several connections, until it is enough."""
        async with self._db.read() as conn:
            low, high = await rows.id_range(conn, template)
        ranges = _ranges(low, high, max(1, template.record_count // RECORDS_IN_RANGE))
        found: list[Found] = []

        async def scan() -> None:
            # Each range is a turn: between two of them, others may have the connection.
            for ids in ranges:
                if is_enough(found):
                    return
                async with self._db.read() as conn:
                    found.append(await look(conn, ids))

        async with asyncio.TaskGroup() as scanning:
            for _ in range(SCANNERS):
                scanning.create_task(scan())
        return found


def to_token(cursor: Cursor) -> str:
    """A cursor as addresses have it."""
    is_long = isinstance(cursor.value, str) and len(cursor.value) > MOST_IN_TOKEN
    content = json.dumps([LONG if is_long else cursor.value, cursor.id, cursor.place], ensure_ascii=False)
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def _from_token(token: str, *, backwards: bool) -> Cursor | None:
    try:
        content = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        value, record_id, place = content
        str(value).encode()  # half a surrogate pair is no text
    except (ValueError, TypeError, RecursionError):
        return None
    if type(record_id) is not int or type(place) is not int or abs(record_id) >= 1 << 63:
        return None
    if not isinstance(value, str | int | float | None) or (type(value) is int and abs(value) >= 1 << 63):
        return None
    return Cursor(value, record_id, backwards, place)


def _ranges(low: int, high: int, number: int) -> Iterator[range]:
    """Ids from `low` to `high` in some ranges of one size."""
    size = -(-(high - low + 1) // number)
    for start in range(low, high + 1, max(size, 1)):
        yield range(start, min(start + size, high + 1))


def _count(template: ImportTemplate, matches: _Matches | None) -> Count:
    if matches is None:
        return Count(template.record_count)
    return Count(len(matches.ids)) if matches.is_complete else Count(MOST_MATCHES, is_exact=False)


def _cursor(key: Key | None, *, backwards: bool) -> Cursor | None:
    return Cursor(key.value, key.id, backwards, key.place) if key else None
