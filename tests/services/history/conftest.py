"""A template whose changes are taken back, on each database that there is."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from tests.engines import ENGINES
from tests.factories import Customers, make_customers, records_of
from xlsapp.db.connection import Database
from xlsapp.models import ColumnRules, ColumnType, ImportTemplate
from xlsapp.repositories import import_templates, template_columns
from xlsapp.repositories.history import changes
from xlsapp.repositories.history.changes import Actor, RecordsChange
from xlsapp.services.history.receipt import UndoReceipt
from xlsapp.services.history.undoing import Foreseen, foresee, undo
from xlsapp.services.records.records import Records


@pytest.fixture(params=ENGINES)
async def db(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """An empty database, of each kind in turn."""
    async with ENGINES[request.param](request) as database:
        yield database


class Shelf:
    """A template with a code, that is there once, and a quantity; and its records by their ids."""

    def __init__(self, records: Records, customers: Customers) -> None:
        self.door, self.template, self.actor = records, customers.template, Actor(customers.user.id)
        self.code, self.quantity = (column.key for column in customers.template.columns)

    async def add(self, *rows: tuple[Any, Any]) -> int:
        """Add records. Returns the id of the change."""
        async with self.door.write(self.template) as writer:
            for code, quantity in rows:
                await writer.add({self.code: code, self.quantity: quantity})
        return await self.last()

    async def edit(self, values: dict[int, tuple[Any, Any]]) -> int:
        async with self.door.write(self.template) as writer:
            for record_id, (code, quantity) in values.items():
                await writer.change(record_id, {self.code: code, self.quantity: quantity})
        return await self.last()

    async def delete(self, *ids: int) -> int:
        async with self.door.write(self.template) as writer:
            await writer.delete(ids)
        return await self.last()

    async def undo(self, change_id: int, **options: Any) -> UndoReceipt:
        return await undo(self.door, await self.present(), change_id, self.actor, **options)

    async def foresee(self, change_id: int) -> Foreseen:
        return await foresee(self.door, await self.present(), await self.change(change_id))

    async def present(self) -> ImportTemplate:
        async with self.door.db.read() as conn:
            return await import_templates.find(conn, self.template.user_id, self.template.id)

    async def change(self, change_id: int) -> RecordsChange:
        async with self.door.db.read() as conn:
            return await changes.find(conn, self.template.id, change_id)

    async def last(self) -> int:
        async with self.door.db.read() as conn:
            (change,) = await changes.list_before(conn, self.template.id, None, limit=1)
        return change.id

    async def records(self) -> dict[int, tuple[Any, Any]]:
        found = await records_of(self.door.db, await self.present())
        assert len(found) == (await self.present()).record_count
        return {
            record.id: (record.values.get(self.code), record.values.get(self.quantity)) for record in found
        }


@pytest.fixture
async def shelf(db: Database, records: Records) -> Shelf:
    columns = [("Code", ColumnType.TEXT, False), ("Quantity", ColumnType.INTEGER, False)]
    customers = await make_customers(db, columns)
    async with db.write() as tx:
        code = replace(customers.template.columns[0], rules=ColumnRules(unique=True))
        await template_columns.change(tx, code)
        template = await import_templates.find(tx, customers.user.id, customers.template.id)
    return Shelf(records, replace(customers, template=template))
