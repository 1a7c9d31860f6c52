"""The fast reader for ordinary xlsx sheets: pieces are cut and parsed in a thread while others are
converted.
"""

import re
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from xlsapp.problems import Message
from xlsapp.spreadsheet.files.chunks import Chunk, Values, chunk_of
from xlsapp.spreadsheet.files.memory import MOST_TWICE
from xlsapp.spreadsheet.files.needs import MAX_SHARED_TEXTS, count_shared_texts
from xlsapp.spreadsheet.files.negative_times import moment_styles, negative_in, sign_of, with_spans
from xlsapp.spreadsheet.files.packages import Package, WorkbookParts
from xlsapp.spreadsheet.files.sheet_extras import linking_formulas
from xlsapp.spreadsheet.files.shown_digits import digit_formats, shown_cells
from xlsapp.spreadsheet.files.workbook_error import CannotRead, WorkbookError
from xlsapp.spreadsheet.files.xlsx_pieces import (
    EMPTY_STYLES,
    ERROR_MARK,
    HIDDEN,
    LINKING,
    MARKUP,
    MAX_ROW_BYTES,
    OWN,
    PIECE_BYTES,
    SHARED,
    SHARED_MARK,
    PieceReader,
    bounded,
    cut,
    error_of,
    hidden_rows,
    mark,
    plain,
    row_span,
    signs,
)

# Pieces parsed ahead of the one that is converted. calamine parses without Python's lock; a second thread
# that parses gains nothing on two cores, and pages wait longer.
AHEAD = 3
MAX_STYLES_BYTES = 1_000_000
MAX_SHARED_STRINGS_BYTES = 200_000_000
MAX_REMEMBERED_TEXTS = 100_000
# With fewer bytes for each place there are not many cells too many.
USUAL_BYTES = 200

_CELL = re.compile(rb"<c\b[^>]*?(?:/>|>.*?</c>)", re.DOTALL)
_ROW = re.compile(rb"<row\b[^>]*?(?:/>|>.*?</row>)", re.DOTALL)
_CELL_NAME = re.compile(rb'\sr="([A-Z]+\d+)"')
_ITEM = re.compile(rb"<si\s*/>")


