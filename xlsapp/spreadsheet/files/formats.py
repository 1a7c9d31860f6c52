"""What a file is, by its content and never by its name; or why it is no workbook."""

import enum
import re
from pathlib import Path

from xlsapp.problems import Message
from xlsapp.spreadsheet.files.packages import Package
from xlsapp.spreadsheet.files.workbook_error import CannotRead, WorkbookError, damaged, protected

HEAD_BYTES = 64 * 1024
OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")

# The last one is a web page with its pictures, as report servers send it.
WEB_PAGES = (
    b"<!doctype html",
    b"<html",
    b"<table",
    b"<?xml",
    b"<script",
    b"<meta",
    b"<style",
    b"mime-version:",
)
# What a workbook that is one XML text says of itself.
FLAT_WORKBOOKS = (
    ("urn:schemas-microsoft-com:office:spreadsheet", Message("file.excel_2003")),
    ("application/vnd.oasis.opendocument.spreadsheet", Message("file.flat_ods")),
)
KNOWN_OTHERS = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"GIF8", "picture"),
    (b"{\\rtf", "text_document"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf", "archive"),
    (b"\x1f\x8b", "compressed"),
    (b"SQLite format 3", "database"),
)


RECORD_ID_HEADER = "__record_id"
"""What our own exports call a column of theirs."""

# The first of several names, whatever it looks like.
_NAMES = re.compile(rb"<[^<>\s,;|]*>?[,;|\t]")


class Format(enum.StrEnum):
    """A kind of file that can be read. The value is what people call it."""

    XLSX = "xlsx"
    XLSB = "xlsb"
    XLS = "xls"
    ODS = "ods"
    CSV = "csv"


def detect(path: Path, *, max_unpacked_bytes: int, encoding: str = "") -> Format:
    """The kind of file. Raises WorkbookError when it is none that can be read.

    `encoding` is what the user says of a text file, whose bytes may not show it.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head.strip(b" \t\r\n\x00"):
        raise WorkbookError(Message("file.empty"))
    if head.startswith(OLE_MAGIC):
        return _ole(path)
    if head.startswith(ZIP_MAGIC):
        return _zip(path, max_unpacked_bytes)
    for magic, kind in KNOWN_OTHERS:
        if head.startswith(magic):
            raise WorkbookError(Message("file.other_kind", {"kind": kind}))
    if head[:2] in (b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08") and head[3:4] == b"\x00":
        return Format.XLS
    return _text(head, encoding)


def _ole(path: Path) -> Format:
    """An OLE container: an old workbook, or one that Excel has encrypted."""
    content = path.read_bytes() if path.stat().st_size < 4_000_000 else _ends(path)
    if "EncryptedPackage".encode("utf-16-le") in content or "EncryptionInfo".encode("utf-16-le") in content:
        raise protected()
    if "Workbook".encode("utf-16-le") in content or "Book".encode("utf-16-le") in content:
        return Format.XLS
    if "WordDocument".encode("utf-16-le") in content or "PowerPoint".encode("utf-16-le") in content:
        raise WorkbookError(Message("file.other_document"))
    raise damaged()


def _ends(path: Path) -> bytes:
    """The first and the last 2 MB: an OLE directory lies near either end."""
    with path.open("rb") as file:
        start = file.read(2_000_000)
        file.seek(-2_000_000, 2)
        return start + file.read()


def _zip(path: Path, max_unpacked_bytes: int) -> Format:
    with Package(path, max_unpacked_bytes=max_unpacked_bytes) as package:
        if "mimetype" in package and package.size("mimetype") < 200:
            try:
                return _open_document(package)
            except CannotRead:
                raise damaged() from None
        if "xl/workbook.bin" in package:
            return Format.XLSB
        if any(part in package for part in ("xl/workbook.xml", "[Content_Types].xml", "_rels/.rels")):
            if "word/document.xml" in package or "ppt/presentation.xml" in package:
                raise WorkbookError(Message("file.other_document"))
            return Format.XLSX
    raise WorkbookError(Message("file.archive_without_workbook"))


def _open_document(package: Package) -> Format:
    """What an OpenDocument file is. Raises CannotRead where a part of it cannot be read."""
    if b"opendocument.spreadsheet" not in package.read("mimetype"):
        raise WorkbookError(Message("file.other_document"))
    manifest = "META-INF/manifest.xml"
    if manifest in package and b"encryption-data" in package.read(manifest):
        raise protected()
    return Format.ODS


def _text(head: bytes, encoding: str) -> Format:
    """A text file: csv, unless it is a web page, or has bytes that no text has."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:400].lower()
    if _NAMES.match(start) or RECORD_ID_HEADER.encode() in head.partition(b"\n")[0]:
        return Format.CSV  # a column may be called <html>
    _refuse_xml(head)
    if start.startswith(WEB_PAGES):
        raise WorkbookError(Message("file.web_page"))
    if head.startswith(BOMS) or encoding == "utf-16":
        return Format.CSV
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if even or odd:
        # Text in UTF-16 has a zero in every second byte, and hardly one in the others.
        most, least = max(even, odd), min(even, odd)
        if most < len(head) // 4 or least > len(head) // 50:
            raise WorkbookError(Message("file.not_a_workbook"))
        return Format.CSV
    control = sum(
        head.count(byte) for byte in range(32) if byte not in b"\t\r\n\x0b\x0c\x1a\x1b\x1c\x1d\x1e\x1f"
    )
    if control > len(head) // 200:
        raise WorkbookError(Message("file.not_a_workbook"))
    return Format.CSV


def _refuse_xml(head: bytes) -> None:
    """Raises WorkbookError for XML that is no web page, and names a workbook that is one such text."""
    beginning = head[:16_000].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").decode("latin-1")
    if not re.match(r"<(?:\?xml|(?:\w+:)?workbook\s|office:document\s)", beginning, re.IGNORECASE):
        return
    for name, refusal in FLAT_WORKBOOKS:
        if name in beginning:
            raise WorkbookError(refusal)
    if beginning.startswith("<?xml") and "<html" not in beginning[:4000].lower():
        raise WorkbookError(Message("file.xml"))
