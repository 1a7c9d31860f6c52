"""Exports as the app carries them out: what comes back through the import changes nothing."""

import csv
import datetime as dt
import json
import zipfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.engines import on_every_engine
from tests.services.conftest import Desk
from xlsapp.config import ExportSettings
from xlsapp.messages.saying import say
from xlsapp.models import CellValue
from xlsapp.problems import Message
from xlsapp.repositories.records import data_records
from xlsapp.services.child_work import OnProgress, ignore
from xlsapp.services.engines.child_records import RecordsQuery
from xlsapp.services.exports.exporting import ExportRequest, export_workbook
from xlsapp.services.exports.kinds import ExportFormat, ExportKind
from xlsapp.services.exports.options import ExportOptions
from xlsapp.services.exports.receipt import ExportReceipt
from xlsapp.services.imports.options import Blank, Mode

pytestmark = on_every_engine

TYPES = (
    ("Text", "text"),
    ("Whole", "integer"),
    ("Number", "number"),
    ("Day", "date"),
    ("Moment", "datetime"),
    ("Time", "time"),
    ("Took", "duration"),
    ("Yes", "boolean"),
    ("Pick", "choice"),
    ("Mail", "email"),
    ("Page", "link"),
)
CHOICES = ("red, green", "=1+1", "007", "“quoted”")
EDGES_BY_TYPE: dict[str, Sequence[CellValue]] = {
    "text": (
        *("=1+1", "+49 30 123", "-1", "@home", "'quoted", "00123", "TRUE", "2026-01-31", "1e5"),
        *("  both ends  ", "\u00a0no-break\u3000", "a\nb\r\nc\td\r", "\x01\x1f\x7f\x85\ufffd\ufeff"),
        *("_x0041_ _x005F_ _xZZZZ_ _x", '<a href="x">&amp; ]]> \'', "🙂 é ß 漢字 \u202eto the left"),
        *("x" * 32_767, "🙂" * 16_383),
    ),
    "integer": (2**53, -(2**53), 10**15, -(10**15), 10**15 - 1, 0, -1),
    "number": (0.1 + 0.2, 1.7e308, -5e-324, -0.0, 1 / 3, 123456789.123456, 1e21, 2.0),
    "date": ("1900-03-01", "1900-02-28", "1900-01-01", "0001-01-01", "9999-12-31", "2024-02-29"),
    "datetime": (
        *("1900-03-01T00:00:00", "1900-02-28T23:59:59", "0001-01-01T00:00:01", "9999-12-31T23:59:59"),
        *("2024-02-29T09:30:00.123000", "2026-01-31T00:00:00", "2026-01-31T23:59:59.999000"),
    ),
    "time": ("00:00:00", "23:59:59", "23:59:59.999000", "12:00:00", "09:30:00.001000"),
    "duration": (0.0, 129600.0, -21600.0, 5400000.25, 0.001, -0.001, 2_958_465 * 86_400.0),
    "boolean": (True, False),
    "choice": CHOICES,
    "email": ("a@b.c", "o'brien+x@mail.example.co.uk"),
    "link": ("http://a", "https://a/b?c=d&e=f#g"),
}
LAST = (
    "last",
    7,
    7.5,
    "2026-01-31",
    "2026-01-31T09:30:00",
    "09:30:00",
    5400.0,
    True,
    "007",
    "a@b.c",
    "https://a",
)
# Rows with every edge of every type, and blanks where a type has no more of them.
EDGES: Sequence[tuple[CellValue, ...]] = (
    *zip_longest(*(EDGES_BY_TYPE[kind] for _, kind in TYPES)),
    LAST,
)


async def add_records(desk: Desk, rows: Sequence[Sequence[CellValue]]) -> None:
    keys = [column.key for column in desk.template.columns]
    async with desk.door.write(desk.template) as writer:
        for row in rows:
            await writer.add(dict(zip(keys, row, strict=True)))


async def export(
    desk: Desk,
    target: Path,
    kind: str = "data",
    *,
    file_format: ExportFormat = ExportFormat.XLSX,
    delimiter: str = ",",
    on_progress: OnProgress = ignore,
    **others: Any,
) -> ExportReceipt:
    options = ExportOptions(ExportKind(kind), file_format, delimiter=delimiter)
    request = ExportRequest(await desk.reload(), options, target=target, settings=ExportSettings())
    receipt = await export_workbook(
        desk.db, desk.sandbox, replace(request, **others), on_progress=on_progress
    )
    assert ExportReceipt.from_dict(json.loads(json.dumps(receipt.to_dict()))) == receipt
    return receipt


