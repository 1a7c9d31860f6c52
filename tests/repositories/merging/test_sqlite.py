"""SQLite keeps the promises of every engine: a staging file, with the records beside it."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from tests.factories import make_customers, records_of
from tests.repositories.engines import sqlite
from tests.repositories.merging.contract import MergingContract, Row
from xlsapp.db.beside import open_beside
from xlsapp.db.database import SqliteDatabase
from xlsapp.models import ColumnType
from xlsapp.repositories import imports
from xlsapp.repositories.merging.applying import apply_plan
from xlsapp.repositories.merging.findings import found_rows
from xlsapp.repositories.merging.merging import Finding, MergePlan, Merging
from xlsapp.repositories.merging.planning import make_plan
from xlsapp.repositories.records.data_records import table_name
from xlsapp.spreadsheet.reading.staging import note_digits, open_staging, reject_rows, stage_rows

COLUMNS = [
    ("Code", ColumnType.TEXT, False),
    ("Seat", ColumnType.TEXT, False),
    ("Orders", ColumnType.INTEGER, False),
]


class SqliteEngine:
    """A database with the staging file of one import."""

    def __init__(self, db: SqliteDatabase, template: Any, staging: Path) -> None:
        self.db, self.template, self.staging = db, template, staging
        self._imports = 0

    async def stage(
        self,
        *rows: Row,
        ids: bool = False,
        rejected: tuple[int, ...] = (),
        digits: Mapping[int, str] = MappingProxyType({}),
    ) -> None:
        conn = open_staging(self.staging, self.template.columns, with_ids=ids)
        stage_rows(conn, [list(range(2, len(rows) + 2)), *map(list, zip(*rows, strict=True))])
        reject_rows(conn, rejected)
        note_digits(conn, self.template.columns[0], digits.items())
        conn.execute("COMMIT")
        conn.close()

    async def plan(self, merging: Merging) -> MergePlan:
        with open_beside(self.staging, self.db.path) as conn:
            return make_plan(conn, merging)

    async def found(self, finding: Finding) -> list[tuple[int, Any, Any]]:
        with open_beside(self.staging, self.db.path) as conn:
            return list(found_rows(conn, finding))

    async def apply(self, merging: Merging, plan: MergePlan) -> None:
        self._imports += 1
        async with self.db.write(attach=self.staging) as tx:
            import_id = await imports.add(
                tx,
                job_id=str(self._imports),
                template_id=self.template.id,
                user_id=self.template.user_id,
                file_name="x",
            )
            await apply_plan(tx, merging, plan, import_id=import_id)

    async def records(self) -> dict[int, Row]:
        found = await records_of(self.db, self.template)
        return {record.id: tuple(record.values.values()) for record in found}

    async def ages(self) -> dict[int, str]:
        async with self.db.read() as conn:
            rows = await conn.all(f"SELECT id, updated_at FROM {table_name(self.template.id)}")
        return {row["id"]: row["updated_at"] for row in rows}


@pytest.fixture
async def db(request):
    async with sqlite(request) as database:
        yield database


@pytest.fixture
async def engine(db, tmp_path) -> SqliteEngine:
    customers = await make_customers(db, COLUMNS)
    return SqliteEngine(db, customers.template, tmp_path / "staging.sqlite3")


class TestMergingOnSqlite(MergingContract):
    """On real files."""
