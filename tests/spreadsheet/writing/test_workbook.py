"""Workbooks of ours, looked at with other eyes: openpyxl's, Python's zipfile, XlsxWriter's as an oracle."""

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from tests.spreadsheet.conftest import column
from tests.spreadsheet.oracle import write_with_xlsxwriter
from xlsapp.models import CellValue, ColumnRules, ColumnType, TemplateColumn
from xlsapp.spreadsheet.cells.rules import bound
from xlsapp.spreadsheet.sources.source import GivenRows
from xlsapp.spreadsheet.writing.cell_kinds import KINDS
from xlsapp.spreadsheet.writing.rows import RowWriter
from xlsapp.spreadsheet.writing.sheet import column_widths, sheet_name
from xlsapp.spreadsheet.writing.text import units
from xlsapp.spreadsheet.writing.words import error, note, prompt, title
from xlsapp.spreadsheet.writing.workbook import WorkbookPlan, Written, write_workbook

COLUMNS = (
    column("Name", number=1, required=True, max_length=80),
    column("Orders", "integer", number=2, minimum="1", maximum="1000"),
    column("Balance", "number", number=3),
    column("Since", "date", number=4, minimum="2000-01-01"),
    column("Born", "date", number=5),
    column("Seen", "datetime", number=6, maximum="2030-12-31T12:00:00"),
    column("Opens", "time", number=7),
    column("Active", "boolean", number=8, required=True),
    column("Plan", "choice", number=9, choices=("Free", "Team, small", "=1+1")),
    column("Mail", "email", number=10, unique=True),
    column("Page", "link", number=11),
    column("Remark", number=12),
)
AT = "2026-01-31T09:30:00Z"
ROWS: Sequence[tuple[CellValue, ...]] = (
    (
        *("Ada & <Co>", 3, -1.5, "2026-01-31", "1952-12-10", "2026-01-31T09:30:00", "08:00:00", True),
        *("Free", "a@b.c", "https://a", "=1+1", 1, AT, 1),
    ),
    (" blank", *[None] * 11, 2, AT, 12),
    (
        *(
            "'quoted'\nlines",
            999,
            0.25,
            "2000-01-01",
            "1900-03-01",
            "2026-01-31T00:00:00",
            "00:00:00",
            False,
        ),
        *("=1+1", None, None, "-1", 3, AT, 7),
    ),
)


TIMED = ("date", "datetime", "time")


class WithIds(GivenRows):
    """Rows that end with a record's id, `updated_at` and revision."""

    with_ids = True

    def open(self) -> "WithIds":
        return WithIds(self.rows)


def write(
    path: Path,
    columns: Sequence[TemplateColumn],
    rows: Sequence[Sequence[Any]] = (),
    *,
    title: str = "Customers",
    ids: bool = False,
) -> Written:
    source = WithIds(rows) if ids else GivenRows(rows)
    return write_workbook(path, WorkbookPlan(title, "Who buys.", tuple(columns)), source, lambda _: None)


@pytest.fixture
def both(tmp_path: Path) -> tuple[Path, Path]:
    """The same workbook, by us and by XlsxWriter."""
    ours, theirs = tmp_path / "ours.xlsx", tmp_path / "theirs.xlsx"
    write(ours, COLUMNS, ROWS, ids=True)
    widths = column_widths(COLUMNS, ROWS)
    write_with_xlsxwriter(theirs, "Customers", COLUMNS, ROWS, count=len(ROWS), widths=widths)
    return ours, theirs


def look_at(path: Path, part: Any) -> Any:
    return part(openpyxl.load_workbook(path).worksheets[0])


def cells(sheet: Worksheet) -> list[Any]:
    return [
        [(cell.coordinate, cell.value, cell.data_type, cell.number_format, cell.font.b) for cell in row]
        for row in sheet.iter_rows()
    ]


def validations(sheet: Worksheet) -> list[Any]:
    names = "type operator formula1 formula2 allow_blank errorStyle errorTitle error promptTitle prompt sqref"
    return [[str(getattr(v, name)) for name in names.split()] for v in sheet.data_validations.dataValidation]


