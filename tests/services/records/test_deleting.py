"""Many records are deleted in steps, which are one change."""

from dataclasses import replace

from xlsapp.repositories.history import changes
from xlsapp.repositories.records.selection import Condition, Operator, Selection
from xlsapp.services.records import deleting, steps
from xlsapp.services.records.deleting import delete_selection


async def test_many_are_one_change_and_others_may_write_in_between(records, customers, monkeypatch):
    template = customers.template
    orders = template.columns[2]
    async with records.write(template) as writer:
        for number in range(9):
            await writer.add({orders.key: number % 3})
    monkeypatch.setattr(deleting, "FIRST_STEP", 2)
    for name in ("FIRST_STEP", "LEAST_STEP", "MOST_STEP"):
        monkeypatch.setattr(steps, name, 2)
    present = replace(template, record_count=9)
    zero = Selection(conditions=(Condition(orders, Operator.EQUALS, (0,)),))

    deleted = await delete_selection(records, present, zero)
    nothing = await delete_selection(records, present, zero)

    async with records.db.read() as conn:
        change = await changes.find(conn, template.id, deleted.change_id)
        (last,) = await changes.list_before(conn, template.id, None, limit=1)
    assert (deleted.number, nothing.number, nothing.change_id) == (3, 0, None)
    assert (change.deleted, change.is_open, change.first_copy, change.last_copy) == (3, False, 1, 3)
    assert last == change
