"""What all queues of one process on one file share: the writer, the reader, the leases, the listeners."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import suppress

from xlsapp.queue_parts.listening import Listeners
from xlsapp.sqlite_queue.leases import LeaseFile
from xlsapp.sqlite_queue.schema import open_reader
from xlsapp.sqlite_queue.threads import Reader
from xlsapp.sqlite_queue.writing_thread import WritingThread

_open_files: dict[tuple[int, int], SharedFile] = {}
_lock = threading.Lock()


class SharedFile:
    """One per file and process. Two queues that share it wake each other without a poll."""

    # In a forked child: it has neither the threads nor the locks, so its queues must connect anew.
    left_behind = False

    def __init__(self, path: str, *, busy_timeout_seconds: float) -> None:
        self.leases = LeaseFile(f"{path}-leases")
        self.listeners = Listeners()
        self.reader = Reader(
            "queue-reader", lambda: open_reader(path, busy_timeout_seconds=busy_timeout_seconds)
        )
        self.writer = WritingThread(path, self.listeners, busy_timeout_seconds=busy_timeout_seconds)
        self._members = 0

    @staticmethod
    def join(path: str, *, busy_timeout_seconds: float) -> SharedFile:
        """The shared parts of a file. The file is made if need be; its folder must be there."""
        # SQLite puts the log beside the file itself, not beside a link to it: so must we the leases.
        path = os.path.realpath(path)
        # Closing any descriptor of a file drops SQLite's locks on it: it is opened here only when it is new.
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        status = os.stat(path)
        identity = status.st_dev, status.st_ino
        with _lock:
            file = _open_files.get(identity)
            if file is None:
                file = _open_files[identity] = SharedFile(path, busy_timeout_seconds=busy_timeout_seconds)
                file.writer.start()
                file.reader.start()
            file._members += 1
            return file

    async def leave(self) -> None:
        """The last one out finishes what was asked and stops the threads."""
        with _lock:
            self._members -= 1
            if self._members:
                return
            for identity in [identity for identity, file in _open_files.items() if file is self]:
                del _open_files[identity]
            # Under the lock: one that opened the lease file before would lose its locks now.
            self.leases.close()
        await asyncio.to_thread(self._stop)

    def _stop(self) -> None:
        self.writer.close()
        self.reader.close()


def _forget_all() -> None:
    if _lock.locked():  # by a thread that is not in the child
        _lock.release()
    for file in _open_files.values():
        file.left_behind = True
    _open_files.clear()


os.register_at_fork(after_in_child=_forget_all)