def why_not(receipt: ExportReceipt) -> str:
    assert not receipt.success
    return " ".join(map(say, receipt.reasons))


@pytest.fixture
async def matrix(desk: Callable[..., Awaitable[Desk]]) -> Desk:
    """A template with every type, and records with the edges of each."""
    made = await desk(*TYPES)
    await made.rules("Pick", choices=CHOICES)
    await add_records(made, EDGES)
    return made


def edit(path: Path, old: str, new: str) -> None:
    """Change the one cell that holds a text, and nothing else in the file."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert parts[sheet].count(f">{old}<".encode()) == 1
    parts[sheet] = parts[sheet].replace(f">{old}<".encode(), f">{new}<".encode())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


@pytest.mark.parametrize("mode", ["update", "replace"])
@pytest.mark.parametrize("blank", ["keep", "erase"])
async def test_a_workbook_that_comes_back_unchanged_changes_nothing(matrix, tmp_path, mode, blank):
    before = await matrix.records()
    exported = await export(matrix, tmp_path / "out.xlsx")

    result = await matrix.run(tmp_path / "out.xlsx", mode=Mode(mode), blank=Blank(blank))

    assert (exported.success, exported.rows) == (True, len(EDGES))
    assert result.success, result.to_dict()
    counts = {name: result.counts[name] for name in ("created", "updated", "deleted", "unchanged")}
    assert counts == {"created": 0, "updated": 0, "deleted": 0, "unchanged": len(EDGES)}
    assert await matrix.records() == before


async def test_a_workbook_fills_new_records_with_the_same_values(matrix, tmp_path):
    await export(matrix, tmp_path / "out.xlsx")
    before = await matrix.values()

    result = await matrix.run(tmp_path / "out.xlsx", mode=Mode.ADD)

    assert result.counts["created"] == len(EDGES), result.to_dict()
    assert await matrix.values() == before + before


async def test_one_edited_cell_updates_exactly_one_record(matrix, tmp_path):
    path = tmp_path / "out.xlsx"
    await export(matrix, path)
    before = await matrix.records()
    edit(path, "last", "changed")

    result = await matrix.run(path, mode=Mode.UPDATE, blank=Blank.ERASE)

    assert result.success, result.to_dict()
    assert (result.counts["created"], result.counts["updated"], result.counts["deleted"]) == (0, 1, 0)
    after = await matrix.records()
    assert after[:-1] == before[:-1]
    assert after[-1].values == {**before[-1].values, matrix.template.columns[0].key: "changed"}


async def test_a_record_edited_here_since_the_export_is_named_by_its_row_within_a_second_too(
    matrix, tmp_path
):
    path = tmp_path / "out.xlsx"
    await export(matrix, path)
    edit(path, "last", "changed in the workbook")
    record, column = (await matrix.records())[-1], matrix.template.columns[0]
    async with matrix.door.write(matrix.template) as writer:
        await writer.change(record.id, {column.key: "changed here"})

    result = await matrix.run(path, mode=Mode.UPDATE)

    assert not result.success
    (group,) = result.errors
    assert (group["rule"], group["rows"]) == ("edited", f"{1 + len(EDGES):,}")
    assert (await matrix.records())[-1].values[column.key] == "changed here"


async def test_an_export_of_some_records_holds_those_in_their_order(desk, tmp_path):
    people = await desk("Name", ("Orders", "integer"))
    await add_records(people, [("Ada", 3), ("Grace", 5), ("Edsger", 1), ("Alan", 9)])
    name, orders = (column.key for column in people.template.columns)
    table = data_records.table_name(people.template.id)
    query = RecordsQuery(
        f"SELECT id, updated_at, revision, {name}, {orders} FROM {table} WHERE {orders} < :most "
        f"ORDER BY {orders} DESC",
        {"most": 9},
    )

    result = await export(people, tmp_path / "out.xlsx", "view", query=query)

    rows = sheet_rows(tmp_path / "out.xlsx")
    assert [row[:3] for row in rows[1:]] == [("Grace", 5, 2), ("Ada", 3, 1), ("Edsger", 1, 3)]
    assert result.file_name.startswith("customers-view-")


async def test_a_blank_workbook_has_the_headers_and_no_rows(matrix, tmp_path):
    result = await export(matrix, tmp_path / "out.xlsx", "template")

    assert sheet_rows(tmp_path / "out.xlsx") == [tuple(name for name, _ in TYPES)]
    assert result == ExportReceipt(
        ExportKind.TEMPLATE,
        file_name=f"customers-blank-{dt.datetime.now(dt.UTC):%Y-%m-%d}.xlsx",
        size_bytes=(tmp_path / "out.xlsx").stat().st_size,
    )


async def test_a_sample_keeps_to_the_rules_and_can_be_imported(desk, tmp_path):
    strict = await desk(*TYPES, "Code", "Company", ("Grade", "integer"))
    await strict.rules("Text", min_length=50, required=True)
    await strict.rules("Whole", minimum="1000000", unique=True, required=True)
    await strict.rules("Number", minimum="0.25", maximum="0.75")
    await strict.rules("Day", maximum="1999-12-31", required=True)
    await strict.rules("Moment", minimum="2030-06-01T12:00:00")
    await strict.rules("Time", minimum="18:00:00", unique=True)
    await strict.rules("Pick", choices=CHOICES, required=True)
    await strict.rules("Mail", unique=True, required=True)
    await strict.rules("Code", pattern=r"[A-Z]{3}-\d{4}", default="ABC-0001")
    await strict.rules("Company", max_length=6, unique=True)
    await strict.rules("Grade", minimum="1", maximum="6", required=True)

    exported = await export(strict, tmp_path / "out.xlsx", "sample")
    result = await strict.run(tmp_path / "out.xlsx")

    assert exported.notes == ()
    assert result.success, result.to_dict()
    assert result.counts["created"] == exported.rows == 5
    for column in strict.template.columns:
        assert any(record.values[column.key] is not None for record in await strict.records()), column.name


@pytest.mark.parametrize(
    ("kind", "rules", "rows"),
    [
        ("email", {"min_length": 40}, 5),
        ("email", {"min_length": 100, "unique": True}, 5),
        ("email", {"min_length": 254}, 5),
        ("email", {"max_length": 14}, 5),
        ("email", {"max_length": 5, "unique": True}, 5),
        ("email", {"min_length": 9, "max_length": 9, "unique": True}, 5),
        ("email", {"min_length": 77, "max_length": 77}, 5),
        ("email", {"max_length": 2}, 0),
        ("link", {"min_length": 300, "unique": True}, 5),
        ("link", {"max_length": 12, "unique": True}, 5),
        ("link", {"max_length": 7}, 0),
        ("date", {"maximum": "0001-01-04"}, 5),
        ("date", {"minimum": "9999-12-31"}, 5),
        ("date", {"minimum": "9999-12-30", "unique": True}, 2),
        ("datetime", {"minimum": "9999-12-31T12:00:00"}, 5),
    ],
)
async def test_a_sample_of_any_limits_can_be_imported(desk, tmp_path, kind, rules, rows):
    strict = await desk("Name", ("Value", kind))
    await strict.rules("Value", **rules)

    exported = await export(strict, tmp_path / "out.xlsx", "sample")
    result = await strict.run(tmp_path / "out.xlsx")

    assert exported.success
    assert result.success, result.to_dict()
    values = [value for _, value in await strict.values()]
    assert len([value for value in values if value is not None]) == rows
    assert bool(exported.notes) == (not rows)


@pytest.mark.parametrize(
    "rules",
    [
        {"pattern": r"[A-Z]{3}-\d{4}"},
        {"pattern": r"^(?:AB|CD)\d{2,}[xyz]?$"},
        {"pattern": r"\p{Lu}\pL+ [[:digit:]]{3}"},
        {"pattern": r"(?i)nr\.? ?[^\d\s]\w+\z"},
        {"pattern": r"\d+", "min_length": 6, "max_length": 8},
        {"pattern": r"(a|b)*c\d", "max_length": 3},
        {"pattern": r"SKU[0-9]"},
    ],
    ids=str,
)
async def test_a_sample_has_values_of_a_pattern(desk, tmp_path, rules):
    strict = await desk("Name", "Code")
    await strict.rules("Code", **rules, required=True, unique=True)

    exported = await export(strict, tmp_path / "out.xlsx", "sample")
    result = await strict.run(tmp_path / "out.xlsx")

    assert not exported.notes
    assert result.success, result.to_dict()
    assert result.counts["created"] == 5


@pytest.mark.parametrize("required", [True, False])
async def test_a_sample_says_for_which_columns_nothing_could_be_made_up(desk, tmp_path, required):
    strict = await desk("Name", "Code")
    await strict.rules("Code", pattern=r"\p{Thai}{3}", required=required)

    exported = await export(strict, tmp_path / "out.xlsx", "sample")

    assert exported.success
    code = "export.no_rows_made_up" if required else "export.nothing_made_up"
    assert exported.notes == (Message(code, {"columns": ["Code"], "more": 0}),)
    if not required:
        assert (await strict.run(tmp_path / "out.xlsx")).success


async def test_csv_comes_back_unchanged_and_warns_of_formulas(desk, tmp_path):
    people = await desk("Name", ("Orders", "integer"), ("Since", "datetime"), ("Active", "boolean"))
    rows = [
        ('=1+1, "quoted"', 3, "2026-01-31T09:30:00", True),
        ("two\nlines", None, None, False),
        ("Ünïcödé", -5, "1815-12-10T00:00:00", None),
    ]
    await add_records(people, rows)

    exported = await export(people, tmp_path / "out.csv", file_format=ExportFormat.CSV)
    result = await people.run(tmp_path / "out.csv", mode=Mode.UPDATE, blank=Blank.ERASE)

    content = (tmp_path / "out.csv").read_bytes()
    assert content.startswith(
        b'\xef\xbb\xbfName,Orders,Since,Active,__record_id,__updated_at,__revision\r\n"=1+1, ""quoted""",3,'
    )
    assert exported.file_name.endswith(".csv")
    assert say(exported.notes[0]).startswith(
        "A spreadsheet program may take a text in this file for formulas"
    )
    assert result.success, result.to_dict()
    assert result.counts["unchanged"] == len(rows)


