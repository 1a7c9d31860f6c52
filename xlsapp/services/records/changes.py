"""Changing records by hand, under the import's rules: all of a change, or nothing and the reasons."""

from collections.abc import Collection, Mapping, Sequence

from xlsapp.models import CellValue, ImportTemplate, TemplateColumn
from xlsapp.problems import Message
from xlsapp.repositories.records import data_records
from xlsapp.repositories.records.selection import Selection
from xlsapp.services.records.records import Records
from xlsapp.services.records.values import Problems
from xlsapp.services.records.writer import RecordsWriter
from xlsapp.spreadsheet.cells.entered import as_entered

NO_RECORD = 0
"""In the place of a record's id."""


async def add_record(
    records: Records, template: ImportTemplate, values: Mapping[str, CellValue]
) -> tuple[int, Problems]:
    """Store a new record. Returns its id; or NO_RECORD and why it cannot be.

    `values` has a value that keeps its column's rules for each key.
    """
    async with records.write(template) as writer:
        problems = await _stored_twice(writer, NO_RECORD, template.columns, values)
        if problems:
            return NO_RECORD, problems
        return await writer.add(values), {}


async def change_record(
    records: Records, template: ImportTemplate, record_id: int, values: Mapping[str, CellValue]
) -> Problems:
    """Store values of a record; those of columns that are left out stay. Raises NotFound."""
    async with records.write(template) as writer:
        before = (await data_records.find(writer.tx, template, record_id)).values
        changed = [c for c in template.columns if c.key in values and before[c.key] != values[c.key]]
        problems = await _stored_twice(writer, record_id, changed, values)
        if changed and not problems:
            await writer.change(record_id, {column.key: values[column.key] for column in changed})
        return problems


async def change_cell(
    records: Records, template: ImportTemplate, record_id: int, column: TemplateColumn, value: CellValue
) -> Message | None:
    """Store one value of a record; or tell why not. Raises NotFound."""
    async with records.write(template) as writer:
        problems = await _stored_twice(writer, record_id, [column], {column.key: value})
        if not problems:
            await writer.change(record_id, {column.key: value})
        return problems.get(column.key)


async def delete_records(records: Records, template: ImportTemplate, ids: Collection[int]) -> int:
    """Delete records. Returns how many there were."""
    async with records.write(template) as writer:
        return await writer.delete(ids)


async def delete_selection(records: Records, template: ImportTemplate, selection: Selection) -> int:
    """Delete every record in a selection. Returns how many there were."""
    async with records.write(template) as writer:
        return await writer.delete_selection(selection)


async def _stored_twice(
    writer: RecordsWriter,
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
        other = await data_records.get_id_of(writer.tx, writer.template, column, value, but=record_id)
        if other is not None:
            shown = as_entered(column.type, value)
            text = shown if len(shown) <= 60 else shown[:59] + "…"
            problems[column.key] = Message(
                "unique.stored", {"value": text, "record_id": other, "is_default": False}
            )
    return problems
