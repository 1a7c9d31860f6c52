"""PostgreSQL: what is sorted by or searched gets an index in the background, and is found without it, too."""

import asyncio
import random
import string
from pathlib import Path

import pytest

from tests.engines import postgres
from tests.factories import make_customers
from xlsapp.db.errors import Busy, DatabaseFault
from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.repositories import import_templates, template_columns
from xlsapp.repositories.records import indexes as rows
from xlsapp.repositories.records.selection import Condition, Operator, Selection, letters_sql, searched_sql
from xlsapp.services.records import indexes
from xlsapp.services.records.records import Records

COLUMNS = [(f"Text {n}", ColumnType.TEXT, False) for n in range(6)]


@pytest.fixture
async def db(request):
    async with postgres(request) as database:
        yield database


@pytest.fixture
async def shop(records, monkeypatch):
    """A template with three records, which counts as large; and what it is now."""
    monkeypatch.setattr(indexes, "FEWEST_RECORDS", 1)
    made = (await make_customers(records.db, COLUMNS)).template
    async with records.write(made) as writer:
        for text in ("Ada Lovelace", "Grace Hopper", "Radia Perlman"):
            await writer.add({made.columns[0].key: text})

    async def now():
        async with records.db.read() as conn:
            return await import_templates.find(conn, made.user_id, made.id)

    return records, now


async def names(records, template):
    async with records.db.read() as conn:
        return sorted(await rows.all_of(conn, template.id))


async def found(records, template, search):
    page = await records.page(template, Selection(search=search), None, size=9)
    return [record.values[template.columns[0].key] for record in page.records]


async def test_a_column_that_is_sorted_by_is_indexed_for_the_next_time(shop):
    records, now = shop
    template = await now()
    selection = Selection(sort=template.columns[1])

    first = await records.page(template, selection, None, size=9)
    await records.ready()
    second = await records.page(template, selection, None, size=9)

    assert (first.is_prepared, second.is_prepared) == (False, True)
    assert await names(records, template) == [f"records_{template.id}_sorted_{template.columns[1].key}"]


async def test_a_text_that_is_too_long_for_an_index_is_stored_without_one(shop):
    records, now = shop
    template = await now()
    column = template.columns[1]
    long = {column.key: "".join(random.Random(7).choices(string.printable[:90], k=6_000))}
    await records.page(template, Selection(sort=column), None, size=9)
    await records.ready()
    with pytest.raises(Busy):
        async with records.write(template) as writer:
            await writer.add(long)
    async with records.write(template) as writer:
        await writer.add(long)

    page = await records.page(await now(), Selection(sort=column, descending=True), None, size=9)
    await records.ready()
    assert page.records[0].values[column.key] == long[column.key]
    assert await names(records, template) == []


async def test_a_few_columns_are_indexed_and_not_all(shop):
    records, now = shop
    template = await now()
    for column in template.columns:
        await records.page(template, Selection(sort=column), None, size=9)
        await records.ready()

    kept = await names(records, template)
    assert len(kept) == indexes.MOST_SORTED
    assert kept[-1].endswith(template.columns[-1].key)


async def test_a_search_is_indexed_and_anew_when_there_is_another_column(shop):
    records, now = shop
    template = await now()

    assert await found(records, template, "ada") == ["Ada Lovelace"]
    await records.ready()
    (first,) = await names(records, template)
    assert await found(records, template, "LOVE") == ["Ada Lovelace"]
    async with records.db.write() as tx:
        await template_columns.add(tx, template.id, TemplateColumn(0, "More", ColumnType.TEXT, 9))
    template = await now()
    assert await found(records, template, "perl") == ["Radia Perlman"]
    await records.ready()

    (second,) = await names(records, template)
    assert second != first
    async with records.db.read() as conn:
        await conn.run("SET LOCAL enable_seqscan TO off")
        searched = conn.dialect.like.format(searched_sql(template, conn.dialect)[0], ":pattern")
        plan = await conn.all(
            f"EXPLAIN SELECT id FROM records_{template.id} WHERE {searched}", pattern="%hopper%"
        )
    assert second in str(plan)


