"""What a column holds, in figures, is what Python counts in the same values."""

import math
from collections import Counter

import pytest

from xlsapp.repositories.records import figures
from xlsapp.repositories.records.selection import Condition, Operator, Selection

ROWS = [
    {"Integer": 3, "Number": 0.5, "Text": "Ada", "Date": "2026-01-31", "Boolean": True},
    {"Integer": -2, "Number": 2.25, "Text": "Ada", "Date": "2026-02-01", "Boolean": False},
    {"Integer": 3, "Number": None, "Text": "Eve", "Date": "2025-12-31", "Boolean": True},
    {"Integer": None, "Number": -1.5, "Text": None, "Date": None, "Boolean": None},
    {"Integer": 12, "Number": 7.0, "Text": "Zoe", "Date": "2026-02-01", "Boolean": True},
]
ALL = range(1, 10_000)


@pytest.mark.parametrize("name", ["Integer", "Number", "Text", "Date"])
async def test_bounds_are_those_of_the_values(table, name):
    ids = await table.add(*ROWS)
    values = [row[name] for row in ROWS if row[name] is not None]
    at_least_3 = Selection(conditions=(Condition(table["Integer"], Operator.AT_LEAST, (3,)),))
    some = [row[name] for row in ROWS if (row["Integer"] or 0) >= 3 and row[name] is not None]

    whole = await table.ask(figures.bounds_between, table[name], Selection(), ALL)
    part = await table.ask(figures.bounds_between, table[name], at_least_3, ALL)
    among = await table.ask(figures.bounds_among, table[name], ids)

    is_number = name in ("Integer", "Number")
    assert whole == among
    for bounds, held, records in ((whole, values, 5), (part, some, 3)):
        assert (bounds.records, bounds.filled) == (records, len(held))
        assert (bounds.smallest, bounds.largest) == (min(held), max(held))
        assert bounds.total == (pytest.approx(sum(held)) if is_number else None)


async def test_yes_and_no_have_bounds(table):
    await table.add(*ROWS)

    bounds = await table.ask(figures.bounds_between, table["Boolean"], Selection(), ALL)
    found = await table.ask(figures.groups, table["Boolean"], Selection(), None, parts=None, top=5)

    assert (bounds.filled, bounds.smallest, bounds.largest) == (4, False, True)
    assert found.top == [(True, 3), (False, 1)]


async def test_texts_are_grouped_to_the_letter(table):
    await table.add({"Text": "b"}, {"Text": "B"}, {"Text": "b"}, {"Text": "A"}, {})

    found = await table.ask(figures.groups, table["Text"], Selection(), None, parts=None, top=5)

    assert found.distinct == 3
    assert found.top == [("b", 2), ("A", 1), ("B", 1)]


async def test_a_sum_that_is_too_great_for_a_number_is_infinite(table):
    await table.add({"Number": 1.7e308, "Integer": 2**63 - 1}, {"Number": 1.7e308, "Integer": 2**63 - 1})

    number = await table.ask(figures.bounds_between, table["Number"], Selection(), ALL)
    integer = await table.ask(figures.bounds_between, table["Integer"], Selection(), ALL)
    parts = figures.number_parts(-(2**62), 2**62)
    found = await table.ask(figures.groups, table["Integer"], Selection(), None, parts=parts, top=1)
    await table.add({"Number": -1.7e308}, {"Number": 5e-324})
    parts = figures.number_parts(-1.75e308, 1e308)
    wide = await table.ask(figures.groups, table["Number"], Selection(), None, parts=parts, top=1)
    parts = figures.number_parts(0.0, 1000.0)
    (tiny,) = await table.add({"Duration": 5e-324})
    small = await table.ask(figures.groups, table["Duration"], Selection(), [tiny], parts=parts, top=1)

    assert number.total == math.inf
    assert integer.total == pytest.approx(2.0**64)
    assert found.parts == [(3, 2)]
    assert [n for _, n in wide.parts] == [1, 1, 2]
    assert small.parts == [(0, 1)]


async def test_nothing_has_no_bounds(table):
    bounds = await table.ask(figures.bounds_between, table["Integer"], Selection(), ALL)

    assert (bounds.records, bounds.filled, bounds.smallest, bounds.largest) == (0, 0, None, None)


@pytest.mark.parametrize("by_ids", [False, True])
async def test_groups_count_values_and_parts_of_a_scale(table, by_ids):
    ids = await table.add(*ROWS)
    found = await table.ask(
        figures.groups,
        table["Integer"],
        Selection(),
        ids if by_ids else None,
        parts=figures.number_parts(-5, 5),
        top=2,
    )

    assert found.distinct == 3
    assert found.top == [(3, 2), (-2, 1)]
    assert found.parts == [(0, 1), (1, 2), (3, 1)]


@pytest.mark.parametrize(("length", "cut"), [(4, 4), (7, 7)])
async def test_parts_of_dates_are_their_first_characters(table, length, cut):
    await table.add(*ROWS)

    found = await table.ask(
        figures.groups, table["Date"], Selection(), None, parts=figures.text_parts(length), top=1
    )

    expected = Counter(row["Date"][:cut] for row in ROWS if row["Date"])
    assert found.parts == sorted(expected.items())
    assert found.top == [("2026-02-01", 2)]