def notes(sheet: Worksheet) -> list[Any]:
    return [cell.comment.text if cell.comment else None for cell in sheet[1]]


def frame(sheet: Worksheet) -> list[Any]:
    widths = {
        n: (d.width, d.hidden) for d in sheet.column_dimensions.values() for n in range(d.min, d.max + 1)
    }
    printed = (sheet.print_title_rows, sheet.page_setup.orientation, sheet.page_setup.fitToHeight)
    return [sheet.title, sheet.freeze_panes, sheet.auto_filter.ref, sheet.dimensions, widths, printed]


@pytest.mark.parametrize("part", [cells, validations, notes, frame])
def test_openpyxl_finds_the_same_as_in_xlsxwriter_s_workbook(both, part):
    ours, theirs = both

    assert look_at(ours, part) == look_at(theirs, part)


def test_all_parts_are_built_of_what_xlsxwriter_builds_them_of(both):
    ours, theirs = (grammar(path) for path in both)

    for part, found in ours.items():
        allowed = theirs[part]
        assert not found.keys() - allowed.keys(), part
        for element, (attributes, children) in found.items():
            assert not attributes - allowed[element][0], (part, element)
            order = [child for child in allowed[element][1] if child in children]
            assert children == order, (part, element)


def grammar(path: Path) -> dict[str, dict[str, tuple[set[str], list[str]]]]:
    """Part → each element in it, with its attributes, and its children in order."""
    parts = {}
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            found: dict[str, tuple[set[str], list[str]]] = {}
            for element in ElementTree.fromstring(archive.read(name)).iter():
                attributes, children = found.setdefault(element.tag, (set(), []))
                attributes |= element.attrib.keys()
                children[:] = dict.fromkeys([*children, *(child.tag for child in element)])
            parts[name] = found
    return parts


KINDS_WITH_VALUES: dict[ColumnType, st.SearchStrategy[CellValue]] = {
    ColumnType.TEXT: st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\ufffe\uffff")),
    ColumnType.INTEGER: st.integers(-(2**53), 2**53),
    ColumnType.NUMBER: st.floats(allow_nan=False, allow_infinity=False),
    ColumnType.DATE: st.dates().map(str),
    ColumnType.DATETIME: st.datetimes().map(lambda moment: moment.isoformat()),
    ColumnType.TIME: st.times().map(str),
    ColumnType.DURATION: st.floats(-1e10, 1e10),
    ColumnType.BOOLEAN: st.sampled_from((0, 1)),
}


@st.composite
def batches(draw: st.DrawFn) -> tuple[list[ColumnType], list[tuple[CellValue, ...]]]:
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS_WITH_VALUES)), min_size=1, max_size=5))
    row = st.tuples(*(KINDS_WITH_VALUES[kind] | st.none() for kind in kinds))
    return kinds, draw(st.lists(row, min_size=1, max_size=8))


@given(batches())
def test_a_row_is_written_the_same_alone_and_in_a_batch(batch):
    kinds, rows = batch
    writer = RowWriter([KINDS[kind] for kind in kinds])

    def xml(first: int, rows: Sequence[Sequence[CellValue]]) -> str:
        return writer.xml(first, list(zip(*rows, strict=True)), pytest.fail)

    whole = xml(2, rows)

    assert whole == "".join(xml(number, [row]) for number, row in enumerate(rows, 2))
    named = [e.attrib["r"] for e in ElementTree.fromstring(f"<all>{whole}</all>").iter("c")]
    expected = [
        f"{'ABCDE'[i]}{n}" for n, row in enumerate(rows, 2) for i, v in enumerate(row) if v is not None
    ]
    assert named == expected


