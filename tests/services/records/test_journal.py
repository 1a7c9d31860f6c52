"""Every change of records is noted once: who, when, how; and what each record was before."""

from dataclasses import replace
from typing import Any

import pytest

from xlsapp.repositories import import_templates, users
from xlsapp.repositories.history import changes, copies, former_columns
from xlsapp.repositories.history.changes import Actor, ChangeKind, RecordsChange
from xlsapp.repositories.records.selection import Selection
from xlsapp.services.records.changes import add_record, change_record
from xlsapp.services.records.deleting import delete_records
from xlsapp.services.records.journal import Why


class Log:
    """What the journal of a template has."""

    def __init__(self, records, template):
        self.records, self.template = records, template

    async def all(self) -> list[RecordsChange]:
        async with self.records.db.read() as conn:
            return await changes.list_after(conn, self.template.id, 0, limit=100)

    async def before(self, change: RecordsChange) -> list[tuple[Any, ...]]:
        """Of each record touched: its id, what became of it, and its name and orders as they were."""
        name, orders = (copies.column_name(self.template.columns[place]) for place in (0, 2))
        table = copies.table_name(self.template.id)
        async with self.records.db.read() as conn:
            rows = await conn.all(
                f"SELECT * FROM {table} WHERE id BETWEEN :first AND :last ORDER BY id",
                first=change.first_copy,
                last=change.last_copy,
            )
        return [(row["record_id"], row["what"], row[name], row[orders]) for row in rows]


@pytest.fixture
async def people(records, customers):
    """Three records by hand, and the journal of their template."""
    template = customers.template
    async with records.write(template) as writer:
        for number in range(3):
            await writer.add({template.columns[0].key: f"Person {number}", template.columns[2].key: number})
    return Log(records, template)


async def test_changes_by_hand_are_noted_with_what_was_there_before(records, people, customers):
    template = people.template
    name, orders = template.columns[0].key, template.columns[2].key

    await add_record(records, template, {**dict.fromkeys(c.key for c in template.columns), name: "Di"})
    await change_record(records, template, 2, {orders: 70})
    await delete_records(records, template, [2, 3, 99])
    await change_record(records, template, 1, {orders: 0})  # it is 0 already

    first, added, edited, deleted = await people.all()
    assert [c.kind for c in (first, added, edited, deleted)] == ["add", "add", "edit", "delete"]
    assert {c.email for c in (first, added, edited, deleted)} == {customers.user.email}
    assert (first.created, first.first_created, first.last_created) == (3, 1, 3)
    assert (added.created, added.first_created, added.last_created) == (1, 4, 4)
    assert (edited.changed, deleted.changed, deleted.deleted) == (1, 0, 2)
    assert await people.before(edited) == [(2, "changed", "Person 1", 1)]
    assert await people.before(deleted) == [(2, "deleted", "Person 1", 70), (3, "deleted", "Person 2", 2)]
    assert edited.bytes > 0 and not edited.is_open and edited.is_whole
    async with records.db.read() as conn:
        assert (await changes.creator_of(conn, template.id, 2)).id == first.id
        assert (await changes.creator_of(conn, template.id, 4)).id == added.id
        assert await changes.creator_of(conn, template.id, 5) is None


async def test_what_is_done_together_is_one_change_with_each_record_as_it_was_before_all_of_it(
    records, people
):
    template = people.template
    name = template.columns[0].key

    async with records.write(template) as writer:
        added = await writer.add({name: "New"})
        await writer.change(added, {name: "Newer"})
        await writer.change(1, {name: "Once"})
        await writer.change(1, {name: "Twice"})
        await writer.change(2, {name: "Gone soon"})
        await writer.delete([2])

    change = (await people.all())[-1]
    assert (change.kind, change.created, change.changed, change.deleted) == ("add", 1, 1, 1)
    assert await people.before(change) == [(1, "changed", "Person 0", 0), (2, "deleted", "Person 1", 1)]


async def test_nothing_done_is_nothing_noted(records, people):
    await delete_records(records, people.template, [99])

    assert len(await people.all()) == 1


async def test_a_program_is_known_by_its_token_and_a_removed_account_leaves_no_name(records, people):
    async with records.db.write() as tx:
        other = await users.add(tx, email="bo@example.com", password_hash="x")
    why = Why(Actor(other.id, "Nightly"), ChangeKind.EDIT)
    async with records.write(people.template, why=why) as writer:
        await writer.delete_selection(Selection())
    by_program = (await people.all())[-1]

    async with records.db.write() as tx:
        await users.remove(tx, other.id)

    assert (by_program.kind, by_program.email, by_program.token) == ("edit", "bo@example.com", "Nightly")
    left = (await people.all())[-1]
    assert (left.user_id, left.email, left.deleted) == (None, None, 3)


async def test_a_column_that_is_removed_leaves_its_values_in_the_journal(records, people):
    orders = people.template.columns[2]
    async with records.write(people.template) as writer:
        await writer.change(1, {orders.key: None})

    async with records.write(people.template) as writer:
        await writer.remove_column(orders)

    change = (await people.all())[-1]
    assert change.kind == "columns"
    assert await people.before(change) == [(2, "column", None, 1), (3, "column", None, 2)]
    (gone,) = change.details["columns"]
    assert changes.column_from_dict(gone["id"], gone["column"]) == orders


async def test_values_of_columns_that_are_gone_longest_are_left_behind(records, people, monkeypatch):
    monkeypatch.setattr(former_columns, "MOST_COLUMNS", 9)
    monkeypatch.setattr(former_columns, "KEPT_FORMER", 3)
    db, template = records.db, people.template
    columns = template.columns
    await change_record(records, template, 1, {columns[2].key: 70})
    await delete_records(records, template, [3])
    for number in range(5):  # each is another column, of which a change copies the values
        async with records.write(template) as writer:
            await writer.retype(
                template.columns[4], replace(columns[4], name=f"A {number}"), is_converted=False
            )
        async with db.read() as conn:
            template = await import_templates.find(conn, template.user_id, template.id)
        await change_record(records, template, 1, {columns[2].key: 71 + number})

    async with db.read() as conn:
        known = await copies.columns_of(conn, template.id)
        rows = await conn.all(f"SELECT * FROM {copies.table_name(template.id)} ORDER BY id")
    assert columns[4].id not in known
    assert {column.id for column in template.columns} <= known
    assert len(known) <= 9
    assert [row[columns[2].key] for row in rows if row["what"] == "changed"] == [0, 70, 71, 72, 73, 74]

    monkeypatch.setattr(former_columns, "MOST_COLUMNS", len(known) - 1)
    monkeypatch.setattr(former_columns, "KEPT_FORMER", 1)
    async with db.write() as tx:
        await tx.run(f"DELETE FROM {copies.table_name(template.id)}")
    await change_record(records, template, 1, {columns[2].key: 0})
    async with db.read() as conn:
        assert await copies.columns_of(conn, template.id) < known
        assert await copies.last_id(conn, template.id) == rows[-1]["id"] + 1  # no id is given again
