"""The store on SQLite keeps the promises of every store."""

from collections.abc import AsyncIterator

import pytest

from tests.db.expiring_store_contract import Clock, ExpiringStoreContract
from xlsapp.db.database import SqliteDatabase
from xlsapp.db.expiring_store import SqliteExpiringStore
from xlsapp.db.migrate import migrate


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path, clock) -> AsyncIterator[SqliteExpiringStore]:
    path = tmp_path / "status.sqlite3"
    migrate(path, "status")
    db = await SqliteDatabase.open(path, durable=False)
    yield SqliteExpiringStore(db, now=clock)
    await db.close()


class TestSqliteExpiringStore(ExpiringStoreContract):
    """On a real file."""
