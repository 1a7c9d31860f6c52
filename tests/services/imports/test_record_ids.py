"""Ids that an export wrote say which record a row is, where rows are matched with records at all."""

import pytest

from xlsapp.services.imports.options import Blank, Mode

PEOPLE = ("Email", "Name", ("Orders", "integer"))
HEADERS = ["Email", "Name", "Orders", "__record_id"]


@pytest.fixture
async def people(desk, workbook):
    """Two records, Ada's and Bob's."""
    people = await desk(*PEOPLE)
    await people.run(workbook(HEADERS[:3], ["a@x", "Ada", 1], ["b@x", "Bob", 2]))
    return people


@pytest.mark.parametrize(
    ("blank", "ada", "counted"),
    [
        (Blank.KEEP, ("a@x", "Ada", 1), {"unchanged": 1, "updated": 1, "blank": 1}),
        (Blank.ERASE, (None, None, None), {"unchanged": 0, "updated": 2, "blank": 1}),
    ],
)
@pytest.mark.parametrize("mode", [Mode.UPDATE, Mode.REPLACE])
async def test_a_row_with_nothing_but_its_id_is_that_record_with_all_cells_cleared(
    people, workbook, mode, blank, ada, counted
):
    first, second = await people.records()
    path = workbook(
        HEADERS,
        [None, None, None, first.id],
        [None, None, None, None],
        ["b@x", "Bob", 3, second.id],
    )

    result = await people.run(path, mode=mode, blank=blank)

    assert result.success, result.details
    assert await people.values() == [ada, ("b@x", "Bob", 3)]
    assert result.counts | counted | {"created": 0, "deleted": 0} == result.counts


async def test_a_cleared_row_lacks_what_is_required(people, workbook):
    await people.rules("Name", required=True)
    first, _ = await people.records()

    result = await people.run(
        workbook(HEADERS, [None, None, None, first.id]), mode=Mode.UPDATE, blank=Blank.ERASE
    )

    assert [(g["column"], g["rule"], g["rows"]) for g in result.errors] == [("Name", "required", "2")]


async def test_where_every_row_is_added_ids_are_left_alone_and_that_is_said(people, workbook):
    path = workbook(HEADERS, ["c@x", "Cy", 3, "no id"], ["d@x", "Dee", 4, 999], [None, None, None, 1])

    result = await people.run(path)

    assert result.success, result.details
    assert result.counts | {"created": 2, "blank": 1, "rejected": 0} == result.counts
    assert any("ids" in note for note in result.details["notes"])
    assert (await people.values())[2:] == [("c@x", "Cy", 3), ("d@x", "Dee", 4)]


@pytest.mark.parametrize("mode", list(Mode))
async def test_two_columns_of_ids_are_refused_by_name(people, workbook, mode):
    path = workbook(["Email", "__record_id", "Name", "__record_id"], ["a@x", 1, "Ada", 2])

    result = await people.run(path, mode=mode)

    assert "“__record_id” is there twice: in B1 and D1" in (result.error_message or "")


@pytest.mark.parametrize(("stamp", "updated"), [("2026-01-31T09:30:00Z", 1), ("2026-01-31T09:29:59Z", 0)])
async def test_a_workbook_of_an_older_version_with_whole_seconds_comes_back(
    people, workbook, db, stamp, updated
):
    first, _ = await people.records()
    async with db.write() as tx:
        await tx.run(
            f"UPDATE records_{people.template.id} SET updated_at = '2026-01-31T09:30:00Z' WHERE id = :id",
            id=first.id,
        )

    result = await people.run(
        workbook([*HEADERS, "__updated_at"], ["a@x", "Ada L", 1, first.id, stamp]), mode=Mode.UPDATE
    )

    assert result.success == bool(updated)
    assert [row[1] for row in await people.values()] == ["Ada L" if updated else "Ada", "Bob"]


async def test_rows_that_were_sorted_without_their_ids_change_nothing_and_say_whose_they_are(
    people, workbook, db
):
    async with db.read() as conn:
        stamps = await conn.all(f"SELECT id, updated_at FROM records_{people.template.id} ORDER BY id")
    (first, stamp), (second, other_stamp) = ((row["id"], row["updated_at"]) for row in stamps)
    path = workbook(
        [*HEADERS, "__updated_at"],
        ["b@x", "Bob", 2, first, stamp],
        ["a@x", "Ada", 99, second, other_stamp],
        ["c@x", "Cy", 3, None, None],
    )

    refused = await people.run(path, mode=Mode.UPDATE)
    partly = await people.run(path, mode=Mode.UPDATE, valid_only=True)

    assert [(g["column"], g["rule"], g["rows"]) for g in refused.errors] == [("__record_id", "key", "2–3")]
    assert f"This row holds what record {second} does" in refused.errors[0]["cells"][0]["message"]
    assert partly.counts | {"created": 1, "updated": 0, "rejected": 2} == partly.counts
    assert await people.values() == [("a@x", "Ada", 1), ("b@x", "Bob", 2), ("c@x", "Cy", 3)]
