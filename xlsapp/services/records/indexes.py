"""On PostgreSQL: what makes sorting and searching in large templates quick, made in the background.

Whoever sorts by a column, or searches, for the first time is answered by a look at all records. Meanwhile an
index is made, for every machine and for as long as it is of use: a template keeps those for a few columns.
A large import removes them before it merges its rows, because it takes several times as long with them, and
has them made anew afterwards.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from xlsapp.db.connection import Connection, IndexedDatabase
from xlsapp.db.errors import DatabaseFault
from xlsapp.db.turns import FairTurns
from xlsapp.models import ImportTemplate, TemplateColumn
from xlsapp.repositories.records import indexes
from xlsapp.repositories.records.indexes import Index
from xlsapp.repositories.records.selection import FEWEST_LETTERS, Selection, letters_of
from xlsapp.services.records.derived import Change
from xlsapp.services.records.sort_orders import Order

log = logging.getLogger(__name__)

FEWEST_RECORDS = 50_000  # below this, a look at all of them takes no longer than 100 ms
MOST_SORTED = 4
TRUST_SECONDS = 30
"""For so long nobody asks again whether an index is there."""
LOOK_AGAIN_SECONDS = 1.0
KNOWN_WITHIN_SECONDS = 0.5

MANY_ROWS = 100_000
"""So many rows of an import, or more than there are records, are not to be put into each index one by one."""
REMOVED_WITHIN_SECONDS = 5
"""So long an import waits for those who read by an index. Then it fills it after all."""


@dataclass(slots=True, eq=False)
class _UnderWay:
    """An index that is seen to."""

    task: asyncio.Task[None]
    known: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once it is known whether it has to be made."""
    is_there: bool = False


class IndexMaker:
    """Makes indexes, one at a time and each account's in turn."""

    def __init__(self, db: IndexedDatabase) -> None:
        self._db = db
        self._turns = FairTurns(each=1, at_once=1)
        self._tasks: dict[str, _UnderWay] = {}
        self._seen: dict[str, float] = {}
        self._has_said_so = False

    def prepare(self, template: ImportTemplate, column: TemplateColumn | None) -> None:
        """Have the index over a column, or else over all texts, unless it is there or under way."""
        wanted = _wanted(template, column)
        is_fresh = time.monotonic() - self._seen.get(wanted, -TRUST_SECONDS) < TRUST_SECONDS
        if wanted in self._tasks or is_fresh or template.record_count < FEWEST_RECORDS:
            return
        self._begin(template, column, wanted)

    async def is_making(self, template: ImportTemplate, column: TemplateColumn | None) -> bool:
        """Whether such an index is on its way, here or elsewhere, as far as it is known here."""
        under_way = self._tasks.get(_wanted(template, column))
        if under_way is None:
            return False
        try:
            async with asyncio.timeout(KNOWN_WITHIN_SECONDS):
                await under_way.known.wait()
        except TimeoutError:
            return True
        return not under_way.is_there

    @asynccontextmanager
    async def set_aside(self, template: ImportTemplate) -> AsyncIterator[None]:
        """A template's indexes are removed, and made anew after the block."""
        names = await self.remove_all(template)
        try:
            yield
        finally:
            for column in (None, *template.columns):
                if _is_of(template, column, names):
                    self._begin(template, column, _wanted(template, column))

    async def ready(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*(each.task for each in self._tasks.values()))

    async def close(self) -> None:
        """Stop. What is half made is made anew another time."""
        tasks = [each.task for each in self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, template: ImportTemplate, column: TemplateColumn | None, wanted: str) -> None:
        if wanted in self._tasks:
            return
        under_way = _UnderWay(asyncio.create_task(self._see_to(template, column, wanted)))
        self._tasks[wanted] = under_way
        under_way.task.add_done_callback(lambda _: self._tasks.pop(wanted))

    async def remove_all(self, template: ImportTemplate) -> list[str]:
        """Remove what can be removed soon. Returns the names of all that were there, or on their way."""
        self._seen.clear()
        names: list[str] = []
        try:
            async with self._db.upkeep(patience_seconds=REMOVED_WITHIN_SECONDS) as conn:
                names = await indexes.all_of(conn, template.id)
                if names:
                    await indexes.give_up_making(conn, template.id)
                for name in names:
                    await indexes.remove(conn, name)
        except DatabaseFault:  # an export may read by them for minutes
            log.info("The indexes of template %s stay: they are in use", template.id)
        return names

    async def _see_to(self, template: ImportTemplate, column: TemplateColumn | None, wanted: str) -> None:
        under_way = self._tasks[wanted]
        try:
            # Before it is its turn: a page waits for that.
            async with self._db.upkeep() as conn:
                index = await self._index(conn, template, column)
                under_way.is_there = index is None or await indexes.is_there(conn, index)
            under_way.known.set()
            if index and not under_way.is_there:
                async with self._turns.turn(template.user_id):
                    await self._make(index, most=MOST_SORTED if column else 1)
            self._seen[wanted] = time.monotonic()
        except DatabaseFault:  # the disk is full, or the template is gone
            log.warning("An index of template %s could not be made", template.id, exc_info=True)
        finally:
            under_way.known.set()

    async def _make(self, index: Index, *, most: int) -> None:
        """Make an index, or wait until another machine has done so."""
        while True:
            async with self._db.upkeep() as conn:
                if not await indexes.is_under_way(conn, index):
                    await _make(conn, index, most=most)
                    return
            await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def _index(
        self, conn: Connection, template: ImportTemplate, column: TemplateColumn | None
    ) -> Index | None:
        if column:
            fits = await indexes.takes_all_of(conn, template, column)
            return indexes.sort_index(template, column) if fits else None
        schema = await indexes.trigrams_schema(conn)
        if schema is None and not self._has_said_so:
            try:
                await indexes.add_trigrams(conn)
                schema = await indexes.trigrams_schema(conn)
            except DatabaseFault as fault:
                self._has_said_so = True
                log.warning(
                    "PostgreSQL's extension pg_trgm is missing, so searches in large templates take longer. "
                    "Have an administrator say CREATE EXTENSION pg_trgm in this database. (%s)",
                    fault,
                )
        return indexes.search_index(template, schema) if schema else None


