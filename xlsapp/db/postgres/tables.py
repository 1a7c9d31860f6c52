"""All tables of a PostgreSQL, on one connection: see Tables."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from xlsapp.db.connection import Connection
from xlsapp.db.postgres.connection import PostgresConnection, Raw, values_as_on_sqlite
from xlsapp.db.postgres.database import DEFAULTS, SETTINGS
from xlsapp.db.postgres.errors import driver_errors
from xlsapp.db.tables import ROWS_AT_ONCE, Column, Rows, Table

APPLICATION = "xlsapp moves"

NAMES = """
SELECT schemaname || '.' || tablename AS name FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND NOT EXISTS (
    SELECT 1 FROM pg_depend WHERE deptype = 'e' AND classid = 'pg_class'::regclass
    AND objid = to_regclass(format('%I.%I', schemaname, tablename))
)
"""

COLUMNS = """
SELECT attname AS name, format_type(atttypid, NULL) AS kind, attidentity <> '' AS counts
FROM pg_attribute
WHERE attrelid = to_regclass(:name) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
ORDER BY attnum
"""

KEY = """
SELECT attname AS name
FROM pg_index
JOIN LATERAL unnest(indkey::int[]) WITH ORDINALITY AS key (number, place) ON TRUE
JOIN pg_attribute ON attrelid = indrelid AND attnum = key.number
WHERE indrelid = to_regclass(:name) AND indisprimary ORDER BY place
"""

REFERS_TO = """
SELECT DISTINCT relnamespace::regnamespace::text || '.' || relname AS name
FROM pg_constraint JOIN pg_class ON pg_class.oid = confrelid
WHERE contype = 'f' AND conrelid = to_regclass(:name) AND confrelid <> conrelid
"""

INDEXES = """
SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS sql FROM pg_index
WHERE indrelid = to_regclass(:name) AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
"""


class PostgresTables:
    """See Tables."""

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        self._plain = PostgresConnection(raw)
        self.conn: Connection = self._plain

    async def names(self) -> set[str]:
        """See Tables. What belongs to an extension is nobody's."""
        return {row["name"] for row in await self._plain.all(NAMES)}

    async def describe(self, name: str) -> Table:
        """See Tables."""
        columns = await self._plain.all(COLUMNS, name=name)
        key = await self._plain.all(KEY, name=name)
        above = await self._plain.all(REFERS_TO, name=name)
        return Table(
            name,
            tuple(Column(row["name"], row["kind"], counts=row["counts"]) for row in columns),
            tuple(row["name"] for row in key),
            frozenset(row["name"] for row in above),
        )

    async def rows(self, table: Table) -> AsyncIterator[Rows]:
        """See Tables."""
        values = ", ".join(map(_value, table.columns))
        order = ", ".join(f'"{name}"' for name in table.key)
        sql = f"SELECT {values} FROM {table.name} ORDER BY {order}"
        with driver_errors():
            async with self.raw.transaction(), self.raw.cursor(name="carried") as cursor:
                await cursor.execute(sql.encode())
                while rows := await cursor.fetchmany(ROWS_AT_ONCE):
                    yield rows

    async def fill(self, table: Table, rows: AsyncIterator[Rows]) -> None:
        """See Tables."""
        names = ", ".join(f'"{each.name}"' for each in table.columns)
        indexes = await self._plain.all(INDEXES, name=table.name)
        for index in indexes:
            await self._plain.run(f"DROP INDEX {index['name']}")
        with driver_errors():
            async with self.raw.cursor().copy(f"COPY {table.name} ({names}) FROM STDIN".encode()) as copy:
                async for some in rows:
                    for row in some:
                        await copy.write_row(row)
        for index in indexes:
            await self._plain.run(index["sql"])
        await self._plain.run(f"ANALYZE {table.name}")

    async def last_id(self, table: Table) -> int:
        """See Tables."""
        name = await self._sequence(table)
        row = await self._plain.one(f"SELECT last_value, is_called FROM {name}") if name else None
        return int(row["last_value"]) if row and row["is_called"] else 0

    async def go_on_after(self, table: Table, last_id: int) -> None:
        """See Tables."""
        if last_id and (name := await self._sequence(table)):
            await self._plain.value("SELECT setval(CAST(:name AS regclass), :last)", name=name, last=last_id)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """See Tables."""
        with driver_errors():
            async with self.raw.transaction():
                yield

    async def _sequence(self, table: Table) -> str | None:
        counting = next((each.name for each in table.columns if each.counts), None)
        if counting is None:
            return None
        return str(
            await self._plain.value(
                "SELECT pg_get_serial_sequence(:table_name, :name)", table_name=table.name, name=counting
            )
        )


def _value(column: Column) -> str:
    """As SQLite has it: truth is a number, and of the two zeros there is the positive one."""
    if column.kind == "boolean":
        return f'CAST("{column.name}" AS INT)'
    return f'"{column.name}" + 0.0' if column.kind == "double precision" else f'"{column.name}"'


@asynccontextmanager
async def open_tables(url: str) -> AsyncIterator[PostgresTables]:
    """The tables of a database. Raises DatabaseFault."""
    options: dict[str, Any] = {**DEFAULTS, **conninfo_to_dict(url), "application_name": APPLICATION}
    with driver_errors():
        raw = await psycopg.AsyncConnection.connect(
            "", **options, autocommit=True, context=values_as_on_sqlite(), prepare_threshold=None
        )
    try:
        with driver_errors():
            await raw.execute(SETTINGS)
        yield PostgresTables(raw)
    finally:
        await raw.close()
