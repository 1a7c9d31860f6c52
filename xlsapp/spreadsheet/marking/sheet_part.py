"""A sheet's part, passed on as it is read: its rows stay to the byte, and what follows them is changed."""

import re
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

from xlsapp.spreadsheet.files.sheet_extras import area_of
from xlsapp.spreadsheet.files.workbook_error import CannotRead
from xlsapp.spreadsheet.files.xlsx_pieces import MAX_ROW_BYTES, MAX_TAIL_BYTES
from xlsapp.spreadsheet.marking.xml_parts import require_utf8, root_prefix

_SHEET_DATA = re.compile(rb"<(?:[\w.-]+:)?sheetData\b[^>]*>")
_DIMENSION = re.compile(rb"""<(?:[\w.-]+:)?dimension\b[^>]*?\bref=["']([A-Z0-9:]+)["']""")


@dataclass(frozen=True, slots=True)
class SheetHead:
    """What stands before a sheet's rows."""

    prefix: str
    width: int
    """How many columns the sheet says it has; 1 where it does not say."""


def patched_sheet(stream: Iterator[bytes], patch: Callable[[SheetHead, bytes], bytes]) -> Iterator[bytes]:
    """The part, piece by piece, with what follows its rows as `patch` returns it: it gets the tags from the
    last of the rows on, as an XML of its own whose root has the sheet's name. Raises CannotRead.
    """
    begun, buffer = _head(stream)
    prefix = root_prefix(begun).decode()
    head = SheetHead(prefix, _width(begun))
    yield begun
    if not begun.endswith(b"/>"):
        buffer = yield from _rows(buffer, stream, f"</{prefix}sheetData>".encode())
    tail = b"".join([buffer, *_rest(stream, len(buffer))])
    root = f"<{prefix}worksheet>".encode()
    yield patch(head, root + tail)[len(root) :]


def _head(stream: Iterator[bytes]) -> tuple[bytes, bytes]:
    """What stands before the rows, with the tag that begins them; and what was read beyond it."""
    buffer = b""
    for data in stream:
        buffer += data
        if match := _SHEET_DATA.search(buffer):
            require_utf8(buffer)
            return buffer[: match.end()], buffer[match.end() :]
        if len(buffer) > MAX_ROW_BYTES:
            break
    raise CannotRead("no sheet data")


def _rows(buffer: bytes, stream: Iterator[bytes], end: bytes) -> Generator[bytes, None, bytes]:
    """Pass the rows on. Returns what was read beyond them."""
    while (at := buffer.find(end)) < 0:
        keep = len(end) - 1
        yield buffer[:-keep]
        data = next(stream, None)
        if data is None:
            raise CannotRead("sheet data without an end")
        buffer = buffer[-keep:] + data
    yield buffer[: at + len(end)]
    return buffer[at + len(end) :]


def _rest(stream: Iterator[bytes], length: int) -> Iterator[bytes]:
    for data in stream:
        length += len(data)
        if length > MAX_TAIL_BYTES:
            raise CannotRead("very much behind the rows")
        yield data


def _width(head: bytes) -> int:
    match = _DIMENSION.search(head)
    area = area_of(match[1].decode()) if match else None
    return area.last_column + 1 if area else 1
