"""A check says what an import would do, writes nothing, and keeps its rows."""

import pytest

from tests.engines import on_every_engine
from xlsapp.errors import NotFound
from xlsapp.repositories.reviewing.tables import stored
from xlsapp.services.imports.options import Mode

pytestmark = on_every_engine

HEADER = ["Name", "Orders"]


async def version(things):
    return (await things.reload()).records_version


async def test_a_check_counts_what_an_import_would_do_and_writes_nothing(desk, places, workbook):
    things = await desk("Name", ("Orders", "integer"))
    await things.run(workbook(HEADER, ["Ada", 1], ["Bo", 2], ["Cy", 3]))
    before, at = await things.records(), await version(things)
    path = workbook(HEADER, ["Ada", 9], ["Bo", 2], ["Di", 4], ["Ed", "many"])
    options = {"mode": Mode.UPDATE, "keys": things.ids("Name")}

    checked = await things.run(path, job_id="c1", check=True, **options)

    wanted = {"created": 1, "updated": 1, "unchanged": 1, "rejected": 1, "deleted": 0, "held_back": 0}
    assert checked.success
    assert checked.counts | wanted == checked.counts
    assert checked.receipt.processed_count == 0
    assert checked.details["summary"] == (
        "4 rows checked, and nothing written: 1 new, 1 changed, 1 the same, 1 with a problem."
    )
    assert (await things.records(), await version(things)) == (before, at)
    rows = await places.run(
        "c1", lambda conn: list(conn.rows("SELECT row, action FROM planned ORDER BY row"))
    )
    assert rows == [(2, "update"), (3, "unchanged"), (4, "create"), (5, "rejected")]
    flaws = "SELECT row, rule, kind, value FROM flaws"
    assert await places.run("c1", lambda conn: list(conn.rows(flaws))) == [(5, "type", "text", "many")]


async def test_a_check_of_replace_all_notes_what_would_be_deleted(desk, places, workbook):
    things = await desk("Name", ("Orders", "integer"))
    await things.run(workbook(HEADER, ["Ada", 1], ["Bo", 2], ["Cy", 3]))
    records = await things.records()

    checked = await things.run(
        workbook(HEADER, ["Bo", 2]), job_id="c1", check=True, mode=Mode.REPLACE, keys=things.ids("Name")
    )

    assert checked.success
    assert checked.counts["deleted"] == 2
    gone = await places.run("c1", lambda conn: [i for (i,) in conn.rows("SELECT record_id FROM going")])
    assert sorted(gone) == [records[0].id, records[2].id]
    assert await things.records() == records


async def test_an_import_that_rows_have_stopped_keeps_them(desk, places, workbook):
    things = await desk("Name", ("Orders", "integer"))

    stopped = await things.run(workbook(HEADER, ["Ada", 1], ["Bo", "x"]), job_id="c1")

    assert not stopped.success
    assert stopped.receipt.is_reviewed
    kept = await places.run("c1", lambda conn: stored(conn, "plan"))
    assert (kept["created"], kept["blocked"]) == (1, 1)


async def test_what_is_done_or_cannot_be_read_keeps_nothing(desk, places, workbook):
    things = await desk("Name")
    await things.rules("Name", required=True)
    await things.run(workbook(["Name"], ["Ada"]), job_id="c1")

    unread = await things.run(workbook(["Other"], ["Ada"]), job_id="c2", check=True)

    assert not unread.success
    assert await places.job_ids() == set()
    with pytest.raises(NotFound):
        await places.run("c2", lambda conn: None)


async def test_a_review_has_a_size_and_can_be_removed(desk, places, workbook):
    things = await desk("Name")
    await things.run(workbook(["Name"], ["Ada"]), job_id="c1", check=True)
    await things.run(workbook(["Name"], ["Bo"]), job_id="c2", check=True)

    sizes = await places.sizes(["c1", "c2", "other"])
    await places.remove("c1", "other")

    assert set(sizes) == {"c1", "c2"}
    assert min(sizes.values()) > 0
    assert await places.job_ids() == {"c2"}