@pytest.mark.parametrize("delimiter", [",", ";"])
async def test_csv_of_every_type_comes_back_unchanged_with_either_separator(matrix, tmp_path, delimiter):
    before = await matrix.records()

    await export(matrix, tmp_path / "out.csv", file_format=ExportFormat.CSV, delimiter=delimiter)
    result = await matrix.run(tmp_path / "out.csv", mode=Mode.UPDATE, blank=Blank.ERASE)

    assert (tmp_path / "out.csv").read_bytes()[3:].startswith(f"Text{delimiter}Whole{delimiter}".encode())
    assert result.success, result.to_dict()
    assert result.counts["unchanged"] == len(EDGES), result.counts
    assert await matrix.records() == before


async def test_csv_writes_whole_numbers_without_decimals(desk, tmp_path):
    numbers = await desk("Name", ("Share", "number"))
    await add_records(numbers, [("a", 2.0), ("b", 2.5), ("c", -1e15), ("d", 1e21), ("e", 0.0), ("f", None)])

    await export(numbers, tmp_path / "out.csv", file_format=ExportFormat.CSV)

    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row[1] for row in csv.reader(file)][1:] == ["2", "2.5", "-1000000000000000", "1e+21", "0", ""]


async def test_json_lines_hold_every_value_by_its_type(matrix, tmp_path):
    exported = await export(matrix, tmp_path / "out.jsonl", file_format=ExportFormat.JSONL)

    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").removesuffix("\n").split("\n")
    found = [json.loads(line) for line in lines]
    names = [name for name, _ in TYPES]
    assert exported.file_name.endswith(".jsonl")
    assert [tuple(each[name] for name in names) for each in found] == list(EDGES)
    assert list(found[0]) == [*names, "__record_id", "__updated_at", "__revision"]
    assert [each["__record_id"] for each in found] == [record.id for record in await matrix.records()]
    assert [type(each["Yes"]) for each in found[:2]] == [bool, bool]


