"""The records of an xlsb workbook's parts ([MS-XLSB] 2.1.4), and which part holds which sheet."""

import struct
from collections.abc import Iterable, Iterator

from xlsapp.spreadsheet.files.packages import Package, relationships

WORKBOOK = "xl/workbook.bin"
# [MS-XLSB] 2.4.316 BrtBundleSh: a state and an id of four bytes each, then the relationship's id as text.
SHEET = 156
NO_TEXT = 0xFFFFFFFF


# No genuine record comes near it; a text in a cell has 64 KB.
MAX_RECORD_BYTES = 16 * 1024 * 1024
HEAD_BYTES = 6


class NoRecords(ValueError):
    """These bytes are no records."""


def records(pieces: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """The type and the content of each record of a part that comes in pieces. Raises NoRecords."""
    buffer, position = b"", 0
    for piece in pieces:
        buffer, position = buffer[position:] + piece, 0
        while position + HEAD_BYTES <= len(buffer):
            record, start = _variable(buffer, position, 2)
            length, start = _variable(buffer, start, 4)
            if length > MAX_RECORD_BYTES:
                raise NoRecords
            if start + length > len(buffer):
                break
            position = start + length
            yield record, buffer[start:position]
    # Too short for the longest head: the last records have no content to speak of.
    while position < len(buffer):
        record, start = _variable(buffer, position, 2)
        length, start = _variable(buffer, start, 4)
        position = start + length
        yield record, buffer[start:position]


def sheet_parts(package: Package) -> list[str]:
    """The parts of the sheets, in the workbook's order."""
    related = relationships(package, "xl/_rels/workbook.bin.rels", "xl")
    parts = []
    for record, content in records([package.read(WORKBOOK, binary=True)]):
        if record != SHEET:
            continue
        (length,) = struct.unpack_from("<I", content, 8)
        if length != NO_TEXT:
            parts.append(related[content[12 : 12 + 2 * length].decode("utf-16-le")][1])
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
