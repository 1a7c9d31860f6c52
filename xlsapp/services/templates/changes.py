"""Changing a template that holds records: first say what would happen to the data, then do it, or not."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from xlsapp.db.database import Connection, Database
from xlsapp.errors import Refused
from xlsapp.models import ImportTemplate, TemplateColumn
from xlsapp.problems import Message
from xlsapp.repositories import import_templates, template_columns
from xlsapp.repositories.records import data_records
from xlsapp.sandbox.failures import SandboxError
from xlsapp.sandbox.sandbox import Sandbox
from xlsapp.services.records.records import Records
from xlsapp.spreadsheet.reading.conversion import Conversion, convert_values

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Retype:
    """A column that gets another type. Its values move to a new typed column."""

    old: TemplateColumn
    new: TemplateColumn
    conversion: Conversion | None
    """None when the column is blank everywhere."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What saving a template's form would do."""

    added: tuple[TemplateColumn, ...]
    kept: tuple[TemplateColumn, ...]
    retyped: tuple[Retype, ...]
    removed: tuple[TemplateColumn, ...]
    warnings: tuple[Message, ...]
    """What will happen to stored data. Empty when nothing is lost."""


async def plan(
    db: Database, sandbox: Sandbox, template: ImportTemplate, columns: Sequence[TemplateColumn], staging: Path
) -> Plan:
    """Compare a template with the columns it is to have. Values to be converted are put into `staging`.

    Raises Refused when they cannot be.
    """
    present = {column.id: column for column in template.columns}
    wanted = {column.id for column in columns}
    removed = tuple(column for column in template.columns if column.id not in wanted)
    retyped = []
    warnings = []
    async with db.read() as conn:
        for column in removed:
            filled = await data_records.count_filled(conn, template.id, column)
            if filled:
                warnings.append(Message("change.column_goes", {"column": column.name, "records": filled}))
        blanks = await _newly_required_blanks(conn, template, columns)
        filled_by_id = {
            column.id: await data_records.count_filled(conn, template.id, column)
            for column in columns
            if column.id in present and present[column.id].type is not column.type
        }
    for column in columns:
        if column.id not in filled_by_id:
            continue
        conversion = None
        if filled_by_id[column.id]:
            conversion = await _convert(db, sandbox, template, present[column.id], column, staging)
            warnings.append(_conversion_warning(column, conversion))
        retyped.append(Retype(present[column.id], column, conversion))
    return Plan(
        added=tuple(column for column in columns if column.id not in present),
        kept=tuple(c for c in columns if c.id in present and c.id not in filled_by_id),
        retyped=tuple(retyped),
        removed=removed,
        warnings=(*warnings, *blanks),
    )


async def apply(
    records: Records, template: ImportTemplate, plan: Plan, *, name: str, description: str, staging: Path
) -> None:
    """Carry a plan out in one transaction. Raises Refused when the name is taken."""
    attach = staging if any(retype.conversion for retype in plan.retyped) else None
    async with records.write(template, attach=attach) as writer:
        tx = writer.tx
        present = await import_templates.find(tx, template.user_id, template.id)
        moved = plan.retyped and present.records_version != template.records_version
        if moved or present.columns != template.columns:
            raise Refused(Message("change.moved"), field="columns")
        await import_templates.change(tx, template.user_id, template.id, name=name, description=description)
        for column in plan.removed:
            await writer.remove_column(column)
        for column in plan.kept:
            await template_columns.change(tx, column)
        for column in plan.added:
            await template_columns.add(tx, template.id, column)
        for retype in plan.retyped:
            await writer.retype(retype.old, retype.new, is_converted=retype.conversion is not None)


async def _newly_required_blanks(
    conn: Connection, template: ImportTemplate, columns: Sequence[TemplateColumn]
) -> list[Message]:
    found = []
    present = {column.id: column for column in template.columns}
    for column in columns:
        before = present.get(column.id)
        if before is None or not column.required or before.required:
            continue
        blank = template.record_count - await data_records.count_filled(conn, template.id, before)
        if blank:
            found.append(Message("change.blanks_stay", {"column": column.name, "records": blank}))
    return found


async def _convert(
    db: Database,
    sandbox: Sandbox,
    template: ImportTemplate,
    old: TemplateColumn,
    new: TemplateColumn,
    staging: Path,
) -> Conversion:
    sql = data_records.select_column_sql(template.id, old)
    try:
        return await sandbox.run(convert_values, db.path, sql, old, new, staging)
    except SandboxError as error:
        log.error("The values of column %s could not be converted", old.id, exc_info=error)
        raise Refused(Message("change.not_converted", {"column": old.name}), field="columns") from None


def _conversion_warning(column: TemplateColumn, conversion: Conversion) -> Message:
    return Message(
        "change.type",
        {
            "column": column.name,
            "type": column.type.value,
            "read": conversion.converted,
            "lost": conversion.lost,
            "example": conversion.example,
            "reading": asdict(conversion.reading) if conversion.reading else None,
        },
    )
