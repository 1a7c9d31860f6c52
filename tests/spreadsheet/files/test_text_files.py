"""csv and tsv files: their encodings and separators, and what broken ones lose, which is never silent."""

import pytest

from tests.spreadsheet.refusals import refused


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_text_files_are_read_whatever_their_encoding_and_separator(read, tmp_path, encoding, delimiter):
    path = tmp_path / "any.name"
    lines = [["Näme", "Orders", "Note"], ["Ådå", "3", '"a b"'], ["Çem", "04", '"two\nlines"']]
    path.write_bytes("\r\n".join(delimiter.join(line) for line in lines).encode(encoding))

    result = read(path, "Näme", ("Orders", "integer"), "Note")

    assert result.values == [("Ådå", 3, "a b"), ("Çem", 4, "two\nlines")]
    assert result.report.format == "csv"


@pytest.mark.parametrize("named", ["", "utf-16"])
@pytest.mark.parametrize("order", ["le", "be"])
def test_utf_16_without_its_mark_is_read_in_its_byte_order(read, tmp_path, order, named):
    path = tmp_path / "any.name"
    path.write_bytes("Name,Note\r\nÅda,ü\r\n".encode(f"utf-16-{order}"))

    result = read(path, "Name", "Note", encoding=named)

    assert result.values == [("Åda", "ü")]
    assert result.report.encoding == "UTF-16"


@pytest.mark.parametrize("order", ["le", "be"])
def test_utf_16_in_another_script_is_read_once_it_is_named(read, tmp_path, order):
    path = tmp_path / "any.name"
    path.write_bytes("名前,備考\r\n山田太郎,重要顧客\r\n".encode(f"utf-16-{order}"))

    assert read(path, "名前", "備考", encoding="utf-16").values == [("山田太郎", "重要顧客")]


@pytest.mark.parametrize(
    ("encoding", "header", "value"),
    [
        ("cp1251", "Город", "Москва"),
        ("cp932", "都市", "東京"),
        ("gb18030", "城市", "北京"),
        ("cp949", "도시", "서울"),
    ],
)
def test_text_in_an_encoding_of_another_script_is_read_once_it_is_named(
    read, tmp_path, encoding, header, value
):
    path = tmp_path / "any.name"
    path.write_bytes(f"{header},Note\r\n{value},x\r\n".encode(encoding))

    with refused(r"read as Windows-1252\. If letters are wrong, choose its"):
        read(path, header)
    assert read(path, header, "Note", encoding=encoding).values == [(value, "x")]
    assert "not in UTF-8" in read(path, "Note").notes[0]


def test_a_wrong_encoding_is_said_and_not_guessed_around(read, tmp_path):
    path = tmp_path / "any.name"
    path.write_bytes("Name\r\nÅda\r\n".encode("cp1252"))

    with refused(r"not in UTF-8\. Choose its encoding"):
        read(path, "Name", encoding="utf-8")


def test_a_row_with_more_fields_than_the_header_is_a_problem_and_a_longer_blank_end_is_none(read, tmp_path):
    path = tmp_path / "broken.csv"
    path.write_text("Name,City,Orders\nAda,London,1\nDoe, John,Paris,2\nGrace,,3,,\n,,,lost\n")

    result = read(path, "Name", "City", ("Orders", "integer"))

    assert [problem for problem in result.problems if "fields" in problem] == [
        f"Sheet1!{row}:{row}: This row has 4 fields, and the header has 3. Look for a quotation mark or a "
        "separator too many in it, or save the file as .xlsx."
        for row in (3, 5)
    ]
    assert result.rows[2] == ("Ada", "London", 1)
    assert result.rows[4] == ("Grace", None, 3)
    assert (result.report.staged, result.report.rejected) == (4, 2)


def test_fields_that_the_header_leaves_without_a_name_are_left_alone_and_counted(read, tmp_path):
    path = tmp_path / "unnamed.csv"
    path.write_text("Name,,Orders,,\nAda,x,1,,y\nGrace,,2,,z\n")

    result = read(path, "Name", ("Orders", "integer"))

    assert result.problems == []
    assert result.notes == ["Columns without a header were left alone: B (1 cell), E (2 cells)."]


@pytest.mark.parametrize("end", ["\r\n\x1a", "\x1a", "\r\n\x1a\x1a\x1a"])
def test_the_end_mark_of_old_programs_is_no_record(read, tmp_path, end):
    path = tmp_path / "old.csv"
    path.write_bytes(f"Name,Orders\r\nAda,1\r\nGrace,2{end}".encode())

    result = read(path, "Name", ("Orders", "integer"))

    assert result.values == [("Ada", 1), ("Grace", 2)]
    assert (result.problems, result.report.rows) == ([], 3)


