"""An import does what its mode says, all of it or nothing, and says what it did."""

import json

import pytest

from tests.engines import on_every_engine
from xlsapp.db.runs import LostRun
from xlsapp.jobs.status import new_job_id
from xlsapp.problems import Message
from xlsapp.repositories import template_columns
from xlsapp.services.imports.options import Blank, Mode
from xlsapp.spreadsheet.reading.listed_problems import read_problems

pytestmark = on_every_engine

PEOPLE = ("Email", "Name", ("Orders", "integer"))


def adds_up(counts: dict[str, int]) -> bool:
    parts = ("created", "updated", "unchanged", "rejected", "blank", "above_header")
    return counts["rows"] == sum(counts[part] for part in parts) + counts.get("held_back", 0)


async def test_rows_become_records_in_their_order_and_the_receipt_adds_up(desk, workbook):
    people = await desk(*PEOPLE)
    path = workbook(["List"], ["Name", "Email", "Orders"], ["Ada", "a@x", 1], [], ["Grace", "g@x", None])

    result = await people.run(path)

    assert result.success
    assert await people.values() == [("a@x", "Ada", 1), ("g@x", "Grace", None)]
    assert adds_up(result.counts)
    assert result.counts | {"created": 2, "blank": 1, "above_header": 2, "rows": 5} == result.counts
    assert (await people.reload()).record_count == 2


async def test_rows_that_turn_out_to_be_meant_otherwise_are_read_once_more(desk, workbook):
    people = await desk("Email", ("Due", "date"), ("Kg", "number"))
    rows = [[f"{n}@x", "01/02/2024", "1.234"] for n in range(3000)]
    path = workbook(["Email", "Due", "Kg"], *rows, ["last@x", "31/01/2024", "1.234,50"])

    await people.run(path)

    values = await people.values()
    assert len(values) == 3001
    assert values[-2:] == [("2999@x", "2024-02-01", 1234), ("last@x", "2024-01-31", 1234.5)]


async def test_one_problem_stops_everything_and_all_are_told(desk, workbook, tmp_path):
    people = await desk(*PEOPLE)
    await people.rules("Email", required=True)
    path = workbook(["Email", "Orders"], ["a@x", 1], [None, "many"], ["c@x", 2.5])

    result = await people.run(path)

    assert not result.success
    assert await people.records() == []
    assert result.details["problem_count"] == 3
    report = tmp_path / "problems.sqlite3"
    listed = [
        (p.place.cell, p.place.column, p.rule, p.value) for batch in read_problems(report) for p in batch
    ]
    assert listed == [
        ("Sheet1!A3", "Email", "required", ""),
        ("Sheet1!B3", "Orders", "type", "many"),
        ("Sheet1!B4", "Orders", "type", "2.5"),
    ]
    assert adds_up(result.counts)
    json.dumps(result.receipt.to_dict())


async def test_only_the_right_rows_when_that_was_chosen(desk, workbook):
    people = await desk(*PEOPLE)
    path = workbook(["Email", "Orders"], ["a@x", 1], ["b@x", "many"], ["c@x", 3])

    result = await people.run(path, valid_only=True)

    assert result.success
    assert [row[0] for row in await people.values()] == ["a@x", "c@x"]
    assert result.counts["rejected"] == 1
    assert adds_up(result.counts)


async def test_a_job_imports_once_however_often_it_runs(desk, workbook):
    people = await desk(*PEOPLE)
    path, job_id = workbook(["Email"], ["a@x"]), new_job_id()

    first = await people.run(path, job_id=job_id)
    second = await people.run(path, job_id=job_id)

    assert first.receipt == second.receipt
    assert len(await people.records()) == 1


