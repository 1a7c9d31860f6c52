"""On PostgreSQL: what makes sorting and searching in large templates quick, made in the background.

Whoever sorts by a column, or searches, for the first time is answered by a look at all records. Meanwhile an
index is made, for every machine and for as long as it is of use: a template keeps those for a few columns,
and a large import removes them, because it takes several times as long with them.
"""

import asyncio
import logging
import time

from xlsapp.db.connection import Connection, IndexedDatabase
from xlsapp.db.errors import DatabaseFault
from xlsapp.db.turns import FairTurns
from xlsapp.models import ImportTemplate, TemplateColumn
from xlsapp.repositories.records import indexes
from xlsapp.repositories.records.indexes import Index
from xlsapp.services.records.derived import Change
from xlsapp.services.records.sort_orders import Order

log = logging.getLogger(__name__)

FEWEST_RECORDS = 50_000  # below this, a look at all of them takes no longer than 100 ms
MOST_SORTED = 4
FEWEST_LETTERS = 3  # less is in no index of three letters
TRUST_SECONDS = 30
"""For so long nobody asks again whether an index is there."""


class IndexMaker:
    """Makes indexes, one at a time and each account's in turn."""

    def __init__(self, db: IndexedDatabase) -> None:
        self._db = db
        self._turns = FairTurns(each=1, at_once=1)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._seen: dict[str, float] = {}
        self._has_said_so = False

    def prepare(self, template: ImportTemplate, column: TemplateColumn | None) -> None:
        """Have the index over a column, or else over all texts, unless it is there or under way."""
        wanted = _wanted(template, column)
        is_fresh = time.monotonic() - self._seen.get(wanted, -TRUST_SECONDS) < TRUST_SECONDS
        if wanted in self._tasks or is_fresh or template.record_count < FEWEST_RECORDS:
            return
        task = asyncio.create_task(self._see_to(template, column, wanted))
        self._tasks[wanted] = task
        task.add_done_callback(lambda _: self._tasks.pop(wanted))

    def is_making(self, template: ImportTemplate, column: TemplateColumn | None) -> bool:
        """Whether such an index is under way here."""
        return _wanted(template, column) in self._tasks

    async def remove_all(self, template: ImportTemplate) -> None:
        """Remove a template's indexes, which are made anew when wanted."""
        async with self._db.upkeep() as conn:
            for name in await indexes.all_of(conn, template.id):
                await indexes.remove(conn, name)
        self._seen.clear()

    async def ready(self) -> None:
        """Wait for what is under way."""
        await asyncio.gather(*self._tasks.values())

    async def close(self) -> None:
        """Stop. What is half made is made anew another time."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _see_to(self, template: ImportTemplate, column: TemplateColumn | None, wanted: str) -> None:
        try:
            async with self._turns.turn(template.user_id), self._db.upkeep() as conn:
                index = await self._index(conn, template, column)
                if index is not None and not await indexes.is_under_way(conn, index):
                    await _make(conn, index, most=MOST_SORTED if column else 1)
                    self._seen[wanted] = time.monotonic()
        except DatabaseFault:  # the disk is full, or the template is gone
            log.warning("An index of template %s could not be made", template.id, exc_info=True)

    async def _index(
        self, conn: Connection, template: ImportTemplate, column: TemplateColumn | None
    ) -> Index | None:
        if column:
            return indexes.sort_index(template, column)
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

    def follow(self, change: Change) -> None:
        """An index follows by itself."""

    async def set_aside(self, template: ImportTemplate) -> None:
        """Remove the indexes: to fill them takes longer than to make them anew."""
        await self._maker.remove_all(template)

    def is_preparing(self, template: ImportTemplate) -> bool:
        """Whether an index is being made here."""
        return self._maker.is_making(template, None)

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

    async def set_aside(self, template: ImportTemplate) -> None:
        """Remove the indexes: to fill them takes longer than to make them anew."""
        await self._maker.remove_all(template)

    def is_preparing(self, template: ImportTemplate, column: TemplateColumn) -> bool:
        """Whether an index is being made here."""
        return self._maker.is_making(template, column)

    async def ready(self) -> None:
        """Wait for what is under way."""
        await self._maker.ready()

    async def close(self) -> None:
        """Stop."""
        await self._maker.close()
