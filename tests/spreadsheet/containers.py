"""Workbooks made by hand, of the kinds that no library writes: ods, xls, and the OLE file around an xls."""

import io
import struct
import zipfile
from collections.abc import Mapping

FREE, END, FAT_SECTOR = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
SECTOR = 512
OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")

ODS_MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
ODS_HEAD = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    '<office:body><office:spreadsheet><table:table table:name="Sheet1">'
)
ODS_TAIL = "</table:table></office:spreadsheet></office:body></office:document-content>"


def ods(*rows: str, manifest: str = "<manifest/>") -> bytes:
    """An ods file of one table, whose rows are given as XML."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", ODS_MIMETYPE, zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", ODS_HEAD + "".join(rows) + ODS_TAIL)
    return buffer.getvalue()


def ods_row(*texts: str, repeated: int = 1) -> str:
    """A row of text cells; a text may be XML."""
    cells = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
        for text in texts
    )
    return f'<table:table-row table:number-rows-repeated="{repeated}">{cells}</table:table-row>'


def ole(stream: bytes, *, endless: bool = False) -> bytes:
    """An OLE file ([MS-CFB]) with one stream, “Workbook”; `endless`: its sectors lead back to the first."""
    stream = stream.ljust(4096, b"\x00")
    count = -(-len(stream) // SECTOR)
    chain = [*range(3, 2 + count), 2 if endless else END]
    fat = struct.pack("<128I", *([FAT_SECTOR, END, *chain] + [FREE] * (126 - count)))
    header = (
        OLE_MAGIC + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
        + struct.pack("<9I", 0, 1, 1, 0, 4096, END, 0, END, 0) + struct.pack("<109I", 0, *[FREE] * 108)
    )  # fmt: skip
    size = 0x7FFFFFFF if endless else len(stream)
    folder = _entry("Root Entry", 5, child=1, start=END, size=0) + _entry("Workbook", 2, start=2, size=size)
    return header + fat + folder.ljust(SECTOR, b"\x00") + stream.ljust(count * SECTOR, b"\x00")


def _entry(name: str, kind: int, *, start: int, size: int, child: int = FREE) -> bytes:
    encoded = name.encode("utf-16-le") + b"\x00\x00"
    return (
        encoded.ljust(64, b"\x00") + struct.pack("<HBBIII", len(encoded), kind, 1, FREE, FREE, child)
        + bytes(36) + struct.pack("<IQ", start, size)
    )  # fmt: skip


Cells = Mapping[tuple[int, int], str | float]
"""Row and column, both counted from 0 → the value."""


def xls(*sheets: Cells) -> bytes:
    """An xls file ([MS-XLS]) with these sheets: S1, S2 …"""
    parts = [_sheet(cells) for cells in sheets]
    head = _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0))
    names = [f"S{number}".encode() for number in range(1, len(sheets) + 1)]
    start = len(head) + sum(4 + 8 + len(name) for name in names) + 4
    bundles = b""
    for name, part in zip(names, parts, strict=True):
        bundles += _record(0x85, struct.pack("<IBBBB", start, 0, 0, len(name), 0) + name)
        start += len(part)
    return ole(head + bundles + _record(0x0A) + b"".join(parts))


def _sheet(cells: Cells) -> bytes:
    data = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    for (row, column), value in cells.items():
        place = struct.pack("<HHH", row, column, 0)
        if isinstance(value, str):
            data += _record(0x204, place + struct.pack("<HB", len(value), 0) + value.encode("ascii"))
        else:
            data += _record(0x203, place + struct.pack("<d", value))
    return data + _record(0x0A)


def _record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content
