"""The records of an old xls workbook's stream ([MS-XLS] 2.3)."""

import struct
from collections.abc import Iterator
from pathlib import Path

import olefile

from xlsapp.spreadsheet.files.negative_times import may_show_moments
from xlsapp.spreadsheet.files.sheet_extras import Area
from xlsapp.spreadsheet.files.shown_digits import DigitFormat

# [MS-XLS] 2.4.21 BOF, 2.4.28 BoundSheet8, 2.4.103 EOF, 2.4.117 FilePass.
BOF, BOUND_SHEET, EOF, FILE_PASS = 0x809, 0x85, 0xA, 0x2F
# 2.4.126 Format, 2.4.353 XF, 2.4.140 HLink.
FORMAT, STYLE, HYPERLINK = 0x41E, 0xE0, 0x1B8
NUMBER, SHORT_NUMBER, FORMULA = 0x203, 0x27E, 0x6
NUMBERS = frozenset({FORMULA, NUMBER, SHORT_NUMBER})
NO_NUMBER = b"\xff\xff"
"""What a formula's result ends with that is a text, an answer, an error or none."""
# 2.4.24 BoolErr, 2.4.127 Formula, 2.4.148 Label, 2.4.149 LabelSst, 2.4.180 Number, 2.4.220 RK, RString.
CELLS = frozenset({0x205, 0x6, 0x204, 0xFD, 0x203, 0x27E, 0xD6})
URL_MONIKER = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b")
MULTIPLE = 0xBD
"""2.4.175 MulRk: several cells of a row."""


def read_stream(path: Path) -> bytes:
    """The workbook's stream; empty when the file has none. Raises OSError where it is damaged."""
    if not olefile.isOleFile(str(path)):
        return b""
    try:
        with olefile.OleFileIO(str(path)) as ole:
            name = next((name for name in ("Workbook", "Book") if ole.exists(name)), None)
            return ole.openstream(name).read() if name else b""
    except MemoryError:
        raise
    except Exception as error:  # of a sector of 2 to the 30,000th bytes it cannot even write down the size
        raise OSError(f"olefile: {error}") from None


def records(stream: bytes, position: int) -> Iterator[tuple[int, int]]:
    """The place and type of each record of a substream; a chart within a sheet is a substream of its own."""
    depth = 0
    while position + 8 <= len(stream):
        record, length = struct.unpack_from("<HH", stream, position)
        depth += (record == BOF) - (record == EOF)
        if depth == 1:
            yield position, record
        position += 4 + length
        if depth <= 0:
            return


def sheet_starts(stream: bytes) -> list[int]:
    """Where the sheets begin, in the workbook's order."""
    return [
        struct.unpack_from("<I", stream, position + 4)[0]
        for position, record in records(stream, 0)
        if record == BOUND_SHEET
    ]


def cells(stream: bytes, start: int) -> Iterator[tuple[int, int, int]]:
    """The row and the first and last column of a sheet's cells, all counted from 0."""
    for position, record in records(stream, start):
        if record in CELLS:
            row, column = struct.unpack_from("<HH", stream, position + 4)
            yield row, column, column
        elif record == MULTIPLE:
            (length,) = struct.unpack_from("<H", stream, position + 2)
            row, first = struct.unpack_from("<HH", stream, position + 4)
            yield row, first, struct.unpack_from("<H", stream, position + 2 + length)[0]


