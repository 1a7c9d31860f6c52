"""Tabs and line breaks in the texts of an ods file: characters, where its reader leaves their tags out.

The format writes them so because blanks count for little in XML ([ODF 1.3] part 3, 6.1). `text:s`, for more
than one blank, is read well.
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


def with_characters(path: Path) -> io.BytesIO:
    """The file with such tags as characters: as much of it as is read, packed."""
    packed = io.BytesIO()
    with (
        Package(path, max_unpacked_bytes=1 << 40) as package,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy,
    ):
        for part in OTHERS:
            if part in package:
                copy.writestr(part, package.read(part))
        with copy.open(CONTENT, "w", force_zip64=True) as target:
            for piece in _whole_tags(package.stream(CONTENT)):
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
