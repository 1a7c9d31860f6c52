"""Taking changes back: each record as far as it is still what the change has made of it."""

from dataclasses import replace

import pytest

from tests.factories import records_of
from xlsapp.errors import NotFound
from xlsapp.models import ColumnType
from xlsapp.repositories.history import changes, foreseeing
from xlsapp.repositories.history.foreseeing import Counts, Verdict
from xlsapp.repositories.records.data_records import column_name, table_name
from xlsapp.services.history import undoing
from xlsapp.services.records import steps as steps_module


async def test_created_records_go_changed_ones_are_as_before_and_deleted_ones_return_with_ids_and_dates(
    shelf,
):
    await shelf.add(("a", 1), ("b", 2), ("c", 3))
    before = await shelf.records()
    (_, _, c) = await records_of(shelf.door.db, shelf.template)
    async with shelf.door.write(shelf.template) as writer:
        await writer.add({shelf.code: "d"})
        await writer.change(1, {shelf.quantity: 10})
        await writer.delete([3])
    change = await shelf.last()

    foreseen = await shelf.foresee(change)
    receipt = await shelf.undo(change)

    assert foreseen.ready == Counts(changed=1, deleted=1, created=1)
    assert (receipt.changed, receipt.returned, receipt.deleted, receipt.left) == (1, 1, 1, 0)
    assert await shelf.records() == before
    (a, _, returned) = await records_of(shelf.door.db, shelf.template)
    assert returned == c
    assert a.revision == 3
    undone = await shelf.change(change)
    noted = await shelf.change(undone.undone_by)
    assert (noted.kind, noted.undoes, noted.is_open) == ("undo", change, False)


async def test_what_was_touched_since_stays_and_is_listed(shelf):
    await shelf.add(("a", 1), ("b", 2), ("c", 3))
    async with shelf.door.write(shelf.template) as writer:
        for record_id in (1, 2, 3):
            await writer.change(record_id, {shelf.quantity: 0})
        await writer.add({shelf.code: "d"})
        await writer.add({shelf.code: "e"})
    change = await shelf.last()
    await shelf.edit({2: ("b", 20), 4: ("dd", 4)})
    await shelf.delete(3)

    receipt = await shelf.undo(change)

    assert (receipt.changed, receipt.deleted, receipt.touched) == (1, 1, 3)
    assert await shelf.records() == {1: ("a", 1), 2: ("b", 20), 4: ("dd", 4)}
    async with shelf.door.db.read() as conn:
        of = conn, await shelf.present(), await shelf.change(change)
        left = await foreseeing.list_left(*of, Verdict.TOUCHED, limit=10)
        created = await foreseeing.list_created_left(*of, limit=10)
    shown = [
        (each.record_id, each.then[shelf.quantity], each.now and each.now.values[shelf.quantity])
        for each in left
    ]
    assert shown == [(2, 2, 20), (3, 3, None)]
    assert [record.id for record in created] == [4]


async def test_twice_does_no_harm_and_an_undo_can_be_undone_and_the_change_once_more_after_that(shelf):
    await shelf.add(("a", 1), ("b", 2))
    before = await shelf.records()
    async with shelf.door.write(shelf.template) as writer:
        await writer.change(1, {shelf.quantity: 10})
        await writer.delete([2])
        await writer.add({shelf.code: "c", shelf.quantity: 3})
    after, change = await shelf.records(), await shelf.last()

    first = await shelf.undo(change)
    again = await shelf.undo(change)
    undone = await shelf.records()
    redone = await shelf.undo(first.undo_id)
    at_last = await shelf.records()
    holds_again = (await shelf.change(change)).undone_by
    third = await shelf.undo(change)

    assert (again.undo_id, again.already, again.left) == (None, 2, 0)
    assert undone == before and at_last == after and await shelf.records() == before
    assert (redone.changed, redone.deleted, redone.returned) == (1, 1, 1)
    assert (third.changed, third.deleted, third.returned) == (1, 1, 1)
    assert holds_again is None
    assert (await shelf.change(change)).undone_by == third.undo_id
    assert (await shelf.change(first.undo_id)).undone_by == redone.undo_id


