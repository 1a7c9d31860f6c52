"""The bus where one process does everything."""

from collections.abc import AsyncIterator

import pytest

from tests.jobs.live.bus_contract import BusContract, Process, process
from xlsapp.db.database import SqliteDatabase
from xlsapp.db.expiring_store import SqliteExpiringStore
from xlsapp.db.migrate import migrate
from xlsapp.jobs.live.bus import ProcessBus


@pytest.fixture
async def here(tmp_path) -> AsyncIterator[Process]:
    path = tmp_path / "status.sqlite3"
    migrate(path, "status")
    db = await SqliteDatabase.open(path, durable=False)
    async with process(SqliteExpiringStore(db), ProcessBus) as found:
        yield found
    await db.close()


@pytest.fixture
def there(here) -> Process:
    return here


class TestProcessBus(BusContract):
    pass
