"""Files of less than 2 MB with a million of something that stands beside the cells, or around them."""

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.spreadsheet.containers import ODS_HEAD, ODS_MIMETYPE, ODS_TAIL, ods_row
from tests.spreadsheet.hostile import ADA, HEAD, NAMED, xlsx_parts
from tests.spreadsheet.packing import Part, archive
from tests.spreadsheet.patient import END, MEGABYTE, SHARED, START, Make, _megabytes, book, packed_ods, shared
from tests.spreadsheet.xlsb import write_xlsb

ROWS = b"<sheetData>" + NAMED + ADA + b"</sheetData>"
STYLES = b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
DEEP = MEGABYTE * 5


def beside(before: bytes, block: bytes, times: int, after: bytes) -> Make:
    """An xlsx file that repeats a block behind its rows."""
    tail = after + b"</worksheet>"
    return lambda: archive(xlsx_parts((HEAD + ROWS + before, *_megabytes(block, times), tail)))


def styled(before: bytes, block: bytes, times: int, after: bytes) -> Make:
    """An xlsx file that repeats a block in its styles."""
    part = (STYLES + before, *_megabytes(block, times), after + b"</styleSheet>")
    return lambda: archive(xlsx_parts(START + END, styles=part))


def in_workbook(before: bytes, block: bytes, times: int, after: bytes) -> Make:
    """An xlsx file that repeats a block in the part that names its sheets."""

    def make() -> bytes:
        parts = xlsx_parts(START + END)
        head, tail = parts["xl/workbook.xml"].split(b"</sheets>")
        parts["xl/workbook.xml"] = (head + before, *_megabytes(block, times), after + tail)
        return archive(parts)

    return make


def merged(ranges: int) -> bytes:
    """As many ranges, each other than the rest."""
    cells = b"".join(b'<mergeCell ref="A%d:B%d"/>' % (n, n) for n in range(3, 3 + ranges))
    return archive(xlsx_parts(HEAD + ROWS + b"<mergeCells>" + cells + b"</mergeCells></worksheet>"))


def commented(times: int) -> Make:
    """An xlsx file with as many comments on a cell."""
    name = b'xmlns="http://schemas.openxmlformats.org/'
    kind = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/comments"
    rel = b'<Relationships %spackage/2006/relationships">'
    rel += b'<Relationship Id="r1" Type="%s" Target="../comments1.xml"/>'
    comment = b'<comment ref="A2" authorId="0"><text><t>x</t></text></comment>'
    head = b'<comments %sspreadsheetml/2006/main"><authors><author/></authors><commentList>' % name
    extra: dict[str, Part] = {
        "xl/worksheets/_rels/sheet1.xml.rels": rel % (name, kind) + b"</Relationships>",
        "xl/comments1.xml": (head, *_megabytes(comment, times), b"</commentList></comments>"),
    }
    return lambda: archive(xlsx_parts(START + END, extra=extra))


def overlapping() -> bytes:
    """One packed megabyte that 6,000 names lead to."""
    made = archive({**xlsx_parts(START + END), "big": (b"", *_megabytes(b"x", MEGABYTE), b"")})
    start = made.index(b"PK\x01\x02")
    entry = made[made.rindex(b"PK\x01\x02") : made.rindex(b"PK\x05\x06")]
    count = 6000
    directory = made[start : made.rindex(b"PK\x05\x06")] + entry * count
    total = made.count(b"PK\x01\x02") + count
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, total, total, len(directory), start, 0)
    return made[:start] + directory + end


def entries(count: int) -> Make:
    """A zip archive of so many empty parts."""

    def make() -> bytes:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as opened:
            for name, part in xlsx_parts(START + END).items():
                opened.writestr(name, part)
            for number in range(count):
                opened.writestr(f"{number}", b"")
        return buffer.getvalue()

    return make


