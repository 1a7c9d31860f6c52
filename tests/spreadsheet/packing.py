"""Zip archives whose parts are enormous and made at once: the same packed block over and over."""

import struct
import zlib

from isal import isal_zlib

Part = bytes | tuple[bytes, bytes, int, bytes]
"""Its content, or (head, block, times, tail): the block so often in between."""


def archive(parts: dict[str, Part]) -> bytes:
    """A zip archive."""
    data, directory = b"", b""
    for name, part in parts.items():
        head, block, times, tail = part if isinstance(part, tuple) else (part, b"", 0, b"")
        packed, size, checksum = _packed(head, block, times, tail)
        method = 8
        if name == "mimetype":  # the one part that is not to be packed
            packed, method = head, 0
        encoded = name.encode()
        sizes = struct.pack("<III", checksum, len(packed), size)
        local = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, method, 0, 0x21) + sizes
        directory += (
            b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, method, 0, 0x21) + sizes
            + struct.pack("<HHHHHII", len(encoded), 0, 0, 0, 0, 0, len(data)) + encoded
        )  # fmt: skip
        data += local + struct.pack("<HH", len(encoded), 0) + encoded + packed
    count = len(parts)
    return (
        data
        + directory
        + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count, count, len(directory), len(data), 0)
    )


def _packed(head: bytes, block: bytes, times: int, tail: bytes) -> tuple[bytes, int, int]:
    """The deflated content, its size and its checksum."""
    size = len(head) + len(block) * times + len(tail)
    checksum = isal_zlib.crc32(head)
    for _ in range(times):
        checksum = isal_zlib.crc32(block, checksum)
    packed = _piece(head) + _piece(block) * times + _piece(tail, last=True)
    return packed, size, isal_zlib.crc32(tail, checksum)


def _piece(content: bytes, *, last: bool = False) -> bytes:
    """Deflated without a look back (RFC 1951: blocks stand by themselves), so that it can be repeated."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflate.compress(content) + deflate.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)
