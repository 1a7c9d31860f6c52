"""A workbook comes back as it was, but for what is marked; and what is marked goes when it is sent again."""

import random
import re
import shutil
import struct
import zlib
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import openpyxl
import pytest
import xlsxwriter
from openpyxl.comments import Comment

from tests.spreadsheet.conftest import converted
from xlsapp.spreadsheet.files.workbook_error import CannotRead, WorkbookError
from xlsapp.spreadsheet.marking.marked_workbook import mark_workbook
from xlsapp.spreadsheet.marking.marks import Remark
from xlsapp.spreadsheet.marking.problems_sheet import SheetWords

WORDS = SheetWords(("Mend the cells.",), ("Cell", "Column", "Holds", "Wrong"), "Only a warning:")
SHEET = "Ada's list"
REMARKS = [
    Remark(3, 1, "Kg", "many", "“many” is no number."),
    Remark(4, 1, "Kg", "", "This must be filled in."),
    Remark(4, 1, "Kg", "", "And so <must> “this” & that."),
    Remark(5, None, "", "", "The whole row is wrong."),
    Remark(40, 0, "Name", "x", "It is odd.", warning=True),
]
IN_NOTES = {
    "B3": "xlsapp: “many” is no number.",
    "B4": "xlsapp: This must be filled in.\nAnd so <must> “this” & that.",
    "A5": "xlsapp: The whole row is wrong.",
    "A40": "xlsapp: It is odd.",
}


def a_picture() -> BytesIO:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head, row = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0), zlib.compress(b"\x00\xff\x00\x00")
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", row) + chunk(b"IEND", b"")
    return BytesIO(png)


@pytest.fixture
def rich(tmp_path) -> Path:
    """A workbook with nearly everything that people put into one."""
    path = tmp_path / "rich.xlsx"
    with xlsxwriter.Workbook(path) as book:
        first, data, last = book.add_worksheet("Cover"), book.add_worksheet(SHEET), book.add_worksheet("Sums")
        bold, red = (
            book.add_format({"bold": True, "bg_color": "#ddeeff"}),
            book.add_format({"font_color": "red"}),
        )
        data.write_row(0, 0, ["Name", "Kg", "When"], bold)
        for row in range(1, 40):
            data.write_row(row, 0, [f"name {row}", row / 4])
            data.write_formula(row, 2, f"=B{row + 1}*2", None, row / 2)
        data.write(2, 1, "many", red)
        data.write_comment("B3", "Is this right?", {"author": "Grace"})
        data.write_comment("C9", "Left alone", {"author": "Grace"})
        data.conditional_format("B2:B40", {"type": "cell", "criteria": ">", "value": 5, "format": red})
        data.data_validation("A2:A40", {"validate": "length", "criteria": "<", "value": 50})
        data.insert_image("F2", "dot.png", {"image_data": a_picture()})
        data.set_header("&L&G", {"image_left": "dot.png", "image_data_left": a_picture()})
        data.merge_range("E1:F1", "merged")
        data.repeat_rows(0)
        data.autofilter("A1:C40")
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": f"='{SHEET.replace(chr(39), chr(39) * 2)}'!$B$2:$B$40"})
        last.insert_chart("A1", chart)
        last.add_table("H1:I4", {"total_row": True})
        book.define_name("Weights", f"='{SHEET.replace(chr(39), chr(39) * 2)}'!$B$2:$B$40")
        book.define_name("Sums!Local", "=Sums!$A$1")
        data.activate()
        first.write("A1", "A report")
    with ZipFile(path, "a") as archive:
        archive.writestr("customXml/item1.bin", bytes(range(256)))
    return path


def marked(path: Path, name: str = "marked.xlsx", remarks=REMARKS, sheet: str = SHEET) -> Path:
    target = path.with_name(name)
    mark_workbook(path, target, sheet, remarks, WORDS, max_unpacked_bytes=10**8)
    return target


def notes(path: Path, sheet: str = SHEET) -> dict[str, str]:
    cells = (cell for row in openpyxl.load_workbook(path)[sheet].iter_rows() for cell in row)
    return {cell.coordinate: cell.comment.text for cell in cells if cell.comment}


def values(path: Path, *, but: str = "Problems") -> dict[str, list[tuple]]:
    book = openpyxl.load_workbook(path, data_only=True)
    return {s.title: [r for r in s.iter_rows(values_only=True) if any(r)] for s in book if s.title != but}


