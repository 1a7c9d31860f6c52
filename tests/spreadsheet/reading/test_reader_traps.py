"""Traps that workbooks set for their readers, as thousands of real files did: one test each."""

import datetime as dt
import io
import struct
import zipfile
from datetime import date

import pytest
import xlsxwriter
from openpyxl import Workbook

from tests.factories import make_workbook
from tests.spreadsheet.conftest import converted
from tests.spreadsheet.containers import ods, ods_row, ole, xls
from tests.spreadsheet.hostile import ADA, sheet, xlsx
from tests.spreadsheet.refusals import refused
from tests.spreadsheet.xlsb import write_xlsb
from xlsapp.messages.saying import say
from xlsapp.spreadsheet.files.workbook_error import WorkbookError
from xlsapp.spreadsheet.files.xls_records import short_number

DATED = (
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs>'
    b'<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="10"/></cellXfs></styleSheet>'
)


@pytest.fixture
def stored(tmp_path):
    """Keeps bytes as a file with a name that says nothing."""

    def store(content: bytes):
        path = tmp_path / "book.bin"
        path.write_bytes(content)
        return path

    return store


def changed(content: bytes, **parts: tuple[bytes, bytes]) -> bytes:
    """A zip with something replaced in the part whose name ends so; in all names, for `names`."""
    buffer = io.BytesIO()
    old_name, new_name = parts.pop("names", (b"", b""))
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            for end, (before, after) in parts.items():
                if name.endswith(end + ".xml"):
                    assert before in data
                    data = data.replace(before, after)
            if old_name:
                data = data.replace(old_name, new_name)
            new.writestr(name.replace(old_name.decode(), new_name.decode()), data)
    return buffer.getvalue()


def one(cell: bytes) -> bytes:
    """A sheet with the header “Name” and a cell below it."""
    return sheet(b'<row r="2">' + cell + b"</row>")


def test_a_dimension_that_is_too_small_hides_nothing_from_the_last_reader(read, tmp_path, stored):
    content = changed(
        make_workbook(tmp_path, ["Name"], ["Ada"], ["Bo"]).read_bytes(),
        # Ours refuses single quotation marks, and calamine an error it does not know: openpyxl's turn.
        sheet1=(b'<c r="A3" t="inlineStr"><is><t>Bo</t></is></c>', b"<c r='A3' t='e'><v>#BUSY!</v></c>"),
    )
    content = changed(content, sheet1=(b'ref="A1:A3"', b'ref="A1:A1"'))

    result = read(stored(content), "Name")

    assert result.rows[2] == ("Ada",)
    assert result.problems == [
        "Sheet1!A3: This cell holds the Excel error #BUSY!. Mend its formula or clear it."
    ]


@pytest.mark.parametrize("ref", [b"", b"A1:XFD1048576", b"A1", b"nonsense"])
def test_a_dimension_is_never_believed(read, stored, ref):
    path = stored(xlsx(sheet(ADA, before=b'<dimension ref="' + ref + b'"/>')))

    assert read(path, "Name").values == [("Ada",)]


def test_a_merged_range_that_is_none_does_no_harm(read, stored):
    content = sheet(ADA).replace(
        b"</worksheet>", b'<mergeCells><mergeCell ref="x"/></mergeCells></worksheet>'
    )

    assert read(stored(xlsx(content)), "Name").values == [("Ada",)]


def test_a_header_merged_over_two_columns_names_the_first(read, tmp_path):
    book = Workbook()
    for row in (["Name", "x", "Orders"], ["Ada", 1, 1], ["Bo", 1, 2]):
        book.active.append(row)
    book.active.merge_cells("A1:B1")
    book.save(tmp_path / "merged.xlsx")

    result = read(tmp_path / "merged.xlsx", "Name", ("Orders", "integer"))

    assert result.values == [("Ada", 1), ("Bo", 2)]
    assert result.notes == ["Columns without a header were left alone: B (2 cells)."]


@pytest.mark.parametrize(
    ("cell", "kind", "value"),
    [
        (b'<c r="A2" s="1"><v>60</v></c>', "date", "1900-02-28"),  # a day that never was
        (b'<c r="A2" s="2"><v>0.125</v></c>', "number", 0.125),  # a percentage
        (b'<c r="A2" s="1"><v>45000.5</v></c>', "datetime", "2023-03-15T12:00:00"),
        (b'<c r="A2" s="1"><v>45000</v></c>', "datetime", "2023-03-15T00:00:00"),
        (b'<c r="A2" t="str"><v>a_x000D_b</v></c>', "text", "a\rb"),
        (b'<c r="A2" t="inlineStr"><is><t> Ada </t></is></c>', "text", "Ada"),  # as the format says
    ],
)
def test_a_value_is_what_its_cell_means(read, stored, cell, kind, value):
    result = read(stored(xlsx(one(cell), styles=DATED)), ("Name", kind))

    assert result.problems == []
    assert result.values == [(value,)]


