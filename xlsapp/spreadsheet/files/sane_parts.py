"""What no spreadsheet program writes into a part, noticed while it is unpacked: tags without an end, document
types.
"""

import re
from collections.abc import Iterator

from xlsapp.problems import Message
from xlsapp.spreadsheet.files.workbook_error import WorkbookError

# Genuine tags have some hundred bytes; readers keep a whole one in memory, however long it is.
MAX_TAG_BYTES = 1_000_000
# A cell has 32,767 characters at most. Other programs may write more, and the row is then named.
MAX_TEXT_BYTES = 16 * 1024 * 1024
STEP = MAX_TAG_BYTES // 2

_ROOT = re.compile(rb"<[A-Za-z_]")
_TAG = re.compile(rb"""<[^<>"']*(?:(?:"[^"<]*"|'[^'<]*')[^<>"']*)*>""")


def sane(pieces: Iterator[bytes], part: str) -> Iterator[bytes]:
    """The same pieces of an XML part. Raises WorkbookError before one of them has what none should have."""
    stretches, begun, prologue = _Stretches(part), False, b""
    for piece in pieces:
        if not begun:
            prologue += piece
            begun = _has_begun(prologue, part)
        stretches.look_at(piece)
        yield piece


def _has_begun(start: bytes, part: str) -> bool:
    """Whether the first element is there. Raises WorkbookError for what must not stand before it."""
    start = start.replace(b"\x00", b"")  # UTF-16, as far as it matters here
    root = _ROOT.search(start)
    if b"<!DOCTYPE" in (start[: root.start()] if root else start):
        raise WorkbookError(Message("file.document_type", {"part": part}))
    if root is None and len(start) > MAX_TAG_BYTES:
        raise _too_long(part)
    return root is not None


class _Stretches:
    """Follows the stretches from one “<” to the next: a tag, and the text after it."""

    def __init__(self, part: str) -> None:
        self._part = part
        self._head, self._length = b"", 0
        """How the stretch begins that has not ended yet, and how long it is so far."""

    def look_at(self, piece: bytes) -> None:
        first, last = piece.find(b"<"), piece.rfind(b"<")
        self._grow(piece if first < 0 else piece[:first])
        if first < 0:
            return
        # A stretch as long as a tag may be covers one of these steps whole.
        for start in range(first + 1, last - STEP, STEP):
            if piece.find(b"<", start, start + STEP) < 0:
                begin = piece.rfind(b"<", 0, start)
                self._check(piece[begin : begin + MAX_TAG_BYTES], piece.find(b"<", start) - begin)
        self._head, self._length = b"", 0
        self._grow(piece[last:])

    def _grow(self, more: bytes) -> None:
        self._length += len(more)
        if len(self._head) < MAX_TAG_BYTES:
            self._head += more[: MAX_TAG_BYTES - len(self._head)]
        self._check(self._head, self._length)

    def _check(self, head: bytes, length: int) -> None:
        if length > MAX_TEXT_BYTES or (length > MAX_TAG_BYTES and not _TAG.match(head)):
            raise _too_long(self._part)


def _too_long(part: str) -> WorkbookError:
    return WorkbookError(Message("file.long_tag", {"part": part, "most": MAX_TAG_BYTES}))
