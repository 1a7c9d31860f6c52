"""Notes on marked cells, beside those that the sheet has: what each note says, and what Excel draws for it.

A note of ours begins with our name, whoever has saved the workbook since, and so does what we have added to
somebody's note. A cell with a thread of comments shows that alone, so nothing is added to it.
"""

import re
from collections.abc import Collection, Sequence
from xml.sax.saxutils import unescape

from xlsapp.spreadsheet.files.sheet_extras import area_of
from xlsapp.spreadsheet.files.workbook_error import CannotRead
from xlsapp.spreadsheet.marking.marks import Mark
from xlsapp.spreadsheet.marking.xml_parts import (
    Element,
    children,
    inside,
    replaced,
    require_utf8,
    root_prefix,
)
from xlsapp.spreadsheet.writing.package_parts import DECLARATION, MAIN
from xlsapp.spreadsheet.writing.text import shortened, text_element

OURS = "xlsapp: "
MOST_UNITS = 2_000
"""Of a note: more of it nobody reads, and Excel holds 32,767 characters."""

# How many characters fit into a line of a note, and how many rows of the sheet a note is high at most.
_CHARACTERS_A_LINE, _MOST_LINES = 34, 14

_TEXT = re.compile(rb"<(?:[\w.-]+:)?t\b[^>]*>([^<]*)</")
_SHAPE = re.compile(rb"<([\w.-]+:)?shape\b[^>]*>.*?</(?:[\w.-]+:)?shape>\s*", re.DOTALL)
_ROW, _COLUMN = (re.compile(rb"<(?:[\w.-]+:)?%s>\s*(\d+)\s*</" % name) for name in (b"Row", b"Column"))
_SHAPE_NUMBER = re.compile(rb"_x0000_s(\d{1,9})\b")
_SHAPE_TYPE = (
    b'<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    b'<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_NAMESPACES = (
    b' xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
    b' xmlns:x="urn:schemas-microsoft-com:office:excel"'
)
_EMPTY_DRAWING = (
    b"<xml" + _NAMESPACES + b'><o:shapelayout v:ext="edit">'
    b'<o:idmap v:ext="edit" data="%d"/></o:shapelayout></xml>'
)
_SHAPES_IN_BLOCK = 1024

Cells = Collection[tuple[int, int]]
"""Rows, as Excel counts, and columns, counted from 0."""


def comments_with(part: bytes | None, marks: Sequence[Mark]) -> tuple[bytes, Cells, list[Mark]]:
    """A sheet's comments with a note for each mark, and without those of an earlier time: these cells are
    returned, and the marks that have got a note of their own. Raises CannotRead.
    """
    if part is None:
        part = f'{DECLARATION}<comments xmlns="{MAIN}"><authors/><commentList/></comments>'.encode()
    require_utf8(part)
    prefix = root_prefix(part).decode()
    listed = {element.name: element for element in children(part)}
    if "authors" not in listed or "commentList" not in listed:
        raise CannotRead("comments without a list")
    authors = [part[each.start : each.end] for each in children(part, listed["authors"])]
    threads = {number for number, author in enumerate(authors) if b">tc=" in author}
    kept, there, removed = _kept(part, listed["commentList"], threads)
    wanted = {mark.cell: mark for mark in marks}
    notes = []
    for cell, (note, is_thread) in kept.items():
        has_more = cell in wanted and not is_thread
        notes.append(_added_to(note, _text_of(wanted[cell]), prefix) if has_more else note)
    new = [mark for mark in marks if mark.cell not in there]
    ours = _authored(authors, prefix)
    notes += [_note(mark, authors.index(ours), prefix) for mark in new]
    changes = {
        (listed["authors"].start, listed["authors"].end): _list("authors", authors, prefix),
        (listed["commentList"].start, listed["commentList"].end): _list("commentList", notes, prefix),
    }
    return replaced(part, changes), removed, new


def drawing_with(part: bytes | None, removed: Cells, marks: Sequence[Mark], *, number: int) -> bytes:
    """A sheet's drawing with a shape for each mark, and without those of the notes that are gone.

    `number` is that of a new drawing, among all of the workbook. Raises CannotRead.
    """
    blocks = 1 + len(marks) // _SHAPES_IN_BLOCK
    if part is None:
        ids = ",".join(str(number + block) for block in range(blocks))
        part = _EMPTY_DRAWING.replace(b"%d", ids.encode())
    end = part.rfind(b"</xml>")
    if end < 0:
        raise CannotRead("a drawing of another kind")
    shapes = part[:end]
    if removed:
        shapes = _SHAPE.sub(lambda match: b"" if _place_of(match[0]) in removed else match[0], shapes)
    if b'id="_x0000_t202"' not in shapes:
        shapes += _declared(_SHAPE_TYPE, part)
    used = max(map(int, _SHAPE_NUMBER.findall(part)), default=number * _SHAPES_IN_BLOCK)
    new = [_declared(_shape(mark, used + place), part) for place, mark in enumerate(marks, 1)]
    return b"".join([shapes, *new, part[end:]])


def _kept(
    part: bytes, listed: Element, threads: Collection[int]
) -> tuple[dict[str, tuple[bytes, bool]], set[str], set[tuple[int, int]]]:
    """The notes that stay, by cell, and whether they are threads; where they are; and whose are gone."""
    kept: dict[str, tuple[bytes, bool]] = {}
    removed = set()
    for element in children(part, listed):
        note, cell = part[element.start : element.end], element.attribute("ref")
        if _said(note).startswith(OURS.strip()):
            if area := area_of(cell):
                removed.add((area.first_row, area.first_column))
            continue
        author = element.attribute("authorId")
        kept[cell] = _without_ours(note), author.isdecimal() and int(author) in threads
    return kept, set(kept), removed


def _said(xml: bytes) -> str:
    return unescape(b"".join(_TEXT.findall(xml)).decode("utf-8", "replace")).lstrip()


def _without_ours(note: bytes) -> bytes:
    """Somebody's note without what we have added to it."""
    text = next((each for each in children(note) if each.name == "text"), None)
    runs = [each for each in children(note, text) if each.name == "r"] if text else []
    ours = [each for each in runs if _said(note[each.start : each.end]).startswith(OURS.strip())]
    return replaced(note, {(each.start, each.end): b"" for each in ours}) if ours else note


def _added_to(note: bytes, text: str, prefix: str) -> bytes:
    """Somebody's note, with ours below it."""
    element = next((each for each in children(note) if each.name == "text"), None)
    if element is None:
        return note
    start, end = inside(note, element)
    said = note[start:end]
    if not any(each.name == "r" for each in children(note, element)):
        said = f"<{prefix}r>".encode() + said + f"</{prefix}r>".encode()
    more = _run(f"\n{OURS}{text}", prefix, bold=False).encode()
    return replaced(note, {(start, end): said + more})


def _note(mark: Mark, author: int, prefix: str) -> bytes:
    p = prefix
    text = _run(OURS, p, bold=True) + _run(_text_of(mark), p, bold=False)
    return (
        f'<{p}comment ref="{mark.cell}" authorId="{author}"><{p}text>{text}</{p}text></{p}comment>'
    ).encode()


def _run(text: str, prefix: str, *, bold: bool) -> str:
    p = prefix
    weight = f"<{p}b/>" if bold else ""
    properties = (
        f'{weight}<{p}sz val="9"/><{p}color indexed="81"/><{p}rFont val="Tahoma"/><{p}family val="2"/>'
    )
    element = text_element(text).replace("<t", f"<{p}t").replace("</t>", f"</{p}t>")
    return f"<{p}r><{p}rPr>{properties}</{p}rPr>{element}</{p}r>"


def _text_of(mark: Mark) -> str:
    return shortened("\n".join(mark.texts), MOST_UNITS)


def _authored(authors: list[bytes], prefix: str) -> bytes:
    """Our own entry among the authors, which is added where it is not there yet."""
    ours = f"<{prefix}author>xlsapp</{prefix}author>".encode()
    if ours not in authors:
        authors.append(ours)
    return ours


def _list(name: str, entries: Sequence[bytes], prefix: str) -> bytes:
    return f"<{prefix}{name}>".encode() + b"".join(entries) + f"</{prefix}{name}>".encode()


def _place_of(shape: bytes) -> tuple[int, int] | None:
    row, column = _ROW.search(shape), _COLUMN.search(shape)
    return (int(row[1]) + 1, int(column[1])) if row and column else None


def _declared(shape: bytes, part: bytes) -> bytes:
    """A shape that says what its prefixes mean, where a drawing's root does not."""
    if all(each in part for each in _NAMESPACES.split()):
        return shape
    tag, space, rest = shape.partition(b" ")
    return tag + _NAMESPACES + space + rest


def _shape(mark: Mark, number: int) -> bytes:
    lines = sum(1 + len(line) // _CHARACTERS_A_LINE for line in _text_of(mark).split("\n"))
    height = min(lines, _MOST_LINES) + 1
    top, left = max(mark.row - 2, 0), mark.index + 1
    return (
        f'<v:shape id="_x0000_s{number}" type="#_x0000_t202" style="position:absolute;width:240px;'
        f'height:{height * 18}px;z-index:1;visibility:hidden" fillcolor="#ffffe1" o:insetmode="auto">'
        '<v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>'
        '<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto">'
        '<div style="text-align:left"></div></v:textbox><x:ClientData ObjectType="Note">'
        f"<x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{left}, 15, {top}, 4, {left + 3}, 63, "
        f"{top + height}, 4</x:Anchor><x:AutoFill>False</x:AutoFill><x:Row>{mark.row - 1}</x:Row>"
        f"<x:Column>{mark.index}</x:Column></x:ClientData></v:shape>"
    ).encode()
