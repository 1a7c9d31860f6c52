"""Changing records by hand, under the import's rules: all of a change, or nothing and the reasons."""

from collections.abc import Mapping, Sequence

from xlsapp.db.database import Connection, Database
from xlsapp.models import CellValue, ImportTemplate, TemplateColumn
from xlsapp.repositories.records import data_records
from xlsapp.repositories.records.listing import remove_among, remove_selection
from xlsapp.repositories.records.selection import Selection
from xlsapp.services.records.derived import Change
from xlsapp.services.records.finder import RecordFinder

Problems = dict[str, str]
"""A sentence for each column, by its key, whose value will not do."""

NO_RECORD = 0
"""In the place of a record's id."""


async def add_record(
    db: Database, finder: RecordFinder, template: ImportTemplate, values: Mapping[str, CellValue]
) -> tuple[int, Problems]:
    """Store a new record. Returns its id; or NO_RECORD and why it cannot be.

    `values` has a value that keeps its column's rules for each key.
    """
    async with db.write() as tx:
        problems = await _stored_twice(tx, template, NO_RECORD, template.columns, values)
        if problems:
            return NO_RECORD, problems
        record_id = await data_records.add(tx, template, values)
        change = await _change(tx, template, [record_id], template.columns)
    finder.follow(change)
    return record_id, {}


async def change_record(
    db: Database,
    finder: RecordFinder,
    template: ImportTemplate,
    record_id: int,
    values: Mapping[str, CellValue],
) -> Problems:
    """Store values of a record; those of columns that are left out stay. Raises NotFound."""
    async with db.write() as tx:
        before = (await data_records.find(tx, template, record_id)).values
        values = {**before, **values}
        changed = [c for c in template.columns if before[c.key] != values[c.key]]
        if not changed:
            return {}
        problems = await _stored_twice(tx, template, record_id, changed, values)
        if problems:
            return problems
        await data_records.change(tx, template, record_id, values)
        change = await _change(tx, template, [record_id], changed)
    finder.follow(change)
    return {}


async def change_cell(
    db: Database,
    finder: RecordFinder,
    template: ImportTemplate,
    record_id: int,
    column: TemplateColumn,
    value: CellValue,
) -> str | None:
    """Store one value of a record, or say why not. Raises NotFound."""
    async with db.write() as tx:
        problems = await _stored_twice(tx, template, record_id, [column], {column.key: value})
        if problems:
            return problems[column.key]
        await data_records.change_cell(tx, template, record_id, column, value)
        change = await _change(tx, template, [record_id], [column])
    finder.follow(change)
    return None


async def delete_records(
    db: Database, finder: RecordFinder, template: ImportTemplate, ids: Sequence[int]
) -> int:
    """Delete records. Returns how many there were."""
    async with db.write() as tx:
        deleted = await remove_among(tx, template, ids)
        change = await _change(tx, template, [], [])
    finder.follow(change)
    return deleted


async def delete_selection(
    db: Database, finder: RecordFinder, template: ImportTemplate, selection: Selection
) -> int:
    """Delete every record in a selection. Returns how many there were."""
    async with db.write() as tx:
        deleted = await remove_selection(tx, template, selection)
        change = await _change(tx, template, [], [])
    finder.follow(change)
    return deleted


async def _stored_twice(
    tx: Connection,
    template: ImportTemplate,
    record_id: int,
    columns: Sequence[TemplateColumn],
    values: Mapping[str, CellValue],
) -> Problems:
    """What is wrong with values that may be there only once."""
    problems: Problems = {}
    for column in columns:
        value = values[column.key]
        if value is None or not column.rules.unique or "unique" in column.rules.warnings:
            continue
        other = await data_records.get_id_of(tx, template, column, value, but=record_id)
        if other is not None:
            text = str(value) if len(str(value)) <= 60 else str(value)[:59] + "…"
            problems[column.key] = f"“{text}” is in record {other} already. Each value may be there once."
    return problems


async def _change(
    tx: Connection, template: ImportTemplate, ids: Sequence[int], columns: Sequence[TemplateColumn]
) -> Change:
    version = await data_records.get_version(tx, template.id)
    return Change(template.id, version or 0, tuple(ids), frozenset(column.key for column in columns))