@pytest.mark.parametrize(
    ("cell", "kind", "words"),
    [
        (b'<c r="A2" s="1"><v>0.5</v></c>', "date", "“12:00:00” is not a date"),
        (b'<c r="A2"><v>NaN</v></c>', "number", ""),
        (b'<c r="A2"><v>INF</v></c>', "number", ""),
        (b'<c r="A2"><v>-1e999</v></c>', "integer", "too large"),
        (b'<c r="A2" s="1"><v>NaN</v></c>', "date", "a date that is none"),
        (b'<c r="A2" s="1"><v>NaN</v></c>', "datetime", "a date that is none"),
        (b'<c r="A2" s="1"><v>NaN</v></c>', "text", "a date that is none"),
        (b'<c r="A2" t="b"><v>perhaps</v></c>', "boolean", ""),
    ],
)
def test_a_value_that_means_nothing_is_a_problem_in_its_cell(read, stored, cell, kind, words):
    result = read(stored(xlsx(one(cell), styles=DATED)), ("Name", kind))

    assert len(result.problems) == 1, result
    assert result.problems[0].startswith("S!A2: ")
    assert words in result.problems[0]


@pytest.mark.parametrize(
    "others",
    [
        b"",
        b'<row r="5"><c r="A5" t="str"><f>B5</f><v>#N/A</v></c></row>',  # a formula's text
        b'<row r="5"><c r="A5" t="inlineStr"><is><t>t="e"</t></is></c></row>',
        b'<row r="5"><c r="A5" t="e"><v>no code</v></c></row>',
    ],
)
def test_errors_are_errors_and_texts_that_look_like_them_are_texts(read, stored, others):
    rows = (
        b'<row r="2"><c r="A2" t="e"><v>#REF!</v></c></row>'
        b'<row r="3"><c r="A3" t="inlineStr"><is><t>#REF!</t></is></c></row>'
        b'<row r="4"><c r="A4" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>'
    )

    result = read(stored(xlsx(sheet(rows + others))), "Name")

    wrong = [problem.split(": ")[0] for problem in result.problems]
    assert wrong == ["S!A2", "S!A4", *(["S!A5"] if b"no code" in others else [])]
    assert result.rows[3] == ("#REF!",)
    if b"#N/A" in others:
        assert result.rows[5] == ("#N/A",)
    if b"inlineStr" in others:
        assert result.rows[5] == ('t="e"',)


def test_many_cells_of_a_column_that_will_not_do_are_each_told_in_their_row(read, workbook):
    cells = [7, "seven", 7.5, True, None, "8", "seven", date(2026, 1, 2), 9, "x", 7]

    result = read(
        workbook(["Orders", "Name"], *([cell, "a"] for cell in cells)), ("Orders", "integer"), "Name"
    )

    assert [row[0] for row in result.rows.values()] == [7, None, None, None, None, 8, None, None, 9, None, 7]
    assert [int(problem.split(":")[0].rpartition("A")[2]) for problem in result.problems] == [
        3,
        4,
        5,
        8,
        9,
        11,
    ]


def test_a_1904_book_may_say_so_in_words_and_its_first_day_is_no_guess(read, stored):
    content = xlsx(
        sheet(
            b'<row r="2"><c r="A2" s="1"><v>43500</v></c></row><row r="3"><c r="A3" s="1"><v>0</v></c></row>'
        ),
        styles=DATED,
    )
    content = changed(content, workbook=(b"<sheets>", b'<workbookPr date1904="true"/><sheets>'))

    result = read(stored(content), ("Name", "date"))

    assert result.rows[2] == ("2023-02-05",)
    assert result.problems == ["S!A3: “00:00:00” is not a date. Write it like 2024-02-28."]


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_times_durations_and_places_are_the_same_in_every_format(read, tmp_path, kind):
    rows = [
        ["A title"],
        [],
        [None, "Start", "Took"],
        [None, dt.time(9, 30), dt.timedelta(hours=36, minutes=5)],
    ]
    rows.append([None, dt.time(23, 59, 59), dt.timedelta(hours=5)])
    path = make_workbook(tmp_path, *rows, name="times.xlsx")
    if kind != "xlsx":
        path = converted(path, kind)

    result = read(path, ("Start", "time"), ("Took", "time"))
    as_texts = read(path, "Start", "Took")

    assert result.problems == [
        "Sheet1!C4: “36:05:00” is not a time of day: the last is 23:59:59. Write 00:00 for midnight, or make "
        "this a column for durations."
    ]
    assert result.rows == {4: ("09:30:00", None), 5: ("23:59:59", "05:00:00")}
    assert as_texts.rows[4][1] == "36:05:00"
    assert read(path, ("Took", "duration")).values == [(129_900.0,), (18_000.0,)]


