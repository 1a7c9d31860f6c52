"""A selection's records by each way there is, against the same in plain Python.

Texts are of letters whose order no language disputes: how others sort is each database's own.
"""

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.repositories.records.conftest import Table
from xlsapp.models import CellValue, DataRecord
from xlsapp.repositories.records import listing
from xlsapp.repositories.records.selection import (
    BY_HAND,
    Condition,
    Cursor,
    Operator,
    Selection,
    count_sql,
    in_order,
    measurable,
    measure_sql,
    select_sql,
    unordered_sql,
)

PAGE = 4
ALL = range(1, 10_000)

Keeps = Callable[[DataRecord], bool]


@pytest.fixture
async def filled(table: Table) -> tuple[Table, list[DataRecord]]:
    """60 records with ties and blanks, and some that are gone; the records in the order of the workbooks."""
    chance = random.Random(3)
    ids = await table.add(
        *(
            {
                "Text": chance.choice(["Ada", "ada lovelace", "GRACE", "50%", "a_b", "Zoë", None]),
                "Integer": chance.choice([None, -2, 0, 1, 1, 7]),
                "Number": chance.choice([None, -0.5, 2.25]),
                "Date": chance.choice([None, "2025-12-31", "2026-01-31"]),
                "Boolean": chance.choice([None, True, False]),
                "Choice": chance.choice([None, "Gold", "Silver", "gold"]),
            }
            for _ in range(60)
        )
    )
    async with table.db.write() as tx:
        await listing.remove_among(tx, table.template, ids[::7])
    kept = [i for i in ids if i not in ids[::7]]
    return table, [await table.find(record_id) for record_id in kept]


def selections(table: Table) -> dict[str, tuple[Selection, Keeps]]:
    """Selections, and which records each of them has."""

    def text(record: DataRecord, part: str) -> bool:
        found = (record.values[table[name].key] for name in ("Text", "Choice"))
        return any(part in str(value or "").lower() for value in found)

    def asked(
        name: str, operator: Operator, *values: CellValue, keeps: Callable[[Any], bool]
    ) -> tuple[Selection, Keeps]:
        """One condition; `keeps` is asked about values that are not blank."""
        selection = Selection(conditions=(Condition(table[name], operator, values),))
        key = table[name].key
        return selection, lambda r: r.values[key] is not None and keeps(r.values[key])

    integer = table["Integer"]
    between = (Condition(integer, Operator.AT_LEAST, (0,)), Condition(integer, Operator.AT_MOST, (1,)))
    blank = Selection(conditions=(Condition(integer, Operator.BLANK),))
    day = "2026-01-31"
    return {
        "everything": (Selection(), lambda _: True),
        "search": (Selection("ADA"), lambda r: text(r, "ada")),
        "search, other letters": (Selection("ZOË"), lambda r: text(r, "zoë")),
        "search, percent": (Selection("%"), lambda r: text(r, "%")),
        "search, underscore": (Selection("_"), lambda r: text(r, "_")),
        "search, choices": (Selection("gold"), lambda r: text(r, "gold")),
        "contains": asked("Text", Operator.CONTAINS, "LOVE", keeps=lambda v: "love" in v),
        "is": asked("Text", Operator.EQUALS, "grace", keeps=lambda v: v.lower() == "grace"),
        "from": asked("Integer", Operator.AT_LEAST, 1, keeps=lambda v: v >= 1),
        "to": asked("Number", Operator.AT_MOST, 0, keeps=lambda v: v <= 0),
        "a day": asked("Date", Operator.EQUALS, day, keeps=lambda v: v == day),
        "yes or no": asked("Boolean", Operator.ONE_OF, False, keeps=lambda v: v is False),
        "one of": asked("Choice", Operator.ONE_OF, "Gold", "Silver", keeps=lambda v: v in ("Gold", "Silver")),
        "filled": asked("Choice", Operator.FILLED, keeps=lambda _: True),
        "blank": (blank, lambda r: r.values[integer.key] is None),
        "several": (Selection("a", between), lambda r: text(r, "a") and r.values[integer.key] in (0, 1)),
        "by hand": (Selection(import_id=BY_HAND), lambda _: True),
        "of an import": (Selection(import_id=7), lambda _: False),
    }


async def test_a_selection_has_its_records_and_no_others(filled):
    table, records = filled
    for name, (selection, keeps) in selections(table).items():
        expected = {record.id for record in records if keeps(record)}

        between = await table.ask(listing.ids_between, selection, ALL, limit=1000)
        half = range(ALL.start, records[20].id + 1)

        assert set(between) == expected, name
        assert len(await table.ask(listing.ids_between, selection, ALL, limit=3)) == min(3, len(expected)), (
            name
        )
        assert await table.ask(listing.count_between, selection, ALL) == len(expected), name
        assert await table.ask(listing.count_between, selection, half) == len(expected & set(half)), name
        among = await table.ask(listing.ids_among, selection, [records[0].id, records[1].id, 9999])
        assert set(among) == expected & {records[0].id, records[1].id}, name


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("sort", ["", "Text", "Integer", "Number", "Date", "Boolean", "Choice"])
async def test_pages_follow_each_other_in_order_both_ways(filled, sort, descending):
    table, records = filled
    found = selections(table)
    for name in ("everything", "filled", "search, choices"):
        chosen, keeps = found[name]
        selection = Selection(
            chosen.search, chosen.conditions, None, table[sort] if sort else None, descending
        )
        expected = ordered(table, [r for r in records if keeps(r)], sort, descending)

        for backwards in (False, True):
            in_turn = expected[::-1] if backwards else expected
            assert await walked(table, selection, "between", expected, backwards) == in_turn, name
            assert await walked(table, selection, "among", expected, backwards) == in_turn, name
            if not sort:
                assert await walked(table, selection, "nearby", expected, backwards) == in_turn, name
        sql, params = select_sql(table.template, selection, table.db.dialect)
        async with table.db.read() as conn:
            assert [row["id"] for row in await conn.all(sql, **params)] == expected, name


