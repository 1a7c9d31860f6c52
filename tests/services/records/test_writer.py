"""Every change of records passes one hand, which counts it once, whatever it was made of."""

import pytest

from tests.factories import records_of
from xlsapp.errors import NotFound
from xlsapp.repositories import import_templates
from xlsapp.repositories.records.selection import Condition, Operator, Selection


@pytest.fixture
async def people(records, customers):
    """A template with five records; and what it is now, with its count and the number of its last change."""
    template = customers.template
    name, orders = template.columns[0], template.columns[2]
    async with records.write(template) as writer:
        for number in range(5):
            await writer.add({name.key: f"Person {number}", orders.key: number})

    async def now():
        async with records.db.read() as conn:
            return await import_templates.find(conn, template.user_id, template.id)

    return template, now


async def test_what_is_done_together_is_one_change(records, people):
    template, now = people
    before = await now()
    orders = template.columns[2]
    three_or_more = Selection(conditions=(Condition(orders, Operator.AT_LEAST, (3,)),))

    async with records.write(template) as writer:
        await writer.add({orders.key: 1})
        await writer.change(1, {orders.key: 50})
        assert await writer.delete([2, 999]) == 1
        assert await writer.delete_selection(three_or_more) == 3

    after = await now()
    assert after.records_version == before.records_version + 1
    left = await records_of(records.db, template)
    assert [record.values[orders.key] for record in left] == [2, 1]
    assert after.record_count == len(left)


async def test_a_change_that_fails_leaves_nothing(records, people):
    template, now = people
    before, stored = await now(), await records_of(records.db, template)

    with pytest.raises(NotFound):
        async with records.write(template) as writer:
            await writer.add({})
            await writer.delete([1])
            await writer.change(999, {template.columns[2].key: 1})

    assert await now() == before
    assert await records_of(records.db, template) == stored


async def test_looking_before_a_change_that_is_not_made_counts_for_nothing(records, people):
    template, now = people
    before = await now()

    async with records.write(template):
        pass

    assert await now() == before


async def test_a_column_that_is_removed_is_a_change_of_the_records(records, people):
    template, now = people
    before = await now()
    name, orders = template.columns[0], template.columns[2]
    figures = await records.figures(before, before.columns, Selection(), patience_seconds=30)

    async with records.write(template) as writer:
        await writer.remove_column(orders)

    after = await now()
    kept = await records.figures(after, after.columns, Selection(), patience_seconds=0)
    assert after.records_version == before.records_version + 1
    assert orders.key not in (await records.find(after, 1)).values
    assert kept[name.key] is figures[name.key]


async def test_records_of_a_template_that_is_gone_cannot_be_changed(records, people):
    template, _ = people
    async with records.db.write() as tx:
        await import_templates.remove(tx, template.user_id, template.id)

    with pytest.raises(NotFound):
        async with records.write(template) as writer:
            await writer.delete([])
