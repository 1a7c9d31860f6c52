"""The one door to the records of all templates: finds them, looks at them, changes them.

Quick for a million records. SQLite has an index over the order of the workbooks and no other, so that
imports stay quick. What has to look at every record does so by ranges of ids, on several connections at once.
What was found out is kept until the records change, and two things are worked out in the background: the
order of a column somebody has sorted by, and all texts in one piece. See docs/decisions/records-grid.md.
PostgreSQL has indexes made for these two; see indexes.py.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from xlsapp.db.connection import Connection, Database, Staging
from xlsapp.db.errors import Busy, IndexedTooLong, RowTooBig
from xlsapp.db.turns import FairTurns, TooManyWait
from xlsapp.errors import NotFound, TooMany, TooWide
from xlsapp.models import DataRecord, ImportTemplate, TemplateColumn
from xlsapp.problems import Message
from xlsapp.repositories.records import data_records, listing
from xlsapp.repositories.records.selection import Cursor, Key, Selection, letters_of
from xlsapp.services.records.column_figures import ColumnFigures, Figures
from xlsapp.services.records.cursors import LONG, from_token, place_in
from xlsapp.services.records.derived import Change
from xlsapp.services.records.finders import finders
from xlsapp.services.records.indexes import MANY_ROWS
from xlsapp.services.records.journal import OWNER, Why
from xlsapp.services.records.matches import MOST_MATCHES, KeptMatches, Matches
from xlsapp.services.records.noting import Notes, Noting
from xlsapp.services.records.paging import keys_after
from xlsapp.services.records.scanning import scan
from xlsapp.services.records.writer import RecordsWriter

HEAVY_AT_ONCE = 2
"""Searches and the like of one account that are under way; as many again would take the others' time."""
MOST_WAITING = 20
RETRY_AFTER_SECONDS = 2


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
    is_prepared: bool = True
    """False when something is under way that will make such pages quicker."""


