"""The key that signs cookies, where several machines share a database."""

import asyncio


async def test_all_that_start_at_once_have_the_same_key(migrated_url):
    from xlsapp.db.postgres.database import PostgresDatabase
    from xlsapp.db.postgres.secret import load_secret

    several = [await PostgresDatabase.open(migrated_url) for _ in range(3)]

    keys = await asyncio.gather(*(load_secret(db) for db in several for _ in range(3)))

    for db in several:
        await db.close()
    assert len(set(keys)) == 1
    assert len(keys[0]) == 64
