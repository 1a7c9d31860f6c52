"""A migrated PostgreSQL, with a table of notes."""

from collections.abc import AsyncIterator

import pytest

from xlsapp.db.postgres.database import PostgresDatabase


@pytest.fixture
async def db(migrated_url: str) -> AsyncIterator[PostgresDatabase]:
    database = await PostgresDatabase.open(migrated_url)
    async with database.write() as tx:
        await tx.run("CREATE TABLE notes (text TEXT NOT NULL UNIQUE)")
    yield database
    async with database.write() as tx:
        await tx.run("DROP TABLE notes")
    await database.close()
