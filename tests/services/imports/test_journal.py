"""Imports in the journal: what they have changed and deleted, and from which rows."""

import pytest

from tests.engines import on_every_engine
from xlsapp.config import HistorySettings
from xlsapp.repositories.history import changes, copies, foreseeing
from xlsapp.services.imports.answers import as_answered
from xlsapp.services.imports.options import ImportOptions, Mode

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


async def test_an_import_that_could_not_be_taken_back_asks_before_it_writes(people, workbook):
    long = "x" * 20_000
    keys = {"mode": Mode.UPDATE, "keys": people.ids("Name"), "history": HistorySettings(max_mb=1)}
    many = [[f"N{number}", long] for number in range(60)]
    await people.run(workbook(["Name", "Orders"], *many, name="many.xlsx"))
    before = await people.values()
    other = workbook(["Name", "Orders"], *([name, "1"] for name, _ in many), name="other.xlsx")

    asked = await people.run(other, **keys)
    untouched = await people.values()
    taken = await people.run(other, without_undo=True, **keys)

    assert untouched == before and not asked.success
    assert [reason.code for reason in asked.receipt.reasons] == ["import.no_way_back"]
    (question,) = asked.receipt.questions
    assert (question.id, question.answers) == ("without_undo:0", ("import",))
    assert as_answered(ImportOptions(answers={question.id: "import"})).without_undo
    assert taken.success and taken.counts["updated"] == 60
    async with people.db.read() as conn:
        change = (await changes.list_before(conn, people.template.id, None, limit=1))[0]
        made = (await changes.list_before(conn, people.template.id, change.id, limit=1))[0]
        foreseen = await foreseeing.count(conn, people.template, made)
    assert not change.is_whole
    # What it has changed is known to be another record now, although nobody knows what it was.
    assert foreseen[foreseeing.Verdict.TOUCHED].created == 60
