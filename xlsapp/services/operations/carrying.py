"""All tables of one engine carried to the other, and compared by their values."""

import re
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass

from xlsapp.db.tables import NOT_CARRIED, Digest, Rows, Table, Tables
from xlsapp.errors import XlsappError
from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.repositories import template_columns
from xlsapp.repositories.history import changes, copies
from xlsapp.repositories.records import data_records

# Tables that are made and dropped while the app works, and hold nothing that is kept once all jobs have ended
# and nobody reviews anything.
PASSING = re.compile(r"queue\.\w+|files\.chunks_\d{8}|(staging|review)_\w+\.\w+|data\.records_\d+_renewed")

OF_TEMPLATE = re.compile(r"data\.(records|history)_(\d+)")

TYPES = {
    "bigint": ColumnType.INTEGER,
    "double precision": ColumnType.NUMBER,
    "boolean": ColumnType.BOOLEAN,
    "date": ColumnType.DATE,
    "timestamp without time zone": ColumnType.DATETIME,
    "time without time zone": ColumnType.TIME,
}
"""Of columns that are gone, of which nobody knows any more what they were."""

OnProgress = Callable[[str], None]


class NotTheSame(XlsappError):
    """What arrived is not what was sent, or cannot be."""


@dataclass(slots=True)
class Carried:
    """How much there was."""

    tables: int = 0
    rows: int = 0
    templates: int = 0
    records: int = 0


@dataclass(frozen=True, slots=True)
class Carrier:
    """Carries from an engine to another; one of them is PostgreSQL, which knows the types."""

    source: Tables
    target: Tables
    typed: Tables
    """The one of the two that is PostgreSQL."""
    on_progress: OnProgress

    async def carry(self) -> Carried:
        """Carry everything, each table in a transaction of its own. Raises NotTheSame, DatabaseFault."""
        carried = Carried()
        names = await self.source.names()
        fixed = {name for name in names if is_carried(name) and not OF_TEMPLATE.fullmatch(name)}
        for table in _in_order([await self.typed.describe(name) for name in fixed]):
            self.on_progress(f"Copying {table.name}")
            async with self.target.transaction():
                carried.rows += await self._copy(table)
            carried.tables += 1
        ids = sorted({int(found[2]) for name in names if (found := OF_TEMPLATE.fullmatch(name))})
        for number, template_id in enumerate(ids, 1):
            self.on_progress(f"Copying the records of template {number:,} of {len(ids):,}")
            carried.records += await self._carry_records(template_id)
            if f"data.{copies.table_name(template_id)}" in names:
                carried.rows += await self._carry_history(template_id)
            carried.templates += 1
        return carried

    async def _carry_records(self, template_id: int) -> int:
        columns = await template_columns.list_for(self.source.conn, template_id)
        async with self.target.transaction():
            await data_records.create_table(self.target.conn, template_id)
            for column in columns:
                await data_records.add_column(self.target.conn, template_id, column)
            return await self._copy(await self.typed.describe(f"data.{data_records.table_name(template_id)}"))

    async def _carry_history(self, template_id: int) -> int:
        """It has columns, too, that are gone from the template."""
        name = f"data.{copies.table_name(template_id)}"
        known = {
            **await changes.former_columns(self.source.conn, template_id),
            **{each.id: each for each in await template_columns.list_for(self.source.conn, template_id)},
        }
        found = {}
        for column in (await self.source.describe(name)).columns:
            if re.fullmatch(r"c\d+", column.name):
                column_id, kind = int(column.name[1:]), TYPES.get(column.kind.lower(), ColumnType.TEXT)
                found[column_id] = known.get(column_id) or TemplateColumn(column_id, "", kind, 0)
        async with self.target.transaction():
            await copies.create_table(self.target.conn, template_id, list(found.values()))
            return await self._copy(await self.typed.describe(name))

    async def _copy(self, table: Table) -> int:
        """Copy a table, and see that it has arrived. Returns how many rows it has."""
        await self._require_alike(table)
        sent, arrived = Digest(), Digest()
        await self.target.fill(table, self._sent(table, sent))
        last_id = await self.source.last_id(table)
        if last_id:
            await self.target.go_on_after(table, last_id)
        async for rows in self.target.rows(table):
            arrived.add(rows)
        if sent.value != arrived.value or await self.target.last_id(table) != last_id:
            raise NotTheSame(
                f"{table.name} is not the same on both sides: {sent.count:,} rows were sent, and "
                f"{arrived.count:,} arrived, or they have other values."
            )
        return sent.count

    async def _sent(self, table: Table, digest: Digest) -> AsyncIterator[Rows]:
        async for rows in self.source.rows(table):
            digest.add(rows)
            yield rows
            if digest.count % 100_000 == 0:
                self.on_progress(f"Copying {table.name}: {digest.count:,} rows")

    async def _require_alike(self, table: Table) -> None:
        names = {column.name for column in table.columns}
        for side in (self.source, self.target):
            other = {column.name for column in (await side.describe(table.name)).columns}
            if other != names or not table.key:
                raise NotTheSame(f"{table.name} has other columns on one side: {sorted(other ^ names)}")


def is_carried(name: str) -> bool:
    """Whether a table's rows are carried from one engine to the other."""
    return name not in NOT_CARRIED and not PASSING.fullmatch(name)


def _in_order(tables: Collection[Table]) -> list[Table]:
    """Those that others refer to come first."""
    waiting = {table.name: table for table in tables}
    ordered: list[Table] = []
    while waiting:
        ready = [table for table in waiting.values() if not table.refers_to & waiting.keys()]
        if not ready:
            raise NotTheSame(f"{sorted(waiting)} refer to each other")
        ordered += sorted(ready, key=lambda table: table.name)
        waiting = {name: table for name, table in waiting.items() if table not in ready}
    return ordered