class XlsxStream:
    """One xlsx file, whose sheets are read piece by piece. Raises CannotRead where that cannot be done."""

    def __init__(self, package: Package, parts: WorkbookParts) -> None:
        self._package = package
        styles = EMPTY_STYLES
        if parts.styles:
            if package.size(parts.styles) > MAX_STYLES_BYTES:
                raise CannotRead("very many styles")
            styles = package.read(parts.styles)
        self._formats, self._moments = digit_formats(styles), moment_styles(styles)
        self._signs = signs(sign_of(self._moments))
        self._tails: dict[str, bytes] = {}
        self._reader = PieceReader(styles=styles, epoch_1904=parts.epoch_1904)
        self._shared_part = parts.shared_strings
        self._shared: SharedTexts | None = None

    def chunks(self, part: str) -> Iterator[Chunk]:
        """The rows of a sheet, in order. Rows and columns without cells may be missing."""
        last_row = 0
        for parsed in self._parts(part):
            if parsed.rows[0] <= last_row:
                raise CannotRead("rows out of order")
            last_row = parsed.rows[1]
            yield from self._resolved(parsed)

    def tail(self, part: str) -> bytes:
        """What stands in a sheet's part behind its rows; the whole part is read for it, if it was not yet."""
        if part not in self._tails:
            for _ in self._pieces(part):
                pass
        return self._tails.get(part, b"")

    def _pieces(self, part: str) -> Iterator[bytes]:
        return cut(self._package.stream(part), partial(self._tails.__setitem__, part))

    def _parts(self, part: str) -> "Iterator[_Part]":
        """All of a sheet, in order; some of it is parsed ahead."""
        with ThreadPoolExecutor(1, thread_name_prefix="parse") as parser:
            waiting: deque[Future[list[_Part]]] = deque()
            for piece in self._pieces(part):
                waiting.append(parser.submit(self._parse, piece))
                if len(waiting) > AHEAD:
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()

    def _parse(self, piece: bytes) -> "list[_Part]":
        found = self._signs(piece)
        if MARKUP in found:
            piece = plain(piece)
            found = self._signs(piece)
        return [self._parse_part(part, found) for part in bounded(piece, found)]

    def _parse_part(self, part: bytes, found: frozenset[int]) -> "_Part":
        parsed = _Part(row_span(part), shared=SHARED in found)
        hidden = hidden_rows(part) if HIDDEN in found else frozenset()
        part, parsed.errors = mark(part, found)
        try:
            first_row, first_column, rows = self._reader.read(part)
        except BaseException:  # a panic in the parser is no Exception
            part, parsed.errors = self._without_bad_cells(part), True
            try:
                first_row, first_column, rows = self._reader.read(part)
            except BaseException:
                raise CannotRead("unreadable rows") from None
        _refuse_repeated(part, parsed.rows, len(rows) * len(rows[0]) if rows else 0)
        if rows:
            shown = shown_cells(part, self._formats) if self._formats else {}
            parsed.chunk = chunk_of(rows, first_row=first_row, first_column=first_column)
            parsed.chunk.hidden_rows, parsed.chunk.shown = hidden, shown
            parsed.chunk.links = linking_formulas(part) if LINKING in found else {}
            if OWN in found:
                below = negative_in(part, self._moments)
                parsed.chunk.columns = with_spans(parsed.chunk.columns, first_row, first_column, below)
        return parsed

    def _resolved(self, parsed: "_Part") -> Iterator[Chunk]:
        chunk = parsed.chunk
        if chunk is None:
            return
        if parsed.shared and self._shared is None:
            self._shared = SharedTexts(self._read_shared_texts())
        texts = self._shared if parsed.shared else None
        if texts is not None or parsed.errors:
            chunk.resolve = partial(_resolve, texts=texts, errors=parsed.errors)
        yield chunk

    def _without_bad_cells(self, piece: bytes) -> bytes:
        """The piece with each cell that the parser cannot take replaced by a mark. Raises CannotRead."""
        return b"".join(
            row if self._can_read(row) else _CELL.sub(self._cell_or_mark, row) for row in _ROW.findall(piece)
        )

    def _cell_or_mark(self, match: re.Match[bytes]) -> bytes:
        cell, name = match[0], _CELL_NAME.search(match[0])
        if name is None:
            raise CannotRead("cells without names")
        if self._can_read(
            b'<row r="' + name[1].lstrip(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ") + b'">' + cell + b"</row>"
        ):
            return cell
        return b'<c r="' + name[1] + b'" t="str"><v>' + ERROR_MARK.encode() + b"unreadable</v></c>"

    def _can_read(self, row: bytes) -> bool:
        try:
            self._reader.read(row)
        except BaseException:
            return False
        return True

    def _read_shared_texts(self) -> list[str]:
        """The workbook's shared texts: each item is read as the one cell of a row, so calamine does the
        work.
        """
        part = self._shared_part
        if part is None:
            raise CannotRead("no shared texts")
        if self._package.size(part) > MAX_SHARED_STRINGS_BYTES:
            raise WorkbookError(
                Message(
                    "file.shared_texts_too_large",
                    {"most_megabytes": MAX_SHARED_STRINGS_BYTES // 1_000_000},
                )
            )
        if self._package.size(part) > MAX_SHARED_TEXTS * len("<si/>"):
            count_shared_texts(self._package, part)
        texts: list[str] = []
        for items in _cut_items(self._package.stream(part)):
            count = items.count(b"<si>") + items.count(b"<si ")
            rows = items.replace(b"<si>", b'<row><c t="inlineStr"><is>').replace(b"</si>", b"</is></c></row>")
            try:
                first, _, grid = self._reader.read(rows)
            except BaseException:
                raise CannotRead("unreadable shared texts") from None
            texts += [""] * (first - 1 if grid else count)
            texts += [row[0] if isinstance(row[0], str) else "" for row in grid]
            texts += [""] * (count - (first - 1 if grid else count) - len(grid))
        return texts


def _refuse_repeated(part: bytes, span: tuple[int, int], places: int) -> None:
    """Raises CannotRead for more rows or cells than there are places for: the next reader says which."""
    rows = span[1] - span[0] + 1
    if len(part) < USUAL_BYTES * max(rows, places):
        return
    if part.count(b"<row") > rows + MOST_TWICE or part.count(b"<c") > places + MOST_TWICE:
        raise CannotRead("the same rows or cells again and again")


@dataclass(slots=True)
class _Part:
    """What was found in some rows."""

    rows: tuple[int, int]
    """The first and the last, as their numbers say."""
    shared: bool
    errors: bool = False
    chunk: Chunk | None = None


class SharedTexts(dict[str, str]):
    """A mark → the text it stands for; any other text → itself. Remembers what was asked for."""

    def __init__(self, texts: list[str]) -> None:
        super().__init__()
        self._texts = texts

    def __missing__(self, mark_or_text: str) -> str:
        if not mark_or_text.startswith(SHARED_MARK):
            return mark_or_text
        try:
            text = self._texts[int(mark_or_text[len(SHARED_MARK) :])]
        except (ValueError, IndexError):
            raise CannotRead("a shared text that is not there") from None
        if len(self) >= MAX_REMEMBERED_TEXTS:
            self.clear()
        self[mark_or_text] = text
        return text


def _resolve(values: Values, texts: SharedTexts | None, *, errors: bool) -> Values:
    """Cells with shared texts and errors in the place of their marks."""
    if texts is not None:
        if set(map(type, values)) == {str}:
            values = list(map(texts.__getitem__, values))
        else:
            values = [texts[value] if type(value) is str else value for value in values]
    if errors and not (set(map(type, values)) == {str} and ERROR_MARK not in "".join(values)):
        values = [
            error_of(value) if type(value) is str and value[:1] == ERROR_MARK else value for value in values
        ]
    return values


def _cut_items(stream: Iterator[bytes]) -> Iterator[bytes]:
    """The `<si>` elements of a shared strings part, in pieces of whole ones. Raises CannotRead."""
    buffer, started = b"", False
    for data in stream:
        buffer += data
        if not started:
            start = buffer.find(b"<si")
            if b"<!DOCTYPE" in buffer or (start < 0 and len(buffer) > MAX_ROW_BYTES):
                raise CannotRead("shared texts of another kind")
            if start < 0:
                continue
            buffer, started = buffer[start:], True
        begin = 0
        while len(buffer) - begin > PIECE_BYTES:
            stop = buffer.rfind(b"<si", begin + 1, begin + PIECE_BYTES)
            if stop < 0:
                stop = buffer.find(b"<si", begin + PIECE_BYTES)
            if stop < 0:
                break
            yield _plain_items(buffer[begin:stop])
            begin = stop
        buffer = buffer[begin:]
        if len(buffer) > MAX_ROW_BYTES:
            raise CannotRead("a very long shared text")
    end = buffer.find(b"</sst>")
    if started and end < 0:
        raise CannotRead("shared texts of another kind")
    if started:
        yield _plain_items(buffer[:end])


def _plain_items(items: bytes) -> bytes:
    return _ITEM.sub(b"<si></si>", plain(items))
