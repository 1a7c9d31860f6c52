"""Whole transactions, one moment for each page, and connections that are given back."""

import asyncio

import psycopg
import pytest

from xlsapp.db.errors import DatabaseFault, MayPass, Taken, Unreachable
from xlsapp.db.postgres.database import PostgresDatabase


async def notes(db: PostgresDatabase) -> int:
    async with db.read() as conn:
        return int(await conn.value("SELECT COUNT(*) FROM notes"))


async def test_a_transaction_that_raises_leaves_nothing(db):
    with pytest.raises(Taken):
        async with db.write() as tx:
            await tx.run("INSERT INTO notes VALUES ('kept?')")
            await tx.run("INSERT INTO notes VALUES (NULL)")

    assert await notes(db) == 0


async def test_a_failed_statement_that_nobody_minds_is_not_lost_without_a_word(db):
    with pytest.raises(DatabaseFault, match="cannot be committed"):
        async with db.write() as tx:
            await tx.run("INSERT INTO notes VALUES ('kept?')")
            with pytest.raises(Taken):
                await tx.run("INSERT INTO notes VALUES ('kept?')")

    assert await notes(db) == 0


async def test_a_page_sees_one_moment(db):
    async with db.read() as conn:
        before = await conn.value("SELECT COUNT(*) FROM notes")
        async with db.write() as tx:
            await tx.run("INSERT INTO notes VALUES ('meanwhile')")

        assert await conn.value("SELECT COUNT(*) FROM notes") == before == 0
    assert await notes(db) == 1


async def test_who_reads_cannot_write(db):
    with pytest.raises(DatabaseFault):
        async with db.read() as conn:
            await conn.run("INSERT INTO notes VALUES ('no')")


async def test_a_transaction_can_be_cancelled_at_any_moment(db):
    async def write(number: int) -> None:
        async with db.write() as tx:
            await tx.run("INSERT INTO notes VALUES (:text)", text=f"{number} one")
            await tx.run("INSERT INTO notes VALUES (:text)", text=f"{number} two")

    for turns in range(30):
        task = asyncio.create_task(write(turns))
        await asyncio.sleep(0.0005 * turns)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    for number in range(100, 110):  # more than there are connections
        await write(number)
    assert await notes(db) % 2 == 0
    assert await notes(db) >= 20


async def test_a_connection_that_was_cut_off_is_replaced(db, migrated_url):
    with psycopg.connect(migrated_url, autocommit=True) as other, pytest.raises(Unreachable):
        async with db.write() as tx:
            await tx.run("INSERT INTO notes VALUES ('lost')")
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
            await tx.run("INSERT INTO notes VALUES ('lost, too')")

    assert await notes(db) == 0


async def test_a_writer_that_holds_a_template_keeps_others_from_it_alone(db):
    async with db.write() as tx:
        await tx.run("INSERT INTO users (email, password_hash, created_at) VALUES ('a', 'b', 'c')")
        for name in ("one", "two"):
            await tx.run(
                "INSERT INTO import_templates (user_id, name, created_at, updated_at) "
                "SELECT id, :name, '', '' FROM users",
                name=name,
            )
    lock = "SELECT id FROM import_templates WHERE name = :name FOR UPDATE NOWAIT"

    async with db.hold_writer(1):
        async with db.write() as tx:
            assert await tx.value(lock, name="two") == 2
        with pytest.raises(MayPass):
            async with db.write() as tx:
                await tx.value(lock, name="one")
        async with db.write(held=True) as tx:
            assert await tx.value(lock, name="one") == 1
            await tx.run("INSERT INTO notes VALUES ('held')")

    assert await notes(db) == 1


async def test_a_staging_schema_is_there_by_the_names_of_its_tables(db):
    async with db.write() as tx:
        await tx.run("CREATE SCHEMA staging_1")
        await tx.run("CREATE UNLOGGED TABLE staging_1.staged AS SELECT 'staged' AS text")
        await tx.run("CREATE UNLOGGED TABLE staging_1.whole AS SELECT 1 AS number")

    async with db.write(attach="staging_1") as tx:
        await tx.run("INSERT INTO notes SELECT text FROM staged")
    with pytest.raises(MayPass):
        async with db.write() as tx:
            await tx.run("INSERT INTO notes SELECT text FROM staged")

    assert await notes(db) == 1


async def test_a_table_that_is_altered_can_be_read_on_the_same_connection(db):
    async with db.write() as tx:
        await tx.run("INSERT INTO notes VALUES ('one')")
    for number in range(8):
        async with db.read() as conn:
            (row,) = await conn.all("SELECT * FROM notes")
        assert len(row) == number + 1
        async with db.write() as tx:
            await tx.run(f"ALTER TABLE notes ADD COLUMN c{number} BIGINT")


async def test_no_answer_is_said_soon(tmp_path):
    with pytest.raises(Unreachable):
        await PostgresDatabase.open(f"postgresql:///x?host={tmp_path}", patience_seconds=0.3)
