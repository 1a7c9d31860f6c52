"""A sheet's XML cut into pieces at row ends, each of which calamine can read as a workbook of its own.

So memory stays flat however long the sheet is, and the pieces can be read in another thread.
"""

import re
import struct
from collections.abc import Callable, Iterator
from functools import lru_cache
from io import BytesIO
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import escape

import re2
from isal import isal_zlib
from python_calamine import load_workbook

from xlsapp.spreadsheet.cells.values import UNCALCULATED, CellError
from xlsapp.spreadsheet.files.workbook_error import CannotRead

PIECE_BYTES = 384 * 1024
# A single row with more XML than this is not ordinary.
MAX_ROW_BYTES = 16 * 1024 * 1024
MAX_TAIL_BYTES = 16 * 1024 * 1024
# calamine makes a dense grid of 32 bytes a cell before it gives anything back.
MAX_GRID_CELLS = 2_000_000
MAX_COLUMNS = 16_384
TWO_LETTER_COLUMNS = 702
MAX_ROWS = 1_048_576
# More rows than a piece has bytes for: there are gaps, and calamine fills them.
MAX_SPAN_ROWS = 20_000

# Marks in private-use characters, put where calamine would need the workbook's shared texts or would hide an
# error.
SHARED_MARK = "\ue000"
ERROR_MARK = "\ue001"
_SHARED, _ERROR = SHARED_MARK.encode(), ERROR_MARK.encode()

_NAMESPACE = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATIONSHIP = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEET_HEAD = b"<worksheet " + _NAMESPACE + b"><sheetData>"
_SHEET_TAIL = b"</sheetData></worksheet>"
EMPTY_STYLES = b"<styleSheet " + _NAMESPACE + b"/>"

