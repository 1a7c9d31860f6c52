"""A review is applied as it was shown, once, or not at all."""

import pytest

from tests.engines import on_every_engine
from xlsapp.errors import Refused
from xlsapp.services.imports.options import Mode
from xlsapp.services.records.changes import change_record
from xlsapp.services.records.deleting import delete_records
from xlsapp.services.reviews.applying import ApplyRequest, apply_review
from xlsapp.services.reviews.reviews import Reviews

pytestmark = on_every_engine

HEADER = ["Name", "Orders"]


@pytest.fixture
async def checked(desk, places, workbook):
    """Three records; a workbook that changes one, says the same of another, adds one, and lacks the third."""
    things = await desk("Name", ("Orders", "integer"))
    await things.run(workbook(HEADER, ["Ada", 1], ["Bo", 2], ["Cy", 3]))

    async def check(*rows, job_id="c1", **options):
        rows = rows or (["Ada", 9], ["Bo", 2], ["Di", 4])
        options = {"mode": Mode.UPDATE, "keys": things.ids("Name"), **options}
        await things.run(workbook(HEADER, *rows), job_id=job_id, check=True, **options)
        return await things.reviews.find(await things.reload(), job_id)

    things.reviews = Reviews(places)
    things.check = check
    return things


async def apply(things, review, job_id="a1"):
    await things.reviews.begin_to_apply(review, review.revision, lambda _: job_id)
    return await again(things, review, job_id)


async def again(things, review, job_id="a1"):
    return await apply_review(
        things.door, things.reviews, ApplyRequest(job_id, review.job_id, review.template)
    )


async def test_what_was_shown_is_what_is_done(checked):
    review = await checked.check()

    receipt = await apply(checked, review)

    counts = review.counts
    assert receipt.success
    assert (counts.new, counts.changed, counts.same, counts.problems) == (1, 1, 1, 0)
    done = receipt.counts
    assert (done.created, done.updated, done.unchanged, done.rejected) == (1, 1, 1, 0)
    assert await checked.values() == [("Ada", 9), ("Bo", 2), ("Cy", 3), ("Di", 4)]


async def test_replace_all_deletes_just_what_was_shown(checked):
    review = await checked.check(mode=Mode.REPLACE)

    receipt = await apply(checked, review)

    assert (review.counts.deleted, receipt.counts.deleted) == (1, 1)
    assert await checked.values() == [("Ada", 9), ("Bo", 2), ("Di", 4)]


async def test_twice_is_once(checked):
    review = await checked.check(["Ada", 1], mode=Mode.ADD, keys=())

    first, second = await apply(checked, review), await again(checked, review)

    assert first.to_dict() == second.to_dict()
    assert len(await checked.records()) == 4


async def test_rows_with_problems_stop_it_unless_only_the_right_ones_count(checked):
    stopped = await checked.check(["Di", 4], ["Ed", "many"])
    with pytest.raises(Refused):
        await apply(checked, stopped)
    valid = await checked.check(["Di", 4], ["Ed", "many"], job_id="c2", valid_only=True)

    receipt = await apply(checked, valid)

    assert (receipt.counts.created, receipt.counts.rejected) == (1, 1)
    assert (await checked.values())[3:] == [("Di", 4)]


async def test_an_edit_of_what_is_to_change_stops_it_and_is_shown(checked):
    review = await checked.check()
    ada, _, _ = await checked.records()
    orders = checked.template.columns[1].key
    await change_record(checked.door, checked.template, ada.id, {orders: 5})

    stopped = await apply(checked, review)

    assert [reason.code for reason in stopped.reasons] == ["review.moved"]
    assert stopped.reasons[0].parameters == {"edited": 1, "of": 1, "rows": 0, "deleted": 0}
    assert await checked.values() == [("Ada", 5), ("Bo", 2), ("Cy", 3)]
    looked_again = await checked.reviews.find(await checked.reload(), "c1")
    assert (await apply(checked, looked_again, "a2")).success
    assert (await checked.values())[0] == ("Ada", 9)


async def test_a_record_that_is_the_same_no_more_stops_it(checked):
    review = await checked.check()
    bo = (await checked.records())[1]
    await delete_records(checked.door, checked.template, [bo.id])

    stopped = await apply(checked, review)

    assert stopped.reasons[0].parameters == {"edited": 0, "of": 1, "rows": 1, "deleted": 0}
    again = await checked.reviews.find(await checked.reload(), "c1")
    assert (again.counts.new, again.counts.same) == (2, 0)


async def test_what_others_do_to_other_records_stops_nothing(checked):
    review = await checked.check()
    cy = (await checked.records())[2]
    await delete_records(checked.door, checked.template, [cy.id])

    assert (await apply(checked, review)).success
    assert await checked.values() == [("Ada", 9), ("Bo", 2), ("Di", 4)]


async def test_it_is_applied_as_it_was_looked_at(checked):
    review = await checked.check()
    await checked.reviews.look_again(review)

    with pytest.raises(Refused):
        await apply(checked, review)


async def test_other_columns_ask_for_another_check(checked):
    review = await checked.check()
    await checked.rules("Orders", minimum="10")

    receipt = await again(checked, review)

    assert not receipt.success
    assert await checked.values() == [("Ada", 1), ("Bo", 2), ("Cy", 3)]
