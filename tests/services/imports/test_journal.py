"""Imports in the journal: what they have changed and deleted, and from which rows."""

import pytest

from tests.engines import on_every_engine
from xlsapp.repositories.history import changes, copies
from xlsapp.services.imports.options import Mode

pytestmark = on_every_engine


@pytest.fixture
async def people(desk, workbook):
    """Three records, imported from the rows 2, 3 and 5 of a workbook."""
    things = await desk("Name", "Orders")
    await things.run(
        workbook(["Name", "Orders"], ["Ada", "1"], ["Bo", "2"], [], ["Cy", "3"], name="new.xlsx")
    )
    return things


async def test_an_import_is_noted_with_its_file_and_rows(people, workbook):
    rows = [["Name", "Orders"], ["Cy", "3"], ["Bo", "20"], ["Di", "4"]]
    confirmed = {"mode": Mode.REPLACE, "keys": people.ids("Name"), "confirm_deletes": 1}
    result = await people.run(workbook(*rows, name="again.xlsx"), job_id="b" * 16, **confirmed)

    template = await people.reload()
    async with people.db.read() as conn:
        first, second = await changes.list_after(conn, template.id, 0, limit=10)
        noted = await conn.all(f"SELECT * FROM {copies.table_name(template.id)} ORDER BY record_id")
        assert (await changes.get_by_job(conn, template.id, "b" * 16)).id == second.id
    assert result.success
    assert (first.kind, first.file_name, first.created) == ("import", "new.xlsx", 3)
    rows = [record.position - first.before_first_row for record in await people.records()]
    assert rows[:2] == [3, 5]
    assert (second.file_name, second.created, second.changed, second.deleted) == ("again.xlsx", 1, 1, 1)
    assert second.import_id == (await people.records())[-1].import_id
    name, orders = (copies.column_name(column) for column in template.columns)
    assert [(row["what"], row["row"], row[name], row[orders]) for row in noted] == [
        ("deleted", None, "Ada", "1"),
        ("changed", 3, "Bo", "2"),
    ]
