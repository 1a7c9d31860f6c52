"""Single records: what is stored comes back as it was, and ids are never used twice."""

import pytest

from xlsapp.errors import NotFound
from xlsapp.models import ColumnType
from xlsapp.repositories import import_templates
from xlsapp.repositories.records import data_records, listing

EDGES = {
    "Text": [
        "",
        " two  spaces ",
        "İßéŁ ✓ 🙂",
        "line\nline\ttab",
        "'; DROP TABLE users; --",
        "x" * 32_767,
        "007",
    ],
    "Integer": [0, -1, 9_007_199_254_740_993, 2**63 - 1, -(2**63)],
    "Number": [0.0, -0.5, 0.1 + 0.2, 1.7e308, 5e-324, 1e15],
    "Date": ["0001-01-01", "1899-12-31", "9999-12-31"],
    "Datetime": ["2026-01-31T09:30:00", "1900-01-01T00:00:00.123000"],
    "Time": ["00:00:00", "23:59:59.999999"],
    "Duration": [0.0, 129_600.0, -21_600.0, 0.001],
    "Boolean": [True, False],
    "Choice": ["Gold", "“Silver”"],
    "Email": ["a@b.example"],
    "Link": ["https://a.example/?q=ä#x"],
}


@pytest.mark.parametrize("name", EDGES)
async def test_values_come_back_as_they_were_and_of_their_type(table, name):
    ids = await table.add(*({name: value} for value in EDGES[name]))

    found = [(await table.find(record_id)).values[table[name].key] for record_id in ids]
    assert found == EDGES[name]
    assert [type(value) for value in found] == [type(value) for value in EDGES[name]]


async def test_what_is_not_given_is_blank(table):
    (record_id,) = await table.add({"Text": "Ada"})

    record = await table.find(record_id)
    assert {name: record.values[table[name].key] for name in EDGES} == {**dict.fromkeys(EDGES), "Text": "Ada"}
    assert record.import_id is None
    assert record.created_at == record.updated_at


async def test_a_new_record_is_last_and_has_an_id_of_its_own(table):
    first, second = await table.add({}, {})
    async with table.db.write() as tx:
        await listing.remove_among(tx, table.template, [second])

    (third,) = await table.add({})

    assert third not in (first, second)
    assert (await table.find(third)).position > (await table.find(first)).position
    with pytest.raises(NotFound):
        await table.find(second)


async def test_a_change_stores_what_it_names_and_leaves_the_rest(table):
    one, other = await table.add(
        {"Text": "Ada", "Integer": 1, "Boolean": True}, {"Text": "Eve", "Integer": 1}
    )
    async with table.db.write() as tx:
        await data_records.change(tx, table.template, one, table.values(Integer=2, Boolean=None))

    changed, same = await table.find(one), await table.find(other)
    assert [changed.values[table[name].key] for name in ("Text", "Integer", "Boolean")] == ["Ada", 2, None]
    assert same.values[table["Integer"].key] == 1


async def test_a_record_that_is_not_there_cannot_be_changed(table):
    with pytest.raises(NotFound):
        async with table.db.write() as tx:
            await data_records.change(tx, table.template, 1, table.values(Integer=2))


@pytest.mark.parametrize("name", [name for name in EDGES if name != "Boolean"])
async def test_another_record_with_a_value_is_found(table, name):
    value = EDGES[name][0]
    one, other = await table.add({name: value}, {name: EDGES[name][-1]})
    (blank,) = await table.add({})

    assert await table.ask(data_records.get_id_of, table[name], value, but=blank) == one
    if len(EDGES[name]) > 1:
        assert await table.ask(data_records.get_id_of, table[name], value, but=one) is None
        assert await table.ask(data_records.get_id_of, table[name], EDGES[name][-1], but=one) == other


async def test_a_value_is_compared_to_the_letter(table):
    await table.add({"Text": "Ada"})

    for other in ("ada", "Ada ", "Ad", ""):
        assert await table.ask(data_records.get_id_of, table["Text"], other, but=0) is None, other


async def test_a_text_is_also_found_in_the_form_that_it_once_was_stored_in(table):
    for stored in (" Ada", "Ada\t", "A\u200bda", "Ada\u00a0", "\u3000Ada", "\ufeffAda"):
        (one,) = await table.add({"Text": stored})
        assert await table.ask(data_records.get_id_of, table["Text"], "Ada", but=0) == one, repr(stored)
        async with table.db.write() as tx:
            await data_records.change(tx, table.template, one, table.values(Text="other"))


async def test_blank_values_are_told_from_filled_ones(table):
    await table.add({"Text": "", "Boolean": False}, {"Integer": 0}, {})

    async with table.db.read() as conn:
        counted = {
            name: await data_records.count_filled(conn, table.template.id, table[name])
            for name in ("Text", "Boolean", "Integer", "Date")
        }
    assert counted == {"Text": 1, "Boolean": 1, "Integer": 1, "Date": 0}


async def test_each_change_has_a_number_and_counts_the_records(table, ada):
    template_id = table.template.id
    async with table.db.write() as tx:
        first = await data_records.note_change(tx, template_id, added=3)
        second = await data_records.note_change(tx, template_id, added=-1)

    async with table.db.read() as conn:
        found = await import_templates.find(conn, ada.id, template_id)
        assert await data_records.get_version(conn, template_id) == second == first + 1
    assert (found.records_version, found.record_count) == (second, 2)


async def test_a_change_of_a_template_that_is_gone_is_none(table):
    with pytest.raises(NotFound):
        async with table.db.write() as tx:
            await data_records.note_change(tx, table.template.id + 1)


def test_every_type_is_looked_at_here():
    assert {kind.name.title() for kind in ColumnType} == set(EDGES)
