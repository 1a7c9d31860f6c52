"""Where the table is, what its headers are, and what each cell becomes."""

import datetime as dt
from pathlib import Path

import pytest
import xlsxwriter
from openpyxl import Workbook, load_workbook

from tests.factories import make_workbook
from tests.spreadsheet.conftest import column, converted
from tests.spreadsheet.refusals import refused
from tests.spreadsheet.xlsb import NOT_AVAILABLE, write_xlsb
from xlsapp.messages.saying import say
from xlsapp.spreadsheet.reading.deciding import Settled
from xlsapp.spreadsheet.reading.reader import ReadLimits

MIXED = (
    ("Name", "text"),
    ("Since", "date"),
    ("Paid", "boolean"),
    ("Amount", "number"),
    ("Orders", "integer"),
)
MIXED_ROWS = (
    ("Name", "Since", "Paid", "Amount", "Orders"),
    ("Ada", dt.date(2024, 1, 31), True, 1.5, 3),
    ("Grace", dt.date(1999, 12, 31), False, -0.25, 12),
)
MIXED_STORED = [("Ada", "2024-01-31", 1, 1.5, 3), ("Grace", "1999-12-31", 0, -0.25, 12)]


def written(tmp_path: Path, *rows: tuple, name: str = "book.xlsx", options: dict | None = None) -> Path:
    """A workbook by XlsxWriter, which can write what openpyxl cannot."""
    path = tmp_path / name
    book = xlsxwriter.Workbook(
        path, {"default_date_format": "yyyy-mm-dd", "in_memory": True, **(options or {})}
    )
    sheet = book.add_worksheet("Data")
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            if value is not None:
                sheet.write(number, place, value)
    book.close()
    return path


def test_a_written_year_that_may_be_of_another_calendar_is_warned_of(read, tmp_path):
    path = tmp_path / "years.csv"
    path.write_text("A,B\n2024-01-31,31/01/2024\n1402-12-25,15/03/2567\n9999-12-31,01/02/1850\n", "utf-8")

    result = read(path, ("A", "date"), ("B", "datetime"))

    found = [(g["severity"], g["rule"], cell["cell"]) for g in result.groups for cell in g["cells"]]
    assert found == [("warning", "odd_year", "Sheet1!A3"), ("warning", "odd_year", "Sheet1!B3")]
    assert [day for day, _ in result.values] == ["2024-01-31", "1402-12-25", "9999-12-31"]


@pytest.mark.parametrize("kind", ["xlsx", "xlsm", "xls", "ods", "csv"])
def test_every_format_gives_the_same_values(read, tmp_path, kind):
    book = make_workbook(tmp_path, *MIXED_ROWS, name="mixed.xlsx")
    if kind in ("xls", "ods", "csv"):
        book = converted(book, kind)

    result = read(book, *MIXED)

    assert result.problems == []
    assert result.values == MIXED_STORED


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_error_cells_are_problems_in_every_format(read, tmp_path, kind):
    path = tmp_path / "errors.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet("Data")
    sheet.write_row(0, 0, ["Name", "Amount"])
    sheet.write_row(1, 0, ["Ada"])
    sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")
    sheet.write_row(2, 0, ["Grace", 2])
    book.close()
    if kind != "xlsx":
        path = converted(path, kind)

    result = read(path, "Name", ("Amount", "number"))

    assert result.problems == [
        "Data!B2: This cell holds the Excel error #DIV/0!. Mend its formula or clear it."
    ]
    assert result.values == [("Ada", None), ("Grace", 2)]


def test_an_xlsb_workbook_is_read_and_its_errors_are_told_whatever_its_parts_are_called(read, tmp_path):
    path = write_xlsb(
        tmp_path / "book.xlsb",
        {
            "Notes": ("sheet2.bin", [["Remark"], ["x"]]),
            "Data": ("first.bin", [["Name", "Amount"], ["Ada", NOT_AVAILABLE], ["Grace", 2.5]]),
        },
    )

    result = read(path, "Name", ("Amount", "number"))

    assert result.problems == ["Data!B2: This cell holds the Excel error #N/A. Mend its formula or clear it."]
    assert result.values == [("Ada", None), ("Grace", 2.5)]
    assert (result.report.format, result.report.sheet) == ("xlsb", "Data")