def coloured(path: Path, sheet: str = SHEET) -> set[str]:
    """The areas of our colours."""
    formats = openpyxl.load_workbook(path)[sheet].conditional_formatting
    ours = (each for each in formats if any('"xlsapp"<>""' in rule.formula for rule in each.rules))
    return {area for each in ours for area in str(each.sqref).split()}


def test_all_parts_that_are_not_marked_stay_to_the_byte(rich):
    path = marked(rich)

    with ZipFile(rich) as before, ZipFile(path) as after:
        assert after.testzip() is None
        changed = {n for n in before.namelist() if before.read(n) != after.read(n)}
        rows = [
            re.search(b"<sheetData>.*</sheetData>", archive.read("xl/worksheets/sheet2.xml"), re.DOTALL)[0]
            for archive in (before, after)
        ]
    assert changed == {
        *("[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"),
        *("xl/worksheets/sheet2.xml", "xl/comments1.xml", "xl/drawings/vmlDrawing1.vml"),
    }
    assert rows[0] == rows[1]


def test_cells_are_coloured_and_noted_and_listed_on_a_first_sheet(rich):
    path = marked(rich)

    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Problems", "Cover", SHEET, "Sums"]
    assert book.active.title == SHEET, "it opens where it did"
    assert notes(path) == {
        **IN_NOTES,
        "B3": "Is this right?\nxlsapp: “many” is no number.",
        "C9": "Left alone",
    }
    assert coloured(path) == {"B3:B4", "A5:F5", "A40"}
    assert len(book[SHEET].conditional_formatting) == 3, "with the one of its own"
    listed = book["Problems"]
    assert listed["A1"].value == "Problems found by xlsapp"
    assert [c.value for c in listed[5]] == ["B3", "Kg", "many", "“many” is no number."]
    assert listed["D9"].value == "Only a warning: It is odd."
    assert listed["A5"].hyperlink.location == "'Ada''s list'!B3"
    assert book["Sums"].defined_names["Local"].attr_text == "Sums!$A$1"
    assert book[SHEET].print_title_rows == "$1:$1"
    assert book["Sums"].tables
    assert book["Sums"]._charts


def test_the_next_marking_takes_the_place_of_the_last(rich):
    once = marked(rich, "once.xlsx")
    twice = marked(once, "twice.xlsx", [Remark(9, 2, "When", "", "Only this.")])

    assert openpyxl.load_workbook(twice).sheetnames == ["Problems", "Cover", SHEET, "Sums"]
    assert notes(twice) == {"B3": "Is this right?", "C9": "Left alone\nxlsapp: Only this."}
    assert coloured(twice) == {"C9"}
    with ZipFile(twice) as archive:
        assert archive.read("xl/drawings/vmlDrawing1.vml").count(b"<v:shape ") == 2
    again = marked(twice, "again.xlsx")
    assert (notes(again), coloured(again)) == (notes(once), coloured(once))


def test_libreoffice_opens_it_and_what_it_saves_is_read_without_the_marks(rich, tmp_path, read):
    path = marked(rich)
    folder = tmp_path / "office"
    folder.mkdir()
    saved = converted(shutil.copy(path, folder / "rich.xlsx"), "xlsx")

    assert values(saved) == values(rich)
    assert set(notes(saved)) == {*IN_NOTES, "C9"}
    assert coloured(saved) == coloured(path)
    found = read(saved, "Name", ("Kg", "number"), ("When", "number"))
    assert found.report.sheet == SHEET
    again = marked(saved, "again.xlsx", [Remark(9, 2, "When", "", "Only this.")])
    assert openpyxl.load_workbook(again).sheetnames == ["Problems", "Cover", SHEET, "Sums"]
    assert notes(again)["B3"] == "Is this right?"
    assert coloured(again) == {"C9"}


