"""What a file is, by its content and never by its name; and a sentence for each kind that is no workbook."""

import enum
from pathlib import Path

from xlsapp.spreadsheet.files.packages import DAMAGED, Package
from xlsapp.spreadsheet.files.workbook_error import WorkbookError

HEAD_BYTES = 64 * 1024
OLE_MAGIC = bytes.fromhex("d0cf11e0a1b11ae1")
ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")

EMPTY = "This file is empty. Choose a workbook with rows in it."
PROTECTED = (
    "This workbook is protected with a password. Open it in Excel, remove the password under File › "
    "Info, save it, "
    "and upload it again."
)
HTML = (
    "This is a web page that only calls itself a workbook. Open it in Excel, save it as .xlsx, and "
    "upload that."
)
XML = (
    "This is an XML file, perhaps in Excel's format of 2003. Open it in Excel or LibreOffice, save it as "
    ".xlsx, and upload that."
)
NOT_A_WORKBOOK = "This is not a spreadsheet. Upload an .xlsx, .xlsm, .xlsb, .xls, .ods or .csv file."
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
KNOWN_OTHERS = (
    (b"%PDF", "a PDF file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"{\\rtf", "a text document"),
    (b"Rar!", "an archive"),
    (b"7z\xbc\xaf", "an archive"),
    (b"\x1f\x8b", "a compressed file"),
    (b"SQLite format 3", "a database"),
)


class Format(enum.StrEnum):
    """A kind of file that can be read. The value is what people call it."""

    XLSX = "xlsx"
    XLSB = "xlsb"
    XLS = "xls"
    ODS = "ods"
    CSV = "csv"


def detect(path: Path, *, max_unpacked_bytes: int, encoding: str = "") -> Format:
    """The kind of file. Raises WorkbookError with a sentence when it is none that can be read.

    `encoding` is what the user says of a text file, whose bytes may not show it.
    """
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head.strip(b" \t\r\n\x00"):
        raise WorkbookError(EMPTY)
    if head.startswith(OLE_MAGIC):
        return _ole(path)
    if head.startswith(ZIP_MAGIC):
        return _zip(path, max_unpacked_bytes)
    for magic, name in KNOWN_OTHERS:
        if head.startswith(magic):
            raise WorkbookError(
                f"This is {name}, not a spreadsheet. Upload an .xlsx, .xls, .ods or .csv file."
            )
    if head[:2] in (b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08") and head[3:4] == b"\x00":
        return Format.XLS
    return _text(head, encoding)


def _ole(path: Path) -> Format:
    """An OLE container: an old workbook, or one that Excel has encrypted."""
    content = path.read_bytes() if path.stat().st_size < 4_000_000 else _ends(path)
    if "EncryptedPackage".encode("utf-16-le") in content or "EncryptionInfo".encode("utf-16-le") in content:
        raise WorkbookError(PROTECTED)
    if "Workbook".encode("utf-16-le") in content or "Book".encode("utf-16-le") in content:
        return Format.XLS
    if "WordDocument".encode("utf-16-le") in content or "PowerPoint".encode("utf-16-le") in content:
        raise WorkbookError(f"This is a document of another kind. {NOT_A_WORKBOOK}")
    raise WorkbookError(DAMAGED)


def _ends(path: Path) -> bytes:
    """The first and the last 2 MB: an OLE directory lies near either end."""
    with path.open("rb") as file:
        start = file.read(2_000_000)
        file.seek(-2_000_000, 2)
        return start + file.read()


def _zip(path: Path, max_unpacked_bytes: int) -> Format:
    with Package(path, max_unpacked_bytes=max_unpacked_bytes) as package:
        if "mimetype" in package and package.size("mimetype") < 200:
            mimetype = package.read("mimetype")
            if b"opendocument.spreadsheet" in mimetype:
                if "META-INF/manifest.xml" in package and b"encryption-data" in package.read(
                    "META-INF/manifest.xml"
                ):
                    raise WorkbookError(PROTECTED)
                return Format.ODS
            raise WorkbookError(f"This is a document of another kind. {NOT_A_WORKBOOK}")
        if "xl/workbook.bin" in package:
            return Format.XLSB
        if any(part in package for part in ("xl/workbook.xml", "[Content_Types].xml", "_rels/.rels")):
            if "word/document.xml" in package or "ppt/presentation.xml" in package:
                raise WorkbookError(f"This is a document of another kind. {NOT_A_WORKBOOK}")
            return Format.XLSX
    raise WorkbookError(f"This is an archive without a workbook in it. {NOT_A_WORKBOOK}")


def _text(head: bytes, encoding: str) -> Format:
    """A text file: csv, unless it is a web page, or has bytes that no text has."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:400].lower()
    if start.startswith(b"<?xml") and b"<html" not in head[:4000].lower():
        raise WorkbookError(XML)
    if start.startswith(WEB_PAGES):
        raise WorkbookError(HTML)
    if head.startswith(BOMS) or encoding == "utf-16":
        return Format.CSV
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if even or odd:
        # Text in UTF-16 has a zero in every second byte, and hardly one in the others.
        most, least = max(even, odd), min(even, odd)
        if most < len(head) // 4 or least > len(head) // 50:
            raise WorkbookError(NOT_A_WORKBOOK)
        return Format.CSV
    control = sum(
        head.count(byte) for byte in range(32) if byte not in b"\t\r\n\x0b\x0c\x1a\x1b\x1c\x1d\x1e\x1f"
    )
    if control > len(head) // 200:
        raise WorkbookError(NOT_A_WORKBOOK)
    return Format.CSV
