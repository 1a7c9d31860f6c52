"""What is proposed for a sample workbook, and the evidence that is given."""

import json
import struct
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from tests.factories import make_workbook
from tests.spreadsheet.conftest import converted
from tests.spreadsheet.refusals import refused
from tests.spreadsheet.xlsb import write_xlsb
from xlsapp.messages.saying import say
from xlsapp.models import ColumnRules, ColumnType, TemplateColumn
from xlsapp.spreadsheet.cells.columns import ColumnConverter
from xlsapp.spreadsheet.proposing.column_evidence import Budget, ColumnEvidence
from xlsapp.spreadsheet.proposing.column_proposals import propose_column
from xlsapp.spreadsheet.proposing.proposals import Proposal, SampleOptions, propose


def ignore(progress):
    """Progress that nobody wants to hear of."""


def proposed(path) -> Proposal:
    return propose(path, 500, 1_000_000_000, ignore)


@pytest.fixture
def of_column(tmp_path):
    """The proposal for a column of these cells, beside one that numbers the rows."""

    def of_column(*cells):
        path = make_workbook(tmp_path, ["Row", "It"], *([n, cell] for n, cell in enumerate(cells)))
        return proposed(path).columns[1]

    return of_column


DAY = date(2026, 1, 31)


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["Ada", "Grace"], ColumnType.TEXT),
        ([1, 2.0, 3], ColumnType.INTEGER),
        ([1, 2.5], ColumnType.NUMBER),
        (["1.234,50 €", "2,5"], ColumnType.NUMBER),
        ([DAY, DAY], ColumnType.DATE),
        ([DAY, "01/02/2026"], ColumnType.DATE),
        (["2021(e)ko urtarrilaren 5(a)"], ColumnType.DATE),
        (["otrdiena, 2021. gada 5. janvāris"], ColumnType.DATE),
        (["Thứ Ba, ngày 5 tháng 1 năm 2021", "5 tháng 1, 2021"], ColumnType.DATE),
        (["2021\u202fж. 5 қаңтар"], ColumnType.DATE),
        (["May 5 people met 2021 others", "2021 in 5 words"], ColumnType.TEXT),
        ([DAY, datetime(2026, 1, 31, 9, 30)], ColumnType.DATETIME),
        (["2026-01-31 09:30"], ColumnType.DATETIME),
        (["2026-01-31T09:30:00Z", "2026-01-31 10:30:00+00:00"], ColumnType.DATETIME),
        ([time(9, 30), "17:45"], ColumnType.TIME),
        ([True, False], ColumnType.BOOLEAN),
        (["yes", "no"], ColumnType.BOOLEAN),
        (["x", None], ColumnType.BOOLEAN),
        ([1, 0, 1], ColumnType.INTEGER),
        (["1", "0"], ColumnType.INTEGER),
        (["ada@example.com"], ColumnType.EMAIL),
        (["https://example.com/a?b=c"], ColumnType.LINK),
        (["00123", "04711"], ColumnType.TEXT),
        (["+47 12 34 56 78"], ColumnType.TEXT),
        (["4000123412341234"], ColumnType.TEXT),
        ([1, "about 7"], ColumnType.TEXT),
        (["open"] * 9 + ["done"] * 9 + ["\u200b"], ColumnType.TEXT),
        ([timedelta(hours=30), timedelta(hours=-2)], ColumnType.DURATION),
        (["36:00", "1 h 30 min", "PT2H", time(1, 30)], ColumnType.DURATION),
        (["12 m", "3 m"], ColumnType.TEXT),
        ([None, None], ColumnType.TEXT),
    ],
    ids=str,
)
def test_a_type_is_proposed_that_takes_every_cell(of_column, cells, kind):
    column = of_column(*cells)

    assert column.type is kind
    assert column.doubt is None


def test_dates_say_what_shows_their_order(of_column):
    days = [DAY + timedelta(days=n) for n in range(4)]
    first = of_column(*days, "31/12/2025", "05/06/2026")
    second = of_column(*days, "12/31/2025", "05/06/2026")
    neither = of_column("05/06/2026", "07/08/2026")

    assert say(first.evidence[0]) == "6 of 6 are dates; 1 can only be day first."
    assert say(second.evidence[0]) == "6 of 6 are dates; 1 can only be month first."
    assert say(neither.evidence[0]) == (
        "2 of 2 are dates; 2 could be read either way, and are taken to be day first."
    )


