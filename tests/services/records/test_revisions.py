"""A record has a revision: 1 at first, and a higher number after each change of its values."""

from dataclasses import replace

import pytest

from tests.factories import records_of
from xlsapp.models import ColumnType
from xlsapp.services.imports.options import Mode
from xlsapp.services.templates import column_changes


@pytest.fixture
async def people(desk, workbook):
    """Three records, imported from a workbook."""
    things = await desk("Name", "Orders")
    await things.run(workbook(["Name", "Orders"], ["Ada", "1"], ["Bo", "007"], ["Cy", "many"]))
    return things


async def revisions(things):
    """Name → revision."""
    name = things.template.columns[0].key
    return {record.values[name]: record.revision for record in await records_of(things.db, things.template)}


async def test_an_edit_raises_the_revision_of_its_record_alone(people):
    first, *_ = await people.records()
    orders = people.template.columns[1].key

    for value in ("2", "3"):
        async with people.door.write(people.template) as writer:
            await writer.change(first.id, {orders: value})

    assert await revisions(people) == {"Ada": 3, "Bo": 1, "Cy": 1}


async def test_an_import_raises_the_revision_of_rows_that_it_changes(people, workbook):
    await people.run(
        workbook(["Name", "Orders"], ["Ada", "1"], ["Bo", "8"], ["Di", "4"]),
        mode=Mode.UPDATE,
        keys=people.ids("Name"),
    )

    assert await revisions(people) == {"Ada": 1, "Bo": 2, "Cy": 1, "Di": 1}


async def test_another_type_raises_it_where_a_value_is_another_one_then(people, tmp_path):
    ada, *_ = await people.records()
    columns = [people.template.columns[0], replace(people.template.columns[1], type=ColumnType.INTEGER)]
    staging = tmp_path / "converted.sqlite3"
    changes = await column_changes.foresee(people.db, people.sandbox, people.template, columns, staging)

    await column_changes.apply(
        people.door, people.template, changes, name="People", description="", staging=staging
    )
    await people.reload()

    assert await people.values() == [("Ada", 1), ("Bo", 7), ("Cy", None)]
    assert await revisions(people) == {"Ada": 1, "Bo": 2, "Cy": 2}
    assert next(iter(await people.records())).updated_at == ada.updated_at