def test_a_formula_without_a_result_is_a_problem_and_an_empty_text_is_not(read, workbook):
    path = workbook(["Name", "Sum"], ["Ada", "=1+1"])

    result = read(path, "Name", ("Sum", "number"))

    assert [p.split(":")[0] for p in result.problems] == ["Sheet1!B2"]
    assert "no stored result" in result.problems[0]


def test_the_table_is_found_below_titles_and_beside_empty_columns(read, workbook):
    path = workbook([None, "Our customers"], [], [None, None, "Name", "Orders"], [None, None, "Ada", 3])

    result = read(path, "Name", ("Orders", "integer"))

    assert result.rows == {4: ("Ada", 3)}
    assert result.report.header.row == 3


def test_the_sheet_that_fits_best_is_taken_and_hidden_ones_are_not(read, tmp_path):
    book = Workbook()
    book.active.title = "Notes"
    book.active.append(["Remarks"])
    for name, state in (("Old", "hidden"), ("Customers", "visible")):
        sheet = book.create_sheet(name)
        sheet.sheet_state = state
        sheet.append(["Name"])
        sheet.append([name])
    book.save(tmp_path / "sheets.xlsx")

    result = read(tmp_path / "sheets.xlsx", "Name")
    named = read(tmp_path / "sheets.xlsx", "Name", sheet="old")

    assert (result.report.sheet, result.values) == ("Customers", [("Customers",)])
    assert "Notes" in result.notes[0]
    assert named.values == [("Old",)]


def test_the_sheet_that_fits_is_found_behind_a_year_of_others(read, tmp_path):
    book = Workbook()
    book.active.append(["Remarks"])
    for week in range(1, 54):
        book.create_sheet(f"Week {week}").append(["Hours", week])
    sheet = book.create_sheet("Customers")
    sheet.append(["Name"])
    sheet.append(["Ada"])
    book.save(tmp_path / "sheets.xlsx")

    result = read(tmp_path / "sheets.xlsx", "Name")

    assert result.values == [("Ada",)]
    assert "“Week 4” and 49 more." in result.notes[0]


def test_sheet_and_header_row_can_be_named(read, workbook):
    path = workbook(["Name"], ["Name"], ["Ada"])

    assert read(path, "Name", header_row=2).rows == {3: ("Ada",)}
    with refused(r"nothing in row 4\. Write the number of the row with headers"):
        read(path, "Name", header_row=4)
    with refused("no sheet “Nowhere”"):
        read(path, "Name", sheet="Nowhere")


def test_headers_match_whatever_their_case_blanks_and_aliases(read, workbook):
    path = workbook(["  e-MAIL\n address ", "Full name", "Extra"], ["a@b.c", "Ada", 1])

    result = read(path, ("E-mail address", "email"), column("Name", number=2, aliases=("Full Name",)))

    assert result.values == [("a@b.c", "Ada")]
    assert result.report.header.extra == ("Extra",)


@pytest.mark.parametrize("header", ["\ufeffE-mail", "E\u2011mail\u00a0", "E\u00ad-\u200bmail", "Ｅ-mail"])
def test_what_nobody_sees_of_a_header_makes_no_difference(read, workbook, header):
    assert read(workbook([header], ["a@b.c"]), "E-mail").values == [("a@b.c",)]


def test_a_missing_required_column_fails_with_the_likely_header(read, workbook):
    with refused(r"no column “Email”\. Is “E-mail” your column “Email”"):
        read(
            workbook(["E-mail", "Name"], ["a@b.c", "Ada"]),
            column("Email", required=True),
            column("Name", number=2),
        )


def test_a_header_that_stands_there_twice_is_not_guessed(read, workbook):
    with refused("in A1 and C1"):
        read(workbook(["Name", "x", "name"], ["Ada", 1, "Grace"]), "Name")


def test_a_column_of_text_dates_is_read_one_way(read, workbook):
    rows = [["31/01/2024"], ["03/04/2024"], ["5 Jun 2024"], ["2024-07-08"]]
    day_first = read(workbook(["Since"], *rows), ("Since", "date"))
    month_first = read(workbook(["Since"], ["03/04/2024"], ["01/31/2024"]), ("Since", "date"))
    mixed = read(workbook(["Since"], ["31/01/2024"], ["30/01/2024"], ["01/31/2024"]), ("Since", "date"))

    assert day_first.values == [("2024-01-31",), ("2024-04-03",), ("2024-06-05",), ("2024-07-08",)]
    assert "day first (31/01/2026); one can only be read so" in day_first.notes[0]
    assert month_first.values == [("2024-03-04",), ("2024-01-31",)]
    assert mixed.problems == ["Sheet1!A4: “01/31/2024” is not a date. Write it like 2024-02-28."]


