"""The lists that the cells of xls and xlsb workbooks offer ([MS-XLS] Dv, [MS-XLSB] BrtDVal).

Both keep a formula of one token: a text with all choices, an area of cells, or a name for one of these.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from xlsapp.spreadsheet.files import xls_records, xlsb_records
from xlsapp.spreadsheet.files.dropdowns import MAX_AREAS, MAX_DROPDOWNS, Dropdown
from xlsapp.spreadsheet.files.packages import Package
from xlsapp.spreadsheet.files.sheet_extras import Area

LIST, KIND = 3, 0xF
# Tokens of formulas: PtgStr; PtgRef, PtgArea, PtgRef3d, PtgArea3d, PtgName, whose classes are bits 5 and 6.
TEXT, REF, AREA, REF_3D, AREA_3D, NAME = 0x17, 0x24, 0x25, 0x3A, 0x3B, 0x23
CLASSES, OF_CLASS = 0x60, 0x20
COLUMN = 0x3FFF
"""The column in a reference; the other bits say what is relative."""
# Records of xls: Dv, ExternSheet, SupBook, Lbl.
DV, EXTERN_SHEET, SUP_BOOK, LABEL = 0x1BE, 0x17, 0x1AE, 0x18
OWN_BOOK = 0x401
# Records of xlsb: BrtDVal, BrtExternSheet, BrtName, BrtSupSelf; with BrtSupBookSrc, BrtSupSame, BrtSupAddin.
BRT_DV, BRT_EXTERN_SHEET, BRT_NAME, BRT_SELF = 64, 362, 39, 357
BRT_BOOKS = frozenset({355, BRT_SELF, 358, 667})
Listed = Dropdown | int | None
"""What a formula offers: a dropdown without areas of its own, or the number of a name that says it."""


@dataclass(slots=True)
class _Names:
    """What a workbook calls its sheets and lists by numbers."""

    sheets: Sequence[str]
    of_references: list[int] = field(default_factory=list)
    """A reference's number → its sheet, counted from 0; -1 for another workbook's."""
    lists: list[Listed] = field(default_factory=list)

    def sheet(self, number: int) -> str | None:
        """The name of a reference's sheet; None where there is none here."""
        place = self.of_references[number] if number < len(self.of_references) else -1
        return self.sheets[place] if 0 <= place < len(self.sheets) else None

    def dropdown(self, areas: tuple[Area, ...], listed: Listed) -> Dropdown | None:
        """What cells offer; None where it is calculated."""
        if isinstance(listed, int):
            listed = self.lists[listed - 1] if 0 < listed <= len(self.lists) else None
        return replace(listed, areas=areas) if isinstance(listed, Dropdown) else None


def in_xls(path: Path, index: int, sheets: Sequence[str]) -> list[Dropdown]:
    """The lists of a sheet, by its place in the workbook. `sheets` are the names of all."""
    stream = xls_records.read_stream(path)
    names, books, labels = _Names(sheets), [], []
    for position, record in xls_records.records(stream, 0):
        if record == SUP_BOOK:
            books.append(struct.unpack_from("<H", stream, position + 6)[0] == OWN_BOOK)
        elif record == EXTERN_SHEET:
            (count,) = struct.unpack_from("<H", stream, position + 4)
            references = struct.iter_unpack("<3H", stream[position + 6 : position + 6 + 6 * count])
            names.of_references = [first if books[book] else -1 for book, first, _ in references]
        elif record == LABEL:
            labels.append(position)
    for position in labels:
        length, size = struct.unpack_from("<BH", stream, position + 7)
        start = position + 19 + length * (1 + (stream[position + 18] & 1))
        names.lists.append(_listed(stream[start : start + size], names, is_wide=False))
    found: list[Dropdown | None] = []
    for position, record in xls_records.records(stream, xls_records.sheet_starts(stream)[index]):
        if record == DV and stream[position + 4] & KIND == LIST and len(found) < MAX_DROPDOWNS:
            found.append(names.dropdown(*_of_xls(stream, position + 8, names)))
    return list(filter(None, found))


