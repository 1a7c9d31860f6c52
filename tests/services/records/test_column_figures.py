"""The figures of each column, of all records or of a view, are what Python finds in the same records."""

import random
from collections import Counter
from statistics import fmean

import pytest

from tests.factories import make_customers
from xlsapp.models import ColumnType
from xlsapp.repositories import import_templates
from xlsapp.repositories.records.selection import Selection
from xlsapp.services.records import changes as record_changes
from xlsapp.services.records import deleting, scanning
from xlsapp.web.http.view_addresses import View

COLUMNS = (
    ("Name", ColumnType.TEXT, False),
    ("Born", ColumnType.DATE, False),
    ("Orders", ColumnType.INTEGER, False),
    ("Balance", ColumnType.NUMBER, False),
    ("Active", ColumnType.BOOLEAN, False),
    ("Seen", ColumnType.DATETIME, False),
    ("Rises", ColumnType.TIME, False),
    ("Took", ColumnType.DURATION, False),
    ("Notes", ColumnType.TEXT, False),
)


@pytest.fixture
async def shop(records, monkeypatch):
    """A template with 400 records, looked at in ranges of 50; the column “Notes” is blank in all of them."""
    monkeypatch.setattr(scanning, "RECORDS_IN_RANGE", 50)
    chance = random.Random(5)
    made = await make_customers(records.db, COLUMNS)
    async with records.write(made.template) as writer:
        for _ in range(400):
            values = (
                chance.choice(["Ada", "ada", "Grace", "<b>", None]),
                chance.choice([None, f"{chance.randrange(1950, 2020)}-{chance.randrange(1, 13):02}-15"]),
                chance.choice([None, chance.randrange(-30, 400)]),
                chance.choice([None, 0.5, chance.gauss(0, 1e6)]),
                chance.choice([None, True, False]),
                f"2026-{chance.randrange(1, 9):02}-05T{chance.randrange(10, 24)}:30:00",
                f"{chance.randrange(24):02}:{chance.randrange(60):02}:00",
                chance.randrange(-30, 2000) * 60.0,
                None,
            )
            named = zip((c.key for c in made.template.columns), values, strict=True)
            await writer.add(dict(named))

    async def template():
        async with records.db.read() as conn:
            return await import_templates.find(conn, made.user.id, made.template.id)

    return template, records


async def figures_of(records, template, query=""):
    view = View.from_query(template, query)
    return await records.figures(template, template.columns, view.selection, patience_seconds=30)


@pytest.mark.parametrize("query", ["", "q=ada", "{Active}.one_of=true&sort={Name}", "{Orders}.from=900"])
async def test_figures_are_those_of_the_records(shop, query):
    load, records = shop
    template = await load()
    query = query.format(**{column.name: column.key for column in template.columns})
    selection = View.from_query(template, query).selection
    page = await records.page(template, selection, None, size=1000)
    stored = [record.values for record in page.records]

    found = await figures_of(records, template, query)

    for column in template.columns:
        values = [record[column.key] for record in stored if record[column.key] is not None]
        figures, counted = found[column.key], Counter(values)
        assert (figures.records, figures.filled) == (len(stored), len(values)), column.name
        assert figures.distinct == len(counted)
        assert (figures.smallest, figures.largest) == (min(values, default=None), max(values, default=None))
        assert dict(figures.top) == {v: counted[v] for v, _ in figures.top}
        assert [n for _, n in figures.top] == sorted(counted.values(), reverse=True)[:6]
        numeric = column.type in (ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.DURATION)
        assert figures.mean == (pytest.approx(fmean(values)) if values and numeric else None)
        assert figures.total == (pytest.approx(sum(values)) if values and numeric else None)
        if figures.bars:
            assert sum(bar.number for bar in figures.bars) == len(values)


async def test_bars_have_round_edges_and_leave_no_month_out(shop):
    load, records = shop
    template = await load()
    found = {c.name: (await figures_of(records, template))[c.key] for c in template.columns}

    assert [bar.label for bar in found["Orders"].bars][:3] == ["-50 to 0", "0 to 50", "50 to 100"]
    assert [bar.label for bar in found["Seen"].bars] == [f"2026-{month:02}" for month in range(1, 9)]
    assert len(found["Born"].bars) == 70
    assert [bar.label for bar in found["Rises"].bars][::12] == ["00:00", "12:00"]
    assert [bar.label for bar in found["Took"].bars][:2] == ["-2:00:00 to 0:00:00", "0:00:00 to 2:00:00"]
    assert not found["Name"].bars


async def test_a_change_is_seen_and_leaves_the_other_columns_figures_alone(shop):
    load, records = shop
    before = await load()
    name, orders = before.columns[0], before.columns[2]
    old = await figures_of(records, before)

    await record_changes.change_record(records, before, 1, {orders.key: 12345})
    after = await load()
    at_once = await records.figures(after, after.columns, Selection(), patience_seconds=0)
    new = await figures_of(records, after)
    await deleting.delete_records(records, after, [1, 2])
    last = await figures_of(records, await load())

    assert at_once[orders.key] is None
    assert at_once[name.key] is old[name.key]
    assert new[orders.key].largest == 12345
    assert last[name.key].records == 398
    assert last[orders.key].largest < 12345


@pytest.mark.parametrize(
    "numbers",
    [
        [7],
        [5e-324, 1e-323],
        [-1.7e308, 1.7e308],
        [1e300, 1e300 + 1e285],
        [9e18, 9e18 - 2048],
        [0.1, 0.3],
        [0, 1000],
    ],
)
async def test_odd_numbers_have_figures_too(shop, numbers):
    load, records = shop
    template = await load()
    balance = template.columns[3]
    for record_id, number in enumerate(numbers, 1):
        await record_changes.change_record(records, template, record_id, {balance.key: float(number)})
    others = list(range(len(numbers) + 1, 401))
    await deleting.delete_records(records, template, others)
    template = await load()

    figures = (await figures_of(records, template))[balance.key]

    assert (figures.smallest, figures.largest) == (min(numbers), max(numbers))
    assert sum(bar.number for bar in figures.bars) in (0, len(numbers))


async def test_another_order_has_the_same_figures(shop):
    load, records = shop
    template = await load()

    first = await figures_of(records, template)
    second = await figures_of(records, template, f"sort={template.columns[0].key}")

    assert all(first[key] is second[key] for key in first)
