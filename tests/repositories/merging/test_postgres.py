"""PostgreSQL keeps the promises of every engine: a schema of staged rows beside the records."""

import sqlite3
from contextlib import closing

import pytest

from tests.engines import postgres
from tests.factories import make_customers
from tests.repositories.merging.contract import MergingContract
from tests.repositories.merging.staged import COLUMNS, StagedEngine
from xlsapp.repositories.merging.merging import Merging
from xlsapp.spreadsheet.reading.staged_copies import BESIDE_ROWS, ROWS, copy_path, write_copies

SCHEMA = "staging_job_1"


class PostgresEngine(StagedEngine):
    """A database with a schema for the rows of one import."""

    url: str
    are_few = True

    def beside(self):
        from xlsapp.db.postgres.beside import open_beside

        return open_beside(self.url, SCHEMA)

    async def stage(self, *rows, **options):
        from xlsapp.repositories.merging.staged_rows import take_rows

        await super().stage(*rows, **options)
        with closing(sqlite3.connect(self.staging)) as conn:
            write_copies(conn, self.staging, (ROWS, *BESIDE_ROWS))
        others = {name: copy_path(self.staging, name) for name in BESIDE_ROWS}
        with self.beside() as conn, copy_path(self.staging, ROWS).open("rb") as rows:
            take_rows(conn, self.template.columns, rows, others, are_few=self.are_few)


@pytest.fixture
async def engine(request, migrated_url, tmp_path):
    async with postgres(request) as db:
        customers = await make_customers(db, COLUMNS)
        engine = PostgresEngine(db, customers.template, tmp_path / "staging.sqlite3", attached=SCHEMA)
        engine.url = migrated_url
        yield engine


class TestMergingOnPostgres(MergingContract):
    """On a real server."""


@pytest.mark.parametrize(("are_few", "kind"), [(True, "p"), (False, "u")])
async def test_only_tables_of_large_imports_are_worth_waiting_for_the_disk(engine, are_few, kind):
    engine.are_few = are_few
    await engine.stage(("A1", "1a", 3))
    await engine.plan(Merging(engine.template, columns=engine.template.columns))
    async with engine.db.read() as conn:
        kinds = await conn.all(
            "SELECT DISTINCT relpersistence AS kind FROM pg_class"
            " WHERE relnamespace = to_regnamespace(:schema) AND relkind = 'r'",
            schema=SCHEMA,
        )

    assert [row["kind"] for row in kinds] == [kind]
