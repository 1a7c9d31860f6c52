"""Copies of shared files, in a folder that goes with its process; with the next one where that was killed."""

import asyncio
import fcntl
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from xlsapp.files.contents import Content
from xlsapp.files.folder import anything_fits

# Lists of problems that are looked at, a page after the other: few are larger than some MB.
KEPT_FILES = 16
KEPT_BYTES = 256 * 1024 * 1024

LOCK, PREFIX = "lock", "copies-"

Fetch = Callable[[Content, Path], Awaitable[None]]


@dataclass(slots=True)
class _Kept:
    path: Path
    size_bytes: int
    users: int = 0
    fetching: asyncio.Lock = field(default_factory=asyncio.Lock)
    is_there: bool = False


@dataclass(frozen=True, slots=True)
class Copies:
    """Copies of files to work on. Those that are likely to be wanted again are kept for a while."""

    folder: Path
    require_room: Callable[[int], None] = anything_fits
    """Asked for so many bytes before they are fetched. What it raises ends the work."""
    _kept: OrderedDict[int, _Kept] = field(default_factory=OrderedDict)

    @asynccontextmanager
    async def new(self, size_bytes: int = 0) -> AsyncIterator[Path]:
        """A path at which there is nothing yet; whatever is there is removed after the block."""
        path = self.folder / uuid4().hex
        await asyncio.to_thread(self.require_room, size_bytes)
        try:
            yield path
        finally:
            await asyncio.to_thread(_remove, [path])

    @asynccontextmanager
    async def kept(self, content: Content, fetch: Fetch) -> AsyncIterator[Path]:
        """A copy to read, fetched unless it is there from before."""
        kept = self._kept.setdefault(content.id, _Kept(self.folder / uuid4().hex, content.size_bytes))
        self._kept.move_to_end(content.id)
        kept.users += 1
        try:
            async with kept.fetching:
                if not kept.is_there:
                    await asyncio.to_thread(self.require_room, content.size_bytes)
                    await fetch(content, kept.path)
                    kept.is_there = True
            yield kept.path
        finally:
            kept.users -= 1
            await asyncio.to_thread(_remove, self._forget_some())

    def _forget_some(self) -> list[Path]:
        """Forgets what is too much, or could not be fetched. What is at these paths is to be removed."""
        files, size, paths = len(self._kept), sum(kept.size_bytes for kept in self._kept.values()), []
        for key, kept in [(key, kept) for key, kept in self._kept.items() if not kept.users]:
            if not kept.is_there or files > KEPT_FILES or size > KEPT_BYTES:
                del self._kept[key]
                files, size = files - 1, size - kept.size_bytes
                paths.append(kept.path)
        return paths


@contextmanager
def own_folder(parent: Path) -> Iterator[Path]:
    """A folder for this process while the block lasts. Those of processes that were killed are removed."""
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (parent / LOCK).open("w") as others:
        fcntl.flock(others, fcntl.LOCK_EX)
        for left in parent.glob(f"{PREFIX}*"):
            _remove_unless_used(left)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        lock = (folder / LOCK).open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
    with lock:
        yield folder
        shutil.rmtree(folder, ignore_errors=True)


def _remove_unless_used(folder: Path) -> None:
    with suppress(OSError), (folder / LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        for each in (path, *path.parent.glob(f"{path.name}-*")):  # SQLite's, where a child was killed
            each.unlink(missing_ok=True)
