"""SQLite keeps the promises of every engine: a staging file, with the records beside it."""

import pytest

from tests.engines import sqlite
from tests.factories import make_customers
from tests.repositories.merging.contract import MergingContract
from tests.repositories.merging.staged import COLUMNS, StagedEngine
from xlsapp.db.beside import open_beside
from xlsapp.db.database import file_of


class SqliteEngine(StagedEngine):
    """Two files."""

    def beside(self):
        return open_beside(self.staging, file_of(self.db))


@pytest.fixture
async def engine(request, tmp_path):
    async with sqlite(request) as db:
        customers = await make_customers(db, COLUMNS)
        staging = tmp_path / "staging.sqlite3"
        yield SqliteEngine(db, customers.template, staging, attached=staging)


class TestMergingOnSqlite(MergingContract):
    """On real files."""