_ROW_NUMBER = re.compile(rb'<row\b[^>]*?\sr="(\d{1,10})"')
_HIDDEN_ROW = re.compile(rb'<row\b(?=[^>]*\shidden="(?:1|true)")[^>]*?\sr="(\d+)"')
_SECOND_COLUMNS = re.compile(rb'r="[A-Z]{2}\d')
_SHARED_CELL = re.compile(rb'(<c\b[^>]*?)\bt="s"([^>]*>\s*<v>)')
_ERROR_CELL = re.compile(rb'(<c\b[^>]*?)\bt="e"([^>]*>)(?:\s*<f\b[^>]*?/>|\s*<f\b[^>]*>[^<]*</f>)?\s*<v>')
_UNCALCULATED_CELL = re.compile(
    rb'(<c\b(?![^>]*\bt="str")[^>]*?)(?:\s+t="[a-z]+")?([^>/]*>)\s*(?:<f\b[^>]*?/>|<f\b[^>]*>[^<]*</f>)'
    rb"\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>"
)
_SINGLE_QUOTES = re.compile(rb"<(?:c|row|f)\b[^>]*='")
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_CDATA = re.compile(rb"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)


# What few pieces have, or none. So many looks by `bytes.find` take a third of the time that calamine needs
# for the whole piece; RE2 looks for all at once, outside Python's lock.
MARKUP, QUOTED, FAR, HIDDEN, SHARED, ERRORS, UNCALCULATED_FORMULAS, MARKED, STRINGS, LINKING, OWN = range(11)
_SIGNS = (
    "<!",
    "='",
    'r="[A-Z]{3}[0-9]',
    ' hidden="',
    't="s"',
    't="e"',
    r"(</f>|<f\b[^>]*/>)\s*(<v\s*/>|<v>\s*</v>|</c>)",
    "[\ue000-\ue03f]",  # our marks, and others that begin with the same bytes
    't="str"',
    r"HYPERLINK\(",
)


def cut(stream: Iterator[bytes], keep_tail: Callable[[bytes], None]) -> Iterator[bytes]:
    """A sheet part's rows, in pieces of whole `<row>` elements. Raises CannotRead.

    What follows the rows is handed to `keep_tail`, as far as it is no longer than MAX_TAIL_BYTES.
    """
    buffer = b""
    for data in stream:
        buffer += data
        if (start := buffer.find(b"<sheetData")) >= 0 and buffer.find(b">", start) >= 0:
            break
        if len(buffer) > MAX_ROW_BYTES:
            raise CannotRead("no sheet data")
    else:
        raise CannotRead("no sheet data")
    if any(mark in buffer[:start] for mark in (b"<!DOCTYPE", b"<!--")):
        raise CannotRead("a prologue of its own")
    after = buffer.find(b">", start) + 1
    if buffer[after - 2 : after] == b"/>":
        return
    buffer, ended = buffer[after:], False
    while not ended:
        end = buffer.find(b"</sheetData>")
        ended = end >= 0
        begin = 0
        for stop in _stops(buffer, end if ended else len(buffer), ended=ended):
            if stop - begin > MAX_ROW_BYTES:
                raise CannotRead("a very long row")
            if buffer[begin:stop].strip():
                yield buffer[begin:stop]
            begin = stop
        buffer = buffer[begin:]
        if len(buffer) > MAX_ROW_BYTES and not ended:
            raise CannotRead("a row without an end")
        if not ended:
            more = next(stream, None)
            if more is None:
                raise CannotRead("sheet data without an end")
            buffer += more
    for data in stream:  # to the end of the part, for its checksum
        if len(buffer) < MAX_TAIL_BYTES:
            buffer += data
    keep_tail(buffer)


def _stops(buffer: bytes, length: int, *, ended: bool) -> Iterator[int]:
    """Where to cut: before a `<row`, some PIECE_BYTES apart; at the very end too when nothing follows."""
    begin = 0
    while length - begin >= PIECE_BYTES:
        stop = buffer.rfind(b"<row", begin + 1, begin + PIECE_BYTES)
        if stop < 0:
            stop = buffer.find(b"<row", begin + PIECE_BYTES, length)
        if stop < 0:
            break
        yield stop
        begin = stop
    if ended:
        yield length


def signs(own: str) -> Callable[[bytes], frozenset[int]]:
    """Tells which of the signs from MARKUP to LINKING a piece has, and OWN where it has a workbook's own."""
    patterns = re2.Set.SearchSet()
    for pattern in (*_SIGNS, own):
        patterns.Add(pattern)
    patterns.Compile()
    return lambda piece: frozenset(patterns.Match(piece) or ())


def bounded(piece: bytes, found: frozenset[int]) -> list[bytes]:
    """The piece, or the parts it must be split into so that calamine's grid stays small.

    `found` are its signs. Raises CannotRead.
    """
    if QUOTED in found and _SINGLE_QUOTES.search(piece):
        raise CannotRead("attributes in single quotes")
    first, last = row_span(piece)
    far = FAR in found
    if last - first >= MAX_GRID_CELLS // TWO_LETTER_COLUMNS:
        far = far or _SECOND_COLUMNS.search(piece) is not None
    if not far and last - first < MAX_SPAN_ROWS:
        return [piece]
    starts = [match.start() for match in re.finditer(rb"<row\b", piece)] + [len(piece)]
    parts, begin, begin_row, previous = [], 0, first, first
    most = MAX_GRID_CELLS // MAX_COLUMNS if far else MAX_SPAN_ROWS
    for start, following in pairwise(starts):
        row, _ = row_span(piece[start:following])
        if start > begin and (row - previous > 1000 or row - begin_row >= most):
            parts.append(piece[begin:start])
            begin, begin_row = start, row
        previous = row
    return [*parts, piece[begin:]]


def plain(xml: bytes) -> bytes:
    """XML without comments, and with CDATA as escaped text. Raises CannotRead for other declarations."""
    if b"<!" not in xml:
        return xml
    xml = _CDATA.sub(lambda match: escape(match[1].decode("utf-8", "replace")).encode(), xml)
    xml = _COMMENT.sub(b"", xml)
    if b"<!" in xml:
        raise CannotRead("markup of its own")
    return xml


def row_span(piece: bytes) -> tuple[int, int]:
    """The numbers of the first and the last row in a piece. Raises CannotRead."""
    first, last = _ROW_NUMBER.match(piece.lstrip()), _ROW_NUMBER.match(piece, piece.rfind(b"<row"))
    if first is None or last is None:
        raise CannotRead("rows without numbers")
    numbers = int(first[1]), int(last[1])
    if not 1 <= numbers[0] <= numbers[1] <= MAX_ROWS:
        raise CannotRead("rows out of order")
    return numbers


def hidden_rows(piece: bytes) -> frozenset[int]:
    """The rows of a piece that are hidden in Excel."""
    return frozenset(int(number) for number in _HIDDEN_ROW.findall(piece))


def mark(piece: bytes, found: frozenset[int]) -> tuple[bytes, bool]:
    """The piece with marks for shared texts, and for errors; whether there are errors.

    `found` are its signs. Raises CannotRead.
    """
    if MARKED in found and found & {SHARED, ERRORS, UNCALCULATED_FORMULAS}:
        raise CannotRead("the private-use characters of our marks")
    if ERRORS in found:
        piece = _mark_errors(piece, quickly=STRINGS not in found)
    if UNCALCULATED_FORMULAS in found:
        marked = rb'\1 t="str"\2<v>' + _ERROR + rb"</v></c>"
        piece = _in_each_cell(_UNCALCULATED_CELL, marked, piece, sign=b"<f")
    if SHARED in found:
        piece = piece.replace(b't="s"><v>', b't="str"><v>' + _SHARED)
        if b't="s"' in piece:
            piece = _SHARED_CELL.sub(rb'\1t="str"\2' + _SHARED, piece)
    return piece, bool(found & {ERRORS, UNCALCULATED_FORMULAS})


def _mark_errors(piece: bytes, *, quickly: bool) -> bytes:
    if quickly:
        marked = piece.replace(b't="e"', b't="str"')
        errors = (len(marked) - len(piece)) // len(b"tr")
        marked = marked.replace(b"<v>#", b"<v>" + _ERROR + b"#")
        # Only errors have values that begin with #. As many as are called errors: none of it is in a text.
        if len(marked) - len(piece) == errors * len(b"tr" + _ERROR):
            return marked
    return _in_each_cell(_ERROR_CELL, rb'\1t="str"\2<v>' + _ERROR, piece, sign=b't="e"')


def _in_each_cell(pattern: re.Pattern[bytes], marked: bytes, piece: bytes, *, sign: bytes) -> bytes:
    """Replace a pattern in the cells that have a sign. Over all at once it would try each in many ways."""
    first, *cells = piece.split(b"<c ")
    cells = [pattern.sub(marked, b"<c " + cell) if sign in cell else b"<c " + cell for cell in cells]
    return b"".join((pattern.sub(marked, first), *cells))


@lru_cache(maxsize=100)
def error_of(text: str) -> CellError:
    """The error that a mark stands for."""
    code = text[len(ERROR_MARK) :]
    return CellError(code) if code else UNCALCULATED


class PieceReader:
    """Reads pieces with calamine: each becomes the one sheet of a tiny workbook with the styles of the real
    one.
    """

    def __init__(self, *, styles: bytes, epoch_1904: bool) -> None:
        properties = b'<workbookPr date1904="1"/>' if epoch_1904 else b""
        workbook = (
            b"<workbook " + _NAMESPACE + f' xmlns:r="{_RELATIONSHIP}">'.encode() + properties
            + b'<sheets><sheet name="s" sheetId="1" r:id="r1"/></sheets></workbook>'
        )  # fmt: skip
        self._fixed, self._directory = b"", b""
        for name, data in (
            ("_rels/.rels", _relationships(r1=("officeDocument", "xl/workbook.xml"))),
            ("xl/workbook.xml", workbook),
            (
                "xl/_rels/workbook.xml.rels",
                _relationships(r1=("worksheet", "worksheets/sheet1.xml"), r2=("styles", "styles.xml")),
            ),
            ("xl/styles.xml", styles),
        ):
            local, central = _zip_entry(name, data, len(self._fixed))
            self._fixed += local + data
            self._directory += central

    def read(self, piece: bytes) -> tuple[int, int, list[list[Any]]]:
        """The first row (counted from 1), the first column (from 0), and the grid of cells from there."""
        sheet = load_workbook(BytesIO(self._workbook(piece))).get_sheet_by_index(0)
        if sheet.start is None:
            return 1, 0, []
        return sheet.start[0] + 1, sheet.start[1], sheet.to_python(skip_empty_area=True)

    def _workbook(self, piece: bytes) -> bytes:
        data = _SHEET_HEAD + piece + _SHEET_TAIL
        local, central = _zip_entry("xl/worksheets/sheet1.xml", data, len(self._fixed))
        directory = self._directory + central
        offset = len(self._fixed) + len(local) + len(data)
        end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 5, 5, len(directory), offset, 0)
        return b"".join((self._fixed, local, data, directory, end))


def _zip_entry(name: str, data: bytes, offset: int) -> tuple[bytes, bytes]:
    """The local header and the directory entry of a stored file (PKWARE's APPNOTE, 4.3.7 and 4.3.12)."""
    encoded, crc, size = name.encode(), isal_zlib.crc32(data), len(data)
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 20, 0, 0, 0, 0x21, crc, size, size, len(encoded), 0)
    central = struct.pack(
        "<IHHHHHHIIIHHHHHII",
        0x02014B50,
        20,
        20,
        0,
        0,
        0,
        0x21,
        crc,
        size,
        size,
        len(encoded),
        0,
        0,
        0,
        0,
        0,
        offset,
    )
    return local + encoded, central + encoded


def _relationships(**targets: tuple[str, str]) -> bytes:
    entries = "".join(
        f'<Relationship Id="{name}" Type="{_RELATIONSHIP}/{kind}" Target="{target}"/>'
        for name, (kind, target) in targets.items()
    )
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{namespace}">{entries}</Relationships>'.encode()