async def test_a_filter_by_letters_of_a_text_is_found_by_the_same_index(shop):
    records, now = shop
    template = await now()
    asked = Selection(conditions=(Condition(template.columns[0], Operator.CONTAINS, ("LOVE",)),))

    first = await records.page(template, asked, None, size=9)
    await records.ready()
    (name,) = await names(records, template)
    async with records.db.read() as conn:
        await conn.run("SET LOCAL enable_seqscan TO off")
        await conn.run("SET LOCAL enable_indexscan TO off")
        where, params = letters_sql(template, asked, conn.dialect)
        plan = await conn.all(f"EXPLAIN SELECT id FROM records_{template.id} WHERE {where}", **params)
    again = await Records(records.db, Path()).page(template, asked, None, size=9)

    assert not first.is_prepared and again.is_prepared
    assert name in str(plan)
    for page in (first, again):
        assert [r.values[template.columns[0].key] for r in page.records] == ["Ada Lovelace"]


async def test_two_letters_are_no_reason_for_an_index(shop):
    records, now = shop
    template = await now()

    assert await found(records, template, "ad") == ["Ada Lovelace", "Radia Perlman"]
    await records.ready()
    assert await names(records, template) == []


async def test_a_large_import_finds_no_index_in_its_way_and_leaves_them_as_they_were(shop):
    records, now = shop
    template = await now()
    await found(records, template, "ada")
    await records.page(template, Selection(sort=template.columns[1]), None, size=9)
    await records.ready()
    before = await names(records, template)
    assert len(before) == 2

    async with records.before_merging(template, template.record_count):
        assert await names(records, template) == before
    async with records.before_merging(template, template.record_count + 1):
        assert await names(records, template) == []

    await records.ready()
    assert await names(records, template) == before


async def test_an_import_does_not_wait_for_those_who_read_by_an_index(shop, monkeypatch):
    monkeypatch.setattr(indexes, "REMOVED_WITHIN_SECONDS", 1)
    records, now = shop
    template = await now()
    await found(records, template, "ada")
    await records.ready()
    async with records.db.read() as conn:  # an export, which takes minutes
        await conn.run(f"SELECT 1 FROM records_{template.id}")
        async with asyncio.timeout(10), records.before_merging(template, 10):
            pass

    await records.ready()
    (name,) = await names(records, template)
    async with records.db.read() as conn:
        assert await conn.value(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)", name=name
        )


async def test_what_another_machine_prepares_is_waited_for(shop, monkeypatch):
    monkeypatch.setattr(indexes, "LOOK_AGAIN_SECONDS", 0.01)
    records, now = shop
    template = await now()
    answers = iter([True, True])

    async def is_under_way(conn, index):
        return next(answers, False)

    monkeypatch.setattr(rows, "is_under_way", is_under_way)
    page = await records.page(template, Selection(sort=template.columns[1]), None, size=9)
    await records.ready()

    assert not page.is_prepared
    assert len(await names(records, template)) == 1


async def test_what_is_there_is_not_said_to_be_prepared(shop):
    records, now = shop
    template = await now()
    await found(records, template, "ada")
    await records.ready()
    another_process = Records(records.db, Path())

    page = await another_process.page(template, Selection(search="ada"), None, size=9)

    assert page.is_prepared
    await another_process.close()


async def test_an_index_that_was_left_half_made_is_made_anew(shop):
    records, now = shop
    template = await now()
    index = rows.sort_index(template, template.columns[1])
    async with records.db.upkeep() as conn:
        await rows.make(conn, index)
        await conn.run(
            "UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = to_regclass(:name)", name=index.name
        )
        assert not await rows.is_there(conn, index)

    await records.page(template, Selection(sort=template.columns[1]), None, size=9)
    await records.ready()

    async with records.db.read() as conn:
        assert await rows.is_there(conn, index)


async def test_without_the_extension_a_search_finds_the_same_and_that_is_said_once(shop, monkeypatch, caplog):
    async def is_missing(conn):
        return None

    async def refuses(conn):
        raise DatabaseFault("no such extension")

    records, now = shop
    template = await now()
    monkeypatch.setattr(rows, "trigrams_schema", is_missing)
    monkeypatch.setattr(rows, "add_trigrams", refuses)

    for search in ("ada", "love", "perl"):
        assert len(await found(records, template, search)) == 1
        await records.ready()

    assert [record.getMessage() for record in caplog.records if "pg_trgm" in record.getMessage()] != []
    assert len([record for record in caplog.records if "pg_trgm" in record.getMessage()]) == 1


async def test_a_template_that_is_removed_meanwhile_is_no_fault(shop):
    records, now = shop
    template = await now()
    await found(records, template, "ada")
    async with records.db.write() as tx:
        await import_templates.remove(tx, template.user_id, template.id)

    await records.ready()