def _is_of(template: ImportTemplate, column: TemplateColumn | None, names: list[str]) -> bool:
    """Whether the index over a column, or else one over texts, is among these."""
    if column is None:
        return any(indexes.is_for_searching(template.id, name) for name in names)
    return indexes.sort_index(template, column).name in names


def _wanted(template: ImportTemplate, column: TemplateColumn | None) -> str:
    return f"{template.id} {column.id if column else [c.id for c in template.columns]}"


async def _make(conn: Connection, index: Index, *, most: int) -> None:
    if await indexes.is_there(conn, index):
        return
    others = await indexes.others_of_its_kind(conn, index)
    for name in others[: max(0, len(others) - most + 1)]:
        await indexes.remove(conn, name)
    started = time.monotonic()
    await indexes.make(conn, index)
    log.info("Made the index %s in %.1f s", index.name, time.monotonic() - started)


class SearchIndexes:
    """See Texts: nothing is known before the database is asked, which is quick once it has an index."""

    def __init__(self, maker: IndexMaker) -> None:
        self._maker = maker

    def prepare(self, template: ImportTemplate) -> None:
        """A look at a template is no reason to make an index."""

    async def find(self, template: ImportTemplate, search: str, *, limit: int) -> list[int] | None:
        """None: the database finds them. The next time it does so with an index."""
        if len(search) >= FEWEST_LETTERS:
            self._maker.prepare(template, None)
        return None

    def prepare_for(self, template: ImportTemplate, selection: Selection) -> None:
        """A filter by letters of a text is answered by the same index."""
        if letters_of(selection):
            self._maker.prepare(template, None)

    def follow(self, change: Change) -> None:
        """An index follows by itself."""

    async def is_preparing(self, template: ImportTemplate) -> bool:
        """Whether an index is on its way."""
        return await self._maker.is_making(template, None)

    async def ready(self) -> None:
        """Wait for what is under way."""
        await self._maker.ready()

    async def close(self) -> None:
        """Stop."""
        await self._maker.close()


class SortIndexes:
    """See Orders: the database walks its indexes by itself."""

    def __init__(self, maker: IndexMaker) -> None:
        self._maker = maker

    def get(self, template: ImportTemplate, column: TemplateColumn) -> Order | None:
        """None: the database has it."""
        return None

    def prepare(self, template: ImportTemplate, column: TemplateColumn) -> None:
        """Have an index over the column, if that is worth it."""
        self._maker.prepare(template, column)

    def follow(self, change: Change) -> None:
        """An index follows by itself."""

    async def is_preparing(self, template: ImportTemplate, column: TemplateColumn) -> bool:
        """Whether an index is on its way."""
        return await self._maker.is_making(template, column)

    async def remove(self, template: ImportTemplate) -> None:
        """See Orders: an index takes no text of more than some 2,700 bytes."""
        await self._maker.remove_all(template)

    async def ready(self) -> None:
        """Wait for what is under way."""
        await self._maker.ready()

    async def close(self) -> None:
        """Stop."""
        await self._maker.close()
