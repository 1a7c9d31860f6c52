"""An ods file as its reader can take it: characters where it leaves their tags out, one blank cell where it
would make many.

The format writes tabs and line breaks as tags because blanks count for little in XML ([ODF 1.3] part 3, 6.1);
`text:s`, for more than one blank, is read well. Blank cells have a style, and nothing else that is read.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from xlsapp.spreadsheet.files.packages import Package

CONTENT = "content.xml"
SIGNS = (b"<text:tab", b"<text:line-break")
# What the reader looks at beside the content.
OTHERS = ("mimetype", "META-INF/manifest.xml")

_TAB, _BREAK = re.compile(rb"<text:tab\b[^>]*>"), re.compile(rb"<text:line-break\b[^>]*>")
_ENDS = re.compile(rb"</text:(?:tab|line-break)\s*>")

TABLE_TAG = b"<table:"
_CELL = rb"table:(?:covered-)?table-cell"
_BLANK_PATTERN = rb"<" + _CELL + rb"(?:\s(?!office:)[^\s<>]*)*+(?:(?:/|(?<=/))>|></" + _CELL + rb">)"
_BLANK, _BLANKS = re.compile(_BLANK_PATTERN + rb"\s*"), re.compile(rb"(?:" + _BLANK_PATTERN + rb"\s*){2,}+")
_REPEATED = re.compile(rb"""number-columns-repeated\s*=\s*["']([^"']*)["']""")
_COUNT = re.compile(rb"\+?[0-9]{1,18}")


class Watched:
    """Pieces of a content part on their way to someone, who need not look for such tags in them."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self.has_tags = False

    def __iter__(self) -> Iterator[bytes]:
        end = b""
        for piece in self._pieces:
            if not self.has_tags:
                self.has_tags = any(sign in piece or sign in end + piece[:32] for sign in SIGNS)
                end = piece[-32:]
            yield piece


def copy_of(path: Path) -> io.BytesIO:
    """The file as its reader can take it: as much of it as is read, packed."""
    packed = io.BytesIO()
    with (
        Package(path, max_unpacked_bytes=1 << 40) as package,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy,
    ):
        for part in OTHERS:
            if part in package:
                copy.writestr(part, package.read(part))
        with copy.open(CONTENT, "w", force_zip64=True) as target:
            for piece in _blanks_as_one(_whole_tags(package.stream(CONTENT))):
                target.write(_BREAK.sub(b"\n", _TAB.sub(b"\t", _ENDS.sub(b"", piece))))
    packed.seek(0)
    return packed


def _whole_tags(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes, never cut within a tag."""
    rest = b""
    for piece in pieces:
        rest += piece
        begin = rest.rfind(b"<")
        end = begin if rest.find(b">", begin) < 0 else len(rest)
        if end > 0:
            yield rest[:end]
            rest = rest[end:]
    yield rest


def _blanks_as_one(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same with one cell in the place of several blank ones beside each other, also across pieces."""
    rest = b""
    for piece in pieces:
        text = _BLANKS.sub(_as_one, rest + piece)
        last = text.rfind(TABLE_TAG)
        end = last if last >= 0 and _BLANK.fullmatch(text, last) else len(text)
        yield text[:end]
        rest = text[end:]
    yield rest


def _as_one(blanks: re.Match[bytes]) -> bytes:
    """One cell for as many places; the same as before where one of them has no count that means anything."""
    counts = _REPEATED.findall(blanks[0])
    if not all(_COUNT.fullmatch(count) for count in counts):
        return blanks[0]
    places = blanks[0].count(TABLE_TAG) - len(counts) + sum(map(int, counts))
    return b'<table:table-cell table:number-columns-repeated="%d"/>' % places