def test_the_whole_column_decides_even_where_its_proof_comes_last(read, workbook):
    path = workbook(["Since"], *([["03/04/2024"]] * 5000), ["12/31/2024"])

    result = read(path, ("Since", "date"))

    assert result.problems == []
    assert result.rows[2] == ("2024-03-04",)


@pytest.mark.parametrize(
    ("texts", "stored"),
    [
        (["1,234.5", "12%", "€ 3", "(4)", "1e3"], [1234.5, 0.12, 3, -4, 1000]),
        (["-$1,234.50", "($5)", "6.25-", "7 €", "\u22128"], [-1234.5, -5, -6.25, 7, -8]),
        (["1.234,5", "2,25", "1 000"], [1234.5, 2.25, 1000]),
        (["1,234", "2,345"], [1234, 2345]),
        (["1.234", "0.5"], [1.234, 0.5]),
    ],
)
def test_numbers_written_as_text_are_read_as_their_column_writes_them(read, workbook, texts, stored):
    result = read(workbook(["Amount"], *([text] for text in texts)), ("Amount", "number"))

    assert [value for (value,) in result.values] == stored
    assert result.problems == []


def test_other_columns_of_the_file_decide_what_a_column_leaves_open(read, workbook):
    rows = [["12,50", "1,250", "31/01/2024", "03/04/2024"], ["3,20", "2,125", "30/01/2024", "05/06/2024"]]
    path = workbook(["Price", "Kg", "From", "To"], *rows)

    result = read(path, ("Price", "number"), ("Kg", "number"), ("From", "date"), ("To", "date"))

    assert result.values[0] == (12.5, 1.25, "2024-01-31", "2024-04-03")
    assert (
        "“Kg”: 2 numbers written as text were read with a decimal comma (1.234,5), as in the column “Price”."
        in (result.notes)
    )
    assert result.report.undecided == ()


def test_what_nobody_decides_is_told_with_both_readings(read, tmp_path):
    path = tmp_path / "open.csv"
    path.write_text("Amount;Day;Seen\n173,900;03/04/2025;03/04/2025 10:00Z\n12,000;05/05/2025;\n")

    report = read(path, ("Amount", "number"), ("Day", "date"), ("Seen", "datetime")).report

    amount, day, seen = report.undecided
    assert (amount.column, amount.about, amount.answers, amount.suggested) == (
        "Amount", "decimal_sign", ("point", "comma"), "comma",
    )  # fmt: skip
    assert [(e.row, e.text, e.readings) for e in amount.examples] == [
        (2, "173,900", ("173900", "173.9")), (3, "12,000", ("12000", "12")),
    ]  # fmt: skip
    assert [(e.row, e.readings) for e in day.examples] == [(2, ("2025-04-03", "2025-03-04"))]
    assert (day.suggested, seen.examples[0].text) == ("day_first", "03/04/2025 10:00Z")


@pytest.mark.parametrize(("answer", "stored"), [("point", 1250), ("comma", 1.25)])
def test_what_somebody_has_said_is_not_asked(read, workbook, answer, stored):
    result = read(
        workbook(["Kg"], ["1,250"]),
        ("Kg", "number"),
        settled={(1, "decimal_sign"): Settled(answer, "upload")},
    )

    assert (result.values, result.report.undecided) == ([(stored,)], ())


def test_columns_that_contradict_each_other_decide_nothing(read, workbook):
    path = workbook(["A", "B", "C"], ["1,5", "1.5", "1.250"])

    report = read(path, ("A", "number"), ("B", "number"), ("C", "number")).report

    assert [open_.column for open_ in report.undecided] == ["C"]


@pytest.mark.parametrize(
    ("other", "stored"),
    [("3 maja 2024", "2024-11-05"), ("3 svibnja 2024", "2024-10-05"), ("3 May 2024", None)],
)
def test_a_word_that_means_two_months_means_what_it_does_in_its_column_s_language(
    read, workbook, other, stored
):
    result = read(workbook(["Day"], ["5 listopada 2024"], [other]), ("Day", "date"))

    assert result.values[0] == (stored,)
    assert [problem.split(":")[0] for problem in result.problems] == ([] if stored else ["Sheet1!A2"])


