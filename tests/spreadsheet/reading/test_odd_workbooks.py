"""Workbooks that are written in an odd way, as real programs do: what is in them comes out, or is refused."""

import re

import pytest

from tests.spreadsheet.hostile import ADA, HEAD, NAMED, sheet, xlsx
from xlsapp.messages.saying import say
from xlsapp.spreadsheet.files.workbook_error import WorkbookError
from xlsapp.spreadsheet.files.xlsx_stream import XlsxStream

SST = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
STYLES = (
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs>'
    b'<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="46"/><xf numFmtId="21"/><xf numFmtId="10"/>'
    b"</cellXfs></styleSheet>"
)


def names(*cells: bytes) -> bytes:
    """A sheet with these cells below the header “Name”, one a row; A2, A3 … stand for “@”."""
    rows = b"".join(
        b'<row r="%d">' % row + cell.replace(b"@", b"A%d" % row) + b"</row>"
        for row, cell in enumerate(cells, 2)
    )
    return sheet(rows)


def inline(text: str) -> bytes:
    return f'<c r="@" t="inlineStr"><is><t>{text}</t></is></c>'.encode()


PREFIXED = (
    HEAD.replace(b"xmlns=", b"xmlns:x=").replace(b"<worksheet", b"<x:worksheet")
    + b'<x:sheetData><x:row r="1"><x:c r="A1" t="str"><x:v>Name</x:v></x:c></x:row>'
    + b'<x:row r="2"><x:c r="A2" t="str"><x:v>Ada</x:v></x:c></x:row></x:sheetData></x:worksheet>'
)

READ_WELL = {
    "rich text and phonetic guides": (
        xlsx(
            names(b'<c r="@" t="s"><v>1</v></c>'),
            shared=SST
            + b"<si><t>x</t></si><si><r><t>A</t></r><r><t>da</t></r><rPh><t>no</t></rPh></si></sst>",
        ),
        ["Ada"],
    ),
    "attributes in another order": (
        xlsx(names(b'<c t="s" r="@" s="0"><v>0</v></c>'), shared=SST + b"<si><t>Ada</t></si></sst>"),
        ["Ada"],
    ),
    "empty and missing shared texts in between": (
        xlsx(
            names(b'<c r="@" t="s"><v>2</v></c>', b'<c r="@" t="s"><v>0</v></c>', inline("Z")),
            shared=SST + b"<si/><si><t></t></si><si><t>Ada</t></si></sst>",
        ),
        ["Ada", "Z"],
    ),
    "escapes": (xlsx(names(inline("a&amp;b &lt;c&gt; _x0041_"))), ["a&b <c> A"]),
    "kept blanks": (xlsx(names(inline("Ada").replace(b"<t>", b'<t xml:space="preserve"> '))), [" Ada"]),
    "comments in the sheet": (xlsx(sheet(b"<!-- <row r='9'> -->" + ADA)), ["Ada"]),
    "CDATA": (xlsx(names(b'<c r="@" t="str"><v><![CDATA[Ada]]></v></c>')), ["Ada"]),
    "a prefix before every name": (xlsx(PREFIXED), ["Ada"]),
    "rows and cells without numbers": (
        xlsx(sheet(b"").replace(NAMED, NAMED.replace(b' r="1"', b"") + ADA.replace(b' r="2"', b"")).replace(
            b' r="A1"', b""
        ).replace(b' r="A2"', b"")),
        ["Ada"],
    ),
    "a formula's text": (xlsx(names(b'<c r="@" t="str"><f>B2&amp;""</f><v>Ada</v></c>')), ["Ada"]),
    "a formula that gives nothing": (
        xlsx(names(inline("Ada"), b'<c r="@" t="str"><f>""</f><v></v></c>', inline("Bo"))),
        ["Ada", "Bo"],
    ),
    "a private-use character of our marks": (xlsx(names(inline("\ue0005"))), ["\ue0005"]),
}  # fmt: skip


@pytest.mark.parametrize("odd", list(READ_WELL))
def test_an_odd_workbook_is_read_as_it_is_meant(read, tmp_path, odd):
    content, expected = READ_WELL[odd]
    path = tmp_path / "odd"
    path.write_bytes(content)

    result = read(path, "Name")

    assert result.problems == []
    assert [name for (name,) in result.values] == expected