def test_a_thousand_choices_with_commas_are_a_dropdown_down_to_the_last_row(tmp_path):
    choices = tuple(f"Choice {number}, “quoted”" for number in range(1000))
    write(
        tmp_path / "a.xlsx", [column("Yes", "boolean"), column("Pick", "choice", number=2, choices=choices)]
    )

    book = openpyxl.load_workbook(tmp_path / "a.xlsx")

    booleans, picks = book.worksheets[0].data_validations.dataValidation
    assert (booleans.formula1, str(booleans.sqref)) == ("'Lists'!$A$1:$A$2", "A2:A1048576")
    assert (picks.formula1, str(picks.sqref)) == ("'Lists'!$B$1:$B$1000", "B2:B1048576")
    lists = book["Lists"]
    assert lists.sheet_state == "hidden"
    assert [cell.value for cell in lists["B"]] == list(choices)
    assert [lists["A1"].value, lists["A2"].value] == [True, False]


def test_rules_that_only_warn_let_other_values_in_after_a_question(tmp_path):
    write(
        tmp_path / "a.xlsx",
        [
            column("Orders", "integer", maximum="10", warnings=frozenset({"maximum"})),
            column("Plan", "choice", number=2, choices=("Free",), warnings=frozenset({"choices"})),
            column("Name", number=3, max_length=5),
        ],
    )

    found = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0].data_validations.dataValidation

    assert [v.errorStyle for v in found] == ["warning", "warning", None]


@pytest.mark.parametrize(
    ("kind", "least", "most", "outside"),
    [
        ("datetime", "2026-01-31T16:00:00", "2026-02-01T09:30:00", ("15:59:59.998", "09:30:00.002")),
        ("datetime", "1900-03-01T00:00:01", "2026-01-31T23:59:59.999", ("00:00:00.998", None)),
        ("datetime", None, None, (None, None)),
        ("time", "16:00:00", "16:00:00", ("15:59:59.999", "16:00:00.001")),
        ("time", "00:00:00", "23:59:59.999", (None, None)),
        ("time", None, None, (None, None)),
        ("date", "2026-01-31", "2026-01-31", (None, None)),
        ("duration", "-36:00:00", "36:00:00.001", (None, None)),
        ("number", "0.30000000000000004", "123456789.12345679", (None, None)),
        ("integer", "-999999999999999", "7", (None, None)),
    ],
)
@pytest.mark.parametrize("digits", [15, 17], ids=["as Excel reads a formula", "as LibreOffice does"])
def test_a_check_lets_its_own_limits_in_and_nothing_beyond_them(tmp_path, kind, least, most, outside, digits):
    given = column("Value", kind, minimum=least, maximum=most)
    write(tmp_path / "a.xlsx", [given])
    [check] = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0].data_validations.dataValidation
    low, high = (float(f"{float(formula):.{digits}g}") for formula in (check.formula1, check.formula2))
    first = {"time": "00:00:00", "datetime": "1900-03-01T00:00:00"}
    last = {"time": "23:59:59.999", "datetime": "9999-12-31T23:59:59.999"}

    def number(stored: str) -> float:
        return float(
            KINDS[given.type]
            .careful(stored if kind in TIMED else bound(given.type, stored))
            .split("<v>")[1][:-8]
        )

    assert low <= number(least or first[kind]) <= number(most or last[kind]) <= high
    for stored, limit, beyond in zip((least, most), (low, high), outside, strict=True):
        if beyond:
            assert (number(stored[: -8 if len(stored) < 24 else -12] + beyond) < limit) == (limit == low)


def test_the_read_me_sheet_says_the_rules_in_plain_words(tmp_path):
    write(tmp_path / "a.xlsx", COLUMNS)

    book = openpyxl.load_workbook(tmp_path / "a.xlsx")

    assert book.sheetnames == ["Customers", "Read me", "Lists"]
    rows = [tuple(cell.value for cell in row) for row in book["Read me"].iter_rows()]
    assert rows[0][0] == "Customers"
    assert ("Name", "Text. At most 80 characters.", "required") in rows
    assert ("Orders", "A whole number. 1 to 1000.", None) in rows
    assert (
        "Mail",
        "An e-mail address, such as ada@example.com. No value may stand here twice.",
        None,
    ) in rows


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Customers", "Customers"),
        ("a/b\\c:d*e?f[g]h", "a b c d e f g h"),
        ("'quoted'", "quoted"),
        ("x" * 40, "x" * 30 + "…"),
        ("🙂" * 20, "🙂" * 15 + "…"),
        ("read me", "Records"),
        ("Lists", "Records"),
        ("History", "Records"),
        ("??", "Records"),
        ("a\x01b\nc", "abc"),
        ("a\u00a0b\u3000c", "a b c"),
        ("\u3000", "Records"),
    ],
)
def test_sheets_are_named_as_excel_allows(title, name):
    assert sheet_name(title) == name
    assert units(name) <= 31


