"""Whatever was mended, a plan that was made anew for a part is the one that all rows together get."""

import csv
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engines import ENGINES
from tests.factories import forget_ids
from xlsapp.errors import Refused
from xlsapp.repositories.records.selection import Selection
from xlsapp.services.imports.options import Blank, Mode
from xlsapp.services.reviews.mending import MendDraft, MendKind
from xlsapp.services.reviews.reviews import Reviews

CODES, SEATS, NUMBERS = ["", "a", "b", "c"], ["", "x", "y", "z"], ["1", "2", "none"]

rows = st.lists(
    st.tuples(st.sampled_from(CODES), st.sampled_from(SEATS), st.sampled_from(NUMBERS)),
    min_size=2,
    max_size=6,
)
cells = st.tuples(
    st.integers(2, 7), st.integers(0, 2), st.sampled_from([*CODES, *SEATS, *NUMBERS]), st.booleans()
)


@pytest.fixture
async def things(desk, places):
    made = await desk("Code", "Seat", ("Quantity", "integer"))
    await made.rules("Seat", unique=True)
    made.reviews = Reviews(places)
    return made


WHATEVER = partial(settings, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@WHATEVER(max_examples=12)
@given(
    stored=rows,
    staged=rows,
    mends=st.lists(cells, min_size=1, max_size=5),
    mode=st.sampled_from([Mode.ADD, Mode.UPDATE]),
    blank=st.sampled_from(Blank),
    valid_only=st.booleans(),
)
async def test_a_part_is_planned_as_the_whole_is(things, tmp_path, stored, staged, mends, **options):
    await mended_as_planned_anew(things, tmp_path, stored, staged, mends, **options)


@pytest.mark.parametrize("db", [engine for engine in ENGINES if engine != "sqlite"], indirect=True)
@WHATEVER(max_examples=4)
@given(
    stored=rows,
    staged=rows,
    mends=st.lists(cells, min_size=1, max_size=3),
    mode=st.sampled_from([Mode.ADD, Mode.UPDATE]),
    blank=st.sampled_from(Blank),
    valid_only=st.booleans(),
)
async def test_a_part_is_planned_so_on_other_engines(things, tmp_path, stored, staged, mends, **options):
    await mended_as_planned_anew(things, tmp_path, stored, staged, mends, **options)


async def mended_as_planned_anew(things, folder, stored, staged, mends, *, mode, blank, valid_only):
    template = await things.reload()
    async with things.door.write(template) as writer:
        await writer.delete_selection(Selection())
        await forget_ids(writer.tx, template)
        seats = set()
        for code, seat, number in stored:
            if seat not in seats:
                values = [code or None, seat or None, int(number) if number != "none" else None]
                await writer.add(dict(zip((c.key for c in template.columns), values, strict=True)))
                seats |= {seat} - {""}
    path = folder / "case.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["Code", "Seat", "Quantity"], *staged])
    keys = things.ids("Code") if mode is Mode.UPDATE else ()
    options = {"mode": mode, "blank": blank, "keys": keys, "valid_only": valid_only, "guess": True}
    await things.run(path, job_id="c1", check=True, **options)
    try:
        review = await things.reviews.find(await things.reload(), "c1")
    except Exception:  # nothing but blank rows
        return
    for row, column, text, leaves_out in mends:
        kind = MendKind.LEAVE_OUT if leaves_out else MendKind.CELL
        draft = MendDraft(kind, template.columns[column].id, row=row, text=text)
        try:
            review = await things.reviews.mend(review, draft, 1)
        except Refused:
            continue
        again, moved = await things.reviews.look_again(review)
        assert not moved.anything, (moved, draft)
        assert again.counts == review.counts
        assert {f.what for f in again.made.plan.findings} == {f.what for f in review.made.plan.findings}
