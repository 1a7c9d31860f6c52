"""A template with a column of each type."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from xlsapp.db.connection import Database
from xlsapp.models import CellValue, ColumnType, DataRecord, ImportTemplate, TemplateColumn, User
from xlsapp.repositories import import_templates, template_columns
from xlsapp.repositories.records import data_records


@dataclass(frozen=True)
class Table:
    """A template, and what is done with its records."""

    db: Database
    template: ImportTemplate

    def __getitem__(self, name: str) -> TemplateColumn:
        return next(column for column in self.template.columns if column.name == name)

    def values(self, **named: CellValue) -> dict[str, CellValue]:
        """Values by the columns' keys."""
        return {self[name].key: value for name, value in named.items()}

    async def add(self, *rows: dict[str, CellValue]) -> list[int]:
        """Records with values by the columns' names. Their ids."""
        async with self.db.write() as tx:
            return [await data_records.add(tx, self.template, self.values(**row)) for row in rows]

    async def find(self, record_id: int) -> DataRecord:
        async with self.db.read() as conn:
            return await data_records.find(conn, self.template, record_id)

    async def ask(self, function: Callable[..., Awaitable[Any]], *arguments: Any, **options: Any) -> Any:
        """What a function of the repositories answers about this template."""
        async with self.db.read() as conn:
            return await function(conn, self.template, *arguments, **options)


@pytest.fixture
async def table(db: Database, ada: User) -> Table:
    """Columns named after their types: Text, Integer, Number, …"""
    kinds: Sequence[ColumnType] = list(ColumnType)
    async with db.write() as tx:
        template_id = await import_templates.add(tx, ada.id, name="All types", description="")
        for position, kind in enumerate(kinds):
            await template_columns.add(tx, template_id, TemplateColumn(0, kind.name.title(), kind, position))
        return Table(db, await import_templates.find(tx, ada.id, template_id))
