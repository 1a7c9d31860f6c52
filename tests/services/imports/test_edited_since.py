"""An exported workbook that comes back changes no record that somebody else has changed since."""

import pytest

from tests.engines import on_every_engine
from xlsapp.services.imports.options import Mode

pytestmark = on_every_engine

HIDDEN = ["__record_id", "__updated_at", "__revision"]


@pytest.fixture
async def people(desk, workbook):
    """Three people, whose export was changed: a workbook by its name and what each row says."""
    people = await desk("Name", "City")
    await people.run(workbook(["Name", "City"], ["Ada", "London"], ["Bo", "Oslo"], ["Cy", "Nice"]))
    exported = await people.records()

    async def come_back(*rows, file_name="export.xlsx", **cleared):
        hidden = [
            [
                cleared.get(name, value)
                for name, value in zip(HIDDEN, (r.id, r.updated_at, r.revision), strict=True)
            ]
            for r in exported
        ]
        lines = [[*row, *more] for row, more in zip(rows, hidden, strict=False)]
        return await people.run(workbook(["Name", "City", *HIDDEN], *lines, name=file_name), mode=Mode.UPDATE)

    people.come_back = come_back
    return people


async def edited(people, record_id, city):
    async with people.door.write(people.template) as writer:
        await writer.change(record_id, {people.template.columns[1].key: city})


def stopped(result):
    return [(group["rule"], group["rows"]) for group in result.errors]


async def test_an_edit_is_seen_by_the_revision_whatever_the_time(people):
    first, *_ = await people.records()
    await edited(people, first.id, "Paris")
    async with people.db.write() as tx:
        await tx.run(
            f"UPDATE records_{people.template.id} SET updated_at = :was WHERE id = 1", was=first.updated_at
        )

    refused = await people.come_back(["Ada", "Rome"], ["Bo", "Bergen"])

    assert stopped(refused) == [("edited", "2")]
    assert await people.values() == [("Ada", "Paris"), ("Bo", "Oslo"), ("Cy", "Nice")]


async def test_who_clears_a_hidden_cell_means_the_record_as_it_is(people):
    await edited(people, 1, "Paris")

    assert stopped(await people.come_back(["Ada", "Rome"])) == [("edited", "2")]
    for name, city in (("__updated_at", "Rome"), ("__revision", "Bern")):
        assert (await people.come_back(["Ada", city], **{name: None})).success
        assert (await people.values())[0] == ("Ada", city)


async def test_ones_own_import_of_the_same_workbook_is_no_edit_of_somebody_else(people):
    assert (await people.come_back(["Ada", "Rome"], ["Bo", "Bergen"])).success
    assert (await people.come_back(["Ada L", "Rome"], ["Bo", "Bergen"])).success
    assert (await people.come_back(["Ada L", "Bath"], ["Bo", "Bodø"])).success
    assert await people.values() == [("Ada L", "Bath"), ("Bo", "Bodø"), ("Cy", "Nice")]

    await edited(people, 1, "Paris")
    mixed = await people.come_back(["Ada L", "Ulm"], ["Bo", "Moss"], ["Cy", "Lyon"])
    other = await people.come_back(
        ["Ada L", "Paris"], ["Bo", "Moss"], ["Cy", "Lyon"], file_name="another.xlsx"
    )

    assert stopped(mixed) == [("edited", "2")]
    assert stopped(other) == [("edited", "3")]
    assert (await people.values())[1:] == [("Bo", "Bodø"), ("Cy", "Nice")]