async def test_any_change_can_be_taken_back_and_later_ones_that_were_taken_back_are_in_nobodys_way(shelf):
    await shelf.add(("a", 1), ("b", 2))
    first = await shelf.edit({1: ("a", 10), 2: ("b", 20)})
    second = await shelf.edit({1: ("a", 100)})

    await shelf.undo(second)
    receipt = await shelf.undo(first)

    assert (receipt.changed, receipt.left) == (2, 0)
    assert await shelf.records() == {1: ("a", 1), 2: ("b", 2)}


async def test_a_value_that_may_be_there_once_stays_with_who_has_it_now(shelf):
    await shelf.add(("a", 1), ("b", 2), ("c", 3))
    change = await shelf.edit({1: ("x", 1), 2: ("a", 2), 3: ("b", 3)})  # each takes the one's before
    await shelf.edit({3: ("b", 30)})

    foreseen = await shelf.foresee(change)
    receipt = await shelf.undo(change)

    # 3 keeps “b”, so 2 cannot have it back and keeps “a”, and neither can 1.
    assert sorted((clash.record_id, clash.other_id) for clash in foreseen.clashes) == [(1, 2), (2, 3)]
    assert (receipt.changed, receipt.touched, receipt.clashes) == (0, 1, 2)
    assert await shelf.records() == {1: ("x", 1), 2: ("a", 2), 3: ("b", 30)}


async def test_values_may_change_places(shelf):
    await shelf.add(("a", 1), ("b", 2))
    change = await shelf.edit({1: ("b", 1), 2: ("a", 2)})

    assert (await shelf.undo(change)).changed == 2
    assert await shelf.records() == {1: ("a", 1), 2: ("b", 2)}


async def test_in_steps_it_is_one_change_that_the_next_attempt_goes_on_with(shelf, monkeypatch):
    monkeypatch.setattr(undoing, "AT_ONCE", 2)
    for name in ("FIRST_STEP", "LEAST_STEP", "MOST_STEP"):
        monkeypatch.setattr(steps_module, name, 2)
    await shelf.add(*((f"{number}", number) for number in range(7)))
    before = await shelf.records()
    change = await shelf.edit({number: (f"{number - 1}", 0) for number in range(1, 8)})
    steps = 0

    class Died(Exception):
        pass

    async def die(tx):
        nonlocal steps
        steps += 1
        if steps == 3:
            raise Died

    with pytest.raises(Died):
        await shelf.undo(change, job_id="a" * 16, fence=die)
    part = await shelf.change(await shelf.last())
    async with shelf.door.db.read() as conn:
        followed = await changes.list_after(conn, shelf.template.id, 0, limit=10)
    receipt = await shelf.undo(change, job_id="a" * 16)
    again = await shelf.undo(change, job_id="a" * 16)

    assert part.is_open and part.changed == 4
    assert part.id not in [each.id for each in followed]
    assert receipt == again
    assert (receipt.undo_id, receipt.changed, receipt.left, receipt.already) == (part.id, 7, 0, 0)
    assert await shelf.records() == before


async def test_columns_that_came_later_keep_what_they_have(shelf):
    await shelf.add(("a", 1), ("b", 2))
    change = await shelf.edit({1: ("x", 1)})
    quantity = shelf.template.columns[1]
    async with shelf.door.write(shelf.template) as writer:
        await writer.retype(quantity, replace(quantity, type=ColumnType.TEXT), is_converted=False)
    present = await shelf.present()
    new = present.columns[1]
    async with shelf.door.db.write() as tx:  # as a conversion does it
        await tx.run(f"UPDATE {table_name(present.id)} SET {column_name(new)} = 'one' WHERE id = 1")

    await shelf.undo(change)

    first, _ = await records_of(shelf.door.db, present)
    assert (first.values[shelf.code], first.values[new.key]) == ("a", "one")


async def test_a_change_of_another_template_is_none(shelf, customers):
    with pytest.raises(NotFound):
        await undoing.undo(shelf.door, customers.template, await shelf.add(("a", 1)), shelf.actor)
