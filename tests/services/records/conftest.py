"""The promises of the records' door, on each database that there is."""

from collections.abc import AsyncIterator

import pytest

from tests.engines import ENGINES
from xlsapp.db.connection import Database


@pytest.fixture(params=ENGINES)
async def db(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """An empty database, of each kind in turn."""
    async with ENGINES[request.param](request) as database:
        yield database
