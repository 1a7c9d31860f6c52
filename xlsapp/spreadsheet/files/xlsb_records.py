"""The records of an xlsb workbook's parts ([MS-XLSB] 2.1.4), and which part holds which sheet."""

import struct
from collections.abc import Iterable, Iterator, Mapping

from xlsapp.spreadsheet.files.negative_times import may_show_moments
from xlsapp.spreadsheet.files.packages import Package, relationships
from xlsapp.spreadsheet.files.sheet_extras import Area
from xlsapp.spreadsheet.files.shown_digits import DigitFormat
from xlsapp.spreadsheet.files.xls_records import short_number

WORKBOOK = "xl/workbook.bin"
# [MS-XLSB] 2.4.316 BrtBundleSh: a state and an id of four bytes each, then the relationship's id as text.
SHEET = 156
STYLES = "xl/styles.bin"
# 2.4.656 BrtFmt, 2.4.822 BrtXF within 2.4.14 BrtBeginCellXFs; 2.4.693 BrtMergeCell, 2.4.662 BrtHLink.
FORMAT, STYLE, BEGIN_STYLES, END_STYLES = 44, 47, 617, 618
MERGED, HYPERLINK = 176, 494
# 2.4.314 BrtCellRk, 2.4.313 BrtCellReal, 2.4.674 BrtFmlaNum.
SHORT_NUMBER, NUMBER, FORMULA_NUMBER = 2, 5, 9
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


def cell_formats(package: Package) -> tuple[dict[int, DigitFormat], set[int]]:
    """A cell's style, by its place among all → the format, for those that show more than a number; and the
    styles that may show dates or times.
    """
    codes: dict[int, str] = {}
    found: dict[int, DigitFormat] = {}
    moments = set()
    styles: int | None = None
    for record, content in records([package.read(STYLES, binary=True)]) if STYLES in package else ():
        if record == FORMAT:
            codes[struct.unpack_from("<H", content)[0]] = text(content, 2)[0]
        elif record == BEGIN_STYLES:
            styles = 0
        elif record == END_STYLES:
            styles = None
        elif record == STYLE and styles is not None:
            (number,) = struct.unpack_from("<H", content, 2)
            if known := DigitFormat.of(codes.get(number, "")):
                found[styles] = known
            if may_show_moments(number, codes.get(number)):
                moments.add(styles)
            styles += 1
    return found, moments


def negative(record: int, content: bytes) -> float | None:
    """A cell's number, where it is below zero."""
    if record == SHORT_NUMBER and content[11] & 0x80:
        return short_number(*struct.unpack_from("<i", content, 8))
    if record in (NUMBER, FORMULA_NUMBER) and content[15] & 0x80:
        found: float = struct.unpack_from("<d", content, 8)[0]
        return found
    return None


def area(content: bytes) -> Area:
    """The cells that a record begins with."""
    first_row, last_row, first_column, last_column = struct.unpack_from("<4I", content)
    return Area(first_row + 1, first_column, last_row + 1, last_column)


def target(content: bytes, targets: Mapping[str, str]) -> str:
    """Where a link's record leads; nothing where that is not out of the workbook."""
    relationship, place = text(content, 16)
    location, _ = text(content, place)
    found = targets.get(relationship, "")
    return f"{found}#{location}" if found and location else found


def text(content: bytes, place: int) -> tuple[str, int]:
    """A text in a record, and where it ends."""
    (length,) = struct.unpack_from("<I", content, place)
    if length == NO_TEXT:
        return "", place + 4
    end = place + 4 + 2 * length
    return content[place + 4 : end].decode("utf-16-le"), end


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
