"""What SQLite has no index for, and is kept in memory."""

import random

import pytest

from tests.engines import sqlite
from xlsapp.repositories.records import in_memory


@pytest.fixture
async def db(request):
    async with sqlite(request) as database:
        yield database


@pytest.mark.parametrize("sort", ["Text", "Integer", "Date"])
async def test_all_ids_come_in_the_order_of_a_column(table, sort):
    chance = random.Random(3)
    values = {
        "Text": ["Ada", "ada lovelace", "GRACE", None],
        "Integer": [None, -2, 0, 7],
        "Date": [None, "2025-12-31", "2026-01-31"],
    }
    rows = [{name: chance.choice(choices) for name, choices in values.items()} for _ in range(40)]
    ids = await table.add(*rows)
    by_id = {i: row[sort] for i, row in zip(ids, rows, strict=True)}

    parts = await table.ask(in_memory.ordered_ids, table[sort].key)

    filled, blank = ([int(digits[n : n + 16], 16) for n in range(0, len(digits), 16)] for digits in parts)
    assert blank == [i for i in ids if by_id[i] is None]
    assert filled == sorted(
        (i for i in ids if by_id[i] is not None),
        key=lambda i: (by_id[i].lower() if sort == "Text" else by_id[i], i),
    )
