"""What the engines have in common that merge staged rows with records."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.factories import records_of
from tests.repositories.merging.contract import Row
from xlsapp.db.beside import Beside
from xlsapp.db.connection import Database, Staging
from xlsapp.models import ColumnType
from xlsapp.repositories import import_templates, imports, template_columns
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


class StagedEngine:
    """A database, and the rows of one import that were staged in a file."""

    def __init__(self, db: Database, template: Any, staging: Path, attached: Staging) -> None:
        self.db, self.template, self.staging, self.attached = db, template, staging, attached
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

    def beside(self) -> AbstractContextManager[Beside]:
        """The staged rows with the records beside them, open."""
        raise NotImplementedError

    async def retype(self, name: str, column_type: ColumnType) -> None:
        template = self.template
        [column] = [c for c in template.columns if c.name == name]
        async with self.db.write() as tx:
            await template_columns.remove(tx, template.id, column)
            await template_columns.add(tx, template.id, replace(column, type=column_type))
            self.template = await import_templates.find(tx, template.user_id, template.id)

    async def plan(self, merging: Merging) -> MergePlan:
        with self.beside() as conn:
            return make_plan(conn, merging)

    async def found(self, finding: Finding) -> list[tuple[int, Any, Any]]:
        with self.beside() as conn:
            return list(found_rows(conn, finding))

    async def apply(self, merging: Merging, plan: MergePlan) -> None:
        self._imports += 1
        async with self.db.write(attach=self.attached) as tx:
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