def test_currencies_are_taken_out_of_numbers_and_told(read, workbook):
    same = read(workbook(["Price"], ["€ 5"], ["EUR 7,50"], ["12"]), ("Price", "number"))
    other = read(workbook(["Price"], ["US$12"], ["A$3"]), ("Price", "number"))

    assert "“Price”: the numbers were kept without their currency: € (1), EUR (1)." in same.notes
    assert same.report.undecided == ()
    assert (
        "“Price”: the numbers are of several currencies, which were not kept: US$ (1), A$ (1)." in other.notes
    )
    assert [(cell.row, cell.text) for cell in other.report.undecided[0].examples] == [
        (2, "US$12"),
        (3, "A$3"),
    ]
    assert [(open_.about, open_.answers) for open_ in other.report.undecided] == [("currency", ("without",))]


@pytest.mark.parametrize(
    ("texts", "stored", "way"),
    [
        (
            ["1.000"],
            [1000],
            "1 number written as text was read with points between thousands (1.234); one can",
        ),
        (["1.000", "2.500", "1.234.567"], [1000, 2500, 1_234_567], "points between thousands"),
        (["1,000", "2,500", "7"], [1000, 2500, 7], "commas between thousands"),
        (["2.00", "3.0", "1,000"], [2, 3, 1000], "commas between thousands"),
        (["1.000E+03", "1e2"], [1000, 100], "one can only be read so"),
    ],
)
def test_a_point_in_a_whole_number_parts_thousands_or_is_followed_by_zeros(
    read, workbook, texts, stored, way
):
    result = read(workbook(["Orders"], *([text] for text in texts)), ("Orders", "integer"))

    assert result.problems == []
    assert [value for (value,) in result.values] == stored
    assert way in result.notes[0]


@pytest.mark.parametrize("texts", [["2.00", "1.000"], ["1.500", "2.500", "12.50"], ["1.000", "1,000"]])
def test_a_whole_number_that_its_column_contradicts_is_a_problem_and_never_a_thousandth(
    read, workbook, texts
):
    result = read(workbook(["Orders"], *([text] for text in texts)), ("Orders", "integer"))

    assert len(result.problems) == 1
    assert not {1, 2} & {value for (value,) in result.values[1:]}


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        ("text", "00123", "00123"),
        ("text", 12.0, "12"),
        ("text", " two  blanks ", " two  blanks "),
        ("integer", "0012", 12),
        ("number", 0.125, 0.125),
        ("date", dt.datetime(2024, 5, 6), "2024-05-06"),
        ("datetime", dt.datetime(2024, 5, 6, 7, 8, 9), "2024-05-06T07:08:09"),
        ("datetime", dt.datetime(2024, 5, 6), "2024-05-06T00:00:00"),
        ("datetime", "2024-05-06 7:08 PM", "2024-05-06T19:08:00"),
        ("time", dt.time(7, 8, 9), "07:08:09"),
        ("time", "9:30", "09:30:00"),
        ("time", dt.timedelta(hours=5, minutes=6), "05:06:00"),
        ("boolean", "ja", 1),
        ("boolean", 0, 0),
        ("email", " Ada@Example.com ", "Ada@Example.com"),
        ("link", "https://example.com/a?b=c", "https://example.com/a?b=c"),
    ],
)
def test_a_cell_becomes_its_column_s_type(read, workbook, kind, value, stored):
    result = read(workbook(["It", "Other"], [value, "x"]), ("It", kind), "Other")

    assert result.problems == []
    assert result.values == [(stored, "x")]


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("integer", 4.5, "“4.5” is not a whole number"),
        ("integer", 2.0**60, "too many digits"),
        ("integer", True, "“TRUE” is not a whole number"),
        ("integer", "9" * 4000, "…” has too many digits"),
        ("number", dt.date(2024, 1, 1), "is a date or time, not a number"),
        ("number", "(-5)", "“(-5)” is not a number"),
        ("date", 45000, "“45000” is a number, not a date"),
        ("date", dt.datetime(2024, 5, 6, 7), "has a time of day"),
        ("date", "31/02/2024", "“31/02/2024” is not a date"),
        ("time", dt.timedelta(hours=30), "“30:00:00” is not a time of day"),
        ("time", "24:00", "“24:00” is not a time of day: the last is 23:59:59. Write 00:00"),
        ("time", 1.0, "in Excel this cell is 1, a whole day (24:00)"),
        ("time", dt.datetime(1900, 1, 1), "in Excel this cell is 1, a whole day (24:00)"),
        ("time", 9.3, "“9.3” is not a time of day but a number"),
        ("duration", 90, "“90” names no unit"),
        ("duration", dt.datetime(1900, 1, 1, 12), "is a date, not a duration"),
        ("duration", "soon", "“soon” is not a duration"),
        ("boolean", "perhaps", "neither yes nor no"),
        ("email", "ada at example", "not an e-mail address"),
        ("link", "javascript:alert(1)", "not a link"),
    ],
)
def test_a_cell_that_is_not_of_its_type_is_a_problem_and_not_a_guess(read, workbook, kind, value, words):
    result = read(workbook(["It", "Other"], [value, "x"]), ("It", kind), "Other")

    assert len(result.problems) == 1
    assert words in result.problems[0]
    assert len(result.problems[0]) < 200
    assert result.report.rejected == 1