def cell_formats(stream: bytes) -> tuple[dict[int, DigitFormat], set[int]]:
    """A cell's style, by its place among all → the format, for those that show more than a number; and the
    styles that may show dates or times.
    """
    codes: dict[int, DigitFormat] = {}
    found: dict[int, DigitFormat] = {}
    moments: dict[int, bool] = {}
    showing_moments = set()
    styles = 0
    for position, record in records(stream, 0):
        if record == FORMAT:
            number, length, is_wide = struct.unpack_from("<HHB", stream, position + 4)
            start, size = position + 9, length * 2 if is_wide & 1 else length
            code = stream[start : start + size].decode("utf-16-le" if is_wide & 1 else "latin-1")
            # In workbooks of Excel 5 the code begins elsewhere: all of the record is looked at.
            moments[number] = may_show_moments(number, stream[position + 6 : start + size].decode("latin-1"))
            if known := DigitFormat.of(code):
                codes[number] = known
        elif record == STYLE:
            (number,) = struct.unpack_from("<H", stream, position + 6)
            if number in codes:
                found[styles] = codes[number]
            if moments.get(number, may_show_moments(number, None)):
                showing_moments.add(styles)
            styles += 1
    return found, showing_moments


def styled(stream: bytes, position: int, record: int) -> Iterator[tuple[int, int, int]]:
    """The row, column and style of the numbers in a record of a sheet, rows and columns counted from 0."""
    if record in NUMBERS:
        yield struct.unpack_from("<HHH", stream, position + 4)
    elif record == MULTIPLE:
        (length,) = struct.unpack_from("<H", stream, position + 2)
        row, first = struct.unpack_from("<HH", stream, position + 4)
        for place in range((length - 6) // 6):
            yield row, first + place, struct.unpack_from("<H", stream, position + 8 + 6 * place)[0]


def negative(stream: bytes, position: int, record: int) -> Iterator[tuple[int, int, int, float]]:
    """The row, column, style and number of the cells below zero in a record of a sheet."""
    if record in (NUMBER, FORMULA):
        if stream[position + 17] & 0x80 and stream[position + 16 : position + 18] != NO_NUMBER:
            yield struct.unpack_from("<HHHd", stream, position + 4)
    elif record == SHORT_NUMBER:
        if stream[position + 13] & 0x80:
            row, column, style, packed = struct.unpack_from("<HHHi", stream, position + 4)
            yield row, column, style, short_number(packed)
    elif record == MULTIPLE:
        (length,) = struct.unpack_from("<H", stream, position + 2)
        row, first = struct.unpack_from("<HH", stream, position + 4)
        for place in range((length - 6) // 6):
            style, packed = struct.unpack_from("<Hi", stream, position + 8 + 6 * place)
            if packed < 0:
                yield row, first + place, style, short_number(packed)


def short_number(packed: int) -> float:
    """The number in 32 bits, with their sign ([MS-XLS] 2.5.217, [MS-XLSB] 2.5.122)."""
    number: float = packed >> 2
    if not packed & 2:
        (number,) = struct.unpack("<d", struct.pack("<q", (packed & ~3) << 32))
    return number / 100 if packed & 1 else number


def link(stream: bytes, position: int) -> tuple[Area, str] | None:
    """Which cells lead where ([MS-XLS] 2.4.140, [MS-OSHARED] 2.3.7.1); None where it is no address."""
    first_row, last_row, first_column, last_column = struct.unpack_from("<4H", stream, position + 4)
    (flags,) = struct.unpack_from("<I", stream, position + 32)
    place = position + 36
    for is_there in (flags & 0x10, flags & 0x80):  # a text that is shown, a frame
        if is_there:
            place += 4 + 2 * struct.unpack_from("<I", stream, place)[0]
    if not flags & 0x1 or flags & 0x100 or stream[place : place + 16] != URL_MONIKER:
        return None
    (length,) = struct.unpack_from("<I", stream, place + 16)
    text = stream[place + 20 : place + 20 + length].decode("utf-16-le", "replace").partition("\0")[0]
    place += 20 + length
    if flags & 0x8:
        (length,) = struct.unpack_from("<I", stream, place)
        text += "#" + stream[place + 4 : place + 4 + 2 * length].decode("utf-16-le", "replace").rstrip("\0")
    return Area(first_row + 1, first_column, last_row + 1, last_column), text


def is_protected(path: Path) -> bool:
    """Whether an xls workbook is encrypted with a password."""
    try:
        return any(record == FILE_PASS for _, record in records(read_stream(path), 0))
    except (OSError, struct.error):
        return False
