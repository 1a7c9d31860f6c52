"""What a view shows, by every way of finding it, is what plain Python finds in the same records."""

import asyncio
import random
import unicodedata
from dataclasses import replace

import pytest

from tests.factories import make_customers, records_of
from xlsapp.errors import TooMany
from xlsapp.models import ColumnType
from xlsapp.repositories import import_templates, imports, template_columns
from xlsapp.repositories.records import data_records
from xlsapp.repositories.records.selection import Cursor, Selection, select_sql
from xlsapp.services.records import changes as record_changes
from xlsapp.services.records import deleting, indexes, matches, paging, scanning, search_texts, sort_orders
from xlsapp.services.records.cursors import to_token
from xlsapp.services.records.records import HEAVY_AT_ONCE, MOST_WAITING
from xlsapp.web.http.view_addresses import View

COLUMNS = (
    ("Name", ColumnType.TEXT, False),
    ("Since", ColumnType.DATE, False),
    ("Orders", ColumnType.INTEGER, False),
    ("Balance", ColumnType.NUMBER, False),
    ("Active", ColumnType.BOOLEAN, False),
    ("Seen", ColumnType.DATETIME, False),
    ("Grade", ColumnType.CHOICE, False),
)
NAMES = ("Ada", "ada lovelace", "GRACE", "Éva", "éva MÜLLER", "50%", "a_b", "100 % !", "Straße\nLyon", None)
GRADES = ("Gold", "Silver", "gold star", None)
SIZE = 7


@pytest.fixture
async def shop(records):
    """A template with 150 records: ties, blanks and odd texts; some from an import, some by hand."""
    chance = random.Random(7)
    db = records.db
    made = await make_customers(db, COLUMNS)
    async with records.write(made.template) as writer:
        tx = writer.tx
        for number in range(150):
            values = (
                chance.choice(NAMES),
                chance.choice([None, f"20{chance.randrange(10, 30)}-0{chance.randrange(1, 9)}-15"]),
                chance.choice([None, chance.randrange(-3, 4)]),
                chance.choice([None, chance.uniform(-5, 5)]),
                chance.choice([None, True, False]),
                f"2026-01-0{chance.randrange(1, 5)}T{chance.randrange(10, 24)}:30:00",
                chance.choice(GRADES),
            )
            named = dict(zip((c.key for c in made.template.columns), values, strict=True))
            record_id = await writer.add(named)
            if number % 5 == 0:
                await writer.delete([record_id])
        import_id = await imports.add(
            tx, job_id="a" * 16, template_id=made.template.id, user_id=made.user.id, file_name="book.xlsx"
        )
        table = data_records.table_name(made.template.id)
        await tx.run(f"UPDATE {table} SET import_id = :i WHERE id % 3 = 0", i=import_id)
        await tx.run(f"UPDATE {table} SET position = 1000 - position WHERE id % 2 = 0")
    return db, await present(db, made.template), records


QUERIES = (
    "",
    "dir=desc",
    "sort=Name",
    "sort=Name&dir=desc",
    "sort=Since",
    "sort=Orders&dir=desc",
    "sort=Balance",
    "sort=Active&dir=desc",
    "q=ada",
    "q=ÉVA&sort=Orders",
    "q=müller",
    "q=%25",
    "q=_&dir=desc",
    "q=ss",
    "q=GOLD&sort=Seen&dir=desc",
    "q=nothing+like+it",
    "Name.contains=A&sort=Balance",
    "Name.is=ada",
    "Name.is=éva",
    "Name.blank=yes",
    "Name.blank=no&sort=Name",
    "Orders.from=-1&Orders.to=2",
    "Orders.is=0&sort=Since&dir=desc",
    "Since.from=2015-01-01&q=a",
    "Seen.to=2026-01-02&sort=Seen",
    "Active.one_of=true&Active.one_of=no",
    "Active.one_of=yes&Grade.one_of=Gold",
    "Grade.one_of=Silver&Grade.one_of=Gold&sort=Grade&dir=desc",
    "import=1",
    "import=none&sort=Orders",
    "import=99",
)


@pytest.fixture(params=["plain", "as for a million"])
def scale(request, monkeypatch):
    """The same with limits so low that everything made for large templates is at work."""
    if request.param == "plain":
        return
    monkeypatch.setattr(scanning, "RECORDS_IN_RANGE", 11)
    monkeypatch.setattr(matches, "MOST_MATCHES", 9)
    monkeypatch.setattr(paging, "NEARBY", 30)
    monkeypatch.setattr(search_texts, "FEWEST_RECORDS", 1)
    monkeypatch.setattr(search_texts, "RECORDS_AT_ONCE", 8)
    monkeypatch.setattr(sort_orders, "FEWEST_RECORDS", 1)
    monkeypatch.setattr(indexes, "FEWEST_RECORDS", 1)
    monkeypatch.setattr(sort_orders, "PIECE", 64)


