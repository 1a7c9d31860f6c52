"""What a reader sees of a sheet beside its values: formats, merged cells, links, totals, a header again."""

import datetime as dt
from pathlib import Path

import pytest
import xlsxwriter

from tests.spreadsheet.conftest import column, converted
from tests.spreadsheet.xlsb import write_xlsb
from xlsapp.spreadsheet.proposing.column_names import headers_in
from xlsapp.spreadsheet.proposing.proposals import propose


def sheet(tmp_path: Path, fill) -> Path:
    """A workbook whose only sheet `fill(sheet, book)` fills."""
    path = tmp_path / "seen.xlsx"
    book = xlsxwriter.Workbook(path)
    fill(book.add_worksheet("Data"), book)
    book.close()
    return path


@pytest.mark.parametrize(
    ("number_format", "number", "shown"),
    [
        ("00000", 1234, "01234"),
        ('"PN-"0000', 42, "PN-0042"),
        ("000-00-0000", 12345678, "012-34-5678"),
        ("000", 12345, "12345"),
        ("[$-409]00000;[Red]-00000", 7, "00007"),
        ("0", 7, "7"),
        ("0.00", 7, "7"),
        ("#,##0", 1234, "1234"),
        ('0" kg"', 5, "5"),
    ],
)
def test_a_text_column_takes_a_number_s_zeros_as_its_format_shows_them(
    read, tmp_path, number_format, number, shown
):
    def fill(data, book):
        data.write_row(0, 0, ["Code", "Count"])
        data.write_number(1, 0, number, book.add_format({"num_format": number_format}))
        data.write_number(1, 1, number, book.add_format({"num_format": number_format}))

    path = sheet(tmp_path, fill)

    assert read(path, "Code", ("Count", "integer")).values == [(shown, number)]
    proposed = propose(path, 10, 10**9, lambda told: None).columns[0].type
    assert proposed == ("text" if shown != str(number) or number_format == "000" else "integer")


@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls"])
def test_a_format_of_zeros_rounds_no_number_and_hides_no_minus(read, tmp_path, kind):
    def fill(data, book):
        data.write_column(0, 0, ["Code", 7, 1.5, -5], book.add_format({"num_format": '"PN-"0000'}))

    path = sheet(tmp_path, fill)

    values = read(path if kind == "xlsx" else converted(path, kind), "Code").values

    assert values == [("PN-0007",), ("1.5",), ("-5",)]


def test_the_value_of_merged_cells_holds_for_their_rows_and_a_number_only_for_the_first(read, tmp_path):
    def fill(data, book):
        data.write_row(0, 0, ["Region", "Name", "Amount", "Since"])
        data.merge_range("A2:A4", "North")
        data.merge_range("C2:C3", 10)
        data.merge_range("D2:D3", dt.date(2026, 1, 31), book.add_format({"num_format": "yyyy-mm-dd"}))
        data.write_column(1, 1, ["Ada", "Bo"])
        data.write_row(4, 0, ["South", "Cy", 5])

    path = sheet(tmp_path, fill)
    columns = ("Region", "Name", ("Amount", "number"), ("Since", "date"))

    result = read(path, *columns)

    assert result.rows == {
        2: ("North", "Ada", 10, "2026-01-31"),
        3: ("North", "Bo", None, "2026-01-31"),
        5: ("South", "Cy", 5, None),
    }
    assert result.notes == [
        "“Region”: the value of merged cells was taken for all their rows: A2:A4.",
        "“Amount”: the value of merged cells was taken for the first of their rows only: C2:C3.",
        "“Since”: the value of merged cells was taken for all their rows: D2:D3.",
    ]
    (amount,) = result.report.undecided
    assert (amount.about, amount.column, amount.suggested) == ("merged_amount", "Amount", "first_row")
    said = read(path, *columns, fill_merged=False)
    assert (said.rows[3], said.report.undecided) == ((None, "Bo", None, None), ())


SEEN = ("Code", "Part", ("Site", "link"), "Region", ("Amount", "number"))
AS_SEEN = {
    2: ("01234", "PN-0042", "https://example.com/a?x=1#top", "North", 120),
    3: ("99999", "PN-12345", "https://example.com/b", "North", None),
    4: ("7", "8", None, "North", None),
}


@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls"])
def test_what_is_seen_of_a_sheet_is_the_same_in_all_formats(read, tmp_path, kind):
    def fill(data, book):
        zips, parts = (book.add_format({"num_format": code}) for code in ("00000", '"PN-"0000'))
        data.write_row(0, 0, ["Code", "Part", "Site", "Region", "Amount"])
        data.set_column(0, 0, None, zips)
        data.write_column(1, 0, [1234, 99999])
        data.write_column(1, 1, [42, 12345], parts)
        data.write_row(3, 0, ["7", "8"])
        data.write_url("C2", "https://example.com/a?x=1#top", string="our site")
        data.write_url("C3", "https://example.com/b")
        data.merge_range("D2:D4", "North")
        data.merge_range("E2:E4", 120)

    path = sheet(tmp_path, fill)

    result = read(path if kind == "xlsx" else converted(path, kind), *SEEN)

    assert result.rows == AS_SEEN
    assert [open_.about for open_ in result.report.undecided] == ["merged_amount"]