def test_times_of_one_zone_are_kept_as_written_and_said(read, tmp_path):
    path = tmp_path / "times.csv"
    path.write_text(
        "Seen,Day\n2026-03-04T10:00:00Z,2026-03-04T00:00:00.000Z\n2026-03-04 23:30:15 UTC,2026-03-05\n"
        "2026-03-05T07:08:09.5+00:00,2026-03-06 00:00+0000\n03/05/2026 9:15 PM,\n"
    )

    result = read(path, ("Seen", "datetime"), ("Day", "date"))

    assert result.problems == []
    assert [seen for seen, _ in result.values] == [
        "2026-03-04T10:00:00", "2026-03-04T23:30:15", "2026-03-05T07:08:09.500000", "2026-05-03T21:15:00",
    ]  # fmt: skip
    assert [day for _, day in result.values] == ["2026-03-04", "2026-03-05", "2026-03-06", None]
    assert result.notes[1:] == [
        "“Seen”: 3 times are written for UTC, and were kept as they are written.",
        "“Day”: 2 times are written for UTC, and were kept as they are written.",
    ]


@pytest.mark.parametrize(
    ("as_utc", "stored", "words"),
    [
        (False, ["2026-01-15T10:00:00", "2026-07-15T10:00:00"], "and were kept as they are written."),
        (
            True,
            ["2026-01-15T09:00:00", "2026-07-15T08:00:00"],
            "and were stored as UTC, as was said for this upload.",
        ),
    ],
)
def test_summer_and_winter_times_are_kept_as_written_or_stored_as_utc(read, workbook, as_utc, stored, words):
    path = workbook(["Seen"], ["2026-01-15T10:00:00+01:00"], ["2026-07-15T10:00:00+02"], ["2026-03-04 11:00"])

    result = read(
        path, ("Seen", "datetime"), settled={(1, "time_zone"): Settled("as_utc", "upload")} if as_utc else {}
    )

    assert [seen for (seen,) in result.values] == [*stored, "2026-03-04T11:00:00"]
    assert (
        f"2 times are written for several time zones, UTC+01:00 (1), UTC+02:00 (1), {words}"
        in (result.notes[-1])
    )
    assert [open_.about for open_ in result.report.undecided] == []


def test_real_dates_beside_texts_of_the_other_order_are_warned_of_unless_a_day_is_above_12(read, workbook):
    rows = [[dt.date(2024, 3, 4)], [dt.date(2024, 5, 5)], [dt.date(2024, 5, 6)], ["25/04/2024"]]
    swapped, right = workbook(["Day"], *rows), workbook(["Day"], *rows, [dt.date(2024, 1, 31)], name="b.xlsx")

    warned = read(swapped, ("Day", "date"))

    assert [(group["rule"], group["rows"], group["severity"]) for group in warned.groups] == [
        ("swapped", "2, 4", "warning")
    ]
    assert "“2024-03-04” may be 2024-04-03: texts of this column can only be day first" in warned.problems[0]
    assert read(right, ("Day", "date")).groups == []


