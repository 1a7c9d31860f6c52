"""Tries that all machines count together."""

import asyncio
from collections.abc import AsyncIterator

import pytest


@pytest.fixture
async def db(migrated_url) -> AsyncIterator:
    from xlsapp.db.postgres.database import PostgresDatabase

    db = await PostgresDatabase.open(migrated_url)
    yield db
    await db.close()


@pytest.fixture
def tries(db):
    from xlsapp.db.postgres.tries import PostgresTries

    return PostgresTries(db, "account", 3, 90)


@pytest.fixture
def pass_seconds(db):
    async def back(seconds: float) -> None:
        async with db.write() as tx:
            await tx.run("UPDATE status.tries SET back_at = back_at - :seconds", seconds=seconds)

    return back


async def test_a_full_set_is_won_back_one_by_one(tries, pass_seconds):
    assert [await tries.take("a") for _ in range(3)] == [0, 0, 0]
    assert 29 <= await tries.take("a") <= 30
    assert await tries.take("b") == 0

    await pass_seconds(30)
    assert await tries.take("a") == 0
    assert await tries.take("a") > 0

    await tries.give_back("a")
    assert await tries.take("a") == 0


async def test_many_at_once_on_two_machines_are_not_all_let_through(tries, db, migrated_url):
    from xlsapp.db.postgres.database import PostgresDatabase
    from xlsapp.db.postgres.tries import PostgresTries

    other = await PostgresDatabase.open(migrated_url)
    there = PostgresTries(other, "account", 3, 90)

    waits = await asyncio.gather(*(each.take("a") for each in (tries, there) for _ in range(10)))

    await other.close()
    assert waits.count(0) == 3


async def test_what_is_won_back_is_forgotten(tries, db, pass_seconds):
    for n in range(6):
        await tries.take(f"old {n}")
    await pass_seconds(90)
    for _ in range(2):
        await tries.take("new")

    async with db.read() as conn:
        assert await conn.value("SELECT count(*) FROM status.tries") == 1


async def test_each_kind_counts_its_own(tries, db):
    from xlsapp.db.postgres.tries import PostgresTries

    for _ in range(3):
        await tries.take("a")

    assert await PostgresTries(db, "address", 3, 90).take("a") == 0