def test_what_is_seen_of_an_xlsb_sheet(read, tmp_path):
    rows = (
        ("Code", "Part", "Site", "Region", "Amount"),
        ((1234, 1), (42, 2), "our site", "North", 120),
        ((99999, 1), (12345, 2), "https://example.com/b", None, None),
        ("7", "8", None, None, None),
    )

    path = write_xlsb(
        tmp_path / "seen.xlsb",
        {"Data": ("sheet1.bin", rows)},
        formats=("00000", '"PN-"0000'),
        merges=((1, 3, 3, 3), (1, 3, 4, 4)),
        links={(1, 2): "https://example.com/a?x=1#top", (2, 2): "https://example.com/b"},
    )

    result = read(path, *SEEN)

    assert result.rows == AS_SEEN
    assert [open_.about for open_ in result.report.undecided] == ["merged_amount"]


def test_a_formula_that_is_a_link_leads_where_it_says(read, tmp_path):
    def fill(data, book):
        data.write_row(0, 0, ["Site", "Mail"])
        data.write_formula("A2", '=HYPERLINK("https://example.com/a?x=1&y=2","our site")', None, "our site")
        data.write_formula("B2", '=HYPERLINK("mailto:ada@example.com","Ada")', None, "Ada")
        data.write_formula("A3", '=HYPERLINK("https://example.org/b","https://example.com/b")', None,
                           "https://example.com/b")  # fmt: skip
        data.write_formula("A4", '=HYPERLINK("https://example.com/c")', None, "https://example.com/c")

    result = read(sheet(tmp_path, fill), ("Site", "link"), ("Mail", "email"))

    assert result.values == [
        ("https://example.com/a?x=1&y=2", "ada@example.com"),
        ("https://example.com/b", None),
        ("https://example.com/c", None),
    ]
    assert [(group["rule"], group["rows"]) for group in result.groups] == [("link_target", "3")]


def test_merged_cells_hold_across_the_pieces_of_a_long_sheet(read, tmp_path):
    def fill(data, book):
        data.write_row(0, 0, ["Region", "Number"])
        data.merge_range("A2:A30001", "North")
        data.write_column(1, 1, range(30_000))

    result = read(sheet(tmp_path, fill), "Region", ("Number", "integer"))

    assert set(result.values) == {("North", number) for number in range(30_000)}


def test_a_cell_that_shows_a_text_is_where_its_link_leads(read, tmp_path):
    def fill(data, book):
        data.write_row(0, 0, ["Site", "Mail"])
        data.write_url("A2", "https://example.com/a?x=1#top", string="our site")
        data.write_url("B2", "mailto:ada@example.com", string="Ada")
        data.write_url("A3", "https://example.com/", string="https://example.com")
        data.write_url("A4", "https://example.org/b", string="https://example.com/b")
        data.write_url("A5", "internal:Data!A1", string="https://example.com/c")

    result = read(sheet(tmp_path, fill), ("Site", "link"), ("Mail", "email"))

    assert result.values == [
        ("https://example.com/a?x=1#top", "ada@example.com"),
        ("https://example.com", None),
        ("https://example.com/b", None),
        ("https://example.com/c", None),
    ]
    assert [(group["rule"], group["rows"]) for group in result.groups] == [("link_target", "4")]


def test_a_table_s_totals_and_the_header_once_more_are_counted_and_no_records(read, tmp_path):
    def fill(data, book):
        rows = [["North", 10], ["Region", "Units"], ["South", 20]]
        data.add_table(
            "A1:B5",
            {
                "data": rows,
                "total_row": True,
                "columns": [
                    {"header": "Region", "total_string": "Total"},
                    {"header": "Units", "total_function": "sum", "total_value": 30},
                ],
            },
        )

    result = read(sheet(tmp_path, fill), column("Region", required=True), ("Units", "integer"))

    assert result.rows == {2: ("North", 10), 4: ("South", 20)}
    assert (result.report.totals, result.report.headers_again, result.report.rows) == (1, 1, 5)
    assert result.groups == []


@pytest.mark.parametrize("again", ["REGION;units", " region ; Units  sold ", "Re\u00adgion;Units\u00a0Sold"])
def test_a_header_once_more_is_known_as_headers_are(read, tmp_path, again):
    path = tmp_path / "again.csv"
    header = "Region;Units sold" if "old" in again else "Region;Units"
    path.write_text(f"{header}\nNorth;1\n{again}\nRegion;7\n")

    result = read(path, "Region", (header.split(";")[1], "text"))

    assert list(result.rows.values()) == [("North", "1"), ("Region", "7")]
    assert result.report.headers_again == 1


