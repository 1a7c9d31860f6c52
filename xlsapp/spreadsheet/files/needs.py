"""Whether there is memory for a file that a reader opens whole. Asked before it is opened."""

import struct
from pathlib import Path

from xlsapp.problems import Message
from xlsapp.spreadsheet.files import ods_extent, xls_records
from xlsapp.spreadsheet.files.formats import Format
from xlsapp.spreadsheet.files.memory import CELL_BYTES, PLACE_BYTES, Extent, Memory
from xlsapp.spreadsheet.files.ods_copy import Watched
from xlsapp.spreadsheet.files.packages import Package, read_workbook_parts
from xlsapp.spreadsheet.files.workbook_error import CannotRead, WorkbookError

# More than that are nothing but empty ones in a part of 200 MB. A reader keeps 24 bytes for each.
MAX_SHARED_TEXTS = 16_000_000


def ask_before_opening(path: Path, kind: Format, package: Package | None, memory: Memory) -> bool:
    """Whether the reader needs a copy of the file, as ods_copy.py says.

    Raises WorkbookError where opening the file would take too much, CannotRead where it would lose something.
    """
    match kind:
        case Format.XLS:
            _ask_for_xls(path, memory)
        case Format.ODS:
            with Package(path, max_unpacked_bytes=1 << 40) as ods:
                content = Watched(ods.stream("content.xml"))
                has_many_blanks = ods_extent.ask(iter(content), memory)
                return has_many_blanks or content.has_tags
        case Format.XLSX if package:
            _look_at_shared_parts(package)
    return False


def _ask_for_xls(path: Path, memory: Memory) -> None:
    """All sheets are opened, and the chosen one is copied."""
    needed = largest = 0
    try:
        stream = xls_records.read_stream(path)
        for start in xls_records.sheet_starts(stream):
            extent = Extent()
            for row, first, last in xls_records.cells(stream, start):
                extent.cell(row + 1, first)
                extent.cell(row + 1, last)
            memory.ask_for_grid(extent, copies=2)
            grid = extent.places * PLACE_BYTES
            needed, largest = needed + grid + extent.cells * CELL_BYTES, max(largest, grid)
            memory.ask(needed + largest)
    except (struct.error, OSError, IndexError, ValueError):
        pass  # the reader itself says what is wrong with it


def _look_at_shared_parts(package: Package) -> None:
    """What an xlsx file's sheets share is read together with the workbook, however little of it is used."""
    try:
        parts = read_workbook_parts(package)
    except CannotRead:
        return
    for _ in package.stream(parts.styles) if parts.styles else ():
        pass
    if parts.shared_strings:
        count_shared_texts(package, parts.shared_strings)


def count_shared_texts(package: Package, part: str) -> None:
    """Raises WorkbookError when a workbook has more shared texts than a sheet has cells."""
    count = prefixed = 0
    for piece in package.stream(part):
        count += piece.count(b"<si")
        prefixed += piece.count(b":si>") + 2 * piece.count(b":si/>")
        if max(count, prefixed // 2) > MAX_SHARED_TEXTS:
            raise WorkbookError(Message("file.too_many_texts", {"most": MAX_SHARED_TEXTS}))
