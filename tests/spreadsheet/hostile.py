"""Files that nobody means well with, each made here in a few lines: bombs, lies, and things far away."""

import io
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.spreadsheet.containers import ods, ods_row, ole, xls
from tests.spreadsheet.packing import archive
from tests.spreadsheet.xlsb import write_xlsb

HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
NAMED = b'<row r="1"><c r="A1" t="inlineStr"><is><t>Name</t></is></c></row>'
ADA = b'<row r="2"><c r="A2" t="inlineStr"><is><t>Ada</t></is></c></row>'
MEGABYTE = 1_000_000


def xlsx(
    sheet: bytes, *, shared: bytes | None = None, styles: bytes | None = None, extra: dict | None = None
) -> bytes:
    """An xlsx file around one sheet part."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in xlsx_parts(sheet, shared=shared, styles=styles, extra=extra).items():
            archive.writestr(name, data)
    return buffer.getvalue()


def xlsx_parts(
    sheet: Any, *, shared: Any | None = None, styles: Any | None = None, extra: dict | None = None
) -> dict[str, Any]:
    """The parts of an xlsx file around one sheet part."""
    relationship = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kinds = {"r1": ("worksheet", "worksheets/sheet1.xml")}
    parts = {"xl/worksheets/sheet1.xml": sheet}
    if shared is not None:
        kinds["r2"], parts["xl/sharedStrings.xml"] = ("sharedStrings", "sharedStrings.xml"), shared
    if styles is not None:
        kinds["r3"], parts["xl/styles.xml"] = ("styles", "styles.xml"), styles
    entries = "".join(
        f'<Relationship Id="{name}" Type="{relationship}/{kind}" Target="{target}"/>'
        for name, (kind, target) in kinds.items()
    )
    namespace = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
    return parts | {
        "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": (
            f'<Relationships {namespace}><Relationship Id="r" Type="{relationship}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>'
        ).encode(),
        "xl/workbook.xml": (
            '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
            f'xmlns:r="{relationship}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>'
        ).encode(),
        "xl/_rels/workbook.xml.rels": f"<Relationships {namespace}>{entries}</Relationships>".encode(),
        **(extra or {}),
    }


def sheet(rows: bytes, *, before: bytes = b"") -> bytes:
    return HEAD + before + b"<sheetData>" + NAMED + rows + b"</sheetData></worksheet>"


def entities() -> bytes:
    declared = b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 1000 + b'">' + b"".join(
        b'<!ENTITY %c "%b">' % (98 + n, (b"&%c;" % (97 + n)) * 10) for n in range(8)
    ) + b"]>"  # fmt: skip
    cell = b'<row r="2"><c r="A2" t="inlineStr"><is><t>&i;</t></is></c></row>'
    return xlsx(b'<?xml version="1.0"?>' + declared + sheet(cell))


def external_entity() -> bytes:
    declared = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    cell = b'<row r="2"><c r="A2" t="inlineStr"><is><t>&a;</t></is></c></row>'
    return xlsx(b'<?xml version="1.0"?>' + declared + sheet(cell))


def unused_document_type(part: str) -> bytes:
    shared = b"<sst><si><t>x</t></si></sst>"
    styles = b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>'
    cell = b'<row r="3"><c r="A3" t="s"><v>0</v></c></row>'
    parts = xlsx_parts(sheet(ADA + cell), shared=shared, styles=styles)
    parts[part] = b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + parts[part]
    return archive(parts)


def far_cell(name: str) -> bytes:
    row = name.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return xlsx(sheet(ADA + f'<row r="{row}"><c r="{name}"><v>1</v></c></row>'.encode()))


def formatted_rows(count: int) -> bytes:
    rows = b"".join(b'<row r="%d" s="1" customFormat="1"/>' % n for n in range(3, count))
    return xlsx(sheet(ADA + rows))


def one_long_string() -> bytes:
    text = b"x" * 32_767
    shared = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>'
        + text
        + b"</t></si></sst>"
    )
    rows = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(2, 60_000))
    return xlsx(sheet(rows), shared=shared)


def bomb() -> bytes:
    return xlsx(sheet(ADA + b" " * (300 * MEGABYTE)))


def rows_without_end() -> bytes:
    return xlsx(HEAD + b"<sheetData>" + NAMED + b'<row r="2">' + b'<c r="A2"><v>1</v></c>' * 2_000_000)


def lying_size() -> bytes:
    """The directory says that the sheet is 100 bytes long."""
    good = xlsx(sheet(ADA * 1))
    place = good.rindex(b"xl/worksheets/sheet1.xml") - 46
    return good[: place + 24] + (100).to_bytes(4, "little") + good[place + 28 :]


def panicking_dates() -> bytes:
    styles = (
        b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>'
    )
    return xlsx(sheet(ADA + b'<row r="3"><c r="A3" s="1"><v>-1e300</v></c></row>'), styles=styles)


def nested_zip() -> bytes:
    inner = xlsx(sheet(ADA))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("book.xlsx", inner)
    return buffer.getvalue()


def many_entries() -> bytes:
    return xlsx(sheet(ADA), extra={f"xl/media/{n}.png": b"" for n in range(6000)})


def far_apart_in_xlsb() -> bytes:
    rows = {0: {0: "Name"}, 1: {0: "Ada"}, 1_048_575: {16_383: 1.0}}
    with TemporaryDirectory() as folder:
        return write_xlsb(Path(folder) / "far.xlsb", {"S": ("sheet1.bin", rows)}).read_bytes()


def old_sheets_that_are_wide(count: int) -> bytes:
    """Each takes 500 MB once it is read, and all are read before one is chosen."""
    return xls(*[{(0, 0): "Name", (1, 0): "Ada", (65_535, 255): 1.0}] * count)


def large_shared_texts() -> bytes:
    blanks = b" " * (205 * MEGABYTE)
    return xlsx(sheet(b'<row r="2"><c r="A2" t="s"><v>0</v></c></row>'), shared=b"<sst>" + blanks + b"</sst>")


def texts_that_pack_well() -> bytes:
    """Some thousand to one, as genuine workbooks may."""
    row = b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>' + b"x" * 30_000 + b"</t></is></c></row>"
    return xlsx(sheet(ADA + b"".join(row % (n, n) for n in range(3, 1000))))


def many_styles() -> bytes:
    fonts = b"<font><b/></font>" * 150_000
    return xlsx(
        sheet(ADA),
        styles=b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><fonts>'
        + fonts
        + b"</fonts></styleSheet>",
    )


BLANKS = '<text:s text:c="2000000000"/>'

IMPORTED, REFUSED = "imported", "refused"

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a billion laughs": (entities, REFUSED),
    "an external entity": (external_entity, REFUSED),
    **{
        f"an unused document type in {part}": (partial(unused_document_type, part), REFUSED)
        for part in (
            "xl/worksheets/sheet1.xml",
            "xl/sharedStrings.xml",
            "xl/styles.xml",
            "xl/workbook.xml",
            "_rels/.rels",
        )
    },
    "a cell at XFD1048576": (lambda: far_cell("XFD1048576"), IMPORTED),
    "a cell at XFD2": (
        lambda: xlsx(sheet(ADA.replace(b"</row>", b'<c r="XFD2"><v>1</v></c></row>'))),
        IMPORTED,
    ),
    "a cell at ZZ900000": (lambda: far_cell("ZZ900000"), IMPORTED),
    "a row numbered four billion": (lambda: far_cell("A4294967295"), REFUSED),
    "a million formatted empty rows": (lambda: formatted_rows(1_000_000), IMPORTED),
    "a dimension that lies": (lambda: xlsx(sheet(ADA, before=b'<dimension ref="A1:XFD1048576"/>')), IMPORTED),
    "a string shared by 60,000 cells": (one_long_string, REFUSED),
    "blanks that unpack to 300 MB": (bomb, REFUSED),
    "a sheet without an end": (rows_without_end, REFUSED),
    "a size that lies": (lying_size, REFUSED),
    "a date that breaks the parser": (panicking_dates, REFUSED),
    "a workbook in a zip": (nested_zip, REFUSED),
    "6,000 parts": (many_entries, REFUSED),
    "nothing": (lambda: b"", REFUSED),
    "zeros": (lambda: bytes(100_000), REFUSED),
    "a PDF": (lambda: b"%PDF-1.7 " + bytes(500), REFUSED),
    "a web page": (lambda: b"<html><table><tr><td>Name</td></tr></table></html>", REFUSED),
    "noise": (lambda: bytes(range(256)) * 500, REFUSED),
    "an OLE file with a loop": (lambda: ole(b"", endless=True), REFUSED),
    "an OLE file with nothing in it": (lambda: ole(b""), REFUSED),
    "an xls with cells far apart": (lambda: old_sheets_that_are_wide(1), REFUSED),
    "40 xls sheets with cells far apart": (lambda: old_sheets_that_are_wide(40), REFUSED),
    "an xlsb with cells far apart": (far_apart_in_xlsb, REFUSED),
    "an ods with a billion rows": (
        lambda: ods(ods_row("Name"), ods_row("Ada"), ods_row("", "x", repeated=1_000_000_000)),
        IMPORTED,
    ),
    "two billion blanks in an ods cell": (
        lambda: ods(ods_row("Name"), ods_row("Ada"), ods_row(BLANKS)),
        REFUSED,
    ),
    "shared texts of 205 MB": (large_shared_texts, REFUSED),
    "texts that pack a thousand to one": (texts_that_pack_well, IMPORTED),
    "3 MB of styles": (many_styles, IMPORTED),
    "a row numbered four billion whose cells have no names": (
        lambda: xlsx(sheet(ADA + b'<row r="4294967295"><c><v>1</v></c></row>')),
        REFUSED,
    ),
    "a csv with an open quotation mark": (lambda: b'Name\n"' + b"x" * 20 * MEGABYTE, REFUSED),
    "a csv with 20,000 columns": (lambda: b"Name" + b"," * 20_000 + b"\nAda\n", REFUSED),
}


def write(folder: Path, name: str) -> Path:
    """One of them as a file."""
    path = folder / "hostile"
    path.write_bytes(HOSTILE[name][0]())
    return path
