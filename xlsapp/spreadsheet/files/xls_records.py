"""The records of an old xls workbook's stream ([MS-XLS] 2.3)."""

import struct
from collections.abc import Iterator
from pathlib import Path

import olefile

# [MS-XLS] 2.4.21 BOF, 2.4.103 EOF, 2.4.117 FilePass.
BOF, EOF, FILE_PASS = 0x809, 0xA, 0x2F


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


def is_protected(path: Path) -> bool:
    """Whether an xls workbook is encrypted with a password."""
    try:
        return any(record == FILE_PASS for _, record in records(read_stream(path), 0))
    except (OSError, struct.error):
        return False