async def test_update_finds_records_by_their_keys_and_leaves_the_others(desk, workbook):
    people = await desk(*PEOPLE)
    await people.run(
        workbook(["Email", "Name", "Orders"], ["a@x", "Ada", 1], ["b@x", "Bob", 2], ["c@x", "Cy", 3])
    )
    before = await people.records()
    path = workbook(
        ["Email", "Name", "Orders"], ["b@x", "Barbara", None], ["a@x", "Ada", 1], ["d@x", "Dee", 4]
    )

    result = await people.run(path, mode=Mode.UPDATE, keys=people.ids("Email"))

    assert result.success, result.error_message
    assert await people.values() == [
        ("a@x", "Ada", 1), ("b@x", "Barbara", 2), ("c@x", "Cy", 3), ("d@x", "Dee", 4),
    ]  # fmt: skip
    assert {name: result.counts[name] for name in ("created", "updated", "unchanged", "deleted")} == {
        "created": 1, "updated": 1, "unchanged": 1, "deleted": 0,
    }  # fmt: skip
    after = await people.records()
    assert [(r.id, r.created_at) for r in before] == [(r.id, r.created_at) for r in after[:3]]
    assert after[0].import_id != after[1].import_id == after[3].import_id


async def test_a_blank_cell_erases_only_when_that_was_chosen(desk, workbook):
    people = await desk(*PEOPLE)
    await people.run(workbook(["Email", "Orders"], ["a@x", 1]))
    path = workbook(["Email", "Orders"], ["a@x", None])

    kept = await people.run(path, mode=Mode.UPDATE, keys=people.ids("Email"))
    values_kept = await people.values()
    erased = await people.run(path, mode=Mode.UPDATE, keys=people.ids("Email"), blank=Blank.ERASE)

    assert (kept.counts["unchanged"], erased.counts["updated"]) == (1, 1)
    assert values_kept == [("a@x", None, 1)]
    assert await people.values() == [("a@x", None, None)]


async def test_a_partial_workbook_updates_but_cannot_create_without_what_is_required(desk, workbook):
    people = await desk(*PEOPLE)
    await people.rules("Name", required=True)
    await people.run(workbook(["Email", "Name"], ["a@x", "Ada"]))

    good = await people.run(
        workbook(["Email", "Orders"], ["a@x", 7]), mode=Mode.UPDATE, keys=people.ids("Email")
    )
    bad = await people.run(
        workbook(["Email", "Orders"], ["n@x", 7]), mode=Mode.UPDATE, keys=people.ids("Email")
    )

    assert good.counts["updated"] == 1
    assert [group["rule"] for group in bad.errors] == ["required"]
    assert await people.values() == [("a@x", "Ada", 7)]


async def test_rows_that_cannot_be_matched_are_problems(desk, workbook):
    people = await desk(*PEOPLE)
    await people.run(workbook(["Email", "Name"], ["a@x", "Ada"], ["a@x", "Again"], ["b@x", "Bob"]))
    path = workbook(["Email", "Name"], ["a@x", "?"], [None, "?"], ["b@x", "1"], ["b@x", "2"])

    result = await people.run(path, mode=Mode.UPDATE, keys=people.ids("Email"))
    without = await people.run(path, mode=Mode.UPDATE)

    messages = [cell["message"] for group in result.errors for cell in group["cells"]]
    assert len(messages) == 3
    assert any("2 records have the same “Email”" in message for message in messages)
    assert any("must be filled in" in message for message in messages)
    assert any("Row 4 is the same record" in message for message in messages)
    assert "Choose the columns that tell" in (without.error_message or "")


async def test_replace_deletes_what_is_missing_but_asks_before_it_deletes_much(desk, workbook):
    people = await desk(*PEOPLE)
    await people.run(workbook(["Email"], *([f"{n}@x"] for n in range(10))))
    nine = workbook(["Email", "Name"], *([f"{n}@x", "N"] for n in range(9)), name="nine.xlsx")
    two = workbook(["Email"], ["0@x"], ["new@x"], name="two.xlsx")
    keys = people.ids("Email")

    few = await people.run(nine, mode=Mode.REPLACE, keys=keys)
    many = await people.run(two, mode=Mode.REPLACE, keys=keys)
    wrong = await people.run(two, mode=Mode.REPLACE, keys=keys, confirm_deletes=7)
    untouched = len(await people.records())
    agreed = await people.run(two, mode=Mode.REPLACE, keys=keys, confirm_deletes=8)

    assert (few.success, few.counts["deleted"]) == (True, 1)
    assert (many.success, wrong.success, untouched) == (False, False, 9)
    assert "would delete 8 of 9 records" in (many.error_message or "")
    assert (agreed.counts["deleted"], agreed.counts["created"]) == (8, 1)
    assert [row[0] for row in await people.values()] == ["0@x", "new@x"]