@pytest.mark.parametrize("name", ["<html>", "<!DOCTYPE html>", "<?xml version", "MIME-Version: 1"])
async def test_csv_whose_first_column_looks_like_a_web_page_comes_back(desk, tmp_path, name):
    pages = await desk(name, "Other")
    await add_records(pages, [("<b>", "x"), ("a,b", None)])

    await export(pages, tmp_path / "out.csv", file_format=ExportFormat.CSV)
    result = await pages.run(tmp_path / "out.csv", mode=Mode.UPDATE, blank=Blank.ERASE)

    assert result.success, result.to_dict()
    assert result.counts["unchanged"] == 2


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("x" * 32_768, "has 32,768 characters, and a cell holds 32,767"),
        ("🙂" * 16_384, "has 32,768 characters, and a cell holds 32,767"),
        ("a\ufffeb", "has U+FFFE in it, which is not a character that a workbook knows"),
    ],
    ids=["long", "long in Excel's count", "no character"],
)
async def test_what_no_cell_can_hold_is_refused_by_name(desk, tmp_path, value, reason):
    notes = await desk("Notes")
    await add_records(notes, [("fine",), (value,), *[("fine",)] * 300, (value,)])

    result = await export(notes, tmp_path / "out.xlsx")

    assert why_not(result) == (
        "A workbook cannot hold 2 values of these records, and nothing is cut off in silence. "
        f"“Notes” of record 2 {reason}. “Notes” of record 303 {reason}. Change them, or export as csv."
    )
    assert not (tmp_path / "out.xlsx").exists()
    assert (await export(notes, tmp_path / "out.csv", file_format=ExportFormat.CSV)).success


