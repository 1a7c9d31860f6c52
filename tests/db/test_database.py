"""One writer at a time, whole transactions, and a log that does not grow for ever."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from xlsapp.db.database import CHECKPOINT_BYTES, SqliteDatabase, log_bytes
from xlsapp.db.errors import Taken
from xlsapp.db.migrate import migrate, migrations
from xlsapp.db.statements import Statements
from xlsapp.errors import ConfigurationError


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    path = tmp_path / "data.sqlite3"
    migrate(path, "data")
    database = await SqliteDatabase.open(path)
    async with database.write() as tx:
        await tx.run("CREATE TABLE notes (text TEXT NOT NULL)")
    yield database
    await database.close()


async def notes(db: SqliteDatabase) -> int:
    async with db.read() as conn:
        return int(await conn.value("SELECT COUNT(*) FROM notes"))


async def test_a_transaction_that_raises_leaves_nothing(db):
    with pytest.raises(Taken):
        async with db.write() as tx:
            await tx.run("INSERT INTO notes VALUES ('kept?')")
            await tx.run("INSERT INTO notes VALUES (NULL)")

    assert await notes(db) == 0


async def test_a_cancelled_transaction_leaves_nothing_and_lets_the_next_one_in(db):
    inside = asyncio.Event()

    async def never_ends() -> None:
        async with db.write() as tx:
            await tx.run("INSERT INTO notes VALUES ('half')")
            inside.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(never_ends())
    await inside.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    async with db.write() as tx:
        await tx.run("INSERT INTO notes VALUES ('whole')")
    assert await notes(db) == 1


async def test_a_transaction_on_one_way_is_all_or_nothing_too(db):
    def half(tx: Statements) -> None:
        tx.run("INSERT INTO notes VALUES ('kept?')")
        tx.run("INSERT INTO notes VALUES (NULL)")

    with pytest.raises(Taken):
        await db.write_at_once(half)
    assert await notes(db) == 0

    written = db.write_at_once(lambda tx: tx.run("INSERT INTO notes VALUES ('one'), ('two')"))
    assert await written == 2
    assert await db.read_at_once(lambda conn: conn.value("SELECT COUNT(*) FROM notes")) == 2


async def test_a_write_whose_asker_is_gone_is_carried_out_before_the_next(db):
    task = asyncio.create_task(db.write_at_once(lambda tx: tx.run("INSERT INTO notes VALUES ('one')")))
    await asyncio.sleep(0)  # it is on its way
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    seen = await db.write_at_once(lambda tx: tx.value("SELECT COUNT(*) FROM notes"))

    assert seen == await notes(db) == 1


async def test_readers_do_not_wait_for_the_writer(db):
    async with db.write() as tx:
        await tx.run("INSERT INTO notes VALUES ('unseen')")
        assert await asyncio.wait_for(notes(db), 5) == 0
    assert await notes(db) == 1


async def test_the_log_is_copied_into_the_file_and_starts_again(db):
    async def write_two_megabytes() -> None:
        async with db.write() as tx:
            for _ in range(500):
                await tx.run("INSERT INTO notes VALUES (:text)", text="x" * 4000)

    for _ in range(12):
        await write_two_megabytes()
        if db._checkpointing:
            await db._checkpointing

    assert await notes(db) == 6000
    assert log_bytes(db.path) < 4 * CHECKPOINT_BYTES


async def test_a_log_that_has_been_long_is_not_copied_with_each_write(db, monkeypatch):
    copies = []
    checkpoint = db.checkpoint

    async def counted() -> None:
        copies.append(log_bytes(db.path))
        await checkpoint()

    monkeypatch.setattr(db, "checkpoint", counted)
    for _ in range(200):
        await db.write_at_once(lambda tx: [tx.run("INSERT INTO notes VALUES (:x)", x="x" * 60_000)])
        if db._checkpointing:
            await db._checkpointing

    assert 2 <= len(copies) <= 5  # 12 MB, by 4
    assert log_bytes(db.path) < 2 * CHECKPOINT_BYTES


async def test_a_staging_file_is_there_while_its_transaction_lasts(db, tmp_path):
    staging = tmp_path / "staging.sqlite3"
    with closing(sqlite3.connect(staging)) as conn, conn:
        conn.execute("CREATE TABLE rows (text TEXT)")
        conn.execute("INSERT INTO rows VALUES ('staged')")

    async with db.write(attach=staging) as tx:
        await tx.run("INSERT INTO notes SELECT text FROM staging.rows")
    async with db.write(attach=staging) as tx:
        await tx.run("INSERT INTO notes SELECT text FROM staging.rows")

    assert await notes(db) == 2


def test_a_second_migration_changes_nothing(tmp_path):
    path = tmp_path / "data.sqlite3"

    assert migrate(path, "data") == [name for _, (name, _) in sorted(migrations("data").items())]
    assert migrate(path, "data") == []
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_newer_database_stops_an_older_program_with_a_sentence(tmp_path):
    path = tmp_path / "data.sqlite3"
    migrate(path, "data")
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("INSERT INTO schema_migrations VALUES (9999, 'from_the_future', '2030-01-01T00:00:00Z')")

    with pytest.raises(ConfigurationError, match="newer xlsapp"):
        migrate(path, "data")


@pytest.mark.parametrize("attached", [False, True])
async def test_a_transaction_can_be_cancelled_at_any_moment(db, tmp_path, attached):
    staging = tmp_path / "staging.sqlite3"
    with closing(sqlite3.connect(staging)) as conn, conn:
        conn.execute("CREATE TABLE rows (text TEXT)")

    async def write() -> None:
        async with db.write(attach=staging if attached else None) as tx:
            await tx.run("INSERT INTO notes VALUES ('one')")
            await tx.run("INSERT INTO notes VALUES ('two')")

    for turns in range(40):
        task = asyncio.create_task(write())
        for _ in range(turns):
            await asyncio.sleep(0.0001 * (turns % 3))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        before = await notes(db)
        await write()
        assert await notes(db) == before + 2
    assert await notes(db) % 2 == 0