def in_xlsb(part: str, block: bytes, times: int, *, at_end: int = 0) -> Make:
    """An xlsb file that repeats a record near the end of a part."""

    def make() -> bytes:
        with TemporaryDirectory() as folder:
            small = write_xlsb(Path(folder) / "book.xlsb", {"S": ("sheet1.bin", [["Name"], ["Ada"], [1.0]])})
            with zipfile.ZipFile(io.BytesIO(small.read_bytes())) as opened:
                parts: dict[str, Part] = {name: opened.read(name) for name in opened.namelist()}
        content = parts[part]
        assert isinstance(content, bytes)
        place = len(content) - at_end
        parts[part] = (content[:place], *_megabytes(block, times), content[place:])
        return archive(parts)

    return make


def spans(depth: int) -> Make:
    """An ods file with a text so deep in others."""
    cell = '<table:table-row><table:table-cell office:value-type="string"><text:p>'
    head = (ODS_HEAD + ods_row("Name") + ods_row("Ada") + cell).encode()
    tail = ("</text:p></table:table-cell></table:table-row>" + ODS_TAIL).encode()
    opened, closed = b"<text:span>" * depth, b"</text:span>" * depth
    return lambda: archive(
        {"mimetype": ODS_MIMETYPE.encode(), "content.xml": head + opened + b"x" + closed + tail}
    )


A_SPAN = "<text:span>x</text:span>"
A_CELL = '<table:table-cell office:value-type="string"><text:p>'