def test_what_excel_made_of_typed_texts_is_warned_of(read, workbook):
    path = workbook(
        ["Size", "Code"], [dt.date(2024, 2, 1), "1.23457E+15"], ["1-2", "4.91512E+11"], ["x", "AE+1"]
    )
    only_dates = workbook(["Day"], [dt.date(2024, 2, 1)], [dt.date(2024, 2, 2)], name="days.xlsx")

    result = read(path, "Size", "Code")

    warned = {(group["rule"], group["rows"], group["severity"]) for group in result.groups}
    assert warned == {("moment_in_text", "2", "warning"), ("digits", "2–3", "warning")}
    assert [code for _, code in result.values] == ["1.23457E+15", "4.91512E+11", "AE+1"]
    assert read(only_dates, "Day").groups == []


def test_a_long_number_in_a_text_column_keeps_its_digits_with_a_warning(read, workbook):
    path = workbook(["Card"], [4000123412341234], [123456789012345], ["4000123412341234"], [1e21], [1e300])

    result = read(path, "Card")

    assert [card for (card,) in result.values] == [
        "4000123412341234", "123456789012345", "4000123412341234", "1" + "0" * 21, "1e+300",
    ]  # fmt: skip
    assert [(group["severity"], group["rule"], group["rows"]) for group in result.groups] == [
        ("warning", "digits", "2, 5")
    ]
    assert result.report.rejected == 0


def test_rules_hold_and_may_only_warn(read, workbook):
    path = workbook(["Code", "Age", "Plan"], ["AB1", 17, "team"], ["x", 130, "Gold"], [None, 30, "Free"])

    result = read(
        path,
        column("Code", number=1, required=True, pattern="[A-Z]{2}[0-9]", min_length=2),
        column("Age", "integer", number=2, minimum="18", maximum="120", warnings=frozenset({"minimum"})),
        column("Plan", "choice", number=3, choices=("Free", "Team")),
    )

    assert sorted(p.split(":")[0] for p in result.problems) == [
        "Sheet1!A3", "Sheet1!A3", "Sheet1!A4", "Sheet1!B2", "Sheet1!B3", "Sheet1!C3",
    ]  # fmt: skip
    assert {g["rule"] for g in result.groups if g["severity"] == "warning"} == {"minimum"}
    assert result.rows[2] == ("AB1", 17, "Team")
    assert result.report.rejected == 2


def test_counts_are_exact_where_the_list_is_cut(read, workbook):
    path = workbook(["Orders"], *([f"x{n}"] for n in range(300)))

    result = read(path, ("Orders", "integer"), max_problems=50)

    assert result.groups[0]["count"] == 300
    assert result.groups[0]["rows"] == "2–301"
    assert result.report.rejected == 300


def test_1904_dates_and_hidden_rows_are_read_right(read, tmp_path):
    path = written(tmp_path, ("Since",), (dt.date(2024, 1, 31),), options={"date_1904": True})
    hidden = make_workbook(tmp_path, ["Name"], ["Ada"], ["Grace"], name="hidden.xlsx")
    book = load_workbook(hidden)
    book.active.row_dimensions[3].hidden = True
    book.save(hidden)

    assert read(path, ("Since", "date")).values == [("2024-01-31",)]
    assert read(hidden, "Name").report.hidden == 1


def test_blank_rows_are_counted_and_values_outside_the_table_said(read, workbook):
    path = workbook(["Name", "Extra"], ["Ada"], [], ["  "], [None, "total"], ["Grace"])

    report = read(path, "Name").report

    assert (report.rows, report.staged, report.left_out) == (6, 2, 1)
    assert any("1 row has values only in columns that are not imported" in say(note) for note in report.notes)


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_values_in_columns_without_a_header_are_counted(read, tmp_path, kind):
    rows = [
        ["Name", None, "Orders"],
        ["Ada", 0, 1, None, "note"],
        ["Grace", None, 2, False],
        [None] * 4 + ["x"],
    ]
    path = make_workbook(tmp_path, *rows, name="outside.xlsx")
    if kind != "xlsx":
        path = converted(path, kind)

    report = read(path, "Name", ("Orders", "integer")).report

    assert say(report.notes[0]) == (
        "Columns without a header were left alone: B (1 cell), D (1 cell), E (2 cells)."
    )
    assert (report.rows, report.left_out) == (4, 1)


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (ReadLimits(max_rows=3), "has more than 3 rows"),
        (ReadLimits(max_cells=7), "has more than 7 cells"),
        (ReadLimits(max_text_bytes=1_000_000), "longer than 1 MB in all"),
        (ReadLimits(max_unpacked_bytes=5_000), "MB is the limit"),
    ],
)
def test_a_limit_is_named_and_nothing_is_cut(read, workbook, limits, words):
    path = workbook(["Name", "Note"], *(["Ada", "x" * 30_000] for _ in range(40)))
    few = workbook(["Name", "Note"], *(["Ada", "x"] for _ in range(3)), name="few.xlsx")

    with refused(words):
        read(path, "Name", "Note", limits=limits)
    if limits.max_unpacked_bytes > 5_000:
        assert len(read(few, "Name", "Note", limits=limits).values) == 3


