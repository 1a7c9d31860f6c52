"""Many changes of records at once: all of them or nothing, or those that will do, and what became of each.

They are done one after the other, each as the ones before it have left the records; stored are they together,
in one transaction, with a few statements however many they are.
"""

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from xlsapp.db.connection import Connection
from xlsapp.models import CellValue, ImportTemplate, TemplateColumn
from xlsapp.problems import Message
from xlsapp.repositories.records import data_records
from xlsapp.services.records.bulk_state import BulkState, load
from xlsapp.services.records.journal import OWNER, Why
from xlsapp.services.records.records import Records
from xlsapp.services.records.values import Problems

MOST = 1_000
"""Of what a program may ask at once."""


class Act(enum.StrEnum):
    """What is to be done. The value is what the API calls it."""

    CREATE = "create"
    UPDATE = "update"
    UPSERT = "upsert"
    """Change the record that has the same keys; add one where none has."""
    DELETE = "delete"


class Outcome(enum.StrEnum):
    """What became of it. The value is what the API calls it."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Item:
    """One change, with values that were checked."""

    act: Act
    record_id: int | None = None
    """Of an update or a delete."""
    revision: int | None = None
    """The only one that the record may have."""
    values: Mapping[str, CellValue] = field(default_factory=dict)
    """What is to be stored of a record that is there."""
    problems: Problems = field(default_factory=dict)
    """What is wrong with these."""
    new_values: Mapping[str, CellValue] = field(default_factory=dict)
    """All values of a record that is added."""
    new_problems: Problems = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item."""

    outcome: Outcome
    record_id: int | None = None
    revision: int | None = None
    """None where the record is gone, or never was."""
    problems: Problems = field(default_factory=dict)
    """What is wrong with values, by their columns' keys."""
    reason: Message | None = None
    """What is wrong with the item as a whole."""


async def apply(
    records: Records,
    template: ImportTemplate,
    items: Sequence[Item],
    *,
    keys: Sequence[TemplateColumn] = (),
    atomic: bool,
    why: Why = OWNER,
) -> list[Result]:
    """Do all of it, or what can be done unless it is `atomic`. `keys` tell which record an upsert means.

    When one of `atomic` items fails, nothing is stored whatever the other results say. Raises NotFound.
    """
    work = _Work(template, items, tuple(keys))
    async with records.db.read_much(template.user_id) as conn:
        state = await work.load(conn)
    async with records.write(template, why=why) as writer:
        if await data_records.get_version(writer.tx, template.id) != state.version:
            state = await work.load(writer.tx)
        results = work.results(state)
        if atomic and any(result.outcome is Outcome.FAILED for result in results):
            return results
        added = dict(zip(state.added, await writer.add_many([*state.added.values()]), strict=True))
        if state.changed:
            await writer.change_many(state.changed)
        if state.deleted:
            await writer.delete(state.deleted)
    return [_stored(result, state, added) for result in results]


async def foresee(records: Records, template: ImportTemplate, items: Sequence[Item]) -> list[Result]:
    """What would become of each. Nothing is stored."""
    work = _Work(template, items)
    async with records.db.read_much(template.user_id) as conn:
        return work.results(await work.load(conn))


@dataclass(frozen=True, slots=True)
class _Work:
    """What is asked, and what of the records it is about."""

    template: ImportTemplate
    items: Sequence[Item]
    keys: tuple[TemplateColumn, ...] = ()

    async def load(self, conn: Connection) -> BulkState:
        ids = [item.record_id for item in self.items if item.record_id is not None]
        upserts = [item for item in self.items if item.act is Act.UPSERT]
        sought = [tuple(item.values.get(column.key) for column in self.keys) for item in upserts]
        return await load(conn, self.template, ids, _wanted(self.template, self.items), self.keys, sought)

    def results(self, state: BulkState) -> list[Result]:
        return [_do(state, number, item, self.keys) for number, item in enumerate(self.items)]


def _wanted(template: ImportTemplate, items: Sequence[Item]) -> dict[TemplateColumn, set[CellValue]]:
    """All values that may be there only once, by their columns."""
    found: dict[TemplateColumn, set[CellValue]] = {}
    for column in template.columns:
        if column.rules.unique and "unique" not in column.rules.warnings:
            values = {v.get(column.key) for item in items for v in (item.values, item.new_values)} - {None}
            found[column] = values
    return found


def _do(state: BulkState, number: int, item: Item, keys: Sequence[TemplateColumn]) -> Result:
    if item.act is Act.CREATE:
        return _create(state, number, item)
    if item.act is Act.UPSERT:
        return _upsert(state, number, item, keys)
    record_id = item.record_id
    if record_id is None or not state.has(record_id):
        return Result(Outcome.FAILED, record_id, reason=Message("bulk.no_record"))
    if item.act is Act.UPDATE:
        return _update(state, item, record_id)
    if late := _late(state, item, record_id):
        return late
    state.delete(record_id)
    return Result(Outcome.DELETED, record_id)


def _upsert(state: BulkState, number: int, item: Item, keys: Sequence[TemplateColumn]) -> Result:
    wrong = {column.key: item.problems[column.key] for column in keys if column.key in item.problems}
    if wrong:
        return Result(Outcome.FAILED, problems=wrong)
    if blank := [column.name for column in keys if item.values.get(column.key) is None]:
        return Result(Outcome.FAILED, reason=Message("bulk.blank_key", {"columns": blank}))
    refs = state.with_keys(tuple(item.values[column.key] for column in keys))
    if refs is None:
        return Result(Outcome.FAILED, reason=Message("bulk.several_records"))
    return _update(state, item, refs[0]) if refs else _create(state, number, item)


def _late(state: BulkState, item: Item, ref: int) -> Result | None:
    if item.revision in (None, state.revision_of(ref)):
        return None
    return Result(Outcome.FAILED, ref, state.revision_of(ref), reason=Message("bulk.other_revision"))


def _create(state: BulkState, number: int, item: Item) -> Result:
    problems = item.new_problems or state.stored_twice(None, item.new_values)
    if problems:
        return Result(Outcome.FAILED, problems=problems)
    return Result(Outcome.CREATED, state.add(number, item.new_values))


def _update(state: BulkState, item: Item, ref: int) -> Result:
    if late := _late(state, item, ref):
        return late
    changes = state.different(ref, item.values)
    problems = item.problems or state.stored_twice(ref, changes)
    if problems:
        return Result(Outcome.FAILED, ref if ref > 0 else None, problems=problems)
    if not changes:
        return Result(Outcome.UNCHANGED, ref)
    state.change(ref, changes)
    return Result(Outcome.UPDATED, ref)


def _stored(result: Result, state: BulkState, added: Mapping[int, int]) -> Result:
    """A result with the id and the revision that the record has now."""
    ref = result.record_id
    if result.outcome in (Outcome.FAILED, Outcome.DELETED) or ref is None:
        return result
    revision = None if ref in state.deleted else state.revision_of(ref)
    return Result(result.outcome, added.get(ref, ref), revision)
