"""The store of expiring entries on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.db.expiring_store_contract import Clock, ExpiringStoreContract


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def db(migrated_url) -> AsyncIterator:
    from xlsapp.db.postgres.database import PostgresDatabase

    db = await PostgresDatabase.open(migrated_url)
    yield db
    await db.close()


@pytest.fixture
def store(db, clock):
    from xlsapp.db.postgres.expiring_store import PostgresExpiringStore

    return PostgresExpiringStore(db, now=lambda: f"{clock.seconds!r}::float8")


class TestPostgresExpiringStore(ExpiringStoreContract):
    pass


async def test_its_clock_is_the_databases(db, monkeypatch):
    from xlsapp.db.postgres.expiring_store import PostgresExpiringStore

    store = PostgresExpiringStore(db)
    monkeypatch.setattr("time.time", lambda: 0.0)
    await store.put({"a": {"n": 1}, "b": {}}, ttl_seconds=300)
    async with db.write() as tx:
        await tx.run("UPDATE status.entries SET expires_at = expires_at - 301 WHERE key = 'b'")

    assert await store.get("a") == {"n": 1}
    assert await store.get("b") is None
    assert await store.sweep() == 1


async def test_two_processes_that_change_the_same_entries_at_once_lose_nothing(db, migrated_url):
    from xlsapp.db.postgres.database import PostgresDatabase
    from xlsapp.db.postgres.expiring_store import PostgresExpiringStore

    other = await PostgresDatabase.open(migrated_url)
    one, two = PostgresExpiringStore(db), PostgresExpiringStore(other)
    await one.put({"a": {}, "b": {}}, ttl_seconds=100)

    # Each in another order: who locked them as they are named would wait for the other for ever.
    await asyncio.gather(
        *(one.merge("a", {f"a{n}": n}, ttl_seconds=100, along={"b": {f"a{n}": n}}) for n in range(20)),
        *(two.merge("b", {f"b{n}": n}, ttl_seconds=100, along={"a": {f"b{n}": n}}) for n in range(20)),
    )

    await other.close()
    everything = {f"{name}{n}": n for name in "ab" for n in range(20)}
    assert await one.get("a") == await one.get("b") == everything


@pytest.mark.parametrize(
    ("target", "changes", "result"),
    # The examples of RFC 7396, and what jsonb_strip_nulls and || would do wrong.
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
        ({"a": "foo"}, {"a": {"b": [None]}}, {"a": {"b": [None]}}),
        ({"t": "\x00 😀 ü"}, {"u": "\x00"}, {"t": "\x00 😀 ü", "u": "\x00"}),
    ],
)
async def test_merging_is_that_of_rfc_7396(store, target, changes, result):
    await store.put({"a": target}, ttl_seconds=10)

    assert await store.merge("a", changes, ttl_seconds=10) == result
    assert await store.get("a") == result


@pytest.mark.parametrize(("waits", "setting"), [(False, "off"), (True, "on")])
async def test_progress_does_not_wait_for_the_disk_and_a_last_change_does(db, store, waits, setting):
    await store.put({"a": {}}, ttl_seconds=10)

    async with db.write() as tx:
        await store._lock(tx, ["a"], waits=waits)
        assert await tx.value("SHOW synchronous_commit") == setting
    async with db.read() as conn:
        assert await conn.value("SHOW synchronous_commit") == "on"