async def test_every_view_shows_what_it_says_in_order(shop, scale):
    db, template, records = shop
    stored = await records_of(db, template)
    records.prepare(template)
    for query in QUERIES * 2:  # the second time with what was worked out in the meantime
        view = View.from_query(template, by_keys(template, query))
        assert view.errors == {}, query
        expected = [record.id for record in plainly(db, template, stored, query)]

        assert await forwards(records, template, view) == expected, query
        assert await backwards(records, template, view) == expected, query
        assert await selected(db, template, view) == expected, query
        assert await records.count(template, view.selection) == len(expected)
        assert View.from_query(template, view.query).selection == view.selection
        await records.ready()


async def test_a_view_follows_changes_at_once(shop, scale):
    db, template, records = shop
    name, orders = template.columns[0], template.columns[2]
    for query in ("q=ada", "sort=Orders", "q=zuse&sort=Orders", "sort=Name"):
        await records.page(
            template, View.from_query(template, by_keys(template, query)).selection, None, size=3
        )
    records.prepare(template)
    await records.ready()
    first, second, third = (await records_of(db, template))[:3]

    await record_changes.change_record(records, template, first.id, {name.key: "Konrad Zuse"})
    values = {**second.values, orders.key: 77}
    await record_changes.change_record(records, template, second.id, values)
    await deleting.delete_records(records, template, [third.id])
    await record_changes.add_record(records, template, {**third.values, name.key: "Zuse again"})

    template = await present(db, template)
    stored = await records_of(db, template)
    for query in ("q=ada", "sort=Orders", "q=zuse&sort=Orders", "sort=Name"):
        view = View.from_query(template, by_keys(template, query))
        expected = [record.id for record in plainly(db, template, stored, query)]
        assert await forwards(records, template, view) == expected, query


async def test_going_on_from_a_record_that_has_moved_or_gone(shop, scale):
    db, template, records = shop
    orders = template.columns[2]
    view = View.from_query(template, by_keys(template, "sort=Orders"))
    await records.page(template, view.selection, None, size=SIZE)
    await records.ready()
    page = await records.page(template, view.selection, None, size=SIZE)
    rest = (await forwards(records, template, view))[SIZE:]
    last = page.records[-1]

    await record_changes.change_record(records, template, last.id, {orders.key: 99})
    template = await present(db, template)
    moved = await records.page(template, view.selection, page.next, size=SIZE)
    await deleting.delete_records(records, template, [last.id])
    template = await present(db, template)
    gone = await records.page(template, view.selection, page.next, size=SIZE)

    assert [r.id for r in moved.records] == [r.id for r in gone.records] == rest[:SIZE]


async def test_deleting_a_view_deletes_what_it_shows_and_no_more(shop):
    db, template, records = shop
    before = await records_of(db, template)
    query = "Orders.from=0&q=a"
    doomed = {record.id for record in plainly(db, template, before, query)}

    selection = View.from_query(template, by_keys(template, query)).selection
    removed = await deleting.delete_selection(records, template, selection)

    after = await records_of(db, template)
    assert removed.number == len(doomed) > 0
    assert {r.id for r in after} == {r.id for r in before} - doomed
    assert (await present(db, template)).record_count == len(after)


async def test_a_place_in_an_address_that_is_no_place_is_the_first_page(shop):
    _, template, records = shop
    selection = View.from_query(template, "").selection
    for token in ("", "x", "W10", "bnVsbA", "W3t9LDEsMV0", "WzEsMTAwMDAwMDAwMDAwMDAwMDAwMDAwMCwxXQ", "é" * 9):
        assert await records.cursor(template, selection, token, backwards=False) is None, token


async def test_a_long_text_is_a_place_too(shop):
    db, template, records = shop
    name = template.columns[0]
    record = (await records_of(db, template))[0]
    await record_changes.change_record(records, template, record.id, {name.key: "b" * 30_000})
    selection = View.from_query(template, f"sort={name.key}").selection

    token = to_token(Cursor("b" * 30_000, record.id))
    cursor = await records.cursor(template, selection, token, backwards=False)

    assert len(token) < 100
    assert cursor is not None
    assert cursor.value == "b" * 30_000


async def test_a_column_that_is_gone_and_values_of_the_wrong_type_are_told(shop):
    _, template, _ = shop
    keys = {column.name: column.key for column in template.columns}

    view = View.from_query(
        template,
        f"q=ada&c999.is=1&{keys['Orders']}.from=many&{keys['Since']}.to=31/31/2024&{keys['Name']}.from=1",
    )

    assert view.query == "q=ada"
    assert view.errors[f"{keys['Orders']}.from"].startswith("“many” is not a whole number.")
    assert view.errors[f"{keys['Since']}.to"].startswith("“31/31/2024” is not a date.")
    assert "" in view.errors