def test_a_few_that_do_not_fit_are_named_by_their_cell_and_make_it_text(of_column):
    column = of_column(*range(40), "n/a", *range(30), "?")

    assert column.type is ColumnType.TEXT
    assert say(column.evidence[0]) == "70 of 72 are whole numbers."
    assert say(column.doubt) == (
        "2 cells are not, such as “n/a” in B42. So text is proposed; otherwise an import would report them."
    )


def test_choices_are_few_texts_used_again_and_again(of_column):
    plans = of_column(*["Free", "Team", "free ", "Team", "Team"] * 4)
    names = of_column("Ada", "Grace", "Alan", "Ada")

    assert (plans.type, plans.choices) == (ColumnType.CHOICE, ("Team", "Free"))
    assert say(plans.evidence[0]) == "2 different texts in 20 cells: Team, Free."
    assert (names.type, names.choices) == (ColumnType.TEXT, ())


def test_required_and_unique_are_proposed_where_all_rows_show_it(tmp_path):
    rows = [[n, f"A-{n}", f"Ada {n}", None if n == 7 else n % 3] for n in range(30)]
    path = make_workbook(tmp_path, ["Id", "Code", "Name", "Size"], *rows, [None] * 4)

    columns = proposed(path).columns

    assert [column.required for column in columns] == [True, True, True, False]
    # A name that happens to be there once is no key.
    assert [column.unique for column in columns] == [True, True, False, False]
    assert tuple(map(say, columns[1].evidence)) == (
        "30 texts, 30 of them different.",
        "No cell is empty.",
        "No value is there twice, which is proposed as a rule.",
    )
    assert say(columns[3].evidence[1]) == "1 of 30 is empty."


def test_a_value_that_comes_back_after_many_rows_is_seen(tmp_path):
    path = tmp_path / "ids.csv"
    path.write_text("id,code\n" + "".join(f"{n},A{n}\n" for n in range(20_000)) + "0,A20000\n")

    by_name = {column.name: column for column in proposed(path).columns}

    assert not by_name["id"].unique
    assert by_name["code"].unique


def test_the_header_row_is_found_below_a_title(tmp_path):
    path = make_workbook(
        tmp_path,
        ["Customers of 2026"],
        [],
        ["Name", None, "Since", "Name", "__record_id", "Two\nlines"],
        *(["Ada", "x", DAY, "Byron", 1, 2] for _ in range(3)),
        sheet="Customers",
    )

    found = proposed(path)

    assert (found.sheet, found.header_row, found.rows) == ("Customers", 3, 3)
    assert [column.name for column in found.columns] == ["Name", "Since", "Name (2)", "Two lines"]
    assert tuple(map(say, found.notes)) == (
        "The header “Name” is there twice, in A3 and D3. Its columns are called “Name”, “Name (2)” in this "
        "order, and are told apart by it in imports.",
        "Columns without a header were left out: B (3 cells).",
    )


@pytest.mark.parametrize(
    ("header", "values", "unique"),
    [
        ("Order no", [f"X{n * 977 % 9000}" for n in range(40)], True),
        ("№", [n * 977 for n in range(40)], True),
        ("CustomerId", [n * 977 for n in range(40)], True),
        ("E-mail", [f"a{n}@example.com" for n in range(40)], True),
        ("Rank", list(range(1, 41)), True),
        ("Sample", [f"S-{n:03}" for n in range(40)], True),
        ("Amount", list(range(1, 41)), False),
        ("Population", [n * 977 for n in range(40)], False),
        ("Zip code", [f"0{n * 97 + 1000}" for n in range(40)], False),
        ("Name", [f"Ada{n}" for n in range(40)], False),
        ("Year", list(range(1980, 2020)), False),
        ("Telephone number", [str(5550100 + n) for n in range(40)], False),
        ("Start date", [DAY + timedelta(days=n) for n in range(40)], False),
        ("Word", [chr(97 + n) * 3 for n in range(25)], False),
        ("Order no", ["A1", "a1 ", *(f"A{n}" for n in range(2, 40))], False),
    ],
)
def test_a_key_is_what_sounds_so_or_is_different_beyond_chance(tmp_path, header, values, unique):
    path = make_workbook(tmp_path, [header, "Note"], *([value, "x y"] for value in values))

    assert proposed(path).columns[0].unique == unique