async def test_rows_are_not_matched_by_the_key_columns_that_are_left(desk, workbook, db):
    people = await desk(*PEOPLE)
    path = workbook(["Email", "Name"], ["a@x", "Ada"])
    await people.run(path)
    keys = people.ids("Email", "Name")
    name = next(column for column in people.template.columns if column.name == "Name")
    async with db.write() as tx:
        await template_columns.remove(tx, people.template.id, name)

    result = await people.run(path, mode=Mode.UPDATE, keys=keys)

    assert not result.success
    assert "no longer in this template" in result.error_message


async def test_a_unique_value_may_stand_once_in_the_file_and_among_the_records(desk, workbook):
    people = await desk(*PEOPLE)
    await people.rules("Email", unique=True)
    await people.run(workbook(["Email"], ["a@x"], ["b@x"]))
    record = (await people.records())[0]

    result = await people.run(workbook(["Email"], ["c@x"], ["a@x"], ["c@x"]))

    messages = [cell["message"] for group in result.errors for cell in group["cells"]]
    assert sorted(messages) == [
        f"“a@x” is in record {record.id} already. Each value may be there once.",
        "“c@x” stands in row 2 too. Each value may be there once.",
    ]


async def test_values_may_change_places_under_a_unique_rule(desk, workbook):
    people = await desk("Code", "Place")
    await people.rules("Place", unique=True)
    await people.run(workbook(["Code", "Place"], ["a", "1"], ["b", "2"]))

    result = await people.run(
        workbook(["Code", "Place"], ["a", "2"], ["b", "1"]), mode=Mode.UPDATE, keys=people.ids("Code")
    )

    assert result.counts["updated"] == 2, result.details


async def test_a_default_fills_blanks_of_new_records_only(desk, workbook):
    people = await desk(*PEOPLE)
    await people.rules("Orders", default="5")
    await people.run(workbook(["Email", "Orders"], ["a@x", 1], ["b@x", None]))

    await people.run(
        workbook(["Email", "Orders"], ["a@x", None], ["c@x", None]),
        mode=Mode.UPDATE,
        keys=people.ids("Email"),
    )

    assert [row[2] for row in await people.values()] == [1, 5, 5]


async def test_a_row_of_an_export_finds_its_record_and_an_edit_in_between_is_not_lost(desk, workbook, db):
    people = await desk(*PEOPLE)
    await people.run(workbook(["Email", "Name"], ["a@x", "Ada"], ["b@x", "Bob"]))
    first, second = await people.records()
    headers = ["Email", "Name", "__record_id", "__updated_at"]
    path = workbook(
        headers,
        ["a@x", "Ada L", first.id, first.updated_at],
        ["b@x", "Bobby", second.id, second.updated_at],
        ["n@x", "New", None, None],
    )
    async with db.write() as tx:  # somebody edits the first record, a minute later
        await tx.run(
            f"UPDATE records_{people.template.id} SET updated_at = '2099-01-01T00:00:00Z' WHERE id = 1"
        )

    refused = await people.run(path, mode=Mode.UPDATE)
    partly = await people.run(path, mode=Mode.UPDATE, valid_only=True)

    assert [(g["rule"], g["rows"]) for g in refused.errors] == [("edited", "2")]
    assert (partly.counts["updated"], partly.counts["created"], partly.counts["rejected"]) == (1, 1, 1)
    assert [row[1] for row in await people.values()] == ["Ada", "Bobby", "New"]