async def test_an_infinite_number_is_refused_by_name(desk, tmp_path):
    numbers = await desk(("Share", "number"))
    await add_records(numbers, [(1.5,), (float("inf"),)])

    result = await export(numbers, tmp_path / "out.xlsx")

    assert "“Share” of record 2 is infinite" in why_not(result)
    as_json = await export(numbers, tmp_path / "out.jsonl", file_format=ExportFormat.JSONL)
    assert "“Share” of record 2 is infinite" in why_not(as_json)
    assert not (tmp_path / "out.jsonl").exists()


async def test_more_records_than_a_sheet_has_rows_are_refused_before_anything_is_written(desk, tmp_path):
    names = await desk("Name")
    query = RecordsQuery(
        """
        WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1048576)
        SELECT n AS id, 'now' AS updated_at, 1 AS revision, 'x' AS name FROM numbers
        """
    )

    result = await export(names, tmp_path / "out.xlsx", query=query)

    assert why_not(result) == (
        "A sheet holds 1,048,575 records below its header, and these are 1,048,576. Export them as csv, "
        "or a part of them."
    )
    assert not (tmp_path / "out.xlsx").exists()


async def test_an_export_that_takes_too_long_is_ended_and_says_so(desk, tmp_path):
    names = await desk("Name")
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i, 'now', 1, 'x' FROM n"
    query = RecordsQuery(endless)

    result = await export(names, tmp_path / "out.xlsx", query=query, settings=ExportSettings(max_seconds=1))

    assert "longer than 1 second," in why_not(result)
    assert not (tmp_path / "out.xlsx").exists()


async def test_columns_are_as_wide_as_their_longest_number_and_moment_wherever_it_stands(desk, tmp_path):
    things = await desk(("Whole", "integer"), ("Moment", "datetime"), ("Time", "time"), ("Blank", "integer"))
    await add_records(
        things,
        [
            *[(1, "2026-01-31T09:30:00", "09:30:00", None)] * 3_000,
            (-(10**14), "2026-01-31T09:30:00.123000", "09:30:00.123000", None),
            (5, None, None, None),
        ],
    )

    assert (await export(things, tmp_path / "out.xlsx")).success

    widths = openpyxl.load_workbook(tmp_path / "out.xlsx").worksheets[0].column_dimensions
    assert [round(widths[letter].width) for letter in "ABCD"] == [19, 25, 16, 10]


async def test_a_template_without_columns_has_nothing_to_write(desk, tmp_path):
    nothing = await desk()

    result = await export(nothing, tmp_path / "out.xlsx")

    assert result.reasons == (Message("export.no_columns"),)


async def test_progress_is_told_in_rows(desk, tmp_path):
    names = await desk("Name")
    await add_records(names, [("x",)] * 3)
    said: list[str] = []

    async def listen(progress: Message) -> None:
        said.append(say(progress))

    await export(names, tmp_path / "out.xlsx", on_progress=listen)

    assert said == ["Writing row 3 of 3"]


@pytest.mark.parametrize(
    ("name", "file_name"),
    [
        ("Customers & Orders", "customers-orders-"),
        ("../../etc/passwd", "etc-passwd-"),
        ("Größe", "grösse-"),
        ("???", "export-"),
        ("x" * 100, "x" * 80 + "-"),
        ("a\u202exslx.exe", "a-xslx-exe-"),
        ("ลูกค้าที่น่ารัก", "ลูกค้าที่น่ารัก-"),
        ("हिन्दी के ग्राहक", "हिन्दी-के-ग्राहक-"),
        ("क्\u200dष", "क्ष-"),
        ("I ❤\ufe0f data", "i-data-"),
        ("ที่" * 60, "ที่" * 26 + "-"),
    ],
)
async def test_files_are_named_after_their_template(desk, tmp_path, name, file_name):
    made = await desk("Name")
    template = replace(await made.reload(), name=name)

    result = await export(made, tmp_path / "out.xlsx", template=template)

    assert len(result.file_name.encode()) <= 255
    assert result.file_name == f"{file_name}{dt.datetime.now(dt.UTC):%Y-%m-%d}.xlsx"


def sheet_rows(path: Path) -> list[tuple[Any, ...]]:
    """What openpyxl finds in the first sheet."""
    book = openpyxl.load_workbook(path)
    return [tuple(row) for row in book.worksheets[0].iter_rows(values_only=True)]
