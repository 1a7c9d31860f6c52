"""An uploaded file, opened by the fastest reader that can take it."""

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from xlsapp.spreadsheet.files.chunks import Chunk
from xlsapp.spreadsheet.files.delimited import DelimitedFile
from xlsapp.spreadsheet.files.formats import Format, detect
from xlsapp.spreadsheet.files.packages import Package, SheetPart, read_workbook_parts
from xlsapp.spreadsheet.files.whole_file import MAX_OPENPYXL_BYTES, CalamineFile, CannotRead, OpenpyxlFile
from xlsapp.spreadsheet.files.workbook_error import damaged
from xlsapp.spreadsheet.files.xlsx_pieces import NotOrdinary
from xlsapp.spreadsheet.files.xlsx_stream import XlsxStream


class Book(Protocol):
    """An open file with sheets."""

    @property
    def sheets(self) -> tuple[SheetPart, ...]:
        """The sheets in their order."""

    def chunks(self, index: int) -> Iterator[Chunk]:
        """The rows of a sheet.

        May raise NotOrdinary or CannotRead, also half-way: then try the next reader.
        """


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file, what it is, and the readers that may take it, the best first."""

    path: Path
    format: Format
    delimited: DelimitedFile | None
    package: Package | None

    def readers(self, stack: ExitStack) -> Iterator[Book]:
        """One reader after the other; ask for the next when one gives up."""
        if self.delimited:
            yield DelimitedBook(self.delimited)
            return
        if self.package:
            with suppress(NotOrdinary, KeyError, StopIteration, ValueError):
                yield StreamedBook(self.package)
        with suppress(CannotRead):
            yield CalamineFile(self.path, self.format)
        if self.package and self.package.total_size() <= MAX_OPENPYXL_BYTES:
            yield OpenpyxlFile(self.path, stack)
        raise damaged()


class StreamedBook:
    """An ordinary xlsx file."""

    def __init__(self, package: Package) -> None:
        parts = read_workbook_parts(package)
        self.sheets = parts.sheets
        self._stream = XlsxStream(package, parts)

    def chunks(self, index: int) -> Iterator[Chunk]:
        """See Book."""
        return self._stream.chunks(self.sheets[index].part)


class DelimitedBook:
    """A text file: one sheet without a name of its own."""

    def __init__(self, file: DelimitedFile) -> None:
        self.sheets = (SheetPart("Sheet1", visible=True, is_worksheet=True, part=""),)
        self._file = file

    def chunks(self, index: int) -> Iterator[Chunk]:
        """See Book."""
        return self._file.chunks()


def open_file(
    path: Path, stack: ExitStack, *, max_unpacked_bytes: int, encoding: str = "", delimiter: str = ""
) -> OpenFile:
    """Find out what a file is. It is closed with `stack`. Raises WorkbookError."""
    kind = detect(path, max_unpacked_bytes=max_unpacked_bytes, encoding=encoding)
    delimited = package = None
    if kind is Format.CSV:
        delimited = DelimitedFile.open(path, encoding=encoding, delimiter=delimiter)
    elif kind is Format.XLSX:
        package = stack.enter_context(Package(path, max_unpacked_bytes=max_unpacked_bytes))
    return OpenFile(path, kind, delimited, package)
