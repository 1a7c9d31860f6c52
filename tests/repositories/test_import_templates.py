"""Templates: nobody finds anything of anybody else's, and all of one goes with it."""

import pytest

from xlsapp import clock
from xlsapp.config import HistorySettings
from xlsapp.db.errors import DatabaseFault
from xlsapp.errors import NotFound, Refused
from xlsapp.models import ColumnType, ImportTemplate, TemplateColumn, User
from xlsapp.repositories import import_templates, imports, template_columns
from xlsapp.repositories.records import data_records
from xlsapp.services.templates.bin import DAY_SECONDS, empty_bin


@pytest.fixture
def add(db):
    async def add(user: User, name: str) -> ImportTemplate:
        async with db.write() as tx:
            template_id = await import_templates.add(tx, user.id, name=name, description=f"of {user.email}")
            await template_columns.add(tx, template_id, TemplateColumn(0, "Name", ColumnType.TEXT, 0))
            return await import_templates.find(tx, user.id, template_id)

    return add


async def test_templates_are_listed_by_name_with_their_columns(db, ada, eve, add):
    names = ["beta", "Alpha", "Élan", "alpha 2"]
    made = {name: await add(ada, name) for name in names}
    await add(eve, "Alpha")

    async with db.read() as conn:
        listed = await import_templates.list_for(conn, ada.id)

    assert listed == [made[name] for name in ("Alpha", "alpha 2", "beta", "Élan")]
    assert [column.name for column in listed[0].columns] == ["Name"]


async def test_a_name_is_there_once_for_each_owner(db, ada, eve, add):
    await add(ada, "Customers")
    other = await add(ada, "People")
    await add(eve, "Customers")

    with pytest.raises(Refused, match=r"draft\.name_taken") as added:
        await add(ada, "Customers")
    with pytest.raises(Refused, match=r"draft\.name_taken") as renamed:
        async with db.write() as tx:
            await import_templates.change(tx, ada.id, other.id, name="Customers", description="")

    assert added.value.field == renamed.value.field == "name"


async def test_a_stranger_s_template_is_not_there(db, ada, eve, add):
    template = await add(ada, "Customers")

    async with db.read() as conn:
        with pytest.raises(NotFound):
            await import_templates.find(conn, eve.id, template.id)
    async with db.write() as tx:
        await import_templates.change(tx, eve.id, template.id, name="Mine", description="")
    with pytest.raises(NotFound):
        async with db.write() as tx:
            await import_templates.remove(tx, eve.id, template.id)

    async with db.read() as conn:
        assert await import_templates.find(conn, ada.id, template.id) == template


async def test_all_of_a_template_goes_with_it(db, ada, add):
    template = await add(ada, "Customers")
    async with db.write() as tx:
        await data_records.add(tx, template, {})
        await imports.add(tx, job_id="a" * 16, template_id=template.id, user_id=ada.id, file_name="book.xlsx")
        await import_templates.remove(tx, ada.id, template.id)

    async with db.read() as conn:
        assert await import_templates.list_for(conn, ada.id) == []
        assert await template_columns.list_for(conn, template.id) == ()
        assert await imports.get_by_job(conn, "a" * 16) is None
        assert await data_records.get_version(conn, template.id) is None
        with pytest.raises(DatabaseFault):
            await data_records.find(conn, template, 1)


async def test_a_template_that_is_described_anew_keeps_what_it_has(db, ada, add):
    template = await add(ada, "Customers")
    async with db.write() as tx:
        await data_records.add(tx, template, {})
        await import_templates.change(tx, ada.id, template.id, name="Clients", description="all")

    async with db.read() as conn:
        found = await import_templates.find(conn, ada.id, template.id)
        assert await data_records.find(conn, found, 1)
    assert (found.name, found.description, found.columns) == ("Clients", "all", template.columns)


async def test_what_has_lain_in_the_bin_for_too_long_is_erased(db, ada, add, monkeypatch):
    old, young, used = [await add(ada, name) for name in ("Old", "Young", "Used")]
    now = clock.now()
    for template, days in ((old, 91), (young, 89)):
        monkeypatch.setattr(clock.CLOCK, "_present", lambda days=days: now - days * DAY_SECONDS)
        async with db.write() as tx:
            await import_templates.move_to_bin(tx, ada.id, template.id)
    monkeypatch.undo()

    assert await empty_bin(db, HistorySettings(days=90)) == 1

    async with db.read() as conn:
        assert [each.name for each in await import_templates.list_binned(conn, ada.id)] == ["Young"]
        assert await import_templates.list_for(conn, ada.id) == [used]
        assert await data_records.get_version(conn, old.id) is None
    async with db.write() as tx:
        assert await import_templates.restore(tx, ada.id, young.id) == young
