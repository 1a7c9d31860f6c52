"""PostgreSQL keeps the promises of every engine: a schema of staged rows beside the records."""

import sqlite3
from contextlib import closing

import pytest

from tests.engines import postgres
from tests.factories import make_customers
from tests.repositories.merging.contract import MergingContract
from tests.repositories.merging.staged import COLUMNS, StagedEngine
from xlsapp.spreadsheet.reading.staged_copies import TABLES, copy_path, write_copies

SCHEMA = "staging_job_1"


class PostgresEngine(StagedEngine):
    """A database with a schema for the rows of one import."""

    url: str

    def beside(self):
        from xlsapp.db.postgres.beside import open_beside

        return open_beside(self.url, SCHEMA)

    async def stage(self, *rows, **options):
        from xlsapp.repositories.merging.staged_rows import take_rows

        await super().stage(*rows, **options)
        with closing(sqlite3.connect(self.staging)) as conn:
            write_copies(conn, self.staging)
        with self.beside() as conn:
            take_rows(conn, self.template.columns, {name: copy_path(self.staging, name) for name in TABLES})


@pytest.fixture
async def engine(request, migrated_url, tmp_path):
    async with postgres(request) as db:
        customers = await make_customers(db, COLUMNS)
        engine = PostgresEngine(db, customers.template, tmp_path / "staging.sqlite3", attached=SCHEMA)
        engine.url = migrated_url
        yield engine


class TestMergingOnPostgres(MergingContract):
    """On a real server."""
