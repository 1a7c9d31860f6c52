"""Things to test with."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from xlsapp.context import App
from xlsapp.db.connection import Connection, Database
from xlsapp.models import ColumnType, DataRecord, ImportTemplate, TemplateColumn, User
from xlsapp.repositories import import_templates, template_columns, users
from xlsapp.repositories.records import data_records
from xlsapp.services.imports.request import ImportFiles

_numbers = count(1)

CUSTOMER_COLUMNS = (
    ("Name", ColumnType.TEXT, True),
    ("Since", ColumnType.DATE, False),
    ("Orders", ColumnType.INTEGER, False),
    ("Balance", ColumnType.NUMBER, False),
    ("Active", ColumnType.BOOLEAN, False),
)


@dataclass(frozen=True)
class Customers:
    """A user and a template of theirs."""

    user: User
    template: ImportTemplate


async def make_customers(
    db: Database, columns: Sequence[tuple[str, ColumnType, bool]] = CUSTOMER_COLUMNS
) -> Customers:
    """A user with the template “Customers”."""
    async with db.write() as tx:
        user = await users.add(tx, email=f"user{next(_numbers)}@example.com", password_hash="x")
        template_id = await import_templates.add(tx, user.id, name="Customers", description="")
        for position, (name, column_type, required) in enumerate(columns):
            await template_columns.add(
                tx, template_id, TemplateColumn(0, name, column_type, position, required=required)
            )
        return Customers(user, await import_templates.find(tx, user.id, template_id))


async def forget_ids(tx: Connection, template: ImportTemplate) -> None:
    """The next record's id is 1 again: for a model that counts them."""
    table = data_records.table_name(template.id)
    if tx.dialect.is_postgres:
        await tx.run(f"ALTER TABLE {table} ALTER COLUMN id RESTART")
    else:
        await tx.run("DELETE FROM sqlite_sequence WHERE name = :table", table=table)


async def records_of(db: Database, template: ImportTemplate) -> list[DataRecord]:
    """All records of a template, in order."""
    async with db.read() as conn:
        table = data_records.table_name(template.id)
        rows = await conn.all(f"SELECT * FROM {table} ORDER BY position, id")
        return [data_records.record_of(row, template.columns) for row in rows]


def make_workbook(
    folder: Path, *rows: Sequence[Any], name: str = "customers.xlsx", sheet: str = "Sheet1"
) -> Path:
    """An .xlsx file with these rows, written by openpyxl."""
    book = Workbook()
    assert book.active is not None
    book.active.title = sheet
    for row in rows:
        book.active.append(list(row))
    path = folder / name
    book.save(path)
    return path


def import_files(book: Path, folder: Path) -> ImportFiles:
    """A workbook's place, and those of what its import makes of it."""
    return ImportFiles(book, staging=folder / "staging.sqlite3", problems=folder / "problems.sqlite3")


def upload_path(app: App, job_id: str) -> Path:
    """Where a job's upload is, in the folder."""
    return app.settings.data_dir / "uploads" / job_id


def export_path(app: App, job_id: str) -> Path:
    """Where an export is."""
    return app.settings.data_dir / "exports" / job_id


def sample_path(app: App, job_id: str) -> Path:
    """Where a sample is kept."""
    return app.settings.data_dir / "samples" / job_id


def asked_path(app: App, job_id: str) -> Path:
    """Where the workbook of an import that has asked is kept."""
    return app.settings.data_dir / "asked" / job_id