class Records:
    """Knows what was found lately, for as long as it holds."""

    def __init__(self, db: Database, folder: Path) -> None:
        """`folder` is for files without a name, which are gone with the process."""
        self.db = db
        """For what is read beside the records."""
        self._heavy = FairTurns(each=HEAVY_AT_ONCE, most_waiting=MOST_WAITING)
        self._noting = Noting()
        self._texts, self._orders, self._set_aside = finders(db, folder)
        self._matches = KeptMatches(db, self._texts)
        self._figures = ColumnFigures(db, find_ids=self._matches.few_ids)

    async def find(self, template: ImportTemplate, record_id: int) -> DataRecord:
        """One record. Raises NotFound."""
        async with self.db.read() as conn:
            return await data_records.find(conn, template, record_id)

    async def find_some(self, template: ImportTemplate, ids: Iterable[int]) -> list[DataRecord]:
        """The records with these ids that are still there."""
        async with self.db.read() as conn:
            return await listing.find_all(conn, template, list(ids))

    async def page(
        self, template: ImportTemplate, selection: Selection, cursor: Cursor | None, *, size: int
    ) -> RecordPage:
        """The records after a cursor, or before it. A page that would begin before the first is the first.

        Raises TooMany when too many searches of the account wait.
        """
        if selection.is_everything and not selection.sort:
            return await self._page(template, selection, cursor, size)
        async with self._heavy_read(template):
            return await self._page(template, selection, cursor, size)

    async def _page(
        self, template: ImportTemplate, selection: Selection, cursor: Cursor | None, size: int
    ) -> RecordPage:
        matches = await self._matches.of(template, selection)
        keys = await self._keys(template, selection, matches, cursor, size + 1)
        if cursor and cursor.backwards and len(keys) <= size:
            cursor = None
            keys = await self._keys(template, selection, matches, cursor, size + 1)
        backwards = cursor is not None and cursor.backwards
        more = len(keys) > size
        keys = keys[:size]
        if backwards:
            keys.reverse()
        records = await self.find_some(template, [key.id for key in keys])
        first, last = (keys[0], keys[-1]) if keys else (None, None)
        return RecordPage(
            records,
            _count(template, matches),
            previous=_cursor(first, backwards=True) if (more if backwards else cursor) else None,
            next=_cursor(last, backwards=False) if backwards or more else None,
            is_prepared=not await self._is_preparing(template, selection),
        )

    async def _is_preparing(self, template: ImportTemplate, selection: Selection) -> bool:
        finds_letters = selection.search or letters_of(selection)
        if finds_letters and await self._texts.is_preparing(template):
            return True
        return bool(selection.sort and await self._orders.is_preparing(template, selection.sort))

    async def cursor(
        self, template: ImportTemplate, selection: Selection, token: str, *, backwards: bool
    ) -> Cursor | None:
        """The place that a token of `to_token` stands for. None when there is no such place."""
        cursor = from_token(token, backwards=backwards)
        if cursor is None:
            return None
        if cursor.value != LONG:
            return place_in(selection, cursor)
        order = Selection(sort=selection.sort)
        async with self.db.read() as conn:
            present = await listing.keys_of(conn, template, order, [cursor.id])
        return replace(cursor, value=present[0].value) if present else None

    async def count(self, template: ImportTemplate, selection: Selection) -> int:
        """How many records are in a selection, exactly. Raises TooMany, as `page` does."""
        async with self._heavy_read(template):
            count = _count(template, await self._matches.of(template, selection))
            if count.is_exact:
                return count.number

            async def look(conn: Connection, ids: range) -> int:
                return await listing.count_between(conn, template, selection, ids)

            return sum(await scan(self.db, template, look))

    async def figures(
        self,
        template: ImportTemplate,
        columns: Iterable[TemplateColumn],
        selection: Selection,
        *,
        patience_seconds: float,
    ) -> Mapping[str, Figures | None]:
        """The figures by column; None for those that are not there within so many seconds, but will be."""
        return await self._figures.get(template, columns, selection, patience_seconds=patience_seconds)

    def prepare(self, template: ImportTemplate) -> None:
        """Make searches in a template quick soon, since somebody looks at it."""
        self._texts.prepare(template)

    def before_merging(self, template: ImportTemplate, rows: int) -> AbstractAsyncContextManager[None]:
        """Around a transaction that adds or changes so many records: what would make it slow is not there.

        It is made anew afterwards, in the background.
        """
        are_many = rows > min(MANY_ROWS, template.record_count)
        return self._set_aside(template) if are_many else nullcontext()

    def noting(self, template: ImportTemplate) -> AbstractContextManager[Notes]:
        """Note what changes in a template's records while the block lasts."""
        return self._noting.of(template.id)

    @asynccontextmanager
    async def write(
        self,
        template: ImportTemplate,
        *,
        why: Why = OWNER,
        attach: Staging | None = None,
        held: bool = False,
    ) -> AsyncIterator[RecordsWriter]:
        """The only way to change a template's records: a transaction, all of it or nothing, and one change.

        With `attach`, the staged tables are there. `held` within `db.hold_writer()`. Raises
        NotFound when the template is gone, and TooWide where a record cannot hold so much.
        """
        try:
            async with self.db.write(attach=attach, held=held) as tx:
                if not await data_records.lock(tx, template.id):
                    raise NotFound(f"import template {template.id}")
                writer = RecordsWriter(tx, template, why)
                yield writer
                change = await writer.finish()
        except IndexedTooLong as fault:
            await self._orders.remove(template)
            raise Busy("an index is removed that has no room for a value") from fault
        except RowTooBig:
            raise TooWide(Message("record.too_wide"), field="columns") from None
        if change:
            self._follow(change)

    async def ready(self) -> None:
        """Wait until what is being worked out is there."""
        await self._texts.ready()
        await self._orders.ready()
        await self._figures.ready()

    async def close(self) -> None:
        """Stop what goes on in the background."""
        await self._texts.close()
        await self._orders.close()
        await self._figures.close()

    @asynccontextmanager
    async def _heavy_read(self, template: ImportTemplate) -> AsyncIterator[None]:
        """What may look at every record: so many of an account at once, and the others wait."""
        try:
            async with self._heavy.turn(template.user_id):
                yield
        except TooManyWait:
            waiting = Message("view.many_at_once", {"waiting": MOST_WAITING})
            raise TooMany(waiting, retry_after_seconds=RETRY_AFTER_SECONDS) from None

    def _follow(self, change: Change) -> None:
        """Keep up with a change of some records, which would else have to be found out anew."""
        self._noting.note(change)
        self._texts.follow(change)
        self._orders.follow(change)
        self._figures.follow(change)

    async def _keys(
        self,
        template: ImportTemplate,
        selection: Selection,
        matches: Matches | None,
        cursor: Cursor | None,
        limit: int,
    ) -> list[Key]:
        return await keys_after(
            self.db, self._orders, template, selection, matches, cursor=cursor, limit=limit
        )


def _count(template: ImportTemplate, matches: Matches | None) -> Count:
    if matches is None:
        return Count(template.record_count)
    return Count(len(matches.ids)) if matches.is_complete else Count(MOST_MATCHES, is_exact=False)


def _cursor(key: Key | None, *, backwards: bool) -> Cursor | None:
    return Cursor(key.value, key.id, backwards, key.place) if key else None
