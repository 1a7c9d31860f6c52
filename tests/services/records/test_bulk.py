"""Many changes at once: all or those that will do, with an answer for each, and one change to everybody."""

import pytest

from xlsapp.services.records import bulk
from xlsapp.services.records.bulk import Act, Item, Outcome

CREATED, UPDATED, UNCHANGED, DELETED, FAILED = Outcome


@pytest.fixture
async def seats(desk, workbook):
    """Three seats with codes that are there once, and what is asked of them."""
    seats = await desk(
        "Code", ("Row", "integer"), ("Free", "boolean"), ("Since", "date"), ("Price", "number")
    )
    await seats.rules("Code", unique=True)
    await seats.run(
        workbook(
            ["Code", "Row", "Free", "Since", "Price"],
            ["A", 1, True, "2026-01-31", 1.5],
            ["B", 1, False, None, None],
            ["C", 2, None, None, None],
        )
    )
    seats.key = {column.name: column.key for column in seats.template.columns}

    def item(act, record_id=None, revision=None, **values):
        stored = {seats.key[name]: value for name, value in values.items()}
        blank = dict.fromkeys(seats.key.values())
        return Item(Act(act), record_id, revision, values=stored, new_values={**blank, **stored})

    async def ask(*items, atomic=False, keys=()):
        columns = [c for c in seats.template.columns if c.name in keys]
        return await bulk.apply(
            seats.door,
            await seats.reload(),
            [item(*args, **named) for args, named in items],
            keys=columns,
            atomic=atomic,
        )

    seats.ask = ask
    return seats


def it(*args, **values):
    return args, values


def outcomes(results):
    return [result.outcome for result in results]


async def test_each_is_answered_and_what_fails_leaves_the_others(seats):
    version = (await seats.reload()).records_version

    results = await seats.ask(
        it("create", Code="D", Row=3, Free=True, Since="2026-02-28", Price=0.1),
        it("update", 1, Row=7, Free=False),
        it("update", 2, 1, Code="A"),
        it("update", 2, 9, Row=5),
        it("update", 3, 1, Row=2),
        it("delete", 99),
        it("delete", 2),
        it("create", Code="C"),
    )

    assert outcomes(results) == [CREATED, UPDATED, FAILED, FAILED, UNCHANGED, FAILED, DELETED, FAILED]
    assert [(r.record_id, r.revision) for r in results][:2] == [(4, 1), (1, 2)]
    assert results[2].problems[seats.key["Code"]].parameters["record_id"] == 1
    assert [results[n].reason.code for n in (3, 5)] == ["bulk.other_revision", "bulk.no_record"]
    assert results[7].problems[seats.key["Code"]].parameters["record_id"] == 3
    assert (await seats.reload()).records_version == version + 1
    assert await seats.values() == [
        ("A", 7, False, "2026-01-31", 1.5),
        ("C", 2, None, None, None),
        ("D", 3, True, "2026-02-28", 0.1),
    ]
    assert [record.position for record in await seats.records()][2] > 3


async def test_all_of_it_or_nothing(seats):
    before = await seats.records()
    results = await seats.ask(it("delete", 1), it("create", Code="B"), it("create", Code="X"), atomic=True)

    assert outcomes(results) == [DELETED, FAILED, CREATED]
    assert await seats.records() == before
    done = await seats.ask(it("delete", 2), it("create", Code="B"), it("create", Code="X"), atomic=True)
    assert outcomes(done) == [DELETED, CREATED, CREATED]
    assert [row[0] for row in await seats.values()] == ["A", "C", "B", "X"]


async def test_upsert_changes_the_record_with_the_keys_or_adds_one(seats):
    results = await seats.ask(
        it("upsert", Code="A", Row=9),
        it("upsert", Code="C", Row=8),
        it("upsert", Code="N", Row=1),
        it("upsert", Code="N", Row=2),
        it("upsert", Row=2),
        it("update", 2, Code="M"),
        it("upsert", Code="B", Row=4),
        keys=("Code",),
    )

    assert outcomes(results) == [UPDATED, UPDATED, CREATED, UPDATED, FAILED, UPDATED, CREATED]
    assert results[2].record_id == results[3].record_id == 4
    assert results[4].reason.code == "bulk.blank_key"
    assert [row[:2] for row in await seats.values()] == [("A", 9), ("M", 1), ("C", 8), ("N", 2), ("B", 4)]


async def test_keys_that_several_records_have_name_none(seats):
    (result,) = await seats.ask(it("upsert", Row=1, Free=True), keys=("Row",))

    assert result.reason.code == "bulk.several_records"


async def test_what_two_operations_would_store_may_be_there_once(seats):
    results = await seats.ask(
        it("create", Code="N"), it("create", Code="N"), it("delete", 1), it("create", Code="A")
    )

    assert outcomes(results) == [CREATED, FAILED, DELETED, CREATED]
    assert results[1].problems[seats.key["Code"]].parameters["item"] == 1