async def test_keys_of_several_ranges_are_put_in_the_order_of_one(filled):
    table, _ = filled
    for sort in ("Text", "Integer", "Choice"):
        for descending in (False, True):
            selection = Selection(sort=table[sort], descending=descending)
            whole = await table.ask(listing.keys_between, selection, ALL, cursor=None, limit=1000)
            parts = [
                key
                for ids in (range(30, 10_000), range(1, 30))
                for key in await table.ask(listing.keys_between, selection, ids, cursor=None, limit=1000)
            ]

            assert in_order(selection, parts, backwards=False) == whole
            assert in_order(selection, parts, backwards=True) == whole[::-1]


async def test_records_are_measured_before_they_are_written(table):
    await table.add(
        {"Integer": -1200, "Datetime": "2026-01-31T09:30:00", "Time": "09:30:00.250000"},
        {"Integer": 7, "Datetime": "2026-01-31T09:30:00.500000"},
        {"Time": "10:00:00"},
    )
    query, params = unordered_sql(table.template, Selection(), table.db.dialect)
    measured = {}
    async with table.db.read() as conn:
        for column in measurable(table.template):
            (row,) = await conn.all(measure_sql(query, [column], conn.dialect), **params)
            measured[column.name] = [*row.values()]
        assert await conn.value(count_sql(query), **params) == 3

    assert measured == {"Integer": [3, 5], "Datetime": [3, 26], "Time": [3, 15]}


async def test_records_come_in_the_order_they_are_asked_for(filled):
    table, records = filled
    wanted = [records[5].id, 9999, records[2].id]

    assert await table.ask(listing.find_all, wanted) == [records[5], records[2]]
    assert await table.ask(listing.find_all, []) == []


async def test_the_ends_of_a_table_are_known(filled, table):
    _, records = filled

    assert await table.ask(listing.id_range) == (records[0].id, records[-1].id)
    async with table.db.write() as tx:
        await listing.remove_selection(tx, table.template, Selection())
    assert await table.ask(listing.id_range) == (0, -1)


async def test_removing_takes_what_is_named_and_says_how_many(filled):
    table, records = filled
    selection, keeps = selections(table)["from"]
    doomed = {record.id for record in records if keeps(record)}
    first = next(r.id for r in records if r.id not in doomed)

    async with table.db.write() as tx:
        assert await listing.remove_selection(tx, table.template, selection) == len(doomed) > 0
        assert await listing.remove_among(tx, table.template, [first, first, 9999]) == 1

    left = await table.ask(listing.ids_between, Selection(), ALL, limit=1000)
    assert set(left) == {r.id for r in records} - doomed - {first}


def ordered(table: Table, records: list[DataRecord], sort: str, descending: bool) -> list[int]:
    """Ids in an order: blank ones last in both directions, ties by id."""
    if not sort:
        return [r.id for r in sorted(records, key=lambda r: (r.position, r.id), reverse=descending)]
    key = table[sort].key

    def fold(value: Any) -> Any:
        return value.lower() if isinstance(value, str) else value

    some = [record for record in records if record.values[key] is not None]
    none = [record for record in records if record.values[key] is None]
    some.sort(key=lambda r: (fold(r.values[key]), r.id), reverse=descending)
    none.sort(key=lambda r: r.id, reverse=descending)
    return [record.id for record in some + none]


async def walked(
    table: Table, selection: Selection, way: str, matches: list[int], backwards: bool
) -> list[int]:
    """The ids of all pages, each from the last key of the one before; backwards from the end."""
    ids: list[int] = []
    cursor = await past_the_end(table, selection, matches) if backwards else None
    if backwards and cursor is None:
        return ids
    if cursor is not None:
        ids.append(cursor.id)
    while True:
        match way:
            case "between":
                look = partial(listing.keys_between, ids=ALL)
            case "among":
                look = partial(listing.keys_among, ids=matches)
            case _:
                look = partial(listing.keys_nearby, look_at=1000)
        keys = await table.ask(look, selection=selection, cursor=cursor, limit=PAGE)
        if not keys or len(ids) > len(matches):
            return ids
        ids += [key.id for key in keys]
        cursor = Cursor(keys[-1].value, keys[-1].id, backwards)


async def past_the_end(table: Table, selection: Selection, matches: list[int]) -> Cursor | None:
    """The last record's key, to go back from."""
    if not matches:
        return None
    (key,) = await table.ask(listing.keys_of, selection, [matches[-1]])
    return Cursor(key.value, key.id, True)