def test_the_workbook_s_own_lists_become_the_choices(tmp_path):
    rows = [[n, ["Yes", "No"][n % 2], "red", 2, "b", "Free text here"] for n in range(4)]
    path = make_workbook(tmp_path, ["Nr", "Answer", "Colour", "Size", "Grade", "Odd"], *rows)
    book = load_workbook(path)
    for text in ("red", "Green", "blue"):
        book.create_sheet("Lists & more") if "Lists & more" not in book.sheetnames else None
        book["Lists & more"].append([text])
    book.defined_names["Sizes"] = DefinedName("Sizes", attr_text="Sheet1!$J$1:$L$1")
    for place, size in enumerate((1, 2, 3), 10):
        book["Sheet1"].cell(1, place, size)
    for column, formula in {
        "B": '"Yes, No,Later"',
        "C": "'Lists & more'!$A$1:$A$3",
        "D": "Sizes",
        "E": '"a,c"',
        "F": "INDIRECT($A$1)",
    }.items():
        rule = DataValidation(type="list", formula1=formula)
        rule.add(f"{column}2:{column}500")
        book["Sheet1"].add_data_validation(rule)
    book.save(path)

    columns = {column.name: column for column in proposed(path).columns}

    assert columns["Answer"].choices == ("Yes", "No", "Later")
    assert columns["Colour"].choices == ("red", "Green", "blue")
    assert columns["Size"].choices == ("1", "2", "3")
    assert (columns["Grade"].choices, columns["Odd"].choices) == ((), ())
    assert say(columns["Answer"].evidence[0]) == "The workbook's own list of 3: Yes, No, Later."


def test_the_lists_of_an_old_and_of_an_open_workbook_become_choices(tmp_path):
    book = Workbook()
    sheet, lists = book.active, book.create_sheet("My 'own' lists")
    for row in [["Plan", "City", "Size", "Grade"], *([None, None, "M", None] for _ in range(20))]:
        sheet.append(row)
    for row in (["Ulm", "S"], ["Köln", "M"], ["Łódź"]):
        lists.append(row)
    book.defined_names["Sizes"] = DefinedName("Sizes", attr_text="'My ''own'' lists'!$B$1:$B$2")
    formulas = ['"Free,Gold, Ümit"', "'My ''own'' lists'!$A$1:$A$3", "Sizes", "INDIRECT(A1)"]
    for column, formula in zip("ABCD", formulas, strict=True):
        rule = DataValidation(type="list", formula1=formula, promptTitle="Pick", prompt="one of them")
        rule.add(f"{column}2:{column}400")
        sheet.add_data_validation(rule)
    path = tmp_path / "lists.xlsx"
    book.save(path)

    for kind in ("ods", "xls", "xlsx"):
        found = proposed(path if kind == "xlsx" else converted(path, kind)).columns
        assert [column.choices for column in found[:4]] == [
            ("Free", "Gold", "Ümit"), ("Ulm", "Köln", "Łódź"), ("S", "M"), (),
        ], kind  # fmt: skip


def test_the_lists_of_an_xlsb_workbook_become_choices(tmp_path):
    rows = (("Plan", "City"), *((None, "Ulm") for _ in range(20)))
    cities = (("Ulm",), ("Köln",))
    tokens = {
        0: b"\x17" + struct.pack("<H", 9) + "Free,Gold".encode("utf-16-le"),
        1: b"\x3b" + struct.pack("<HIIHH", 1, 0, 1, 0, 0),
    }
    sheets = {"Table": ("sheet1.bin", rows), "Cities": ("sheet2.bin", cities)}

    found = proposed(write_xlsb(tmp_path / "lists.xlsb", sheets, lists=tokens))

    assert [column.choices for column in found.columns] == [("Free", "Gold"), ("Ulm", "Köln")]


def test_the_largest_table_is_looked_at_and_all_sheets_are_listed(tmp_path):
    path = make_workbook(tmp_path, ["Read me"], *[["Words, words."]] * 30, sheet="Cover")
    book = load_workbook(path)
    for name, rows, state in (("Orders", 40, "visible"), ("Lists", 90, "hidden"), ("Empty", 0, "visible")):
        sheet = book.create_sheet(name)
        sheet.sheet_state = state
        for n in range(rows):
            sheet.append(["No", "Sum", "When"] if n == 0 else [n, n * 2.5, DAY])
    book.save(path)

    found = proposed(path)
    other = propose(path, 500, 10**9, ignore, options=SampleOptions(sheet="Lists", header_row=3))

    assert (found.sheet, found.rows) == ("Orders", 39)
    assert [(sheet.name, sheet.rows, sheet.visible) for sheet in found.sheets] == [
        ("Cover", 31, True),
        ("Orders", 40, True),
        ("Lists", 90, False),
    ]
    assert (other.sheet, other.header_row, other.rows) == ("Lists", 3, 87)


