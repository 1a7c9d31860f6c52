"""csv and tsv files: encoding and separator found, rows streamed."""

import codecs
import csv
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from operator import methodcaller
from pathlib import Path

from xlsapp.problems import Message
from xlsapp.spreadsheet.files.chunks import Chunk, chunk_of
from xlsapp.spreadsheet.files.csv_style import (
    SAMPLE_CHARACTERS,
    has_blanks_around_marks,
    likely_delimiter,
    named_delimiter,
    without_blanks_around_marks,
)
from xlsapp.spreadsheet.files.workbook_error import WorkbookError
from xlsapp.spreadsheet.files.xlsx_pieces import MAX_COLUMNS

ROWS_PER_CHUNK = 2_000
# One row as wide as a sheet can be makes all rows of its chunk as wide.
MAX_FILLED_CELLS = 100_000
# Longer than any cell that can be imported, so that such a cell is reported and not cut.
MAX_FIELD_LENGTH = 10_000_000
DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252",
    "iso8859-15": "ISO 8859-15",
    "mac-roman": "Mac Roman",
    "cp850": "DOS 850 (Western European)",
    "cp437": "DOS 437 (American)",
    "cp1250": "Windows-1250 (Central European)",
    "iso8859-2": "ISO 8859-2 (Central European)",
    "cp852": "DOS 852 (Central European)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "koi8-r": "KOI8-R (Russian)",
    "koi8-u": "KOI8-U (Ukrainian)",
    "cp866": "DOS 866 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "cp1257": "Windows-1257 (Baltic)",
    "cp1258": "Windows-1258 (Vietnamese)",
    "cp874": "Windows-874 (Thai)",
    "cp932": "Shift JIS (Japanese)",
    "euc_jp": "EUC-JP (Japanese)",
    "gb18030": "GB 18030 (Chinese, simplified)",
    "big5": "Big5 (Chinese, traditional)",
    "cp949": "EUC-KR (Korean)",
}
"""Encodings that can be chosen, and what people call them."""

ASSUMED, ASSUMED_OF_MACS = "cp1252", "mac-roman"
"""What a text is taken for that is in no Unicode encoding; on old Macintoshes lines end with CR."""


# What old programs write at the end of a text file. A line of its own, it would be a record.
WITHOUT_END_OF_FILE = methodcaller("rstrip", "\x1a")


@dataclass(frozen=True, slots=True)
class DelimitedFile:
    """A text file whose encoding and separator are known. Raises WorkbookError where it cannot be read."""

    path: Path
    encoding: str
    delimiter: str
    names_delimiter: bool = False
    """Its first line is no row, but says “sep=;”."""
    has_blanks_around_marks: bool = False

    @classmethod
    def open(cls, path: Path, *, encoding: str = "", delimiter: str = "") -> "DelimitedFile":
        """Find what is not given."""
        encoding = _encoding_of(path, wanted=encoding)
        delimiter = "\t" if delimiter == "tab" else delimiter
        sample = _sample_of(path, encoding)
        first_line, _, _ = sample.replace("\r", "\n").partition("\n")
        named = named_delimiter(first_line)
        delimiter = delimiter or named or likely_delimiter(sample)
        blanks = has_blanks_around_marks(path, encoding, delimiter) if sample else False
        return cls(path, encoding, delimiter, names_delimiter=bool(named), has_blanks_around_marks=blanks)

    @property
    def encoding_name(self) -> str:
        """The encoding as people call it."""
        return ENCODINGS[self.encoding.removesuffix("-sig").removesuffix("-le").removesuffix("-be")]

    @property
    def delimiter_name(self) -> str:
        """The separator in a word."""
        return DELIMITER_NAMES.get(self.delimiter, self.delimiter)

    def chunks(self) -> Iterator[Chunk]:
        """The rows, in order. Rows of unequal length are filled up with blanks."""
        csv.field_size_limit(MAX_FIELD_LENGTH)
        first_row = 1
        with self.path.open(encoding=self.encoding, errors="strict", newline="") as file:
            reader = csv.reader(self._lines(file), delimiter=self.delimiter, strict=True)
            while True:
                try:
                    rows = list(islice(reader, ROWS_PER_CHUNK))
                except csv.Error:
                    raise WorkbookError(
                        Message("file.broken_line", {"line": self._first_broken_line()})
                    ) from None
                except UnicodeError:
                    raise WorkbookError(
                        Message("file.wrong_encoding", {"encoding": self.encoding_name})
                    ) from None
                if not rows:
                    return
                for part in _alike(rows):
                    yield _chunk(part, first_row)
                    first_row += len(part)

    def _lines(self, file: Iterable[str]) -> Iterator[str]:
        """The lines as the csv module takes them."""
        lines: Iterator[str] = map(WITHOUT_END_OF_FILE, file)
        if self.has_blanks_around_marks:
            lines = without_blanks_around_marks(lines, self.delimiter)
        return islice(lines, int(self.names_delimiter), None)

    def _first_broken_line(self) -> int:
        """Where the row begins that cannot be read: an open quotation mark takes in all lines after it."""
        skipped = int(self.names_delimiter)
        begins = 1 + skipped
        with self.path.open(encoding=self.encoding, errors="replace", newline="") as file:
            reader = csv.reader(self._lines(file), delimiter=self.delimiter, strict=True)
            with suppress(csv.Error):
                for _ in reader:
                    begins = reader.line_num + 1 + skipped
        return begins


def _alike(rows: list[list[str]]) -> Iterator[list[list[str]]]:
    """The rows in parts that may be filled up to their longest row. Raises WorkbookError."""
    width = max(map(len, rows))
    if width > MAX_COLUMNS:
        raise WorkbookError(Message("file.too_wide", {"columns": width, "most": MAX_COLUMNS}))
    each = len(rows) if min(map(len, rows)) == width else max(1, MAX_FILLED_CELLS // width)
    for start in range(0, len(rows), each):
        yield rows[start : start + each]


def _chunk(rows: list[list[str]], first_row: int) -> Chunk:
    """Rows of unequal length, filled up with blanks."""
    field_counts = list(map(len, rows))
    width = max(field_counts)
    if min(field_counts) != width:
        rows = [row + [""] * (width - len(row)) for row in rows]
    chunk = chunk_of(rows, first_row=first_row)
    chunk.field_counts = field_counts
    return chunk


def _encoding_of(path: Path, *, wanted: str) -> str:
    """The encoding with its mark and its byte order; `wanted` is what the user says, or nothing."""
    if wanted not in ("", "utf-8", "utf-16"):
        return wanted
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if wanted == "utf-8":
        return wanted
    # In any script, the separators and line ends have a zero byte: the higher one of the two.
    high_first, high_last = head[0::2].count(0), head[1::2].count(0)
    if wanted or max(high_first, high_last) > len(head) // 4:
        return "utf-16-be" if high_first > high_last else "utf-16-le"
    if _is_utf8(path):
        return "utf-8"
    return ASSUMED_OF_MACS if b"\r" in head and b"\n" not in head else ASSUMED


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while data := file.read(1 << 20):
                decoder.decode(data)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _sample_of(path: Path, encoding: str) -> str:
    """The beginning of the text."""
    try:
        with path.open(encoding=encoding, errors="replace", newline="") as file:
            return file.read(SAMPLE_CHARACTERS)
    except UnicodeError:  # UTF-16 without its mark: reading the rows says so
        return ""