def by_keys(template, query):
    """A query that says Name where an address says c12."""
    for column in template.columns:
        query = query.replace(f"{column.name}.", f"{column.key}.")
        query = query.replace(f"sort={column.name}", f"sort={column.key}")
    return query


def plainly(db, template, records, query):
    """The same, found with nothing but Python."""
    from urllib.parse import parse_qsl

    asked = parse_qsl(query)
    names = {column.name: column.key for column in template.columns}
    kept = [record for record in records if all(keeps(record, names, asked, *part) for part in asked)]
    plain = dict(asked)
    descending = plain.get("dir") == "desc"
    if "sort" not in plain:
        return sorted(kept, key=lambda r: (r.position, r.id), reverse=descending)

    def value(record):
        found = record.values[names[plain["sort"]]]
        if not isinstance(found, str):
            return found
        return dictionary_order(found) if db.dialect.is_postgres else ascii_lower(found)

    filled = [record for record in kept if value(record) is not None]
    blank = [record for record in kept if value(record) is None]
    filled.sort(key=lambda r: (value(r), r.id), reverse=descending)
    blank.sort(key=lambda r: r.id, reverse=descending)
    return filled + blank


def keeps(record, names, asked, part, text):
    if part in ("sort", "dir"):
        return True
    if part == "import":
        return record.import_id == (None if text == "none" else int(text))
    if part == "q":
        texts = [record.values[names["Name"]], record.values[names["Grade"]]]
        return any(t is not None and text.lower() in t.lower() for t in texts)
    name, operator = part.split(".")
    value = record.values[names[name]]
    if operator == "blank":
        return (value is None) == (text == "yes")
    if value is None:
        return False
    if operator == "one_of":
        among = [t for p, t in asked if p == part]
        if isinstance(value, bool):
            return value in [t in ("true", "yes") for t in among]
        return value in among
    if isinstance(value, str) and name not in ("Since", "Seen"):
        return text.lower() in value.lower() if operator == "contains" else text.lower() == value.lower()
    bound = text if isinstance(value, str) else type(value)(text)
    if name == "Seen":
        value = value[:10]
    return {"from": value >= bound, "to": value <= bound, "is": value == bound}[operator]


def dictionary_order(text):
    """The order of the texts that are used here: É stands at E, whichever case it has."""
    return unicodedata.normalize("NFD", text.lower()).replace("\N{COMBINING ACUTE ACCENT}", "")


def ascii_lower(text):
    return "".join(c.lower() if c.isascii() else c for c in text)


def size_for(records):
    """Few pages on PostgreSQL, where each takes several times as long, and walks the same statements."""
    return 31 if records.db.dialect.is_postgres else SIZE


async def forwards(records, template, view):
    """All pages from the first, by the addresses of each next one."""
    ids, page = [], await records.page(template, view.selection, None, size=size_for(records))
    while True:
        ids += [record.id for record in page.records]
        if page.next is None:
            return ids
        cursor = await records.cursor(template, view.selection, to_token(page.next), backwards=False)
        page = await records.page(template, view.selection, cursor, size=size_for(records))
        assert page.previous is not None


async def backwards(records, template, view):
    """All pages from the last one back."""
    page = await records.page(template, view.selection, None, size=size_for(records))
    while page.next:
        page = await records.page(template, view.selection, page.next, size=size_for(records))
    ids = [record.id for record in page.records]
    while page.previous:
        cursor = await records.cursor(template, view.selection, to_token(page.previous), backwards=True)
        page = await records.page(template, view.selection, cursor, size=size_for(records))
        # A first page that is reached backwards is a whole one, and may show some records again.
        ids = [i for i in (record.id for record in page.records) if i not in ids] + ids
    return ids


async def selected(db, template, view):
    sql, params = select_sql(template, view.selection, db.dialect)
    async with db.read() as conn:
        rows = await conn.all(sql, **params)
    names = ["id", "updated_at", "revision", *(column.key for column in template.columns)]
    assert all(list(row) == names for row in rows)
    return [row["id"] for row in rows]


async def present(db, template):
    async with db.read() as conn:
        columns = await template_columns.list_for(conn, template.id)
        found = await import_templates.find(conn, template.user_id, template.id)
    return replace(found, columns=columns)


async def test_of_many_searches_of_an_account_some_wait_and_some_are_refused(shop):
    _, template, records = shop
    searches = [Selection(search=str(number)) for number in range(40)]

    found = await asyncio.gather(
        *(records.page(template, search, None, size=SIZE) for search in searches), return_exceptions=True
    )

    refused = [error for error in found if isinstance(error, TooMany)]
    assert {error.message.code for error in refused} == {"view.many_at_once"}
    assert len(refused) == len(found) - HEAVY_AT_ONCE - MOST_WAITING
    assert await records.page(template, searches[-1], None, size=SIZE)