def test_an_ods_file_that_lacks_its_beginning_is_called_damaged(read, stored):
    with refused("damaged or did not arrive whole"):
        read(stored(b"PK\x03\x04" + ods(ods_row("Name"), ods_row("Ada"))[50:]), "Name")


def test_an_old_workbook_with_sectors_beyond_all_bounds_is_called_damaged(read, stored):
    content = bytearray(xls({(0, 0): "Name", (1, 0): "Ada"}))
    content[0x1E:0x20] = struct.pack("<H", 30_000)  # a power of two

    with refused("damaged or did not arrive whole"):
        read(stored(bytes(content)), "Name")


def test_a_duration_beyond_all_bounds_in_an_xlsb_file_is_no_fault_of_ours(read, tmp_path):
    rows = [["Took"], [(1e10, 1)]]
    path = write_xlsb(tmp_path / "far.xlsb", {"S": ("sheet1.bin", rows)}, formats=["[h]:mm"])

    with refused("damaged or did not arrive whole"):
        read(path, ("Took", "duration"))


def test_numbers_in_32_bits_are_read_as_excel_means_them():
    packed = {0xBFF00000: -1, 0x405EC001: 1.23, 0x02F1853A: 12_345_678, 0xFFFFFFEA: -6, 0xFFFFFDA7: -1.51}

    for bits, number in packed.items():
        assert short_number(struct.unpack("<i", struct.pack("<I", bits))[0]) == number


CLOCKS = ("h:mm", "[h]:mm", 'hh:mm:ss\\ "Uhr"')


@pytest.mark.parametrize("kind", ["xlsx", "xlsx 1904", "by calamine", "by openpyxl", "xlsb", "xls", "ods"])
def test_a_time_below_zero_is_a_negative_duration_and_no_time_of_day(read, tmp_path, kind):
    days = [-0.25, -1.25, -400 / 86_400, -1, -1e-9]
    path = tmp_path / "below.xlsx"
    with xlsxwriter.Workbook(path, {"date_1904": kind not in ("xlsx", "xlsb")}) as book:
        sheet = book.add_worksheet()
        for place, code in enumerate(CLOCKS):
            shown = book.add_format({"num_format": code})
            sheet.write_column(0, place, [code, *days])
            sheet.write_column(1, place, days, shown)
        sheet.write_formula(1, 0, "=-6/24", book.add_format({"num_format": CLOCKS[0]}), -0.25)
    quoted = b"<row r='7'><c r='G7'%b></c></row></sheetData>"
    match kind:
        case "xls" | "ods":
            path = converted(path, kind)
        case "xlsb":
            rows = [CLOCKS, *([(value, 1 + at) for at, _ in enumerate(CLOCKS)] for value in days)]
            path = write_xlsb(tmp_path / "below.xlsb", {"S": ("sheet1.bin", rows)}, formats=CLOCKS)
        case "by calamine":  # ours refuses single quotation marks, calamine an error that it does not know
            path.write_bytes(changed(path.read_bytes(), sheet1=(b"</sheetData>", quoted % b"><v>1</v>")))
        case "by openpyxl":
            error = quoted % b" t='e'><v>#BUSY!</v>"
            path.write_bytes(changed(path.read_bytes(), sheet1=(b"</sheetData>", error)))

    spans, times, dates, texts = (
        read(path, *((code, each) for code in CLOCKS)) for each in ("duration", "time", "date", "text")
    )

    every = len(CLOCKS)
    assert spans.values == [(s,) * every for s in (-21_600.0, -108_000.0, -400.0, -86_400.0, 0.0)]
    assert times.values[4] == ("00:00:00",) * every
    assert [row for row, values in times.rows.items() if any(values)] == [6]
    refusal = "is not a time of day: the first is 00:00."
    assert sum(refusal in problem for problem in times.problems) == 4 * every
    assert not any(map(any, dates.values))
    shown = ["-6:00:00", "-30:00:00", "-0:06:40", "-24:00:00"]
    assert texts.values[:4] == [(text,) * every for text in shown]


@pytest.mark.parametrize("kind", ["xls", "ods"])
def test_1904_dates_are_read_right_in_every_format(read, tmp_path, kind):
    book = Workbook()
    book.epoch = dt.datetime(1904, 1, 1)
    for row in (["Since"], [dt.date(2024, 1, 31)]):
        book.active.append(row)
    book.save(tmp_path / "mac.xlsx")

    assert read(converted(tmp_path / "mac.xlsx", kind), ("Since", "date")).values == [("2024-01-31",)]