def test_a_file_of_another_program_is_marked_too(tmp_path):
    """Prefixes of its own everywhere, no styles, no size, and cells without names."""
    path, main = tmp_path / "other.xlsx", "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rels = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    of = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    with ZipFile(path, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<t:Types xmlns:t="{package}/content-types"><t:Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/><t:Override PartName="/xl/w.xml" '
            f'ContentType="{of}.sheet.main+xml"/><t:Override PartName="/xl/s.xml" '
            f'ContentType="{of}.worksheet+xml"/></t:Types>',
        )
        for part, kind, target in (
            ("_rels/.rels", "officeDocument", "/xl/w.xml"),
            ("xl/_rels/w.xml.rels", "worksheet", "s.xml"),
        ):
            archive.writestr(
                part,
                f'<r:Relationships xmlns:r="{package}/relationships"><r:Relationship Id="rId1" '
                f'Type="{rels}/{kind}" Target="{target}"/></r:Relationships>',
            )
        archive.writestr(
            "xl/w.xml",
            f"<x:workbook xmlns:x='{main}' xmlns:q='{rels}'><x:bookViews><x:workbookView/></x:bookViews>"
            "<x:sheets><x:sheet name='problems' sheetId='7' q:id='rId1'/></x:sheets><x:calcPr/></x:workbook>",
        )
        archive.writestr(
            "xl/s.xml",
            f"<x:worksheet xmlns:x='{main}'><x:sheetData><x:row><x:c><x:v>1</x:v></x:c></x:row></x:sheetData>"
            "<x:pageMargins left='1' right='1' top='1' bottom='1' header='1' footer='1'/></x:worksheet>",
        )

    done = marked(path, sheet="problems")

    book = openpyxl.load_workbook(done)
    assert book.sheetnames == ["Problems 2", "problems"]
    assert book.active.title == "problems"
    assert notes(done, "problems") == IN_NOTES
    assert coloured(done, "problems") == {"B3:B4", "A5", "A40"}
    assert notes(marked(done, "again.xlsx", REMARKS[:1], "problems"), "problems") == {"B3": IN_NOTES["B3"]}


def test_notes_are_put_beside_those_that_openpyxl_writes_and_threads_are_left_alone(tmp_path):
    path = tmp_path / "book.xlsx"
    book = openpyxl.Workbook()
    book.active.title = SHEET
    book.active["B3"] = "many"
    book.active["B3"].comment = Comment("[Threaded comment]\nWhat is this?", "tc={0C7F}")
    book.active["B4"].comment = Comment("Mine", "Ada")
    book.save(path)

    done = marked(path)

    assert notes(done) == {
        **IN_NOTES,
        "B3": "[Threaded comment]\nWhat is this?",
        "B4": "Mine\n" + IN_NOTES["B4"],
    }
    assert notes(marked(done, "again.xlsx", REMARKS[-1:])) == {
        "B3": "[Threaded comment]\nWhat is this?",
        "B4": "Mine",
        "A40": IN_NOTES["A40"],
    }


def test_the_sheet_of_problems_is_known_where_its_name_is_lost(rich, read):
    path = marked(rich)
    book = openpyxl.load_workbook(path)
    del book.defined_names["_xlsapp_problems"]
    book.move_sheet(SHEET, offset=-9)
    book.save(path)

    found = read(path, "Cell", "Kg")

    assert found.report.sheet == SHEET, "though “Cell” stands on the other"


def test_a_sheet_that_is_not_there_or_is_written_in_utf_16_is_not_marked(rich, tmp_path):
    with pytest.raises(CannotRead):
        marked(rich, sheet="Nowhere")
    odd = tmp_path / "odd.xlsx"
    with ZipFile(rich) as source, ZipFile(odd, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            is_sheet = name == "xl/worksheets/sheet2.xml"
            text = content.decode("utf-8").replace("UTF-8", "UTF-16") if is_sheet else ""
            target.writestr(name, text.encode("utf-16") if is_sheet else content)
    with pytest.raises(CannotRead):
        marked(odd)


def spoilt(path: Path, seed: int) -> Path:
    """The file with a few bytes of its parts cut, doubled or others."""
    chance, target = random.Random(seed), path.with_name("spoilt.xlsx")
    with ZipFile(path) as source:
        parts = {name: bytearray(source.read(name)) for name in source.namelist()}
    for name in chance.choices([name for name in parts if not name.endswith("bin")], k=2):
        start = chance.randrange(len(parts[name]))
        stretch = slice(start, start + chance.randint(1, 60))
        others = (b"", parts[name][stretch] * 2, b"<", b'"', b"</x>", b"<x>", b"\xff", b"1e9", b"-1")
        parts[name][stretch] = chance.choice(others)
    with ZipFile(target, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target


def test_a_spoilt_file_is_marked_or_refused_and_nothing_else(rich):
    path, outcomes = marked(rich), set()
    for seed in range(60):
        try:
            marked(spoilt(path, seed), "again.xlsx")
            outcomes.add("marked")
        except (CannotRead, WorkbookError) as refused:
            outcomes.add(type(refused).__name__)

    assert outcomes == {"marked", "CannotRead", "WorkbookError"}
