"""A review is mended cell by cell, or all of a kind, and its plan follows."""

import pytest

from tests.engines import on_every_engine
from xlsapp.errors import NotFound, Refused
from xlsapp.repositories.reviewing.kinds import Kind
from xlsapp.repositories.reviewing.rows import Wanted
from xlsapp.services.imports.options import Mode
from xlsapp.services.reviews.applying import ApplyRequest, apply_review
from xlsapp.services.reviews.mending import MendDraft, MendKind
from xlsapp.services.reviews.reviews import Reviews

pytestmark = on_every_engine

HEADER = ["Name", "Orders", "Since"]
ROWS = [
    ["Ada", "many", None],
    ["Bo", "many", "31/12/2024"],
    ["Cy", " ", "soon"],
    ["Di", "few", "13/01/2025"],
    ["Bo", 4, None],
]


@pytest.fixture
async def bad(desk, places, workbook):
    """A workbook with problems of several kinds, to be added."""
    things = await desk("Name", ("Orders", "integer"), ("Since", "date"))
    await things.rules("Name", unique=True)
    await things.rules("Orders", minimum="1", default="7")
    things.reviews, things.places = Reviews(places), places

    async def check(**options):
        await things.run(workbook(HEADER, *ROWS), job_id="c1", check=True, **options)
        return await things.reviews.find(await things.reload(), "c1")

    async def rows(review, kind=Kind.PROBLEMS):
        page = await things.reviews.page(review, Wanted(kind), None, size=20)
        return {row.row: row for row in page.rows}

    things.check, things.rows = check, rows
    return things


def cell(row, column, text, **more):
    return MendDraft(MendKind.CELL, column.id, row=row, text=text, **more)


async def test_cells_are_mended_under_the_rules_of_their_column(bad):
    review = await bad.check()
    _, orders, since = bad.template.columns
    assert set(await bad.rows(review)) == {2, 3, 4, 5}

    review = await bad.reviews.mend(review, cell(2, orders, "0"), 1)
    row = (await bad.rows(review))[2]
    assert [p.rule for p in row.cells[orders.id].problems] == ["minimum"]
    review = await bad.reviews.mend(review, cell(2, orders, "1,200", seen=1), 1)
    review = await bad.reviews.mend(review, cell(4, since, "02/03/2025"), 1)

    new = await bad.rows(review, Kind.NEW)
    assert set(new) == {2, 4, 6}
    assert new[2].cells[orders.id].value == 1200
    assert new[4].cells[since.id].value == "2025-03-02"  # as the column was read: the day first
    assert (review.counts.new, review.counts.problems) == (3, 2)


async def test_what_depends_on_others_is_told_at_once(bad):
    review = await bad.check()
    name, orders, _ = bad.template.columns
    review = await bad.reviews.mend(review, cell(3, orders, "1"), 1)
    assert set(await bad.rows(review)) == {2, 4, 5, 6}  # of two with one name, the first is right now

    review = await bad.reviews.mend(review, cell(6, name, "Ed"), 1)
    assert 6 in await bad.rows(review, Kind.NEW)
    review = await bad.reviews.mend(review, cell(6, name, "Bo"), 1)

    (problem,) = (await bad.rows(review))[6].cells[name.id].problems
    assert (problem.rule, problem.message.parameters["row"]) == ("unique", 3)


async def test_all_of_a_kind_are_mended_at_once(bad):
    review = await bad.check()
    _, orders, since = bad.template.columns
    replace = MendDraft(MendKind.REPLACE, orders.id, "type", found="many", text="9")
    default = MendDraft(MendKind.DEFAULT, orders.id, "type")
    blank = MendDraft(MendKind.BLANK, since.id, "type")

    for draft in (replace, default, blank):
        review = await bad.reviews.mend(review, draft, 1)
    unique = MendDraft(MendKind.LEAVE_OUT, bad.template.columns[0].id, "unique")
    review = await bad.reviews.mend(review, unique, 1)

    counts = review.counts
    assert (counts.new, counts.problems, counts.left_out, review.is_ready) == (4, 0, 1, True)
    assert [mend.cells for mend in await bad.reviews.mends(review)] == [1, 1, 1, 2]
    await bad.reviews.begin_to_apply(review, review.revision, lambda _: "a1")
    receipt = await apply_review(bad.door, bad.reviews, ApplyRequest("a1", "c1", review.template))
    assert (receipt.counts.created, receipt.counts.rejected) == (4, 1)
    assert await bad.values() == [
        ("Ada", 9, None),
        ("Bo", 9, "2024-12-31"),
        ("Cy", 7, None),
        ("Di", 7, "2025-01-13"),
    ]
    with pytest.raises(Refused):
        await bad.reviews.mend(review, cell(2, orders, "1"), 1)


async def test_every_mend_can_be_taken_back(bad):
    review = await bad.check()
    orders = bad.template.columns[1]
    before, counts = await bad.rows(review), review.counts
    first = await bad.reviews.mend(review, MendDraft(MendKind.REPLACE, orders.id, found="many", text="0"), 1)
    await bad.reviews.mend(first, cell(3, orders, "5"), 1)
    await bad.reviews.mend(first, MendDraft(MendKind.LEAVE_OUT, row=4), 1)
    newest, second, oldest = await bad.reviews.mends(review)

    await bad.reviews.take_back(review, oldest.id)
    later = await bad.reviews.find(bad.template, "c1")
    assert (await bad.rows(later))[2] == before[2]
    assert (await bad.rows(later, Kind.NEW))[3].cells[orders.id].value == 5
    await bad.reviews.take_back(review, newest.id)
    review = await bad.reviews.take_back(review, second.id)

    assert await bad.rows(review) == before
    assert review.counts == counts
    assert await bad.reviews.mends(review) == []
    with pytest.raises(NotFound):
        await bad.reviews.take_back(review, second.id)


async def test_a_mend_of_a_row_that_was_mended_meanwhile_is_refused(bad):
    review = await bad.check()
    _, orders, since = bad.template.columns
    await bad.reviews.mend(review, cell(4, orders, "3", seen=0), 1)

    with pytest.raises(Refused) as refused:
        await bad.reviews.mend(review, cell(4, since, "", seen=0), 2)

    assert refused.value.message.code == "review.row_mended_meanwhile"
    assert len(await bad.reviews.mends(review)) == 1


async def test_what_cannot_be_mended_is_refused_and_changes_nothing(bad):
    review = await bad.check(mode=Mode.REPLACE, keys=bad.ids("Name"))
    _, orders, since = bad.template.columns

    for draft in (
        MendDraft(MendKind.LEAVE_OUT, row=2),
        MendDraft(MendKind.DEFAULT, since.id, "type"),
        MendDraft(MendKind.BLANK, since.id, "minimum"),
        MendDraft(MendKind.BLANK, 99, "type"),
        cell(99, orders, "1"),
    ):
        with pytest.raises(Refused):
            await bad.reviews.mend(review, draft, 1)

    again = await bad.reviews.find(bad.template, "c1")
    assert (again.revision, again.counts) == (review.revision, review.counts)
