"""The records of an old xls workbook's stream ([MS-XLS] 2.3)."""

import struct
from collections.abc import Iterator
from pathlib import Path

import olefile

# [MS-XLS] 2.4.21 BOF, 2.4.28 BoundSheet8, 2.4.103 EOF, 2.4.117 FilePass.
BOF, BOUND_SHEET, EOF, FILE_PASS = 0x809, 0x85, 0xA, 0x2F
# 2.4.24 BoolErr, 2.4.127 Formula, 2.4.148 Label, 2.4.149 LabelSst, 2.4.180 Number, 2.4.220 RK, RString.
CELLS = frozenset({0x205, 0x6, 0x204, 0xFD, 0x203, 0x27E, 0xD6})
MULTIPLE = 0xBD
"""2.4.175 MulRk: several cells of a row."""


def read_stream(path: Path) -> bytes:
    """The workbook's stream; empty when the file has none."""
    if not olefile.isOleFile(str(path)):
        return b""
    with olefile.OleFileIO(str(path)) as ole:
        name = next((name for name in ("Workbook", "Book") if ole.exists(name)), None)
        return ole.openstream(name).read() if name else b""


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


def is_protected(path: Path) -> bool:
    """Whether an xls workbook is encrypted with a password."""
    try:
        return any(record == FILE_PASS for _, record in records(read_stream(path), 0))
    except (OSError, struct.error):
        return False
