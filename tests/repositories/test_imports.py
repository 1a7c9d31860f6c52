"""The imports that were carried out: one for a job, each with what it did."""

import pytest

from xlsapp.db.errors import Taken
from xlsapp.repositories import import_templates, imports


@pytest.fixture
async def carried_out(db, ada):
    """Two templates: three imports of the one, one of the other. Their ids."""
    async with db.write() as tx:
        people = await import_templates.add(tx, ada.id, name="People", description="")
        places = await import_templates.add(tx, ada.id, name="Places", description="")
        ids = [
            await imports.add(tx, job_id=f"job{n}", template_id=to, user_id=ada.id, file_name=f"{n}.xlsx")
            for n, to in enumerate([people, people, places, people])
        ]
    return people, places, ids


async def test_the_latest_come_first_and_no_more_than_asked_for(db, carried_out):
    people, _, ids = carried_out

    async with db.read() as conn:
        assert [i.id for i in await imports.list_for(conn, people, limit=2)] == [ids[3], ids[1]]
        assert len(await imports.list_for(conn, people, limit=9)) == 3


async def test_those_of_another_template_are_not_found(db, carried_out):
    people, places, ids = carried_out

    async with db.read() as conn:
        assert set(await imports.find_some(conn, people, [*ids, 999])) == {ids[0], ids[1], ids[3]}
        assert set(await imports.find_some(conn, places, ids)) == {ids[2]}
        assert await imports.find_some(conn, places, []) == {}


async def test_imports_of_the_same_file_are_found_in_their_template_alone(db, ada, carried_out):
    people, places, _ = carried_out
    async with db.write() as tx:
        of = {"user_id": ada.id, "file_name": "a.xlsx", "file_hash": "f00"}
        here = [await imports.add(tx, job_id=f"same{n}", template_id=people, **of) for n in range(2)]
        await imports.add(tx, job_id="elsewhere", template_id=places, **of)
        found = await imports.list_of_file(tx, people, "f00", limit=9)
        latest = await imports.list_of_file(tx, people, "f00", limit=1)

        assert [each.id for each in found] == here[::-1]
        assert [each.id for each in latest] == here[1:]
        assert await imports.list_of_file(tx, people, "", limit=9) == [], "an unknown file is no file"


async def test_a_job_carries_out_one_import(db, ada, carried_out):
    people, _, ids = carried_out

    with pytest.raises(Taken):
        async with db.write() as tx:
            await imports.add(tx, job_id="job1", template_id=people, user_id=ada.id, file_name="again.xlsx")

    async with db.read() as conn:
        found = await imports.get_by_job(conn, "job1")
        assert found is not None
        assert (found.id, found.file_name, found.import_template_id) == (ids[1], "1.xlsx", people)
        assert await imports.get_by_job(conn, "never there") is None


async def test_what_an_import_did_comes_back_as_it_was(db, carried_out):
    _, _, ids = carried_out
    summary = {"created": 3, "notes": ["“é” ✓"], "groups": [{"rows": [[1, 2]]}], "none": None}
    async with db.write() as tx:
        await imports.store_summary(tx, ids[0], summary)

    async with db.read() as conn:
        found = await imports.get_by_job(conn, "job0")
    assert found is not None
    assert found.summary == summary
