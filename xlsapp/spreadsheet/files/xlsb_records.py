"""The records of an xlsb workbook's parts ([MS-XLSB] 2.1.4), and which part holds which sheet."""

import struct
from collections.abc import Iterator

from xlsapp.spreadsheet.files.packages import Package, relationships

WORKBOOK = "xl/workbook.bin"
# [MS-XLSB] 2.4.316 BrtBundleSh: a state and an id of four bytes each, then the relationship's id as text.
SHEET = 156
NO_TEXT = 0xFFFFFFFF


def records(data: bytes) -> Iterator[tuple[int, int]]:
    """The type and the place of each record's content."""
    position = 0
    while position < len(data):
        record, position = _variable(data, position, 2)
        length, position = _variable(data, position, 4)
        yield record, position
        position += length


def sheet_parts(package: Package) -> list[str]:
    """The parts of the sheets, in the workbook's order."""
    related = relationships(package, "xl/_rels/workbook.bin.rels", "xl")
    data = package.read(WORKBOOK)
    parts = []
    for record, position in records(data):
        if record != SHEET:
            continue
        (length,) = struct.unpack_from("<I", data, position + 8)
        if length != NO_TEXT:
            name = data[position + 12 : position + 12 + 2 * length].decode("utf-16-le")
            parts.append(related[name][1])
    return parts


def _variable(data: bytes, position: int, most: int) -> tuple[int, int]:
    """A number of up to `most` bytes, seven bits each, and where it ends."""
    number = 0
    for place in range(most):
        byte = data[position]
        position += 1
        number |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            break
    return number, position