def _of_xls(stream: bytes, place: int, names: _Names) -> tuple[tuple[Area, ...], Listed]:
    for _ in range(4):  # titles and messages
        length, flags = struct.unpack_from("<HB", stream, place)
        place += 3 + length * (1 + (flags & 1))
    (size,) = struct.unpack_from("<H", stream, place)
    formula = stream[place + 4 : place + 4 + size]
    place += 4 + size
    place += 4 + struct.unpack_from("<H", stream, place)[0]
    (count,) = struct.unpack_from("<H", stream, place)
    places = struct.iter_unpack("<4H", stream[place + 2 : place + 2 + 8 * min(count, MAX_AREAS)])
    areas = tuple(Area(top + 1, left, bottom + 1, right) for top, bottom, left, right in places)
    return areas, _listed(formula, names, is_wide=False)


def in_xlsb(path: Path, index: int, sheets: Sequence[str]) -> list[Dropdown]:
    """The same of an xlsb workbook."""
    names, books = _Names(sheets), []
    with Package(path, max_unpacked_bytes=1 << 40) as package:
        labels = []
        for record, content in xlsb_records.records([package.read(xlsb_records.WORKBOOK, binary=True)]):
            if record in BRT_BOOKS:
                books.append(record == BRT_SELF)
            elif record == BRT_EXTERN_SHEET:
                references = struct.iter_unpack("<3i", content[4:])
                names.of_references = [first if books[book] else -1 for book, first, _ in references]
            elif record == BRT_NAME:
                labels.append(content)
        for content in labels:
            _, end = xlsb_records.text(content, 9)
            names.lists.append(_listed(_formula(content, end)[0], names, is_wide=True))
        found: list[Dropdown | None] = []
        part = xlsb_records.sheet_parts(package)[index]
        for record, content in xlsb_records.records(package.stream(part, binary=True)):
            if record == BRT_DV and content[0] & KIND == LIST and len(found) < MAX_DROPDOWNS:
                found.append(names.dropdown(*_of_xlsb(content, names)))
    return list(filter(None, found))


def _of_xlsb(content: bytes, names: _Names) -> tuple[tuple[Area, ...], Listed]:
    (count,) = struct.unpack_from("<I", content, 4)
    places = struct.iter_unpack("<4I", content[8 : 8 + 16 * min(count, MAX_AREAS)])
    areas = tuple(Area(top + 1, left, bottom + 1, right) for top, bottom, left, right in places)
    place = 8 + 16 * count
    for _ in range(4):  # titles and messages
        _, place = xlsb_records.text(content, place)
    return areas, _listed(_formula(content, place)[0], names, is_wide=True)


def _formula(content: bytes, place: int) -> tuple[bytes, int]:
    """The tokens of a formula in a record, and where it ends."""
    (size,) = struct.unpack_from("<I", content, place)
    return content[place + 4 : place + 4 + size], place + 4 + size


def _listed(tokens: bytes, names: _Names, *, is_wide: bool) -> Listed:
    """What a formula of one token offers. Rows and lengths are wider in xlsb."""
    kind = tokens[0] if tokens else 0
    if kind == TEXT:
        return _texts(tokens, is_wide=is_wide)
    kind = (kind & ~CLASSES) | OF_CLASS if kind & CLASSES else kind
    if kind == NAME:
        number: int = struct.unpack_from("<I", tokens, 1)[0]
        return number
    if kind not in (REF, AREA, REF_3D, AREA_3D):
        return None
    place, sheet = 1, ""
    if kind in (REF_3D, AREA_3D):
        place, known = 3, names.sheet(struct.unpack_from("<H", tokens, 1)[0])
        if known is None:
            return None
        sheet = known
    row = "I" if is_wide else "H"
    shape = f"<{row}H" if kind in (REF, REF_3D) else f"<2{row}2H"
    if len(tokens) != place + struct.calcsize(shape):
        return None
    found = struct.unpack_from(shape, tokens, place)
    top, bottom, left, right = found if len(found) == 4 else (found[0], found[0], found[1], found[1])
    return Dropdown((), sheet=sheet, source=Area(top + 1, left & COLUMN, bottom + 1, right & COLUMN))


def _texts(tokens: bytes, *, is_wide: bool) -> Dropdown | None:
    """The choices in one text: with NUL between them in xls, with commas in xlsb."""
    if is_wide:
        (length,) = struct.unpack_from("<H", tokens, 1)
        start, end, encoding = 3, 3 + 2 * length, "utf-16-le"
    else:
        length, flags = tokens[1:3]
        start, encoding = 3, "utf-16-le" if flags & 1 else "latin-1"
        end = 3 + length * (1 + (flags & 1))
    if end != len(tokens):
        return None
    text = tokens[start:end].decode(encoding, "replace")
    return Dropdown((), tuple(each.strip() for each in text.split("\0" if "\0" in text else ",")))
