"""The room on the disk that the data folder is on."""

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from xlsapp.errors import NoRoom
from xlsapp.problems import Message

# With less than that, hardly a job would come to its end.
LEAST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk of the data folder. Its reserve is for what is small: sign-ins, edits, statuses and logs."""

    folder: Path
    reserve_bytes: int

    def free_bytes(self) -> int:
        """All that may still be written to it."""
        free = os.statvfs(self.folder)
        return free.f_bavail * free.f_frsize

    def room_bytes(self) -> int:
        """How much uploads, staged rows and exports may take now."""
        return max(0, self.free_bytes() - self.reserve_bytes)

    def is_full(self) -> bool:
        """Whether there is no room for any of them."""
        return self.room_bytes() < LEAST_BYTES

    def parts(self) -> dict[str, int]:
        """What is in the data folder, and how many bytes of it: a database with its log, or a folder."""
        found: dict[str, int] = {}
        for entry in os.scandir(self.folder):
            name = re.sub(r"\.sqlite3(-\w+)?$", "", entry.name)
            found[name] = found.get(name, 0) + _size(entry)
        return found

    def require(self, needed_bytes: int) -> None:
        """Raises NoRoom where there is less room than that."""
        if self.room_bytes() < needed_bytes:
            raise no_room()


def _size(entry: os.DirEntry[str]) -> int:
    with suppress(FileNotFoundError):  # it may go while it is looked at
        if entry.is_dir(follow_symlinks=False):
            return sum(map(_size, os.scandir(entry)))
        return entry.stat(follow_symlinks=False).st_size
    return 0


def no_room() -> NoRoom:
    """The server's disk is full."""
    return NoRoom(Message("disk.no_room"))
