"""Values that were converted to another type, where the transaction finds them that stores them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from xlsapp.db.connection import Database, Staging
from xlsapp.db.database import SqliteDatabase
from xlsapp.spreadsheet.reading.conversion import write_copy

TABLE = (
    "column_id INTEGER, record_id INTEGER, value TEXT, is_same INTEGER, PRIMARY KEY (column_id, record_id)"
)


@asynccontextmanager
async def converted_values(db: Database, staging: Path | None) -> AsyncIterator[Staging | None]:
    """The table `converted` of a staging file, for `Records.write`; nothing without a file."""
    if staging is None or isinstance(db, SqliteDatabase):
        yield staging
        return
    from xlsapp.db.postgres.beside import PostgresBeside
    from xlsapp.services.engines.staging_schemas import staging_schema

    def take(conn: PostgresBeside) -> None:
        copy = staging.with_suffix(".csv")
        write_copy(staging, copy)
        conn.run(f"CREATE SCHEMA {conn.schema}")
        conn.new_table("converted", TABLE)
        with copy.open("rb") as file:
            conn.copy("converted", file)
        conn.filled("converted")
        conn.mark_whole()
        copy.unlink()

    async with staging_schema(db) as schema:
        await schema.run(take)
        yield schema.name
