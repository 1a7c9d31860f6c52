"""Somebody's own xlsx file with its problems marked: what is not marked goes over as it is packed.

Parts are read and written one after the other, a sheet piece by piece: memory does not grow with its rows.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from xlsapp.spreadsheet.files.marked_sheets import NAME, sheet_of
from xlsapp.spreadsheet.files.packages import Package, read_workbook_parts, relationships
from xlsapp.spreadsheet.files.workbook_error import CannotRead
from xlsapp.spreadsheet.marking.colours import with_colours, with_formats, without_ours
from xlsapp.spreadsheet.marking.marks import Remark, marks_of
from xlsapp.spreadsheet.marking.notes import comments_with, drawing_with
from xlsapp.spreadsheet.marking.packaging import (
    TYPES_PART,
    Relationships,
    free_name,
    related,
    related_part,
    with_types,
)
from xlsapp.spreadsheet.marking.problems_sheet import SheetWords, problems_sheet
from xlsapp.spreadsheet.marking.sheet_part import SheetHead, patched_sheet
from xlsapp.spreadsheet.marking.workbook_part import with_first_sheet
from xlsapp.spreadsheet.marking.xml_parts import children, placed, require_utf8, root_prefix
from xlsapp.spreadsheet.writing.archive import ZipWriter
from xlsapp.spreadsheet.writing.package_parts import DECLARATION, MAIN, RELATIONSHIPS

STRICT = "http://purl.oclc.org/ooxml"
STRICT_MAIN = f"{STRICT}/spreadsheetml/main"
_TYPE = "application/vnd.openxmlformats-officedocument"
# Notes of 10,000 cells take 8 MB, and other programs write more around them.
MAX_NOTES_BYTES = 40_000_000
VML = (("vml", f"{_TYPE}.vmlDrawing"),)
# What follows the drawing of notes in a sheet.
_AFTER_DRAWING = frozenset(
    {
        *("legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems"),
        *("tableParts", "extLst", "AlternateContent"),
    }
)
_EMPTY_STYLES = (
    f'{DECLARATION}<styleSheet xmlns="{MAIN}"><fonts count="1"><font/></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders>'
    '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="1"><xf xfId="0"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
).encode()

Pieces = Callable[[], Iterable[bytes]]


@dataclass(slots=True)
class _Changes:
    """Parts that become other ones, and parts that are new, in their order."""

    changed: dict[str, Pieces] = field(default_factory=dict)
    added: dict[str, Pieces] = field(default_factory=dict)
    types: list[tuple[str, str]] = field(default_factory=list)

    def put(self, package: Package, part: str, content: bytes | Pieces, kind: str = "") -> None:
        pieces = content if callable(content) else partial(iter, (content,))
        if part in package:
            self.changed[part.lower()] = pieces
        else:
            self.added[part] = pieces
            if kind:
                self.types.append((part, f"{_TYPE}.spreadsheetml.{kind}+xml"))


def mark_workbook(
    source: Path,
    target: Path,
    sheet: str,
    remarks: Sequence[Remark],
    words: SheetWords,
    *,
    max_unpacked_bytes: int,
) -> None:
    """Write `source` to `target`, with the remarks on one of its sheets marked.

    Raises CannotRead where it is written in an unusual way, and WorkbookError where it is no sane workbook.
    """
    with Package(source, max_unpacked_bytes=max_unpacked_bytes) as package:
        try:
            changes = _Marking(package, sheet, remarks, words).changes()
        except ValueError as odd:  # a number that is none, a name that is no UTF-8
            raise CannotRead(str(odd)) from None
        types = with_types(package.read(TYPES_PART), changes.types, VML)
        changes.changed[TYPES_PART.lower()] = partial(iter, (types,))
        with ZipWriter(target) as archive:
            for entry in package.entries():
                pieces = changes.changed.get(entry.filename.lstrip("/").lower())
                if pieces is None:
                    archive.copy(entry, package.packed(entry))
                else:
                    _write(archive, entry.filename, pieces())
            for part, pieces in changes.added.items():
                _write(archive, part, pieces())


def _write(archive: ZipWriter, part: str, pieces: Iterable[bytes]) -> None:
    with archive.part(part) as write:
        for piece in pieces:
            write(piece)


class _Marking:
    """What has to be changed in a package."""

    def __init__(self, package: Package, sheet: str, remarks: Sequence[Remark], words: SheetWords) -> None:
        self._package, self._sheet, self._remarks, self._words = package, sheet, remarks, words
        root = relationships(package, "_rels/.rels", "").values()
        kind, self._workbook = next((each for each in root if each[0].endswith("/officeDocument")), ("", ""))
        self._parts = read_workbook_parts(package)
        self._kinds = kind.rpartition("/")[0] or RELATIONSHIPS
        is_strict = self._kinds.startswith(STRICT)
        self._namespaces = (STRICT_MAIN if is_strict else MAIN, self._kinds)
        self._changes = _Changes()
        self._rels = Relationships(package, self._workbook)
        self._marks = marks_of(remarks)

    def changes(self) -> _Changes:
        """All of them. Raises CannotRead."""
        part = next((each.part for each in self._parts.sheets if each.name == self._sheet), "")
        if part not in self._package:
            raise CannotRead("no such sheet")
        first_format = self._put_formats()
        self._put_sheet(part, first_format)
        self._put_problems()
        return self._changes

    def _put_formats(self) -> int:
        if not self._parts.styles:
            part = self._beside("styles.xml")
            if part in self._package:
                raise CannotRead("styles that nothing leads to")
            self._rels.add(f"{self._kinds}/styles", part)
            styles, first = with_formats(
                _EMPTY_STYLES.replace(MAIN.encode(), self._namespaces[0].encode()), ""
            )
            self._changes.put(self._package, part, styles, "styles")
            return first
        styles = self._package.read(self._parts.styles)
        require_utf8(styles)
        styles, first = with_formats(styles, root_prefix(styles).decode())
        self._changes.put(self._package, self._parts.styles, styles)
        return first

    def _put_sheet(self, part: str, first_format: int) -> None:
        package = self._package
        rels = Relationships(package, part)
        comments = related_part(package, part, "comments")
        old = package.read(comments, most_bytes=MAX_NOTES_BYTES) if comments else None
        noted, removed, new = comments_with(old, self._marks)
        if old is None:
            comments, _ = free_name(package, self._beside("comments{}.xml"))
            rels.add(f"{self._kinds}/comments", comments)
        drawing, number, drawing_id = self._drawing_of(part), 1, ""
        drawn = package.read(drawing, most_bytes=MAX_NOTES_BYTES) if drawing else None
        if drawn is None:
            drawing, number = free_name(package, self._beside("drawings/vmlDrawing{}.vml"))
            drawing_id = rels.add(f"{self._kinds}/vmlDrawing", drawing)
        self._changes.put(package, comments, noted, "comments")
        self._changes.put(package, drawing, drawing_with(drawn, removed, new, number=number))
        if old is None or drawn is None:
            self._changes.put(package, rels.part, rels.xml)
        patch = partial(self._patched, first_format=first_format, drawing_id=drawing_id)
        self._changes.put(package, part, lambda: patched_sheet(package.stream(part), patch))

    def _drawing_of(self, part: str) -> str:
        """Where a sheet's notes are drawn, "" where they are not. Its headers may have a drawing, too."""
        drawings = {
            name: target
            for name, (kind, target) in related(self._package, part).items()
            if kind.endswith("/vmlDrawing") and target in self._package
        }
        if not drawings:
            return ""
        tails: list[bytes] = []

        def look(_: SheetHead, tail: bytes) -> bytes:
            tails.append(tail)
            return tail

        for _ in patched_sheet(self._package.stream(part), look):
            pass
        drawn = next((each for each in children(tails[0]) if each.name == "legacyDrawing"), None)
        return drawings.get(drawn.attribute("id"), "") if drawn else ""

    def _patched(self, head: SheetHead, tail: bytes, *, first_format: int, drawing_id: str) -> bytes:
        """What follows a sheet's rows, with colours, and the drawing of the notes where there was none."""
        tail = with_colours(
            without_ours(tail), head.prefix, self._marks, first_format=first_format, width=head.width
        )
        if not drawing_id:
            return tail
        element = f'<{head.prefix}legacyDrawing xmlns:r="{self._kinds}" r:id="{drawing_id}"/>'
        return placed(tail, element.encode(), lambda name: name in _AFTER_DRAWING)

    def _beside(self, name: str) -> str:
        """A part in the folder of the workbook's own."""
        return f"{self._workbook.rpartition('/')[0]}/{name}".lstrip("/")

    def _put_problems(self) -> None:
        """The sheet of problems: a new one, or in the place of the last one, wherever it is by now."""
        pieces = partial(problems_sheet, self._remarks, self._sheet, self._words, self._namespaces)
        name = sheet_of(self._parts.names.get(NAME, ""))
        old = next((each.part for each in self._parts.sheets if name and each.name == name), "")
        if old in self._package:
            self._changes.put(self._package, old, pieces)
            return
        part, _ = free_name(self._package, self._beside("worksheets/sheet{}.xml"))
        relationship = self._rels.add(f"{self._kinds}/worksheet", part)
        workbook = with_first_sheet(self._package.read(self._workbook), relationship, self._kinds)
        self._changes.put(self._package, self._rels.part, self._rels.xml)
        self._changes.put(self._package, self._workbook, workbook)
        self._changes.put(self._package, part, pieces, "worksheet")
