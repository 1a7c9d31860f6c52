"""Files in a folder of this machine: a key is a path in it, and a file is worked on in its place."""

import asyncio
import logging
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import anyio

from xlsapp.files.files import Found, Incoming, Made, Reader
from xlsapp.files.served import Served

log = logging.getLogger(__name__)


def anything_fits(needed_bytes: int) -> None:
    """Where nobody looks at the disk."""


@dataclass(frozen=True, slots=True)
class FolderFiles:
    """See Files. One process alone writes to the folder."""

    root: Path
    folders: tuple[str, ...]
    """What a key may begin with. They are there already, and keys go no deeper."""
    require_room: Callable[[int], None] = anything_fits
    """Asked before so many bytes are written. What it raises ends the writing."""

    async def find(self, *keys: str) -> dict[str, Found]:
        """See Files."""
        return await asyncio.to_thread(lambda: dict(self._found(keys)))

    async def settled(self) -> list[str]:
        """See Files. Nobody else writes here, and who does knows what it writes."""
        return await asyncio.to_thread(
            lambda: [f"{name}/{path.name}" for name in self.folders for path in (self.root / name).iterdir()]
        )

    @asynccontextmanager
    async def writing(self, key: str) -> AsyncIterator[Incoming]:
        """See Files. What has come in so far is found as well."""
        with await asyncio.to_thread(_create, self.root / key) as file:
            yield _IncomingFile(file, self.require_room)
            await asyncio.to_thread(os.fsync, file.fileno())

    @asynccontextmanager
    async def made(self, key: str, served: Served | None = None) -> AsyncIterator[Made]:
        """See Files."""
        yield _InItsPlace(self.root / key)

    @asynccontextmanager
    async def fetched(self, key: str, *, again: bool = False) -> AsyncIterator[Path]:
        """See Files. It is the file itself."""
        yield self.root / key

    async def address(self, key: str, served: Served) -> str | None:
        """See Files. Nobody but this process has the folder."""
        return None

    def opened(self, key: str) -> AbstractAsyncContextManager[Reader]:
        """See Files."""
        return _opened(self.root / key)

    async def copy(self, key: str, other: str) -> None:
        """See Files."""
        await asyncio.to_thread(_second_name, self.root / key, self.root / other)

    async def move(self, key: str, other: str) -> None:
        """See Files."""
        await asyncio.to_thread((self.root / key).replace, self.root / other)

    async def remove(self, *keys: str) -> None:
        """See Files."""
        await asyncio.to_thread(remove_paths, [self.root / key for key in keys])

    async def sweep(self) -> None:
        """See Files. What has no name is gone."""

    def _found(self, keys: Iterable[str]) -> Iterator[tuple[str, Found]]:
        for key in keys:
            with suppress(FileNotFoundError):
                found = os.stat(self.root / key)
                yield key, Found(found.st_ino, found.st_size, found.st_mtime)


@dataclass(frozen=True, slots=True)
class _InItsPlace:
    path: Path

    async def keep(self) -> None:
        """It is."""


@dataclass(frozen=True, slots=True)
class _IncomingFile:
    file: IO[bytes]
    require_room: Callable[[int], None]

    async def write(self, piece: bytes, /) -> None:
        await asyncio.to_thread(self._write, piece)

    def _write(self, piece: bytes) -> None:
        self.require_room(len(piece))
        self.file.write(piece)
        self.file.flush()


@asynccontextmanager
async def _opened(path: Path) -> AsyncIterator[Reader]:
    file = await anyio.open_file(path, "rb")
    try:
        yield file
    finally:
        with anyio.CancelScope(shield=True):
            await file.aclose()


def _create(path: Path) -> IO[bytes]:
    path.touch(mode=0o600)
    return path.open("wb")


def _second_name(path: Path, name: Path) -> None:
    """The same file under one more name; a copy where the disk has no such thing."""
    if not path.exists():
        raise FileNotFoundError(path)
    name.unlink(missing_ok=True)
    try:
        os.link(path, name)
    except FileNotFoundError:
        raise
    except OSError:
        shutil.copy2(path, name)


def remove_paths(paths: Iterable[Path]) -> None:
    """Remove files of this machine. What cannot be removed is logged."""
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError:
            log.exception("%s could not be removed", path)
