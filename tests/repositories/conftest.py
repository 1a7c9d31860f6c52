"""Every test here is a promise of the repositories on each database that there is."""

from collections.abc import AsyncIterator

import pytest

from tests.engines import ENGINES
from xlsapp.db.connection import Database
from xlsapp.models import User
from xlsapp.repositories import users


@pytest.fixture(params=ENGINES)
async def db(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    """An empty database, of each kind in turn."""
    async with ENGINES[request.param](request) as database:
        yield database


@pytest.fixture
async def ada(db: Database) -> User:
    """Somebody with an account."""
    async with db.write() as tx:
        return await users.add(tx, email="ada@example.com", password_hash="a")


@pytest.fixture
async def eve(db: Database) -> User:
    """Somebody else."""
    async with db.write() as tx:
        return await users.add(tx, email="eve@example.com", password_hash="e")
