"""The write-ahead log beside a queue file, as far as we touch it ourselves: sync it, and make room in it.

SQLite takes its locks on the other two files, so a descriptor of our own does no harm here.
"""

from __future__ import annotations

import ctypes
import fcntl
import logging
import os
import sys
from contextlib import suppress

logger = logging.getLogger(__name__)

# How long the log gets. It is filled up to here with zeros, once: what is written over is on the disk sooner
# than what makes the file longer, as the file system need not note a new size (0.18 for 0.26 ms, measured).
LOG_BYTES = 8 << 20

IN_MODIFY, IN_NONBLOCK, IN_CLOEXEC = 0x2, 0o4000, 0o2000000


class LogFile:
    """An open log. It lasts as long as a connection to the queue file is open."""

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(f"{path}-wal", os.O_RDWR | os.O_CLOEXEC)
        self.changes = _watch(f"{path}-wal")
        """A descriptor that can be read once somebody has written to the log; None where nobody can tell."""

    def sync(self) -> None:
        """Return when all that has been written, by whatever connection, survives a power cut."""
        if hasattr(fcntl, "F_FULLFSYNC"):  # macOS: a plain fsync stops at the drive's cache
            fcntl.fcntl(self._descriptor, fcntl.F_FULLFSYNC)
        else:
            os.fdatasync(self._descriptor)

    def make_room(self) -> None:
        """Make the file long enough. Call it within a write transaction, when nobody else can write to it.

        SQLite ends its reading of a log at the first page whose checksum is wrong, as those of zeros are.
        """
        size = os.fstat(self._descriptor).st_size
        if size < LOG_BYTES:
            with suppress(OSError):  # no space: then it stays as it is
                os.pwrite(self._descriptor, bytes(LOG_BYTES - size), size)
                self.sync()

    def forget_changes(self) -> None:
        """From now on only new writes count."""
        if self.changes is not None:
            with suppress(BlockingIOError):
                while os.read(self.changes, 4096):
                    pass

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)
        if self.changes is not None:
            os.close(self.changes)


def _watch(path: str) -> int | None:
    """A descriptor that tells of writes to a file: Linux' inotify, which Python has no name for."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init1(IN_NONBLOCK | IN_CLOEXEC)
    if descriptor < 0:  # a user may have 128 of them
        logger.info("Not told of changes by the kernel: %s", os.strerror(ctypes.get_errno()))
        return None
    if libc.inotify_add_watch(descriptor, os.fsencode(path), IN_MODIFY) < 0:
        logger.info("Not told of changes by the kernel: %s", os.strerror(ctypes.get_errno()))
        os.close(descriptor)
        return None
    return int(descriptor)