@pytest.mark.parametrize(
    ("cell", "kind", "words"),
    [
        (b'<c r="@" t="e"><v>#SPILL!</v></c>', "text", "#SPILL!"),
        (b'<c r="@" t="e"><f>NA()</f><v>#N/A</v></c>', "number", "#N/A"),
        (b'<c r="@" t="b"><v>2</v></c>', "boolean", "unreadable"),
        (b'<c r="@" s="1"><v>-1e300</v></c>', "date", "unreadable"),
        (b'<c r="@"><v>1e999</v></c>', "number", "too large"),
        (b'<c r="@" s="1"><v>-12345.7</v></c>', "date", "not a date"),
        (b'<c r="@" s="1"><v>3000000</v></c>', "date", "not a date"),
        (b'<c r="@" s="2"><v>1.5</v></c>', "time", "not a time of day"),
        (b'<c r="@" t="inlineStr"><is><t>a_x0000_b</t></is></c>', "text", "null characters"),
        (b'<c r="@"><f>A1</f></c>', "number", "no stored result"),
        (b'<c r="@"><f t="shared" si="0"/><v/></c>', "number", "no stored result"),
    ],
)
def test_an_odd_cell_is_a_problem_where_it_is(read, tmp_path, cell, kind, words):
    path = tmp_path / "odd"
    good = b'<c r="B3" t="inlineStr"><is><t>x</t></is></c>'
    content = names(b"", cell).replace(b"</row></sheetData>", good + b"</row></sheetData>")
    path.write_bytes(xlsx(content, styles=STYLES))

    result = read(path, ("Name", kind))

    assert len(result.problems) == 1, result
    assert result.problems[0].startswith("S!A3: ")
    assert words in result.problems[0]


@pytest.mark.parametrize(
    "content",
    [
        xlsx(sheet(b'<row r="5"/><row r="3"><c r="A3"><v>1</v></c></row>')),
        xlsx(sheet(ADA).replace(b"</sheetData></worksheet>", b"")),
        xlsx(sheet(ADA).decode().encode("utf-16")),
    ],
    ids=["rows out of order", "cut off", "UTF-16"],
)
def test_what_the_fast_reader_cannot_take_is_never_half_read(read, tmp_path, content):
    path = tmp_path / "odd"
    path.write_bytes(content)

    try:
        result = read(path, "Name")
    except WorkbookError as error:
        sentence = say(error.message)
        assert len(sentence) > 20
    else:
        assert result.values in ([("Ada",)], [("1",)])


def test_what_is_left_to_another_reader_says_why(read, tmp_path):
    path = tmp_path / "odd"
    path.write_bytes(xlsx(sheet(ADA.replace(b'r="2"', b"r='2'"))))

    assert read(path, "Name").report.given_up == ["attributes in single quotes"]


def test_a_fault_of_ours_is_no_reason_for_another_reader(read, tmp_path, monkeypatch):
    path = tmp_path / "good"
    path.write_bytes(xlsx(sheet(ADA)))
    monkeypatch.setattr(XlsxStream, "__init__", lambda *_: {}["what is not there"])

    with pytest.raises(KeyError, match="not there"):
        read(path, "Name")


@pytest.mark.parametrize("odd", ["prefix", "quotes", "numbers"])
def test_errors_are_told_in_sheets_that_the_fast_reader_cannot_take(read, tmp_path, odd):
    cells = names(b'<c r="@" t="e"><v>#N/A</v></c>', b'<c r="@"><f>1+1</f></c>', inline("Ada"))
    match odd:
        case "prefix":
            cells = re.sub(rb"<(/?)(\w)", rb"<\1x:\2", cells).replace(b"xmlns=", b"xmlns:x=")
        case "quotes":
            cells = cells.replace(b'"', b"'").replace(b"xmlns='", b'xmlns="').replace(b"main'>", b'main">')
        case "numbers":
            cells = re.sub(rb' r="A?\d+"', b"", cells)
    path = tmp_path / "odd"
    path.write_bytes(xlsx(cells))

    result = read(path, "Name")

    assert [problem.split(":")[0] for problem in result.problems] == ["S!A2", "S!A3"]
    assert result.rows[4] == ("Ada",)