async def test_records_that_change_while_rows_are_compared_are_compared_again(
    desk, workbook, db, monkeypatch
):
    people = await desk(*PEOPLE)
    await people.rules("Email", unique=True)
    path = workbook(["Email"], ["a@x"])
    edited = []

    async def edit_once(progress: Message) -> None:
        if progress.code == "progress.saving" and not edited:
            edited.append(progress)
            async with people.door.write(people.template) as writer:
                await writer.add({f"c{people.ids('Email')[0]}": "a@x"})

    result = await people.run(path, on_progress=edit_once)

    assert edited
    assert [group["rule"] for group in result.errors] == ["unique"]
    assert len(await people.records()) == 1


@pytest.mark.parametrize("rows", [[["Name"]], [[]]], ids=["headers only", "nothing"])
async def test_a_workbook_without_rows_says_so(desk, workbook, rows):
    people = await desk("Name")

    result = await people.run(workbook(*rows))

    assert "no rows" in (result.error_message or "")


async def test_two_rows_with_one_new_key_are_not_two_records(desk, workbook):
    people = await desk(*PEOPLE)

    result = await people.run(
        workbook(["Email", "Name"], ["a@x", "Ada"], ["a@x", "Again"]),
        mode=Mode.UPDATE,
        keys=people.ids("Email"),
    )

    assert [(g["rule"], g["rows"]) for g in result.errors] == [("key", "3")]


async def test_a_unique_value_that_stays_in_its_record_cannot_be_given_to_another(desk, workbook):
    people = await desk("Code", "Place")
    await people.rules("Place", unique=True)
    await people.run(workbook(["Code", "Place"], ["k1", "a"], ["k2", "b"]))
    path = workbook(["Code", "Place"], ["k1", None], ["k2", "a"])

    kept = await people.run(path, mode=Mode.UPDATE, keys=people.ids("Code"))
    erased = await people.run(path, mode=Mode.UPDATE, keys=people.ids("Code"), blank=Blank.ERASE)

    assert [g["rule"] for g in kept.errors] == ["unique"]
    assert erased.success
    assert await people.values() == [("k1", None), ("k2", "a")]


async def test_thousands_of_headers_make_no_large_status(desk, tmp_path):
    people = await desk(*(f"Column {number}" for number in range(40)))
    for column in people.template.columns:
        await people.rules(column.name, required=True)
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"Header {number} {'x' * 100}" for number in range(10_000)) + "\n1\n")

    result = await people.run(path)

    assert not result.success
    assert len(json.dumps(result.receipt.to_dict())) < 200_000


async def test_only_an_id_as_we_wrote_it_finds_a_record(desk, workbook):
    people = await desk(*PEOPLE)
    await people.run(workbook(["Email"], ["a@x"]))

    result = await people.run(
        workbook(["Email", "__record_id"], ["b@x", 1.5], ["c@x", True], ["d@x", 1e19]), mode=Mode.UPDATE
    )

    assert [(g["rule"], g["count"]) for g in result.errors] == [("key", 3)]


async def test_what_is_twice_in_the_file_and_what_a_record_has_are_told_apart(desk, workbook):
    people = await desk(*PEOPLE)
    await people.rules("Name", unique=True)
    await people.run(workbook(["Name"], ["Ada"], ["Bo"]))

    result = await people.run(workbook(["Name"], ["Ada"], ["Cy"], ["Ada"], ["Bo"], ["Cy"], name="more.xlsx"))

    groups = {group["title"]: group["rows"] for group in result.errors}
    assert groups == {"stands there twice": "4, 6", "is in a record already": "2, 4–5"}


async def test_what_a_lost_attempt_has_read_is_not_stored(desk, workbook):
    people = await desk(*PEOPLE)
    path = workbook(["Email"], ["a@x"])

    async def another_has_begun(tx):
        raise LostRun

    with pytest.raises(LostRun):
        await people.run(path, job_id="job", fence=another_has_begun)

    assert await people.records() == []
    assert (await people.run(path, job_id="job")).success
    assert await people.values() == [("a@x", None, None)]
