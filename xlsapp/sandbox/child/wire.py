"""What the server, the zygote and its children say to each other.

Server to zygote, over one socket: commands. A FORK comes with three descriptors: the child's channel, where
its stderr goes, and where the zygote writes, first its process id (or minus an errno), then its wait status.
Server to child and back, over the channel: frames, which are a header and a pickle.
"""

import struct

COMMAND = struct.Struct("!cI")
"""FORK or KILL, and the number of the run that is meant."""
FORK = b"F"
KILL = b"K"

READY = b"+"
"""The zygote's first byte. Anything else is the text of what went wrong."""

STATUS = struct.Struct("!i")

HEADER = struct.Struct("!cI")
"""The kind of a frame, and the number of bytes that follow."""
REQUEST = b"?"
PROGRESS = b"p"
RESULT = b"r"
RAISED = b"e"
"""An ordinary exception: (the exception pickled, or None; its name; its traceback)."""
NO_MEMORY = b"m"
PANIC = b"c"
"""What is no ordinary exception, such as a panic in Rust: its traceback."""

MAX_FRAME_BYTES = 16 * 1024 * 1024


def frame(kind: bytes, payload: bytes = b"") -> bytes:
    """A frame, ready to be sent."""
    return HEADER.pack(kind, len(payload)) + payload


class Unreadable(Exception):
    """These bytes are no frames."""


class FrameReader:
    """Makes frames out of bytes as they come in."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, received: bytes) -> list[tuple[bytes, bytes]]:
        """The frames that are now complete: kind and payload. Raises Unreadable."""
        self._buffer += received
        frames = []
        while len(self._buffer) >= HEADER.size:
            kind, length = HEADER.unpack_from(self._buffer)
            if kind not in b"premc" or length > MAX_FRAME_BYTES:
                raise Unreadable
            end = HEADER.size + length
            if len(self._buffer) < end:
                break
            frames.append((kind, bytes(self._buffer[HEADER.size : end])))
            del self._buffer[:end]
        return frames
