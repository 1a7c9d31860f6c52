"""What reading a file may take, by the size of the file: a small one that takes much is no ordinary one."""

from dataclasses import dataclass, replace
from pathlib import Path

from xlsapp.config import ImportSettings

MEGABYTE = 1024 * 1024

# With what a child has before it reads, none goes beyond 512 MB for a file of 2 MB. Ordinary ones of that
# size need less than 60 MB.
SMALL_MEGABYTES = 2
LEAST_MEMORY_MB, MEMORY_MB_PER_MB = 400, 200
# Files that need more are read whole one at a time: so a server of 2 GB lives with all of its seats taken.
SHARED_MB = 256
# What a reader takes besides the file as a whole.
BESIDES_MB = 64
# An ordinary workbook takes about half a second for each megabyte. Who raises `imports.max_seconds` has a
# slow machine, and these are raised with it.
LEAST_SECONDS, SECONDS_PER_MB = 20, 5
USUAL_MAX_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Allowance:
    """What reading a file may take."""

    megabytes: float
    """The size of the file."""
    seconds: float
    file_bytes: int
    """Memory for a file that is read whole …"""
    shared_bytes: int
    """… and while others may be read whole beside it."""

    @property
    def memory_bytes(self) -> int:
        """All that the child may have."""
        return self.file_bytes + BESIDES_MB * MEGABYTE

    @classmethod
    def of(cls, path: Path, settings: ImportSettings) -> "Allowance":
        """What the file may take under these settings."""
        megabytes = path.stat().st_size / 1_000_000
        memory_mb = LEAST_MEMORY_MB + MEMORY_MB_PER_MB * max(0, megabytes - SMALL_MEGABYTES)
        seconds = (LEAST_SECONDS + SECONDS_PER_MB * megabytes) * max(
            1, settings.max_seconds / USUAL_MAX_SECONDS
        )
        file_bytes = int(min(memory_mb, settings.max_memory_mb)) * MEGABYTE
        shared_bytes = min(SHARED_MB * MEGABYTE, file_bytes)
        return cls(megabytes, min(seconds, settings.max_seconds), file_bytes, shared_bytes)

    def alone(self) -> "Allowance":
        """The same for a file that is the only large one."""
        return replace(self, shared_bytes=self.file_bytes)