def test_many_shared_texts_come_out_where_they_were(read, tmp_path):
    rows = [(f"name {n % 700}", f"<{n}> & é", n) for n in range(12_000)]
    path = written(tmp_path, ("Name", "Note", "Number"), *rows, options={"in_memory": False})

    result = read(path, "Name", "Note", ("Number", "integer"))

    assert result.values == rows
    assert list(result.rows) == list(range(2, 12_002))


def test_a_whole_number_of_which_excel_has_written_the_first_digits_is_warned_of(read, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Account\n1.23457E+15\n1E+3\n12\n")

    result = read(path, ("Account", "integer"))

    assert result.values == [(1_234_570_000_000_000,), (1000,), (12,)]
    assert [(group["severity"], group["rows"]) for group in result.groups] == [("warning", "2")]


def test_columns_of_one_header_are_told_apart_by_their_order(read, tmp_path):
    path = make_workbook(tmp_path, ["Qtr 1", "Name", "Qtr 1", "Qtr 1"], [1, "Ada", 2, 3])

    found = read(path, "Name", ("Qtr 1", "integer"), ("Qtr 1 (2)", "integer"), ("qtr 1 (3)", "integer"))

    assert found.values == [("Ada", 1, 2, 3)]
    assert found.notes == [
        "The header “Qtr 1” is there 3 times, in A1, C1, D1: its columns were told apart by their order."
    ]
    # A header's own number is none that the order gives, and without a column for both it is not guessed.
    own = make_workbook(tmp_path, ["Qtr 1", "Qtr 1 (2)", "Qtr 1"], [1, 2, 3], name="own.xlsx")
    assert read(own, ("Qtr 1", "integer"), ("Qtr 1 (2)", "integer"), ("Qtr 1 (3)", "integer")).values == [
        (1, 2, 3)
    ]
    with refused("is there 3 times"):
        read(path, ("Qtr 1", "integer"))
    assert read(path, column("First", "integer", aliases=("Qtr 1", "Qtr 1 (1)"))).values == [(1,)]


def test_a_file_without_headers_is_read_by_its_letters(read, tmp_path):
    path = make_workbook(tmp_path, [1, "Ada"], [2, "Bo", "more"])
    named = column("Nr", "integer", number=1, aliases=("A",)), column("B", number=2)

    found = read(path, *named, has_header=False)

    assert found.values == [(1, "Ada"), (2, "Bo")]
    assert found.notes == [
        "No row was taken for a header: the columns were found by their letters.",
    ]
    assert (found.report.header.row, found.report.header.extra) == (0, ("C",))
    assert read(path, *named, header_row=0).values == found.values
    # A file that was made here has a header all the same.
    ours = make_workbook(tmp_path, ["B", "Nr"], ["Ada", 1], name="ours.xlsx")
    assert read(ours, *named, has_header=False).values == [(1, "Ada")]


def test_a_day_of_the_week_that_does_not_fit_is_warned_of_and_proves_an_order(read, workbook):
    days = ["Monday, 5 January 2021", "Tue 5 Jan 2021", "Mar 5 2021", "mar 5 ene 2021"]
    warned = read(workbook(["Day"], *([day] for day in days)), ("Day", "date"))
    proved = read(workbook(["Day"], ["Mon 03/08/2021"], ["04/08/2021"]), ("Day", "date"))

    assert [row[0] for row in warned.values] == ["2021-01-05", "2021-01-05", "2021-03-05", "2021-01-05"]
    assert [(group["rows"], group["severity"]) for group in warned.groups] == [("2", "warning")]
    assert "is a Tuesday" in warned.problems[0]
    assert [row[0] for row in proved.values] == ["2021-03-08", "2021-04-08"]
    assert not proved.report.undecided
