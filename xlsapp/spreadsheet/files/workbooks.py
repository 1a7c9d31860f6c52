"""An uploaded file, opened by the fastest reader that can take it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from xlsapp.spreadsheet.files.chunks import Chunk
from xlsapp.spreadsheet.files.delimited import DelimitedFile
from xlsapp.spreadsheet.files.dropdowns import Dropdown, dropdowns_of
from xlsapp.spreadsheet.files.formats import Format, detect
from xlsapp.spreadsheet.files.memory import Memory
from xlsapp.spreadsheet.files.ods_faults import look_for_fault
from xlsapp.spreadsheet.files.packages import Package, SheetPart, read_workbook_parts
from xlsapp.spreadsheet.files.sheet_extras import SheetExtras, extras_of, has_links, totals_rows
from xlsapp.spreadsheet.files.whole_file import MAX_OPENPYXL_BYTES, CalamineFile, OpenpyxlFile
from xlsapp.spreadsheet.files.workbook_error import CannotRead, damaged
from xlsapp.spreadsheet.files.xlsx_stream import XlsxStream

T = TypeVar("T")


class Book(Protocol):
    """An open file with sheets."""

    sees_values_only: bool
    """Formats, links and merged cells are not seen by this reader."""

    @property
    def sheets(self) -> tuple[SheetPart, ...]:
        """The sheets in their order."""

    def chunks(self, index: int) -> Iterator[Chunk]:
        """The rows of a sheet. May raise CannotRead, also half-way."""

    def extras(self, index: int) -> SheetExtras:
        """What a sheet says beside its cells. All of it may be read for that, if it was not yet."""

    def has_links(self, index: int) -> bool:
        """Whether cells of a sheet may lead somewhere."""

    def totals_rows(self, index: int) -> frozenset[int]:
        """The rows that are declared as totals."""

    def dropdowns(self, index: int) -> Sequence[Dropdown]:
        """The lists that a sheet's cells offer. All of it may be read for that, if it was not yet."""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A file, what it is, and the readers that may take it, the best first."""

    path: Path
    format: Format
    delimited: DelimitedFile | None
    package: Package | None
    memory: Memory
    given_up: list[str] = field(default_factory=list)
    """Why readers gave up, for the log."""

    def read(
        self, stack: ExitStack, work: Callable[[Book], T], *, start_again: Callable[[], None] = lambda: None
    ) -> T:
        """What `work` makes of the file, with the first reader that can take it, opened within `stack`.

        Where a reader gives up half-way, `start_again` is called, and the next one has its turn.
        """
        for opened in self._readers(stack):
            try:
                return work(opened())
            except CannotRead as reason:
                self.given_up.append(str(reason))
                start_again()
        if self.format is Format.ODS:
            look_for_fault(self.path)
        raise damaged()

    def _readers(self, stack: ExitStack) -> Iterator[Callable[[], Book]]:
        if self.delimited:
            yield partial(DelimitedBook, self.delimited)
            return
        if self.package:
            yield partial(StreamedBook, self.package)
        yield partial(CalamineFile, self.path, self.format, self.package, self.memory)
        if self.package and self.package.total_size() <= MAX_OPENPYXL_BYTES:
            yield partial(OpenpyxlFile, self.path, stack)


class StreamedBook:
    """An ordinary xlsx file."""

    sees_values_only = False

    def __init__(self, package: Package) -> None:
        parts = read_workbook_parts(package)
        self.sheets = parts.sheets
        self._package, self._names = package, parts.names
        self._stream = XlsxStream(package, parts)

    def chunks(self, index: int) -> Iterator[Chunk]:
        """See Book."""
        return self._stream.chunks(self.sheets[index].part)

    def extras(self, index: int) -> SheetExtras:
        """See Book."""
        part = self.sheets[index].part
        return extras_of(self._package, part, self._stream.tail(part))

    def has_links(self, index: int) -> bool:
        """See Book."""
        return has_links(self._package, self.sheets[index].part)

    def totals_rows(self, index: int) -> frozenset[int]:
        """See Book."""
        return totals_rows(self._package, self.sheets[index].part)

    def dropdowns(self, index: int) -> Sequence[Dropdown]:
        """See Book."""
        return dropdowns_of(self._stream.tail(self.sheets[index].part), self._names)


class DelimitedBook:
    """A text file: one sheet without a name of its own."""

    sees_values_only = False

    def __init__(self, file: DelimitedFile) -> None:
        self.sheets = (SheetPart("Sheet1", visible=True, is_worksheet=True, part=""),)
        self._file = file

    def chunks(self, index: int) -> Iterator[Chunk]:
        """See Book."""
        return self._file.chunks()

    def extras(self, index: int) -> SheetExtras:
        """A text has none."""
        return SheetExtras()

    def has_links(self, index: int) -> bool:
        """A text has none."""
        return False

    def totals_rows(self, index: int) -> frozenset[int]:
        """A text has none."""
        return frozenset()

    def dropdowns(self, index: int) -> Sequence[Dropdown]:
        """A text has none."""
        return ()


def open_file(
    path: Path,
    stack: ExitStack,
    *,
    max_unpacked_bytes: int,
    memory: Memory,
    encoding: str = "",
    delimiter: str = "",
) -> OpenFile:
    """Find out what a file is. It is closed with `stack`. Raises WorkbookError."""
    kind = detect(path, max_unpacked_bytes=max_unpacked_bytes, encoding=encoding)
    delimited = package = None
    if kind is Format.CSV:
        delimited = DelimitedFile.open(path, encoding=encoding, delimiter=delimiter)
    elif kind is Format.XLSX:
        package = stack.enter_context(Package(path, max_unpacked_bytes=max_unpacked_bytes))
    return OpenFile(path, kind, delimited, package, memory)
