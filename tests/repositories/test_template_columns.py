"""A template's columns, each with a typed column in the records' table."""

from dataclasses import replace

import pytest

from xlsapp.models import ColumnRules, ColumnType, TemplateColumn
from xlsapp.repositories import import_templates, template_columns
from xlsapp.repositories.records import data_records

RULES = ColumnRules(
    unique=True,
    minimum="1",
    pattern=r"[A-ZÄÖÜ]{3}\d+",
    choices=("“a”", "b; c"),
    default="b; c",
    warnings=frozenset({"unique", "pattern"}),
)
CODE = TemplateColumn(0, "Code ✓", ColumnType.TEXT, 1, required=True, rules=RULES, aliases=("Nº", "code"))
BORN = TemplateColumn(0, "Born", ColumnType.DATE, 0)


@pytest.fixture
async def template(db, ada):
    async with db.write() as tx:
        template_id = await import_templates.add(tx, ada.id, name="People", description="")
        for column in (CODE, BORN):
            await template_columns.add(tx, template_id, column)
        return await import_templates.find(tx, ada.id, template_id)


async def load(db, ada, template):
    async with db.read() as conn:
        return await import_templates.find(conn, ada.id, template.id)


async def test_columns_come_in_their_order_as_they_were_stored(template):
    born, code = template.columns

    assert code == replace(CODE, id=code.id)
    assert born == replace(BORN, id=born.id)


async def test_the_columns_of_all_of_a_user_s_templates_come_at_once(db, ada, eve, template):
    async with db.write() as tx:
        other = await import_templates.add(tx, ada.id, name="Empty", description="")
    async with db.read() as conn:
        assert await template_columns.list_for_user(conn, ada.id) == {template.id: template.columns}
        assert await template_columns.list_for_user(conn, eve.id) == {}
        assert await template_columns.list_for(conn, other) == ()


async def test_a_column_that_is_changed_keeps_its_values(db, ada, template):
    born, code = template.columns
    async with db.write() as tx:
        record_id = await data_records.add(tx, template, {born.key: "1815-12-10"})
        await template_columns.change(tx, replace(born, name="Birthday", position=7, required=True))
        await template_columns.change(tx, replace(code, rules=ColumnRules()))

    changed = await load(db, ada, template)
    async with db.read() as conn:
        record = await data_records.find(conn, changed, record_id)
    assert changed.columns == (
        replace(code, rules=ColumnRules()),
        replace(born, name="Birthday", position=7, required=True),
    )
    assert record.values == {born.key: "1815-12-10", code.key: None}


async def test_another_header_of_a_column_is_remembered_once(db, ada, template):
    code = template.columns[1]
    async with db.write() as tx:
        await template_columns.add_aliases(tx, code, ["Nº", "Größe", "Größe"])

    assert (await load(db, ada, template)).columns[1].aliases == ("Nº", "code", "Größe")


async def test_a_column_that_is_removed_takes_its_values_and_no_others(db, ada, template):
    born, code = template.columns
    async with db.write() as tx:
        record_id = await data_records.add(tx, template, {born.key: "1815-12-10", code.key: "A1"})
        await template_columns.remove(tx, template.id, born)
        again = await template_columns.add(tx, template.id, BORN)

    changed = await load(db, ada, template)
    async with db.read() as conn:
        record = await data_records.find(conn, changed, record_id)
    assert record.values == {again.key: None, code.key: "A1"}