@pytest.mark.parametrize(
    ("header", "again"),
    [
        ((2019, "Region", "Units"), 2),
        ((dt.date(2024, 1, 1), "Region", True), 2),
        ((2019, 2020, dt.date(2021, 1, 1)), 2),
        ((True, "Region"), 2),
        ((1, 2), 0),  # a row of these numbers may well be a record
        ((1, 1, 0), 0),
    ],
)
def test_a_header_of_numbers_comes_again_where_it_is_no_row_by_chance(read, tmp_path, header, again):
    values = [5] * len(header)
    rows = [header, values] * 3

    def fill(data, book):
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                data.write(number, place, value, day if isinstance(value, dt.date) else None)

    names = list(headers_in(header).values())
    result = read(sheet(tmp_path, fill), *names, header_row=1)

    assert (result.report.headers_again, result.report.staged) == (again, 5 - again)


def test_a_single_value_that_is_nearly_the_header_is_a_value(read, tmp_path):
    path = tmp_path / "single.csv"
    path.write_text("City \nUlm\ncity\nCity \n")

    result = read(path, "City")

    assert (result.values, result.report.headers_again) == ([("Ulm",), ("city",)], 1)


@pytest.mark.parametrize("header_row", [None, 1, 2])
@pytest.mark.parametrize(
    ("columns", "stored"),
    [
        (("Name", "Male", "Female", "Phone"), ("Ward 1", "12", "15", "77")),
        (("Name", "Sex"), ("Ward 1", "12")),
    ],
)
def test_a_cell_merged_over_both_header_rows_names_its_column(read, tmp_path, header_row, columns, stored):
    def fill(data, book):
        data.merge_range("A1:A2", "Name")
        data.merge_range("B1:C1", "Sex")
        data.merge_range("D1:D2", "Phone")
        data.write_row(1, 1, ["Male", "Female"])
        data.write_row(2, 0, ["Ward 1", 12, 15, 77])

    path = sheet(tmp_path, fill)
    if header_row == 2 and "Sex" in columns:  # the second row is named, and has no such column
        columns, stored = ("Name",), ("Ward 1",)

    result = read(path, *columns, header_row=header_row)

    assert result.rows == {3: stored}
    assert propose(path, 10, 10**9, lambda told: None).header_row == 2


@pytest.mark.parametrize(
    ("label", "amount", "warned"), [("Summe:", 30, 1), ("Total", 31, 0), ("Sumer", 30, 0)]
)
def test_a_last_row_that_says_total_and_adds_up_is_warned_of(read, workbook, label, amount, warned):
    path = workbook(["Region", "Units"], ["North", 10], ["South", 20], [label, amount])

    result = read(path, "Region", ("Units", "integer"))

    assert [(group["rule"], group["rows"]) for group in result.groups] == [("total", "4")] * warned
    assert len(result.values) == 3


def test_a_second_table_below_the_first_is_warned_of(read, workbook):
    path = workbook(["Name", "Units"], ["Ada", 1], [], [], ["Product", "Price"], ["Tea", 2])

    result = read(path, "Name", ("Units", "integer"))

    assert ("second_table", "5", "warning") in {(g["rule"], g["rows"], g["severity"]) for g in result.groups}


@pytest.mark.parametrize("header_row", [None, 1, 2])
def test_a_text_file_s_header_may_have_two_rows(read, tmp_path, header_row):
    path = tmp_path / "two.csv"
    path.write_text("Name,Sex,,Phone\n,Male,Female,\nWard 1,12,15,77\n")

    result = read(path, "Name", ("Male", "integer"), ("Female", "integer"), "Phone", header_row=header_row)

    assert result.rows == {3: ("Ward 1", 12, 15, "77")}


def test_a_total_is_warned_of_whose_label_stands_in_a_column_that_is_not_imported(read, workbook):
    path = workbook(["Region", "Units"], ["North", 10], ["South", 20], ["Total", 30])

    result = read(path, ("Units", "integer"))

    assert [(group["rule"], group["cells"][0]["cell"]) for group in result.groups] == [("total", "Sheet1!A4")]


def test_a_second_table_of_nothing_but_texts_is_warned_of_behind_several_blank_rows(read, workbook):
    people = ["Ada", "Ulm"], ["Bo", "Bonn"]
    second = workbook(["Name", "City"], *people, [], [], ["Product", "Colour"], ["Chair", "red"])

    result = read(second, "Name", "City")
    one_gap = read(workbook(["Name", "City"], *people, [], ["Cy", "Hof"]), "Name", "City")

    assert [(group["rule"], group["rows"]) for group in result.groups] == [("second_table", "6")]
    assert one_gap.groups == []
