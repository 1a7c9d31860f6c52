"""Changing records by hand, under the import's rules: all of a change, or nothing and the reasons."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from xlsapp.errors import OtherRevision
from xlsapp.models import CellValue, DataRecord, ImportTemplate, TemplateColumn
from xlsapp.problems import Message
from xlsapp.repositories.records import data_records
from xlsapp.services.records.journal import OWNER, Why
from xlsapp.services.records.opened import Conflict, Opened, compare
from xlsapp.services.records.records import Records
from xlsapp.services.records.values import Problems
from xlsapp.services.records.writer import RecordsWriter
from xlsapp.spreadsheet.cells.entered import as_entered

NO_RECORD = 0
"""In the place of a record's id."""


async def add_record(
    records: Records, template: ImportTemplate, values: Mapping[str, CellValue], *, why: Why = OWNER
) -> tuple[int, Problems]:
    """Store a new record. Returns its id; or NO_RECORD and why it cannot be.

    `values` has a value that keeps its column's rules for each key.
    """
    async with records.write(template, why=why) as writer:
        problems = await _stored_twice(writer, NO_RECORD, template.columns, values)
        if problems:
            return NO_RECORD, problems
        return await writer.add(values), {}


@dataclass(frozen=True, slots=True)
class Changed:
    """What became of a change: all of it was stored, or nothing, because of problems or conflicts."""

    record: DataRecord
    """As it was before."""
    is_stored: bool = False
    """Whether the record is another one now: its revision is one higher."""
    problems: Problems = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()
    """What somebody else has changed since it was opened."""
    wanted: Mapping[str, CellValue] = field(default_factory=dict)
    """What was to be changed beside the conflicts."""
    change_id: int | None = None
    """By which it can be taken back."""


async def change_record(
    records: Records,
    template: ImportTemplate,
    record_id: int,
    values: Mapping[str, CellValue],
    *,
    opened: Opened | None = None,
    undecided: Collection[str] = (),
    only_at: Collection[int] | None = None,
    why: Why = OWNER,
) -> Changed:
    """Store values of a record; those of columns that are left out stay. Raises NotFound.

    With `opened`, what somebody else has changed since is not written over; `undecided` are the keys of
    values that were asked about in vain. Raises OtherRevision unless it has one of the revisions `only_at`.
    """
    async with records.write(template, why=why) as writer:
        before = await _found(writer, record_id, only_at)
        found = compare(template.columns, before, values, opened, undecided=undecided)
        if found.conflicts:
            return Changed(before, conflicts=found.conflicts, wanted=found.changes)
        changed = [c for c in template.columns if c.key in found.changes]
        problems = await _stored_twice(writer, record_id, changed, found.changes)
        if changed and not problems:
            await writer.change(record_id, found.changes)
        return Changed(before, bool(changed and not problems), problems, change_id=writer.journal.change_id)


async def delete_record(
    records: Records,
    template: ImportTemplate,
    record_id: int,
    *,
    only_at: Collection[int] | None = None,
    why: Why = OWNER,
) -> None:
    """Delete a record. Raises NotFound, and OtherRevision unless it has one of the revisions `only_at`."""
    async with records.write(template, why=why) as writer:
        await _found(writer, record_id, only_at)
        await writer.delete([record_id])


async def _found(writer: RecordsWriter, record_id: int, only_at: Collection[int] | None) -> DataRecord:
    record = await data_records.find(writer.tx, writer.template, record_id)
    if only_at is not None and record.revision not in only_at:
        raise OtherRevision(f"record {record_id} has revision {record.revision}")
    return record


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