def test_a_workbook_may_lie_in_an_unusual_folder(read, stored):
    content = changed(xlsx(sheet(ADA)), names=(b"xl/", b"content/books/"))

    assert read(stored(content), "Name").values == [("Ada",)]


@pytest.mark.parametrize(
    "content",
    [
        xlsx(sheet(ADA.replace(b"</c>", b"</x>"))),
        xlsx(sheet(ADA.replace(b"Ada", b"A\x01\x02da"))),
        xlsx(one(b'<c r="A2" t="b"><v>true</v></c>')),
        changed(xlsx(sheet(ADA)), workbook=(b'r:id="r1"', b'r:id="r9"')),
        changed(xlsx(sheet(ADA)), names=(b"_rels/.rels", b"_rels/.gone")),
        xlsx(sheet(b'<row r="2"><c r="A2" t="s"><v>0</v></c></row>'), shared="<sst/>".encode("utf-16")),
        xlsx(sheet(b'<row r="2"><c r="A2" t="s"><v>7</v></c></row>'), shared=b"<sst><si><t>x</t></si></sst>"),
    ],
    ids=[
        "tags that do not match", "control characters", "true for 1", "a sheet without a part",
        "no relationships", "shared texts in UTF-16", "a shared text that is not there",
    ],
)  # fmt: skip
def test_what_is_against_the_format_is_read_or_refused_and_never_half_read(read, stored, content):
    try:
        result = read(stored(content), "Name")
    except WorkbookError as error:
        sentence = say(error.message)
        assert len(sentence) > 20
    else:
        assert len(result.values) == 1 or result.problems
        assert result.report.rows > 1


def test_an_old_workbook_with_a_password_says_so(read, stored):
    begin = struct.pack("<HHHHHH", 0x809, 8, 0x600, 5, 0, 0)
    password = struct.pack("<HHHHH", 0x2F, 54, 1, 1, 1) + bytes(48)

    with refused("protected with a password"):
        read(stored(ole(begin + password + struct.pack("<HH", 0xA, 0))), "Name")


def test_an_ods_workbook_with_a_password_says_so(read, stored):
    manifest = "<manifest:manifest><manifest:encryption-data/></manifest:manifest>"

    with refused("protected with a password"):
        read(stored(ods(ods_row("Name"), manifest=manifest)), "Name")


def test_tabs_and_line_breaks_in_an_ods_text_are_read(read, stored):
    texts = {
        "a<text:tab/>b": "a\tb",
        "<text:tab text:tab-ref='1'></text:tab>x": "\tx",
        "a<text:line-break/>b<text:line-break />": "a\nb\n",
        'a<text:s/><text:s text:c="2"/>b': "a   b",
        "a<text:span>b<text:tab/>c</text:span>": "ab\tc",
        "x" * 30_000 + "<text:tab/>": "x" * 30_000 + "\t",
    }
    many = ["<text:tab/>" * 3 + "y"] * 20_000

    path = stored(ods(ods_row("Text"), *map(ods_row, [*texts, *many])))

    rows = read(path, "Text").rows
    assert [rows[row][0] for row in sorted(rows)][: len(texts)] == list(texts.values())
    assert {row[0] for row in list(rows.values())[len(texts) :]} == {"\t\t\ty"}


def test_a_name_says_nothing_of_a_file(read, tmp_path):
    path = make_workbook(tmp_path, ["Name"], ["Ada"], name="book.xlsx")

    assert read(path.rename(tmp_path / "book.xls"), "Name").values == [("Ada",)]


def test_charts_and_hidden_sheets_are_no_tables(read, tmp_path):
    path = tmp_path / "charts.xlsx"
    book = xlsxwriter.Workbook(path)
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=Data!$A$2:$A$3"})
    book.add_chartsheet("Name").set_chart(chart)
    hidden, data = book.add_worksheet("Old"), book.add_worksheet("Data")
    for place, each in enumerate((hidden, data)):
        each.write_column(0, 0, ["Name", place, place])
    hidden.hide()
    book.close()

    assert read(path, "Name").values == [("1",), ("1",)]
    with refused("no sheet “Name” with cells"):
        read(path, "Name", sheet="Name")


def test_a_workbook_from_before_1993_is_refused_with_a_sentence(read, stored):
    with refused(r"[Ss]ave it"):
        read(stored(struct.pack("<HHHHH", 0x0409, 6, 0, 0x10, 0) + bytes(600)), "Name")
