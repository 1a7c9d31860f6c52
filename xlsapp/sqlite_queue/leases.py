"""Who is alive: each connected queue holds a lease, a number nobody else ever gets, and a lock on the byte of
that number in a file of locks.

The kernel drops the lock the moment its process ends, however it ends. So a lease needs no heartbeat, and
neither a process id that is used again nor a clock that jumps can make a dead one look alive. Such locks
reach exactly as far as the shared memory of SQLite's write-ahead log: one machine, containers included.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress


class LeaseFile:
    """The locks of this process, in a file that stays empty.

    POSIX locks belong to a process and vanish with the first descriptor it closes on the file: there must be
    one LeaseFile per file and process (shared_file.py sees to that). They do not live on in a forked child.
    """

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._held: set[int] = set()

    def hold(self, lease: int) -> None:
        """Lock a lease of our own, until `drop` or the end of the process."""
        fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, lease)
        self._held.add(lease)

    def drop(self, lease: int) -> None:
        """Let go of a lease of our own."""
        if lease in self._held:
            self._held.discard(lease)
            fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, lease)

    def is_alive(self, lease: int) -> bool:
        """Whether some process holds the lease."""
        if lease in self._held:  # asking the kernel would give our own lock away
            return True
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, lease)
        except OSError:
            return True
        fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, lease)
        return False

    def close(self) -> None:
        self._held.clear()
        with suppress(OSError):
            os.close(self._descriptor)
