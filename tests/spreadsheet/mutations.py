"""A good workbook, spoilt by chance: a part gone, a size that lies, bytes of a part changed."""

import datetime as dt
import io
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import xlsxwriter

COLUMNS = (("Name", "text"), ("Orders", "integer"), ("Since", "date"))
RECORDS = [(f"Name {number}", number, "2024-01-31") for number in range(300)]


def good_workbook(folder: Path) -> bytes:
    """A workbook of these records, with shared texts and styles."""
    path = folder / "good.xlsx"
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, [name for name, _ in COLUMNS])
    for row, (name, orders, since) in enumerate(RECORDS, 1):
        sheet.write_row(row, 0, [name, orders])
        sheet.write_datetime(row, 2, dt.datetime.fromisoformat(since))
    book.close()
    return path.read_bytes()


def without_a_part(content: bytes, chance: random.Random) -> bytes:
    """One part is gone; its name may be there still, of an empty part."""
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        gone = chance.choice(old.namelist())
        parts = {name: old.read(name) for name in old.namelist() if name != gone}
    return _zipped(parts | ({gone: b""} if chance.random() < 0.3 else {}))


def with_a_size_that_lies(content: bytes, chance: random.Random) -> bytes:
    """A part's size, packed or unpacked, or its place is another one in the directory."""
    spoilt = bytearray(content)
    entries = [n for n in range(len(content) - 4) if content[n : n + 4] == b"PK\x01\x02"]
    at = chance.choice(entries) + chance.choice([20, 24, 42])
    (size,) = struct.unpack_from("<I", content, at)
    lie = chance.choice([0, 1, size // 2, size + 1, size + 70_000, 0x7FFFFFFF, 0xFFFFFFFE])
    struct.pack_into("<I", spoilt, at, lie)
    return bytes(spoilt)


def with_other_bytes_in_a_part(content: bytes, chance: random.Random) -> bytes:
    """Some bytes of a part are others, and its checksum is right all the same."""
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        parts = {name: bytearray(old.read(name)) for name in old.namelist()}
    part = parts[chance.choice([name for name in parts if name.startswith("xl/")])]
    for _ in range(chance.randrange(1, 6)):
        part[chance.randrange(len(part))] = chance.randrange(256)
    if chance.random() < 0.2:
        del part[chance.randrange(len(part)) :]
    return _zipped({name: bytes(data) for name, data in parts.items()})


MUTATIONS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "a part gone": without_a_part,
    "a size that lies": with_a_size_that_lies,
    "other bytes in a part": with_other_bytes_in_a_part,
}


def _zipped(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()