@pytest.mark.parametrize("name", ["A\ufffe", "\uffffB"])
def test_a_column_s_name_that_no_cell_can_hold_is_refused(tmp_path, name):
    written = write(tmp_path / "a.xlsx", [column("Fine"), column(name, number=2)], [("x", "y")])

    assert written.refusal is not None
    assert written.refusal.code == "export.unwritable_name"
    assert not (tmp_path / "a.xlsx").exists()


def test_cells_with_line_feeds_wrap_and_others_do_not(tmp_path):
    write(tmp_path / "a.xlsx", [column("Text")], [("one",), ("two\nlines",)])

    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    assert [bool(cell.alignment.wrap_text) for cell in sheet["A"]] == [False, False, True]
    assert {cell.number_format for cell in sheet["A"]} == {"@"}


def test_a_row_of_the_read_me_is_no_higher_than_excel_lets_it(tmp_path):
    long = column("Pick", "choice", choices=tuple(f"{n}{'x' * 900}" for n in range(8)))

    write(tmp_path / "a.xlsx", [long])

    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[1]
    assert max(row.height for row in sheet.row_dimensions.values() if row.height) == 409.5


def test_a_long_text_far_down_widens_its_column():
    rows = [("x",)] * 1_500 + [("x" * 30 + "\n" + "y" * 40,)]

    assert column_widths([column("Text")], rows) == [42.0]


@pytest.mark.parametrize("name", ["O'Neil & Sons", '<b>"x"</b>', "a\x01\tb\n_x0041_", "é漢🙂"])
def test_any_name_of_a_template_or_column_gives_a_sound_workbook(tmp_path, name):
    given = column(name, "choice", choices=(name, "other"), pattern=name, default=name)
    write(tmp_path / "a.xlsx", [given], [(name,)], title=name)

    book = openpyxl.load_workbook(tmp_path / "a.xlsx")

    sheet = book.worksheets[0]
    assert sheet["A1"].comment
    assert sheet.print_title_rows == "$1:$1"
    coded = name.replace("\x01", "_x0001_").replace("_x0041_", "_x005F_x0041_")
    assert [sheet["A1"].value, sheet["A2"].value, book["Lists"]["A1"].value] == [coded] * 3


ANY_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=300)


@given(
    st.sampled_from(ColumnType),
    ANY_TEXT,
    st.builds(
        ColumnRules,
        unique=st.booleans(),
        pattern=st.none() | ANY_TEXT,
        choices=st.lists(ANY_TEXT, max_size=12).map(tuple),
        default=st.none() | ANY_TEXT,
    ),
    st.booleans(),
)
def test_words_keep_to_excel_s_limits(kind, name, rules, required):
    made = TemplateColumn(1, name, kind, 0, required, rules)

    assert units(title(made)) <= 32
    assert units(prompt(made)) <= 255
    assert units(error(made)) <= 225
    assert note(made).startswith(prompt(made).split(".")[0])


def parts_of(path: Path) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        yield from archive.namelist()


def test_the_same_records_give_the_same_file(tmp_path):
    write(tmp_path / "a.xlsx", COLUMNS, ROWS, ids=True)
    write(tmp_path / "b.xlsx", COLUMNS, ROWS, ids=True)

    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert next(parts_of(tmp_path / "a.xlsx")) == "[Content_Types].xml"
