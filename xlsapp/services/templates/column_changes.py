"""Changing a template that holds records: first say what would happen to the data, then do it, or not."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from xlsapp.db.connection import Database
from xlsapp.errors import NoRoom, Refused
from xlsapp.models import ImportTemplate, TemplateColumn
from xlsapp.problems import Message
from xlsapp.repositories import import_templates, template_columns
from xlsapp.repositories.records import data_records
from xlsapp.sandbox.failures import OutOfRoom, SandboxError
from xlsapp.sandbox.sandbox import Sandbox
from xlsapp.services.engines.child_records import column_source
from xlsapp.services.records.records import Records
from xlsapp.services.records.renewal import make_room_for_columns
from xlsapp.services.templates.converted_values import converted_values
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
class ColumnChanges:
    """What saving a template would do to its columns, and to what is stored in them."""

    added: tuple[TemplateColumn, ...]
    kept: tuple[TemplateColumn, ...]
    retyped: tuple[Retype, ...]
    removed: tuple[TemplateColumn, ...]
    warnings: tuple[Message, ...]
    """What will happen to stored data. Empty when nothing is lost."""


async def foresee(
    db: Database, sandbox: Sandbox, template: ImportTemplate, columns: Sequence[TemplateColumn], staging: Path
) -> ColumnChanges:
    """Compare a template with the columns it is to have. Values to be converted are put into `staging`.

    Raises Refused when they cannot be.
    """
    present = {column.id: column for column in template.columns}
    wanted = {column.id for column in columns}
    removed = [column for column in template.columns if column.id not in wanted]
    stay = [(present[column.id], column) for column in columns if column.id in present]
    change_type = [(old, new) for old, new in stay if old.type is not new.type]
    newly_required = [(old, new) for old, new in stay if new.required and not old.required]
    filled = await _filled(db, template, [*removed, *(old for old, _ in (*change_type, *newly_required))])
    retyped = []
    for old, new in change_type:
        conversion = await _convert(db, sandbox, template, old, new, staging) if filled[old.id] else None
        retyped.append(Retype(old, new, conversion))
    return ColumnChanges(
        added=tuple(column for column in columns if column.id not in present),
        kept=tuple(new for old, new in stay if old.type is new.type),
        retyped=tuple(retyped),
        removed=tuple(removed),
        warnings=(
            *_removal_warnings(removed, filled),
            *(_conversion_warning(change.new, change.conversion) for change in retyped if change.conversion),
            *_blank_warnings(newly_required, filled, template.record_count),
        ),
    )


async def _filled(
    db: Database, template: ImportTemplate, columns: Sequence[TemplateColumn]
) -> dict[int, int]:
    """Column id → in how many records it is not blank."""
    filled = {}
    for column in columns:
        async with db.read_much(template.user_id) as conn:
            filled[column.id] = await data_records.count_filled(conn, template.id, column)
    return filled


def _removal_warnings(removed: Sequence[TemplateColumn], filled: Mapping[int, int]) -> list[Message]:
    return [
        Message("change.column_goes", {"column": column.name, "records": filled[column.id]})
        for column in removed
        if filled[column.id]
    ]


def _blank_warnings(
    newly_required: Sequence[tuple[TemplateColumn, TemplateColumn]],
    filled: Mapping[int, int],
    record_count: int,
) -> list[Message]:
    return [
        Message("change.blanks_stay", {"column": new.name, "records": record_count - filled[old.id]})
        for old, new in newly_required
        if filled[old.id] < record_count
    ]


async def apply(
    records: Records,
    template: ImportTemplate,
    changes: ColumnChanges,
    *,
    name: str,
    description: str,
    staging: Path,
) -> None:
    """Make what was foreseen so, in one transaction. Raises Refused when the name is taken."""
    if further := len(changes.added) + len(changes.retyped):
        await make_room_for_columns(records.db, template, further)
    is_converted = any(retype.conversion for retype in changes.retyped)
    async with (
        converted_values(records.db, staging if is_converted else None) as attach,
        records.write(template, attach=attach) as writer,
    ):
        tx = writer.tx
        present = await import_templates.find(tx, template.user_id, template.id)
        moved = changes.retyped and present.records_version != template.records_version
        if moved or present.columns != template.columns:
            raise Refused(Message("change.moved"), field="columns")
        await import_templates.change(tx, template.user_id, template.id, name=name, description=description)
        for column in changes.removed:
            await writer.remove_column(column)
        for column in changes.kept:
            await template_columns.change(tx, column)
        for column in changes.added:
            await template_columns.add(tx, template.id, column)
        for retype in changes.retyped:
            await writer.retype(retype.old, retype.new, is_converted=retype.conversion is not None)


async def _convert(
    db: Database,
    sandbox: Sandbox,
    template: ImportTemplate,
    old: TemplateColumn,
    new: TemplateColumn,
    staging: Path,
) -> Conversion:
    try:
        async with column_source(db, template, old, staging) as source:
            return await sandbox.run(convert_values, source, old, new, staging)
    except OutOfRoom:
        raise NoRoom(Message("disk.no_room")) from None
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
