"""Files of less than 2 MB that would hold a seat for minutes, or take a gigabyte."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.spreadsheet.containers import ODS_HEAD, ODS_MIMETYPE, ODS_TAIL, ods, ods_row, xls
from tests.spreadsheet.hostile import ADA, HEAD, NAMED, xlsx_parts
from tests.spreadsheet.packing import Part, archive
from tests.spreadsheet.xlsb import write_xlsb

MOST_BYTES = 2_000_000
MEGABYTE = 1_000_000
START = HEAD + b"<sheetData>" + NAMED + ADA
END = b"</sheetData></worksheet>"
# Not the prologue that the fast reader knows: it leaves such a sheet to the one that reads it whole.
ODD_START = START.replace(b"<sheetData>", b"<!-- odd --><sheetData>")
SHARED = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
TEXT_3 = b'<row r="3"><c r="A3" t="s"><v>0</v></c></row>'
IN_A_ROW = b"</row>" + END

Make = Callable[[], bytes]


def book(start: bytes, block: bytes, times: int, end: bytes = END) -> Make:
    """An xlsx file whose sheet repeats a block."""
    return lambda: archive(xlsx_parts((start, *_megabytes(block, times), end)))


def shared(
    block: bytes, times: int, *, start: bytes = START, before: bytes = b"", after: bytes = b""
) -> Make:
    """An xlsx file whose shared texts repeat a block."""
    part = (SHARED + before, *_megabytes(block, times), after + b"</sst>")
    return lambda: archive(xlsx_parts(start + TEXT_3 + END, shared=part))


def _megabytes(block: bytes, times: int) -> tuple[bytes, int]:
    """The same in larger blocks, which pack better."""
    each = max(1, MEGABYTE // len(block))
    return block * min(each, times), max(1, times // each)


def packed_ods(block: str, times: int, *, before: str = "", after: str = "") -> Make:
    """An ods file that repeats a block."""
    head = (ODS_HEAD + ods_row("Name") + ods_row("Ada") + before).encode()
    content = (head, *_megabytes(block.encode(), times), (after + ODS_TAIL).encode())
    parts: dict[str, Part] = {"mimetype": ODS_MIMETYPE.encode(), "META-INF/manifest.xml": b"<manifest/>"}
    return lambda: archive({**parts, "content.xml": content})


def repeating_ods(rows: int, columns: int, text: str = "x") -> Make:
    """An ods file of a few hundred bytes that says it has so many cells."""
    cell = (
        f'<table:table-cell table:number-columns-repeated="{columns}" office:value-type="string">'
        f"<text:p>{text}</text:p></table:table-cell>"
    )
    row = f'<table:table-row table:number-rows-repeated="{rows}">{cell}</table:table-row>'
    return lambda: ods(ods_row("Name"), ods_row("Ada"), row)


def repeated_cell(columns: int) -> str:
    """A blank one of an ods file."""
    return f'<table:table-cell table:style-name="ce1" table:number-columns-repeated="{columns}"/>'


def packed_xlsb() -> bytes:
    """An xlsb file whose one row has a cell 15 million times."""
    with TemporaryDirectory() as folder:
        small = write_xlsb(Path(folder) / "book.xlsb", {"S": ("sheet1.bin", [["Name"], ["Ada"], [1.0]])})
        with zipfile.ZipFile(io.BytesIO(small.read_bytes())) as book:
            parts: dict[str, Part] = {name: book.read(name) for name in book.namelist()}
    sheet = parts["xl/worksheets/sheet1.bin"]
    assert isinstance(sheet, bytes)
    cell = b"\x05\x10" + bytes(14) + b"\xf0\x3f"  # BrtCellReal: column, style, 1.0
    start = sheet.rindex(cell)
    parts["xl/worksheets/sheet1.bin"] = (sheet[:start], *_megabytes(cell, 15 * MEGABYTE), sheet[start:])
    return archive(parts)


def wide_csv() -> bytes:
    """Each stretch of 2,000 short rows has one that is nearly as wide as a sheet can be."""
    stretch = b"a" + b"," * 16_000 + b"\n" + b"b\n" * 1_999
    return b"Name\nAda\n" + stretch * 90


def rows_of_one_cell() -> bytes:
    """100 rows, each with one cell 15,000 times."""
    rows = (b'<row r="%d">' % n + b'<c r="A%d"/>' % n * 15_000 + b"</row>" for n in range(3, 103))
    return archive(xlsx_parts(START + b"".join(rows) + END))


TAG, ROWS, CELLS, BEYOND = "a single tag", "Row 3 and others", "Cell A3 and others", "a sheet ends at"
TEXTS, REPEATED, FAR, IMPORTED = (
    "shared texts",
    "cells are repeated",
    "nearly all cells are blank",
    "imported",
)
SECONDS, MEMORY = "seconds", "memory"

ATTRIBUTE = b'<row r="3"><c r="A3" x="'
FAR_CELLS = {(0, 0): "Name", (1, 0): "Ada", (65_535, 255): 1.0}
BLANK_CELLS = "<table:table-cell/>" * 15
TEXT_CELL = '<table:table-row><table:table-cell office:value-type="string"><text:p>'
TEXT_CELL_END = "</text:p></table:table-cell></table:table-row>"
SPAN, SPAN_END = "<text:span>", "</text:span>"
PER_MEGABYTE = MEGABYTE // len(SPAN)
NUMBER = '<table:table-cell office:value-type="float" office:value="1"/>'

PATIENT: dict[str, tuple[Make, str]] = {
    "an attribute of 900 MB": (book(START + ATTRIBUTE, b"x", 900 * MEGABYTE, b'"/>' + IN_A_ROW), TAG),
    "the same in an odd sheet": (book(ODD_START + ATTRIBUTE, b"x", 900 * MEGABYTE, b'"/>' + IN_A_ROW), TAG),
    "an address of 900 MB": (
        book(START + b'<row r="3"><c r="', b"A", 900 * MEGABYTE, b'3"/>' + IN_A_ROW),
        TAG,
    ),
    "attributes of 10 MB": (book(START, b'<row r="3" x="' + b"<row " * 2 * MEGABYTE + b'"/>', 90), SECONDS),
    "a text of 900 MB": (
        book(START + b'<row r="3"><c r="A3" t="str"><v>', b"x", 900 * MEGABYTE, b"</v></c>" + IN_A_ROW),
        TAG,
    ),
    "an attribute before the rows": (
        book(HEAD + b'<x y="', b"x", 900 * MEGABYTE, b'"/>' + START.removeprefix(HEAD) + END),
        TAG,
    ),
    "15 million rows with one number": (book(START, b'<row r="3"/>', 15 * MEGABYTE), ROWS),
    "the same with a cell in each": (
        book(START, b'<row r="3"><c r="A3"><v>1</v></c></row>', 15 * MEGABYTE),
        ROWS,
    ),
    "15 million rows without a number": (book(START, b"<row/>", 15 * MEGABYTE), BEYOND),
    "15 million cells with one address": (
        book(START + b'<row r="3">', b'<c r="A3"/>', 15 * MEGABYTE, IN_A_ROW),
        CELLS,
    ),
    "the same in an odd sheet, filled": (
        book(ODD_START + b'<row r="3">', b'<c r="A3"><v>1</v></c>', 15 * MEGABYTE, IN_A_ROW),
        CELLS,
    ),
    "15,000 cells with one address in each of 100 rows": (rows_of_one_cell, CELLS),
    "15 million cells without an address": (
        book(START + b'<row r="3">', b"<c/>", 15 * MEGABYTE, IN_A_ROW),
        BEYOND,
    ),
    "38 million empty shared texts": (shared(b"<si/>", 38 * MEGABYTE), TEXTS),
    "the same for an odd sheet": (shared(b"<si/>", 38 * MEGABYTE, start=ODD_START), TEXTS),
    "a shared text of 190 MB": (shared(b"x", 190 * MEGABYTE, before=b"<si><t>", after=b"</t></si>"), TAG),
    "12 million runs in a shared text": (
        shared(b"<r><t>x</t></r>", 12 * MEGABYTE, before=b"<si>", after=b"</si>"),
        SECONDS,
    ),
    "a million rows of 15 columns in an ods": (repeating_ods(1_000_000, 15), REPEATED),
    "a long text a million times in an ods": (repeating_ods(1_000_000, 1, "x" * 30_000), REPEATED),
    "a long text in each column of an ods": (repeating_ods(1, 16_384, "x" * 60_000), REPEATED),
    "a million rows of 15 blank cells in an ods": (
        packed_ods(f"<table:table-row>{BLANK_CELLS}</table:table-row>", MEGABYTE),
        IMPORTED,
    ),
    "a million rows of 15 repeated blank cells in an ods": (
        packed_ods(f"<table:table-row>{repeated_cell(15)}</table:table-row>", MEGABYTE),
        IMPORTED,
    ),
    "2,000 rows of blank cells to the end of an ods sheet": (
        packed_ods(
            f"<table:table-row>{NUMBER}{''.join(map(repeated_cell, (1, 8_000, 8_382)))}</table:table-row>",
            2_000,
        ),
        IMPORTED,
    ),
    "a million rows of 15 covered cells in an ods": (
        packed_ods(f"<table:table-row>{'<table:covered-table-cell/>' * 15}</table:table-row>", MEGABYTE),
        IMPORTED,
    ),
    "15 million covered cells in a row of an ods": (
        packed_ods(
            "<table:covered-table-cell/>",
            15 * MEGABYTE,
            before="<table:table-row>",
            after="</table:table-row>",
        ),
        IMPORTED,
    ),
    "a million stretches of blanks in a text of an ods": (
        packed_ods('<text:s text:c="30000"/>', MEGABYTE, before=TEXT_CELL, after=TEXT_CELL_END),
        MEMORY,
    ),
    "a text within 900,000 tags in an ods": (
        packed_ods(
            SPAN,
            10 * PER_MEGABYTE,
            before=TEXT_CELL,
            after="x" + SPAN_END * 10 * PER_MEGABYTE + TEXT_CELL_END,
        ),
        IMPORTED,
    ),
    "3 million tables in an ods": (
        packed_ods('</table:table><table:table table:name="x">', 3 * MEGABYTE),
        MEMORY,
    ),
    "5 million rows in an ods": (
        packed_ods(f"<table:table-row>{NUMBER}</table:table-row>", 5 * MEGABYTE),
        BEYOND,
    ),
    "a text of 900 MB in an ods": (
        packed_ods(
            "x", 900 * MEGABYTE, before=TEXT_CELL, after="</text:p></table:table-cell></table:table-row>"
        ),
        TAG,
    ),
    "an xls with cells far apart": (lambda: xls(FAR_CELLS), FAR),
    "two xls sheets with cells far apart": (lambda: xls(FAR_CELLS, FAR_CELLS), FAR),
    "a cell 15 million times in an xlsb": (packed_xlsb, CELLS),
    "a csv with wide rows among short ones": (wide_csv, IMPORTED),
    "a csv with one wide row": (lambda: b"Name\nAda\n" + b"," * 16_000 + b"\n" * MEGABYTE, IMPORTED),
}

SLOW = frozenset(
    {
        "attributes of 10 MB",
        "12 million runs in a shared text",
        "a million rows of 15 blank cells in an ods",
        "a million rows of 15 repeated blank cells in an ods",
        "a million rows of 15 covered cells in an ods",
        "15 million covered cells in a row of an ods",
        "a csv with wide rows among short ones",
        "a csv with one wide row",
        "15 million rows without a number",
    }
)
"""These take up to half a minute, which is as long as they may."""


def write(folder: Path, name: str) -> Path:
    """One of them as a file."""
    path = folder / "patient"
    path.write_bytes(PATIENT[name][0]())
    assert path.stat().st_size < MOST_BYTES, f"{path.stat().st_size:,} bytes"
    return path