def test_a_quotation_mark_that_is_not_closed_is_looked_for_where_it_opens(read, tmp_path):
    path = tmp_path / "open.csv"
    path.write_text('Name,Note\nAda,"two\nlines"\nBob,"open\n' + "Cem,x\n" * 5000)

    with refused(r"^Line 4 of this file cannot be read"):
        read(path, "Name", "Note")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>',
            "a workbook in Excel's XML format of 2003",
        ),
        (
            '<?xml version="1.0"?>\n<office:document office:mimetype="application/vnd.oasis.opendocument'
            '.spreadsheet"/>',
            "a flat OpenDocument spreadsheet",
        ),
        ('<?xml version="1.0"?><orders/>', "an XML file"),
        ('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"/>', "a web page"),
        ("MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n<html><table>", "a web page"),
    ],
)
def test_what_other_programs_call_xls_is_named_for_what_it_is(read, tmp_path, content, words):
    path = tmp_path / "report.xls"
    path.write_text(content)

    with refused(f"^This is {words}.* save it .*as .xlsx|“Save as”"):
        read(path, "Name")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_separator_is_the_one_that_makes_records_and_not_lines(read, tmp_path, end):
    path = tmp_path / "notes.csv"
    lines = [
        "Name;Note;N",
        'A;"one, two,',
        "three, four,",
        'five, six";1',
        'B;"seven, eight,',
        "nine, ten",
        '";2',
    ]
    path.write_bytes(end.join(lines).encode())

    result = read(path, "Name", "Note", ("N", "integer"))

    assert [(name, number) for name, _, number in result.values] == [("A", 1), ("B", 2)]
    assert result.report.delimiter == "semicolon"


@pytest.mark.parametrize(
    ("first_line", "sign"), [("sep=;", ";"), ('"sep=^"', "^"), ("SEP=\t", "\t"), ("\ufeffsep=~", "~")]
)
def test_a_first_line_that_names_the_separator_decides_and_is_no_row(read, tmp_path, first_line, sign):
    path = tmp_path / "named.csv"
    path.write_text(f"{first_line}\r\nName{sign}Note\r\nAda{sign}a,b,c\r\n", encoding="utf-8")

    assert read(path, "Name", "Note").rows == {2: ("Ada", "a,b,c")}


def test_blanks_around_quotation_marks_are_no_part_of_a_value_and_others_are(read, tmp_path):
    path = tmp_path / "blanks.csv"
    path.write_text(
        'Name, Tag, Note\n"Chair", "A-1", "said ""hi""" \n Desk, "B,\n2" ,"a, ""b"" , c"\n"x, ", ""  , y\n'
    )

    assert read(path, "Name", "Tag", "Note").values == [
        ("Chair", "A-1", 'said "hi"'),
        (" Desk", "B,\n2", 'a, "b" , c'),
        ("x, ", None, " y"),
    ]


def test_a_quotation_mark_behind_a_blank_is_seen_wherever_in_the_file_it_is(read, tmp_path):
    path = tmp_path / "late.csv"
    path.write_text("Name,Tag\n" + "Ada,1\n" * 300_000 + 'Bob, "B-2"\n')

    assert read(path, "Name", "Tag").values[-1] == ("Bob", "B-2")


def test_an_old_macintosh_s_file_is_read_in_its_encoding_and_that_is_said(read, tmp_path):
    path = tmp_path / "old.csv"
    path.write_bytes("Produto;Valor\rAÇAFRÃO;2,5\r".encode("mac-roman"))

    result = read(path, "Produto", ("Valor", "number"))

    assert result.values == [("AÇAFRÃO", 2.5)]
    assert "was read as Mac Roman" in result.notes[0]


def test_a_row_in_one_pair_of_quotation_marks_is_a_problem_and_not_one_long_value(read, tmp_path):
    path = tmp_path / "row.csv"
    path.write_text('Name,City,Orders\nAda,London,1\n"Bob,Paris,2"\n"Cem, Jr."\n')

    result = read(path, "Name", "City", ("Orders", "integer"))

    assert [problem.split(":")[:2] for problem in result.problems] == [["Sheet1!3", "3"]]
    assert "one pair of quotation marks, which makes it one value instead of 3" in result.problems[0]
    assert result.rows[4] == ("Cem, Jr.", None, None)


def test_lines_in_one_pair_of_quotation_marks_get_a_sentence_of_their_own(read, tmp_path):
    path = tmp_path / "lines.csv"
    path.write_text('"Name,City,Orders"\n"Ada,London,1"\n')

    with refused("one pair of quotation marks"):
        read(path, "Name", "City", ("Orders", "integer"))
