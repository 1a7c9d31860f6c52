"""A small xlsb workbook, record by record ([MS-XLSB]): no program that tests can rely on writes one."""

import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

# BrtRowHdr, BrtCellRk, BrtCellError, BrtCellReal, BrtCellSt, BrtBeginSheetData … BrtWsDim, BrtBundleSh.
ROW, SHORT, ERROR, NUMBER, TEXT, BEGIN_SHEET, END_SHEET, BEGIN_DATA, END_DATA, DIMENSION, SHEET = (
    0, 2, 3, 5, 6, 129, 130, 145, 146, 148, 156,
)  # fmt: skip
# BrtFmt, BrtXF, BrtBeginCellXFs, BrtEndCellXFs, BrtMergeCell, BrtHLink.
FORMAT, STYLE, BEGIN_STYLES, END_STYLES, MERGED, LINK = 44, 47, 617, 618, 176, 494
BEGIN_FORMATS, END_FORMATS = 615, 616
BEGIN_CHECKS, CHECK, END_CHECKS, NONE = 573, 64, 574, 0xFFFFFFFF
BEGIN_EXTERNALS, END_EXTERNALS, SELF, EXTERN_SHEET = 353, 354, 357, 362
BEGIN_BOOK, END_BOOK, BEGIN_SHEETS, END_SHEETS = 131, 132, 143, 144

NOT_AVAILABLE = object()
"""A cell that holds #N/A."""


Rows = Sequence[Sequence[object]] | Mapping[int, Mapping[int, object]]
"""Rows of cells; or row → column → cell, counted from 0, where they are far apart."""


def write_xlsb(
    path: Path,
    sheets: dict[str, tuple[str, Rows]],
    *,
    formats: Sequence[str] = (),
    merges: Sequence[tuple[int, int, int, int]] = (),
    links: Mapping[tuple[int, int], str] = {},
    lists: Mapping[int, bytes] = {},
) -> Path:
    """A workbook: sheet name → the name of its part, and its rows. A cell (1234, 1) has the first of the
    formats. Merged areas (first row, last row, first column, last column), links and lists are those of all
    sheets. A column with a list offers what its formula's tokens say; reference n is to the sheet n.
    """
    names = list(sheets)
    bundles = b"".join(
        _record(SHEET, struct.pack("<II", 0, n) + _text(f"rId{n}") + _text(name))
        for n, name in enumerate(names, 1)
    )
    relationships = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/{sheets[name][0]}"/>'
        for n, name in reversed(list(enumerate(names, 1)))
    )
    book = _record(BEGIN_BOOK) + _record(BEGIN_SHEETS) + bundles + _record(END_SHEETS)
    references = b"".join(struct.pack("<3i", 0, n, n) for n in range(len(names)))
    book += _record(BEGIN_EXTERNALS) + _record(SELF)
    book += _record(EXTERN_SHEET, struct.pack("<I", len(names)) + references) + _record(END_EXTERNALS)
    book += _record(END_BOOK)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{RELATIONSHIPS}"><Relationship Id="r" Type="{OFFICE}/officeDocument" '
            'Target="xl/workbook.bin"/></Relationships>',
        )
        archive.writestr("xl/workbook.bin", book)
        archive.writestr(
            "xl/_rels/workbook.bin.rels",
            f'<Relationships xmlns="{RELATIONSHIPS}">{relationships}</Relationships>',
        )
        for part, rows in sheets.values():
            archive.writestr(f"xl/worksheets/{part}", _sheet(rows, _behind(merges, links, lists)))
            linked = "".join(
                f'<Relationship Id="l{n}" Type="{OFFICE}/hyperlink" Target="{target}" TargetMode="External"/>'
                for n, target in enumerate(links.values())
            )
            archive.writestr(
                f"xl/worksheets/_rels/{part}.rels",
                f'<Relationships xmlns="{RELATIONSHIPS}">{linked}</Relationships>',
            )
        if formats:
            archive.writestr("xl/styles.bin", _styles(formats))
    return path


def _styles(formats: Sequence[str]) -> bytes:
    codes = b"".join(
        _record(FORMAT, struct.pack("<H", 163 + n) + _text(code)) for n, code in enumerate(formats, 1)
    )
    styles = b"".join(
        _record(STYLE, struct.pack("<HH", 0, number) + bytes(12))
        for number in (0, *(163 + n for n, _ in enumerate(formats, 1)))
    )
    codes = _record(BEGIN_FORMATS, struct.pack("<I", len(formats))) + codes + _record(END_FORMATS)
    return codes + _record(BEGIN_STYLES, struct.pack("<I", len(formats) + 1)) + styles + _record(END_STYLES)


def _behind(
    merges: Sequence[tuple[int, int, int, int]],
    links: Mapping[tuple[int, int], str],
    lists: Mapping[int, bytes],
) -> bytes:
    merged = b"".join(_record(MERGED, struct.pack("<4I", *area)) for area in merges)
    listed = b"".join(_list(column, tokens) for column, tokens in lists.items())
    count = struct.pack("<HHIII", 0, 0, 0, 0, len(lists))
    checks = _record(BEGIN_CHECKS, count) + listed + _record(END_CHECKS) if lists else b""
    return (
        merged
        + checks
        + b"".join(
            _record(LINK, struct.pack("<4I", row, row, column, column) + _text(f"l{n}") + 3 * _text(""))
            for n, (row, column) in enumerate(links)
        )
    )


def _list(column: int, tokens: bytes) -> bytes:
    """A validation of rows 2 to 100 of a column: its kind and flags, places, texts, two formulas."""
    flags = 3 | (0x80 if tokens[0] == 0x17 else 0) | 0x100
    places = struct.pack("<I4I", 1, 1, 99, column, column)
    formulas = struct.pack("<I", len(tokens)) + tokens + bytes(4) + bytes(8)
    return _record(CHECK, struct.pack("<I", flags) + places + 4 * struct.pack("<I", NONE) + formulas)


def _sheet(rows: Rows, behind: bytes = b"") -> bytes:
    cells = rows if isinstance(rows, Mapping) else {n: dict(enumerate(row)) for n, row in enumerate(rows)}
    size = struct.pack("<IIII", 0, max(cells), 0, max(map(max, cells.values())))
    data = b"".join(
        _record(ROW, struct.pack("<I", number) + bytes(21))
        + b"".join(_cell(place, value) for place, value in row.items())
        for number, row in cells.items()
    )
    return (
        _record(BEGIN_SHEET) + _record(DIMENSION, size) + _record(BEGIN_DATA) + data
        + _record(END_DATA) + behind + _record(END_SHEET)
    )  # fmt: skip


def _cell(place: int, value: object) -> bytes:
    value, style = value if isinstance(value, tuple) else (value, 0)
    head = struct.pack("<II", place, style)
    match value:
        case str():
            return _record(TEXT, head + _text(value))
        case int() if abs(value) < 1 << 20:  # as Excel does: the upper half of a double
            return _record(SHORT, head + struct.pack("<d", value)[4:])
        case int() | float():
            return _record(NUMBER, head + struct.pack("<d", value))
        case None:
            return b""
        case _:
            return _record(ERROR, head + bytes([42]))


def _text(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _record(kind: int, content: bytes = b"") -> bytes:
    return _variable(kind) + _variable(len(content)) + content


def _variable(number: int) -> bytes:
    found = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        found.append(low | (0x80 if number else 0))
        if not number:
            return bytes(found)
