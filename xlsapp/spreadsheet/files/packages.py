"""An xlsx file as a zip archive: looked over before anything is unpacked, and read part by part within
bounds.
"""

import re
import struct
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from posixpath import normpath
from types import TracebackType
from typing import IO, Self
from xml.etree import ElementTree

from isal import isal_zlib

from xlsapp.problems import Message
from xlsapp.spreadsheet.files.marked_sheets import NAME, sheet_of
from xlsapp.spreadsheet.files.sane_parts import sane
from xlsapp.spreadsheet.files.workbook_error import CannotRead, WorkbookError, damaged

# The most entries among thousands of genuine files was 1,033; reading 60,000 costs 0.2 s.
MAX_ENTRIES = 5_000
# Workbook, relationships, styles: some KB in genuine files, a few MB at the most.
MAX_SMALL_PART_BYTES = 8_000_000
READ_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class SheetPart:
    """One sheet of a workbook: its name, whether people see it, whether it has cells, and where it lies."""

    name: str
    visible: bool
    is_worksheet: bool
    part: str


class Package:
    """An open xlsx file. Raises WorkbookError when its directory is not one of a sane workbook."""

    def __init__(self, path: Path, *, max_unpacked_bytes: int) -> None:
        self._file: IO[bytes] = path.open("rb")
        try:
            self._zip = zipfile.ZipFile(self._file)
            self._entries = {info.filename.lstrip("/").lower(): info for info in self._zip.infolist()}
            self._look_over(max_unpacked_bytes)
        except (zipfile.BadZipFile, NotImplementedError, struct.error, UnicodeDecodeError, OSError):
            self._file.close()
            raise damaged() from None
        except WorkbookError:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._entries

    def size(self, part: str) -> int:
        """How large a part is unpacked, as the directory says. Raises CannotRead when there is none."""
        return self._entry(part).file_size

    def total_size(self) -> int:
        """How large all parts are, unpacked."""
        return sum(info.file_size for info in self._entries.values())

    def entries(self) -> list[zipfile.ZipInfo]:
        """All parts in their order. Raises CannotRead where two have the same name."""
        if len(self._entries) < len(self._zip.infolist()):
            raise CannotRead("a part that is there twice")
        return self._zip.infolist()

    def read(self, part: str, *, binary: bool = False, most_bytes: int = MAX_SMALL_PART_BYTES) -> bytes:
        """A small part, whole. Raises CannotRead when there is none, WorkbookError when it is not small."""
        if self.size(part) > most_bytes:
            raise WorkbookError(Message("file.large_part", {"part": part}))
        return b"".join(self.stream(part, binary=binary))

    def stream(self, part: str, *, binary: bool = False) -> Iterator[bytes]:
        """A part, unpacked piece by piece; never more than its directory declares, and checked at its end.

        Raises WorkbookError for XML that no spreadsheet program writes; what is `binary` is no XML.
        """
        info = self._entry(part)
        if info.header_offset < 0:
            raise CannotRead(f"{part} begins before the file does")
        return self._unpacked(info) if binary else sane(self._unpacked(info), part)

    def packed(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        """A part as it lies in the archive, piece by piece. Raises WorkbookError."""
        self._file.seek(info.header_offset)
        header = self._file.read(30)
        if len(header) < 30 or header[:4] != b"PK\x03\x04" or info.flag_bits & 1:
            raise damaged()
        name_length, extra_length = struct.unpack("<HH", header[26:30])
        position = info.header_offset + 30 + name_length + extra_length
        left = info.compress_size
        while left > 0:
            # The position is ours: several parts may be read by turns.
            self._file.seek(position)
            packed = self._file.read(min(READ_BYTES, left))
            if not packed:
                raise damaged()
            position, left = position + len(packed), left - len(packed)
            yield packed

    def _unpacked(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        unpacked = checksum = 0
        inflate = isal_zlib.decompressobj(-15) if info.compress_type == zipfile.ZIP_DEFLATED else None
        for packed in self.packed(info):
            try:
                piece = inflate.decompress(packed) if inflate else packed
            except isal_zlib.error:  # type: ignore[misc]  # its stub declares the class as an instance
                raise damaged() from None
            unpacked += len(piece)
            if unpacked > info.file_size:
                raise damaged()
            checksum = isal_zlib.crc32(piece, checksum)
            yield piece
        if unpacked != info.file_size or checksum != info.CRC:
            raise damaged()

    def xml(self, part: str) -> ElementTree.Element:
        """A small part as XML. Raises WorkbookError when it is not, or CannotRead."""
        text = self.read(part)
        try:
            return ElementTree.fromstring(text)  # noqa: S314 (`sane` lets no document type through)
        except ElementTree.ParseError:
            raise damaged() from None
        except (ValueError, LookupError) as error:  # expat knows some encodings alone
            raise CannotRead(f"{part}: {error}") from None

    def _entry(self, part: str) -> zipfile.ZipInfo:
        found = self._entries.get(part.lower())
        if found is None:
            raise CannotRead(f"no part {part}")
        return found

    def _look_over(self, max_unpacked_bytes: int) -> None:
        infos = self._zip.infolist()
        if len(infos) > MAX_ENTRIES:
            raise WorkbookError(Message("file.many_parts", {"count": len(infos)}))
        if any(info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for info in infos):
            raise WorkbookError(Message("file.unusual_packing"))
        unpacked = sum(
            info.file_size for info in infos if re.search(r"\.(xml|rels|bin|vml)$", info.filename.lower())
        )
        if unpacked > max_unpacked_bytes:
            raise WorkbookError(
                Message(
                    "file.unpacks_too_large",
                    {
                        "megabytes": unpacked // 1_000_000,
                        "most_megabytes": max_unpacked_bytes // 1_000_000,
                    },
                )
            )


@dataclass(frozen=True, slots=True)
class WorkbookParts:
    """What the workbook part of an xlsx file says: its sheets, and where what they share lies."""

    sheets: tuple[SheetPart, ...]
    styles: str | None
    shared_strings: str | None
    epoch_1904: bool
    names: Mapping[str, str]
    """Names for cells and formulas, in lower case → what they mean."""


def read_workbook_parts(package: Package) -> WorkbookParts:
    """What the workbook part says. Raises CannotRead where a part is missing."""
    root = relationships(package, "_rels/.rels", "")
    workbooks = [target for kind, target in root.values() if kind.endswith("/officeDocument")]
    if not workbooks:
        raise CannotRead("no workbook part")
    workbook = workbooks[0]
    folder, _, name = workbook.rpartition("/")
    related = relationships(package, f"{folder}/_rels/{name}.rels".lstrip("/"), folder)
    tree = package.xml(workbook)
    sheets = []
    names = {}
    properties = None
    for element in tree.iter():
        tag = element.tag.rpartition("}")[2]
        if tag == "workbookPr":
            properties = element
        if tag == "definedName":
            names[element.get("name", "").casefold()] = element.text or ""
        if tag == "sheet":
            kind, part = related.get(_attribute(element, "id"), ("", ""))
            state = element.get("state", "visible")
            is_worksheet = kind.endswith("/worksheet") and part in package
            sheets.append(SheetPart(element.get("name", ""), state == "visible", is_worksheet, part))
    ours = sheet_of(names.get(NAME, ""))
    sheets = [replace(each, visible=False) if ours and each.name == ours else each for each in sheets]
    targets = {kind.rpartition("/")[2]: target for kind, target in related.values() if target in package}
    return WorkbookParts(
        tuple(sheets),
        targets.get("styles"),
        targets.get("sharedStrings"),
        properties is not None and properties.get("date1904", "0").lower() in ("1", "true", "on"),
        names,
    )


def relationships(package: Package, part: str, folder: str) -> dict[str, tuple[str, str]]:
    """Relationship id → its type, and the part it leads to."""
    found = {}
    for element in package.xml(part):
        target = element.get("Target", "")
        full = target.lstrip("/") if target.startswith("/") else normpath(f"{folder}/{target}").lstrip("/")
        found[element.get("Id", "")] = (element.get("Type", ""), full)
    return found


def _attribute(element: ElementTree.Element, name: str) -> str:
    """An attribute whatever its namespace: r:id is written in two."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2] == name and key != name:
            return value
    return ""
