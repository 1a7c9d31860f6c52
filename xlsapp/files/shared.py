"""Files that several machines share: names in PostgreSQL, bytes in it or in an object store."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from xlsapp.files.catalog import Catalog
from xlsapp.files.contents import Contents
from xlsapp.files.copies import Copies
from xlsapp.files.files import Found, Incoming, Made, Reader
from xlsapp.files.served import Served

PIECE_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SharedFiles:
    """See Files. Work on a file is done on a copy in a folder of this process."""

    catalog: Catalog
    contents: Contents
    copies: Copies
    gives_addresses: bool = False
    """Whether browsers may fetch files from where they lie."""

    async def find(self, *keys: str) -> dict[str, Found]:
        """See Files."""
        return await self.catalog.find(keys)

    async def settled(self) -> list[str]:
        """See Files."""
        return await self.catalog.settled()

    @asynccontextmanager
    async def writing(self, key: str, served: Served | None = None) -> AsyncIterator[Incoming]:
        """See Files. Until it is whole it has no name; what never becomes so is swept."""
        content = await self.catalog.begin()
        async with self.contents.writing(content, served) as incoming:
            counted = _Counted(incoming)
            yield counted
        await self.catalog.name(key, content, counted.size_bytes)

    @asynccontextmanager
    async def made(self, key: str, served: Served | None = None) -> AsyncIterator[Made]:
        """See Files."""
        async with self.copies.new() as path:
            made = _MadeCopy(self, key, path, served)
            yield made
            await made.keep()

    @asynccontextmanager
    async def fetched(self, key: str, *, again: bool = False) -> AsyncIterator[Path]:
        """See Files."""
        content = await self.catalog.get(key)
        if content is None:
            async with self.copies.new() as path:
                yield path
        elif again:
            async with self.copies.kept(content, self.contents.fetch) as path:
                yield path
        else:
            async with self.copies.new(content.size_bytes) as path:
                await self.contents.fetch(content, path)
                yield path

    async def address(self, key: str, served: Served) -> str | None:
        """See Files."""
        content = await self.catalog.get(key) if self.gives_addresses else None
        return await self.contents.address(content, served) if content else None

    @asynccontextmanager
    async def opened(self, key: str) -> AsyncIterator[Reader]:
        """See Files."""
        content = await self.catalog.get(key)
        if content is None:
            raise FileNotFoundError(key)
        yield self.contents.reader(content)

    async def copy(self, key: str, other: str) -> None:
        """See Files. The bytes are there once."""
        await self.catalog.copy(key, other)

    async def move(self, key: str, other: str) -> None:
        """See Files."""
        await self.catalog.move(key, other)

    async def remove(self, *keys: str) -> None:
        """See Files. The names; the bytes go with a sweep."""
        await self.catalog.remove(keys)

    async def sweep(self) -> None:
        """See Files: the bytes of those that have lost their names."""
        while unnamed := await self.catalog.unnamed():
            await self.contents.remove(unnamed)
            await self.catalog.forget(unnamed)
        await self.contents.tidy()


@dataclass(slots=True)
class _MadeCopy:
    files: SharedFiles
    key: str
    path: Path
    served: Served | None
    _kept: tuple[int, int] | None = None
    """How large it was, and of when, when it was kept last."""

    async def keep(self) -> None:
        try:
            found = await asyncio.to_thread(self.path.stat)
        except FileNotFoundError:
            return
        present = (found.st_size, found.st_mtime_ns)
        if present == self._kept:
            return
        async with self.files.writing(self.key, self.served) as incoming:
            with await asyncio.to_thread(self.path.open, "rb") as file:
                while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
                    await incoming.write(piece)
        self._kept = present


@dataclass(slots=True)
class _Counted:
    incoming: Incoming
    size_bytes: int = 0

    async def write(self, piece: bytes, /) -> None:
        await self.incoming.write(piece)
        self.size_bytes += len(piece)