@pytest.mark.parametrize(
    ("rows", "asked", "header_row"),
    [
        ([[1, 1, 0], [5, 3, 1], [2, 2, 0]], True, 0),
        ([["Ada", "ada@example.com"], ["Bo", "bo@example.com"]], True, 0),
        ([["Ada", 12.5], ["Bo", 7.25]], True, 0),
        ([["Ada", DAY], ["Bo", DAY]], True, 0),
        ([[2019, 2020, 2021], [5, 3, 1], [2, 2, 0]], True, 1),
        ([["Region", 2019, 2020], ["North", 3, 1], ["South", 2, 0]], True, 1),
        ([["Name", "Since"], ["Ada", DAY], ["Bo", DAY]], False, 1),
        ([["Month", DAY], ["Ada", 3], ["Bo", 4]], False, 1),
        ([["A title"], ["Ada", DAY], ["Bo", DAY]], False, 2),
    ],
)
def test_a_first_row_that_looks_like_data_is_asked_about(tmp_path, rows, asked, header_row):
    found = proposed(make_workbook(tmp_path, *rows))

    assert (found.is_header_asked, found.header_row) == (asked, header_row)
    if not header_row:
        assert [column.name for column in found.columns] == ["A", "B", "C"][: len(rows[0])]
        assert found.rows == len(rows)


def test_without_rows_there_is_nothing_to_propose(tmp_path):
    with refused("has no rows below its header row 1"):
        proposed(make_workbook(tmp_path, ["Name", "Since"]))


def test_where_errors_are_all_there_is_nothing_is_proposed(tmp_path):
    path = make_workbook(tmp_path, ["Name", "Total"], [None, "#REF!"], [None, "#DIV/0!"])

    with refused("has nothing but errors below its header row 1"):
        proposed(path)


def test_a_proposal_survives_being_stored(tmp_path):
    found = proposed(make_workbook(tmp_path, ["Name", "Plan"], *(["Ada", "AB"[n % 2]] for n in range(20))))

    assert Proposal.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_a_proposal_of_an_older_version_shows_the_sentences_that_it_stored(tmp_path):
    stored = json.loads(json.dumps(proposed(make_workbook(tmp_path, ["Name"], ["Ada"])).to_dict()))
    stored["columns"][0] |= {"evidence": ["1 text."], "doubt": ""}
    stored["notes"] = ["The sheet “A” was looked at, not “B”."]

    found = Proposal.from_dict(stored)

    assert list(map(say, found.notes)) == stored["notes"]
    assert list(map(say, found.columns[0].evidence)) == ["1 text."]
    assert found.columns[0].doubt is None


numbers = st.from_regex(r"-?[0-9]{1,4}([.,][0-9]{1,4}){0,2}", fullmatch=True)
days = st.from_regex(r"[0-3]?[0-9]([-/. ])(0?[1-9]|1[0-9]|Jan|march)\1(20)?[0-9]{2}", fullmatch=True)
words = st.sampled_from(
    ["yes", "no", "1", "0", "x", "n/a", "Ada", "", "9:30", "ada@example.com", "https://x.example"]
)
typed = st.one_of(st.booleans(), st.integers(-999, 999), st.floats(-9, 9), st.dates(), st.times(), st.none())
a_column = st.sampled_from([numbers, days, words, numbers | days, days | words, typed]).flatmap(
    lambda cells: st.lists(cells, min_size=1, max_size=30)
)


@settings(deadline=None)  # the first look at words reads the table of all languages
@given(cells=a_column)
def test_an_import_takes_what_was_proposed(cells):
    found = ColumnEvidence(Budget())
    found.take(cells, 2)
    column = propose_column("It", 0, found, len(cells), {})
    assume(not column.doubt)

    kept = TemplateColumn(1, "It", column.type, 0, rules=ColumnRules(choices=column.choices))
    first = ColumnConverter(kept)
    first.convert(cells)
    # As the reader does it: once more, if the column as a whole asks for the other convention.
    chosen = first.evidence.convention if first.evidence.total else None
    _, flaws = ColumnConverter(kept, chosen).convert(cells)

    assert flaws == {}


def test_a_column_that_leaves_open_how_it_is_meant_follows_the_others_of_its_file(tmp_path):
    rows = [["12,50", "1,250", "0,310"], ["3,20", "2,125", "0,125"]]
    path = make_workbook(tmp_path, ["Price", "Kg", "Share"], *rows)
    alone = make_workbook(tmp_path, ["Kg"], ["1,250"], ["2,125"], name="alone.xlsx")

    assert [column.type for column in proposed(path).columns] == ["number", "number", "number"]
    assert proposed(alone).columns[0].type == "integer"
