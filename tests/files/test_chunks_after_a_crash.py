"""A crash of PostgreSQL takes what it had not synced yet; what lacks a part of it is not kept as whole."""

import pytest

from xlsapp.db.errors import Unreachable
from xlsapp.db.postgres.database import PostgresDatabase
from xlsapp.files.catalog import Catalog
from xlsapp.files.chunks import CHUNK_BYTES, CHUNKS_AT_ONCE, ChunkContents
from xlsapp.services.engines.staging_schemas import staging_schema


@pytest.fixture
async def db(migrated_url):
    db = await PostgresDatabase.open(migrated_url)
    yield db
    await db.close()


@pytest.mark.parametrize("more", [0, 1], ids=["nothing is left to write", "a byte is left to write"])
async def test_a_file_of_which_a_part_is_lost_is_not_whole(db, more):
    contents, content = ChunkContents(db), await Catalog(db).begin()
    with pytest.raises(Unreachable, match="1 parts"):
        async with contents.writing(content) as incoming:
            await incoming.write(bytes(CHUNKS_AT_ONCE * CHUNK_BYTES + 1))
            async with db.write() as tx:  # what a crash does
                await tx.run(f"DELETE FROM files.chunks_{content.day} WHERE number = 3")
            await incoming.write(bytes(more))


async def test_staged_rows_that_are_gone_are_not_taken_for_none(db):
    async with staging_schema(db) as schema:

        def stage(conn):
            conn.run(f"CREATE SCHEMA {conn.schema}")
            conn.mark_whole()
            conn.require_whole()

        await schema.run(stage)
        async with db.write(attach=schema.name):
            pass

        await schema.run(lambda conn: conn.run("DELETE FROM whole"))  # what a crash does
        with pytest.raises(Unreachable):
            await schema.run(lambda conn: conn.require_whole())
        with pytest.raises(Unreachable):
            async with db.write(attach=schema.name):
                pass
