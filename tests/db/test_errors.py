"""Whatever the driver says, the app hears one of a few things, by what can be done about it."""

import pickle
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from xlsapp.db.copies import user_version
from xlsapp.db.database import SqliteDatabase
from xlsapp.db.errors import Busy, DatabaseFault, Full, Gone, MayPass, Taken, Unreachable, driver_errors


@pytest.fixture
async def notes(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    """A database with one table, in which “kept” stands."""
    with closing(sqlite3.connect(tmp_path / "notes.sqlite3")) as conn, conn:
        conn.execute("CREATE TABLE notes (text TEXT NOT NULL UNIQUE)")
        conn.execute("INSERT INTO notes VALUES ('kept')")
    database = await SqliteDatabase.open(tmp_path / "notes.sqlite3")
    yield database
    await database.close()


async def test_a_value_that_is_there_already_is_taken(notes):
    with pytest.raises(Taken, match="UNIQUE"):
        async with notes.write() as tx:
            await tx.run("INSERT INTO notes VALUES ('kept')")


async def test_a_lock_of_another_process_is_busy(notes):
    await notes._writer.execute("PRAGMA busy_timeout = 10")
    with closing(sqlite3.connect(notes.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        with pytest.raises(Busy):
            async with notes.write():
                pass


async def test_a_disk_without_room_is_full(notes):
    await notes._writer.execute("PRAGMA max_page_count = 3")

    with pytest.raises(Full):
        async with notes.write() as tx:
            await tx.run("INSERT INTO notes VALUES (:text)", text="x" * 100_000)

    async with notes.read() as conn:
        assert await conn.value("SELECT COUNT(*) FROM notes") == 1


@pytest.mark.parametrize(
    "sql", ["SELECT * FROM records_7", "SELECT c7 FROM notes", "INSERT INTO notes (c7) VALUES (1)"]
)
async def test_a_table_or_column_that_was_removed_is_gone(notes, sql):
    with pytest.raises(Gone):
        async with notes.write() as tx:
            await tx.all(sql)


def test_a_file_that_cannot_be_opened_is_unreachable(tmp_path):
    with pytest.raises(Unreachable):
        user_version(tmp_path)


async def test_a_mistake_of_ours_does_not_pass(notes):
    with pytest.raises(DatabaseFault) as raised:
        async with notes.read() as conn:
            await conn.all("SELEC 1")

    assert not isinstance(raised.value, MayPass | Taken)


async def test_a_fault_on_the_way_out_of_a_child_process_keeps_its_meaning(notes):
    with closing(sqlite3.connect(notes.path)) as conn:
        conn.execute("PRAGMA max_page_count = 3")
        with pytest.raises(sqlite3.OperationalError) as raised:
            conn.execute("INSERT INTO notes VALUES (?)", ("x" * 100_000,))

    with pytest.raises(Full), driver_errors():
        raise pickle.loads(pickle.dumps(raised.value))


def test_a_file_that_is_no_database_says_so(tmp_path):
    path = tmp_path / "data.sqlite3"
    path.write_bytes(b"not a database at all" * 100)

    with pytest.raises(DatabaseFault, match="not a database"):
        user_version(path)
