"""Work in a staging schema ends when it is to, also where the database cannot be told that it does."""

import asyncio

import pytest
from psycopg.conninfo import conninfo_to_dict

from tests.torture.machines.network import network
from xlsapp.db.postgres import beside
from xlsapp.db.postgres.database import PostgresDatabase
from xlsapp.services.engines.staging_schemas import staging_schema


async def test_who_is_cancelled_does_not_wait_for_a_database_that_says_nothing(
    postgres, migrated_url, monkeypatch
):
    monkeypatch.setattr(beside, "CANCELLED_WITHIN_SECONDS", 0.2)
    with network(postgres.folder / ".s.PGSQL.5432") as new_line:
        line = new_line()
        name = conninfo_to_dict(migrated_url)["dbname"]
        db = await PostgresDatabase.open(f"postgresql://postgres@127.0.0.1:{line.port}/{name}")
        async with staging_schema(db) as schema:
            at_work = asyncio.create_task(schema.run(lambda conn: conn.run("SELECT pg_sleep(60)")))
            await asyncio.sleep(0.3)
            line.stall()
            at_work.cancel()
            async with asyncio.timeout(10):
                with pytest.raises(asyncio.CancelledError):
                    await at_work
            line.restore(cut=True)
        await db.close()
