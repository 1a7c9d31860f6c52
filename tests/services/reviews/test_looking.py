"""The rows of a review, as they are looked at."""

from itertools import product

import pytest

from tests.engines import on_every_engine
from xlsapp.errors import NotFound
from xlsapp.messages.saying import say
from xlsapp.repositories.reviewing.kinds import Kind
from xlsapp.repositories.reviewing.rows import Wanted
from xlsapp.services.imports.options import Mode
from xlsapp.services.reviews.looking import findings_for
from xlsapp.services.reviews.reviews import Reviews

pytestmark = on_every_engine

HEADER = ["Name", "Orders", "Since"]


@pytest.fixture
async def checked(desk, places, workbook):
    """Two records, and a workbook with rows of every kind."""
    things = await desk("Name", ("Orders", "integer"), ("Since", "date"))
    await things.rules("Name", unique=True)
    await things.rules("Orders", minimum="1")
    await things.run(workbook(HEADER, ["Ada", 1, "2020-01-01"], ["Bo", 2, None], ["Cy", 3, None]))
    rows = [
        ["Ada", 9, None],
        ["Bo", 2, None],
        ["Di", "many", "2021-05-05"],
        ["Ed", 0, "soon"],
        ["Fay", 4, "2022-02-02"],
        ["Gus", 5, None],
        ["Fay", 6, None],
    ]
    options = {"mode": Mode.REPLACE, "keys": things.ids("Name")}
    await things.run(workbook(HEADER, *rows), job_id="c1", check=True, **options)
    things.reviews = Reviews(places)
    things.review = await things.reviews.find(await things.reload(), "c1")
    things.name, things.orders, things.since = things.template.columns
    return things


async def page(things, kind, cursor=None, size=10, **wanted):
    return await things.reviews.page(things.review, Wanted(kind, **wanted), cursor, size=size)


async def numbers(things, kind, **wanted):
    return [row.row for row in (await page(things, kind, **wanted)).rows]


async def test_each_row_is_of_one_kind_and_shows_what_changes(checked):
    counts = checked.review.counts

    found = {kind: await numbers(checked, kind) for kind in Kind}

    assert found == {
        Kind.NEW: [6, 7],
        Kind.NOT_FOUND: [],
        Kind.CHANGED: [2],
        Kind.SAME: [3],
        Kind.DELETED: [0],
        Kind.PROBLEMS: [4, 5, 8],
        Kind.LEFT_OUT: [],
        Kind.ALL: [2, 3, 4, 5, 6, 7, 8],
    }
    assert {kind: counts.of(kind) for kind in Kind} == {kind: len(rows) for kind, rows in found.items()}
    assert counts.rows == 8

    (row,) = (await page(checked, Kind.CHANGED)).rows

    orders, since = row.cells[checked.orders.id], row.cells[checked.since.id]
    assert (orders.old, orders.value, orders.is_changed) == (1, 9, True)
    assert (since.old, since.value, since.is_changed) == ("2020-01-01", "2020-01-01", False)
    assert row.record_id == (await checked.records())[0].id


async def test_rows_that_are_no_record_are_of_a_kind_of_their_own(checked, workbook):
    options = {"mode": Mode.UPDATE_ONLY, "keys": checked.ids("Name")}
    await checked.run(
        workbook(HEADER, ["Ada", 9, None], ["Zoe", 1, None]), job_id="c2", check=True, **options
    )
    checked.review = await checked.reviews.find(checked.template, "c2")

    assert (checked.review.counts.changed, checked.review.counts.not_found) == (1, 1)
    assert await numbers(checked, Kind.NOT_FOUND) == [3]
    assert await numbers(checked, Kind.ALL) == [2, 3]
    assert checked.review.why_not_ready is None


async def test_a_row_with_problems_has_what_stands_in_the_workbook(checked):
    many, ed, fay = (await page(checked, Kind.PROBLEMS)).rows

    orders = many.cells[checked.orders.id]
    assert (orders.value, orders.text, [p.rule for p in orders.problems]) == (None, "many", ["type"])
    assert say(orders.problems[0].message) == "“many” is not a whole number. Write it in digits."
    assert [p.rule for p in ed.cells[checked.orders.id].problems] == ["minimum"]
    assert ed.cells[checked.since.id].text == "soon"
    rules = {p.rule for p in fay.cells[checked.name.id].problems}
    assert rules == {"key", "unique"}

    (row,) = (await page(checked, Kind.DELETED)).rows

    assert (row.row, row.cells[checked.name.id].value) == (0, "Cy")


async def test_rows_are_found_by_column_kind_of_problem_and_text(checked):
    review, name, orders = checked.review, checked.name, checked.orders
    unique = findings_for(review.made.plan.findings, name, "unique")

    assert await numbers(checked, Kind.PROBLEMS, column=orders) == [4, 5]
    assert await numbers(checked, Kind.PROBLEMS, column=orders, rule="type") == [4]
    assert await numbers(checked, Kind.PROBLEMS, column=name, rule="unique", findings=unique) == [8]
    assert await numbers(checked, Kind.CHANGED, column=orders) == [2]
    assert await numbers(checked, Kind.CHANGED, column=name) == []
    assert await numbers(checked, Kind.PROBLEMS, search="OON") == [5]
    assert await numbers(checked, Kind.NEW, search="fa") == [6]
    assert await numbers(checked, Kind.DELETED, search="cy") == [0]
    assert await numbers(checked, Kind.DELETED, search="ada") == []

    groups = await checked.reviews.groups(checked.review)

    assert {(g.column.name, g.rule): (g.rows, g.examples) for g in groups} == {
        ("Orders", "type"): (1, (("many", 1),)),
        ("Orders", "minimum"): (1, (("0", 1),)),
        ("Since", "type"): (1, (("soon", 1),)),
        ("Name", "key"): (1, ()),
        ("Name", "unique"): (1, ()),
    }


async def test_pages_go_on_where_they_ended_and_back(checked):
    for sort, descending in product([None, *checked.template.columns], [False, True]):
        wanted = {"sort": sort, "descending": descending, "size": 2}
        first = await page(checked, Kind.PROBLEMS, **wanted)
        second = await page(checked, Kind.PROBLEMS, cursor=first.next, **wanted)
        back = await page(checked, Kind.PROBLEMS, cursor=second.previous, **wanted)

        assert [len(first.rows), len(second.rows)] == [2, 1]
        assert (first.previous, second.next) == (None, None)
        assert {r.row for r in (*first.rows, *second.rows)} == {4, 5, 8}
        assert back.rows == first.rows


async def test_a_review_is_found_through_its_template_alone(checked, desk):
    other = await desk("Name")

    with pytest.raises(NotFound):
        await checked.reviews.find(other.template, "c1")
    with pytest.raises(NotFound):
        await checked.reviews.find(checked.template, "c9")