ABUNDANT: dict[str, Callable[[], bytes]] = {
    "10 million number formats": styled(
        b"<numFmts>", b'<numFmt numFmtId="200" formatCode="yyyy"/>', 10 * MEGABYTE, b"</numFmts>"
    ),
    "20 million cell formats": styled(b"<cellXfs>", b'<xf numFmtId="14"/>', 20 * MEGABYTE, b"</cellXfs>"),
    "number formats of 500 KB": styled(
        b"<numFmts>",
        b'<numFmt numFmtId="200" formatCode="' + b"[h]" * 160_000 + b'"/>',
        900,
        b"</numFmts>",
    ),
    "10 million defined names": in_workbook(
        b"</sheets><definedNames>",
        b'<definedName name="a">S!$A$1</definedName>',
        10 * MEGABYTE,
        b"</definedNames>",
    ),
    "10 million sheets": in_workbook(
        b"", b'<sheet name="T" sheetId="2" r:id="r1"/>', 10 * MEGABYTE, b"</sheets>"
    ),
    "20 million merged ranges": beside(
        b"<mergeCells>", b'<mergeCell ref="A3:B4"/>', 20 * MEGABYTE, b"</mergeCells>"
    ),
    "20 million ranges as wide as a sheet": beside(
        b"<mergeCells>", b'<mergeCell ref="A1:XFD1048576"/>', 20 * MEGABYTE, b"</mergeCells>"
    ),
    "200,000 merged ranges": lambda: merged(200_000),
    "10 million hyperlinks": beside(
        b"<hyperlinks>", b'<hyperlink ref="A2:A9" location="x"/>', 10 * MEGABYTE, b"</hyperlinks>"
    ),
    "5 million validations": beside(
        b"<dataValidations>",
        b'<dataValidation sqref="A1:XFD1048576"><formula1>1</formula1></dataValidation>',
        5 * MEGABYTE,
        b"</dataValidations>",
    ),
    "5 million comments": commented(5 * MEGABYTE),
    "10 million columns described": book(
        HEAD + b"<cols>", b'<col min="1" max="16384"/>', 10 * MEGABYTE, b"</cols>" + ROWS + b"</worksheet>"
    ),
    "tags 5 million deep in a sheet": book(START, b"<row>", DEEP),
    "tags 5 million deep behind the rows": beside(b"", b"<x>", DEEP, b""),
    "tags 5 million deep in the texts": shared(b"<si>", DEEP),
    "tags 5 million deep in the styles": styled(b"", b"<xf>", DEEP, b""),
    "tags 5 million deep in the workbook": in_workbook(b"", b"<x>", DEEP, b"</sheets>"),
    "40 million comments in the XML": book(START, b"<!-- -->", 40 * MEGABYTE),
    "40 million instructions in the XML": book(START, b"<?a b?>", 40 * MEGABYTE),
    "40 million references in a text": book(
        START + b'<row r="3"><c r="A3" t="str"><v>', b"&amp;", 3 * MEGABYTE, b"</v></c></row>" + END
    ),
    "20 million CDATA sections": book(
        START + b'<row r="3"><c r="A3" t="str"><v>', b"<![CDATA[]]>", 20 * MEGABYTE, b"</v></c></row>" + END
    ),
    "150,000 attributes in each of 900 tags": book(START, b"<row" + b' a=""' * 150_000 + b"/>", 900),
    "1,000 shared texts of 32,767 letters, a million times": lambda: archive(
        xlsx_parts(
            (START, *_megabytes(b'<row><c t="s"><v>0</v></c></row>', MEGABYTE), END),
            shared=(SHARED, b"<si><t>" + b"x" * 32_767 + b"</t></si>", 1000, b"</sst>"),
        )
    ),
    "15,000 empty parts": entries(15_000),
    "6,000 names for one part": overlapping,
    "spans 40,000 deep in an ods": spans(40_000),
    "tags 5 million deep in an ods": packed_ods("<text:p>", DEEP),
    "20 million spans in an ods cell": packed_ods(
        A_SPAN,
        20 * MEGABYTE,
        before=f"<table:table-row>{A_CELL}",
        after="</text:p></table:table-cell></table:table-row>",
    ),
    "10 million comments in an ods": packed_ods(
        "<office:annotation><text:p>x</text:p></office:annotation>",
        10 * MEGABYTE,
        before="<table:table-row><table:table-cell>",
        after="</table:table-cell></table:table-row>",
    ),
    "5 million tables in an ods": packed_ods('</table:table><table:table table:name="S">', 5 * MEGABYTE),
    "20 million covered cells in an ods": packed_ods(
        "<table:covered-table-cell/>", 20 * MEGABYTE, before="<table:table-row>", after="</table:table-row>"
    ),
    "40 million records of no meaning in an xlsb": in_xlsb(
        "xl/worksheets/sheet1.bin", b"\x90\x03\x00", 40 * MEGABYTE, at_end=6
    ),
    "10 million merged ranges in an xlsb": in_xlsb(
        "xl/worksheets/sheet1.bin", b"\xb0\x01\x10" + bytes(16), 10 * MEGABYTE, at_end=6
    ),
    "a csv of a million columns": lambda: b"Name" + b"," * 1_900_000,
    "a csv of a million columns below a header": lambda: b"Name\nAda\n" + b"," * 1_900_000,
    "a csv of quotation marks": lambda: b"Name\n" + b'"' * 1_900_000,
    "a csv of quoted blanks": lambda: b"Name\n" + b'"",' * 600_000,
    "a csv of line feeds": lambda: b"Name\nAda\n" + b"\n" * 1_900_000,
    "a csv of a row for each two bytes": lambda: b"Name\nAda\n" + b"1\n" * 900_000,
    "a csv of zeros": lambda: b"Name\nAda\n" + bytes(1_900_000),
    "a csv in UTF-16 of one row": lambda: ("Name\nAda\n" + "," * 900_000).encode("utf-16"),
    "a csv of every delimiter": lambda: b"Name\nAda\n" + b",;\t|" * 450_000,
    "a csv of one cell": lambda: b"Name\nAda\n" + b"x" * 1_900_000,
}


def write(folder: Path, name: str) -> Path:
    """One of them as a file."""
    path = folder / "abundant"
    path.write_bytes(ABUNDANT[name]())
    return path
