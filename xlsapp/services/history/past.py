"""A record's past: who changed what in it, from what to what, and where each of its values comes from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xlsapp.db.connection import Connection
from xlsapp.errors import NotFound
from xlsapp.models import CellValue, DataRecord, ImportTemplate, TemplateColumn
from xlsapp.problems import Message
from xlsapp.repositories.history import changes, copies, reading
from xlsapp.repositories.history.changes import RecordsChange
from xlsapp.repositories.history.copies import What
from xlsapp.repositories.history.reading import Copy
from xlsapp.repositories.records import data_records
from xlsapp.services.records.changes import change_record
from xlsapp.services.records.records import Records
from xlsapp.services.records.values import check

MOST = 500
"""Of the latest changes of a record; whoever wants older ones asks for those before."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that became another one."""

    column: TemplateColumn
    old: CellValue
    new: CellValue
    is_present: bool
    """Whether the template still has the column."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to a record."""

    what: What | None
    """None for its creation."""
    change: RecordsChange | None
    """None where only its traces are left."""
    row: int | None
    """Of the workbook that it came from."""
    copy_id: int | None
    differences: Sequence[Difference] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a record."""

    record: DataRecord | None
    """As it is now; None where it is gone."""
    last: Mapping[str, CellValue]
    """Its values, or the last ones that it had."""
    events: Sequence[Event]
    """Newest first."""
    origins: Mapping[str, Event]
    """Where values come from, by their columns' keys; none for those that are older than the history."""
    since: str
    """From when on everything is known; nothing when from the template's first day on."""
    before: int | None
    """What to ask for to see older changes."""


async def past_of(
    records: Records,
    template: ImportTemplate,
    record_id: int,
    *,
    before: int | None = None,
    limit: int = MOST,
) -> Past:
    """The past of a record, also of one that is gone. Raises NotFound where nothing is known of it."""
    async with records.db.read() as conn:
        record = await _present(conn, template, record_id)
        former = await reading.former_columns(conn, template.id)
        present = {column.id for column in template.columns}
        columns = [*template.columns, *(former[each] for each in former if each not in present)]
        found = await reading.of_record(conn, template.id, record_id, columns, before=before, limit=limit + 1)
        older = found[limit - 1].id if len(found) > limit else None
        found = found[:limit]
        if record is None and not found:
            raise NotFound(f"record {record_id}")
        made = await changes.find_some(conn, template.id, {copy.change_id for copy in found})
        creator = None if older else await changes.creator_of(conn, template.id, record_id)
        since = await copies.since(conn, template.id)
        newest = [] if before is None else await _newer(conn, template, record_id, columns, before)
    after = newest[0].values if newest else record.values if record else {}
    events = list(_events(template, columns, found, made, after))
    if creator:
        events.append(Event(None, creator, _row_of(creator, record, found), None))
    last = record.values if record else next((c.values for c in found if c.what is What.DELETED), {})
    return Past(record, last, events, _origins(template, events, record), since, older)


async def old_value(
    records: Records, template: ImportTemplate, record_id: int, copy_id: int, column: TemplateColumn
) -> CellValue:
    """What a record had in a column before the change that has made a copy of it. Raises NotFound."""
    async with records.db.read() as conn:
        found = await reading.of_record(conn, template.id, record_id, [column], before=copy_id + 1, limit=1)
    for copy in found:
        if copy.id == copy_id and copy.what is What.CHANGED and column.key in copy.values:
            return copy.values[column.key]
    raise NotFound(f"copy {copy_id}")


async def restore_value(
    records: Records, template: ImportTemplate, record_id: int, column: TemplateColumn, value: CellValue
) -> Message | None:
    """Give a record a value again, under today's rules. Returns what is wrong with it. Raises NotFound."""
    checked = check([column], {column.key: value})
    if problem := checked.problems.get(column.key):
        return problem
    changed = await change_record(records, template, record_id, checked.values)
    return changed.problems.get(column.key)


async def _present(conn: Connection, template: ImportTemplate, record_id: int) -> DataRecord | None:
    try:
        return await data_records.find(conn, template, record_id)
    except NotFound:
        return None


async def _newer(
    conn: Connection,
    template: ImportTemplate,
    record_id: int,
    columns: Sequence[TemplateColumn],
    before: int,
) -> list[Copy]:
    """The copy from which one goes on to older ones."""
    return await reading.of_record(conn, template.id, record_id, columns, before=before + 1, limit=1)


def _events(
    template: ImportTemplate,
    columns: Sequence[TemplateColumn],
    found: Sequence[Copy],
    made: Mapping[int, RecordsChange],
    after: Mapping[str, CellValue],
) -> list[Event]:
    """What happened, newest first: each copy has what the record was, the one before it what it became."""
    events = []
    present = {column.id for column in template.columns}
    for copy in found:
        change = made.get(copy.change_id)
        differences = []
        if copy.what in (What.CHANGED, What.COLUMN):
            differences = [
                Difference(column, copy.values.get(column.key), new, column.id in present)
                for column, new in _became(copy, columns, after, change)
                if column.key in copy.values and copy.values[column.key] != new
            ]
        if differences or copy.what is not What.CHANGED:
            events.append(Event(copy.what, change, copy.row, copy.id, differences))
        if copy.what in (What.CHANGED, What.DELETED):
            after = {**after, **copy.values}
        elif copy.what is What.COLUMN:
            after = {**after, **{k: v for k, v in copy.values.items() if v is not None}}
    return events


def _became(
    copy: Copy,
    columns: Sequence[TemplateColumn],
    after: Mapping[str, CellValue],
    change: RecordsChange | None,
) -> list[tuple[TemplateColumn, CellValue]]:
    """The columns that a change may have touched, with what they had after it."""
    if copy.what is What.COLUMN:
        return [(column, None) for column in columns if copy.values.get(column.key) is not None]
    newest = change.details.get("last_column", 0) if change else 0
    return [(column, after.get(column.key)) for column in columns if column.id <= newest]


def _row_of(creator: RecordsChange, record: DataRecord | None, found: Sequence[Copy]) -> int | None:
    """The row of the workbook that a record was created from."""
    positions = [record.position] if record else [c.position for c in found if c.position is not None]
    if creator.before_first_row is None or not positions:
        return None
    return positions[0] - creator.before_first_row


def _origins(
    template: ImportTemplate, events: Sequence[Event], record: DataRecord | None
) -> dict[str, Event]:
    found: dict[str, Event] = {}
    if record is None:
        return found
    for event in events:
        for difference in event.differences:
            found.setdefault(difference.column.key, event)
        if event.what is None:
            for column in template.columns:
                if record.values.get(column.key) is not None:
                    found.setdefault(column.key, event)
    return found
