"""PostgreSQL: rows that do not fit into a record are named, and nothing is done by half."""

from datetime import datetime

import pytest

from tests.engines import postgres
from tests.factories import make_workbook
from xlsapp.errors import TooWide
from xlsapp.services.records.changes import add_record, change_record
from xlsapp.spreadsheet.reading.wide_rows import ROOM_BYTES, row_bytes

TEXTS = [f"Text {n}" for n in range(340)]
MOMENTS = [f"Moment {n}" for n in range(20)]
AT = datetime(2026, 1, 31, 9, 30)
LONGEST_IN_PLACE = "é" * 11 + "x"


@pytest.fixture
async def db(request):
    async with postgres(request) as database:
        yield database


@pytest.fixture
async def wide(desk):
    return await desk(*TEXTS, *((name, "datetime") for name in MOMENTS))


async def test_rows_that_do_not_fit_are_listed_and_nothing_is_imported(wide, tmp_path):
    header = [*TEXTS, *MOMENTS]
    moments = [AT] * len(MOMENTS)
    fits = [LONGEST_IN_PLACE] * 323 + [None] * 17 + moments
    too_wide = [LONGEST_IN_PLACE] * 324 + [None] * 16 + moments
    long = [LONGEST_IN_PLACE * 2] * 340 + moments
    book = make_workbook(tmp_path, header, fits, too_wide, long, too_wide)

    refused = await wide.run(book)
    done = await wide.run(make_workbook(tmp_path, header, fits, long, name="right.xlsx"))

    assert refused.error_message == "Nothing was imported: more than one record can hold is in 2 rows."
    (group,) = refused.errors
    assert (group["rule"], group["ranges"]) == ("too_wide", [[3, 3], [5, 5]])
    assert done.counts["created"] == 2, done.error_message
    assert [len(record.values) for record in await wide.records()] == [360, 360]


async def test_a_record_that_would_hold_too_much_stays_as_it_is(wide, db):
    columns = wide.template.columns
    texts = dict.fromkeys((c.key for c in columns if c.type == "text"), LONGEST_IN_PLACE)
    fits = texts | dict.fromkeys((c.key for c in columns[323:]), None)
    record_id, _ = await add_record(wide.door, wide.template, fits)

    with pytest.raises(TooWide):
        await change_record(wide.door, wide.template, record_id, texts)

    assert [record.values for record in await wide.records()] == [fits]
    async with db.read() as conn:
        stored = await conn.value(f"SELECT pg_column_size(r.*) FROM records_{wide.template.id} AS r")
    counted = row_bytes(columns, [23 if value else None for value in fits.values()])
    assert counted == 323 * 24
    assert counted <= stored <= counted + 8160 - ROOM_BYTES
