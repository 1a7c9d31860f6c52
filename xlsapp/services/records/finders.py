"""What makes finding quick in large templates: memory beside SQLite, indexes in PostgreSQL."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import Protocol, cast

from xlsapp.db.connection import Database, IndexedDatabase
from xlsapp.models import ImportTemplate, TemplateColumn
from xlsapp.repositories.records.selection import Selection
from xlsapp.services.records.derived import Change
from xlsapp.services.records.indexes import IndexMaker, SearchIndexes, SortIndexes
from xlsapp.services.records.search_texts import SearchTexts
from xlsapp.services.records.sort_orders import Order, SortOrders


class _Prepared(Protocol):
    """Something that is worked out in the background."""

    def follow(self, change: Change) -> None:
        """Keep up with a change of some records."""

    async def ready(self) -> None:
        """Wait for what is under way."""

    async def close(self) -> None:
        """Stop and let go."""


class Texts(_Prepared, Protocol):
    """For searches."""

    def prepare(self, template: ImportTemplate) -> None:
        """Somebody looks at a template, and may search it soon."""

    async def find(self, template: ImportTemplate, search: str, *, limit: int) -> list[int] | None:
        """Ids of all records that may have a text in them, or of more than `limit`.

        None to ask the database.
        """

    def prepare_for(self, template: ImportTemplate, selection: Selection) -> None:
        """Somebody has filtered the records so."""

    async def is_preparing(self, template: ImportTemplate) -> bool:
        """Whether searches will soon be quicker, and take long until then."""


class Orders(_Prepared, Protocol):
    """For sorting."""

    def get(self, template: ImportTemplate, column: TemplateColumn) -> Order | None:
        """A column's order, if it is there; None to ask the database."""

    def prepare(self, template: ImportTemplate, column: TemplateColumn) -> None:
        """Have sorting by a column quick soon, if that is worth it."""

    async def is_preparing(self, template: ImportTemplate, column: TemplateColumn) -> bool:
        """Whether sorting will soon be quicker, and takes long until then."""

    async def remove(self, template: ImportTemplate) -> None:
        """A value cannot be stored because of what makes sorting quick: have nothing of it."""


SetAside = Callable[[ImportTemplate], AbstractAsyncContextManager[None]]
"""Has nothing, as long as the block lasts, that each of many new records would have to be put into."""


def finders(db: Database, folder: Path) -> tuple[Texts, Orders, SetAside]:
    """Those of a database's engine. `folder` is for files without a name, which are gone with the process."""
    if not db.dialect.is_postgres:
        return SearchTexts(db, folder), SortOrders(db), _in_memory
    maker = IndexMaker(cast(IndexedDatabase, db))
    return SearchIndexes(maker), SortIndexes(maker), maker.set_aside


def _in_memory(template: ImportTemplate) -> AbstractAsyncContextManager[None]:
    """What is in memory stands in no import's way."""
    return nullcontext()
