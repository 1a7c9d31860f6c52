"""The bytes of files as objects in S3, or what speaks like it, through obstore."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import obstore
from obstore.exceptions import BaseError
from obstore.store import from_url

from xlsapp.db.errors import Unreachable
from xlsapp.files.contents import Content
from xlsapp.files.files import Incoming

# S3 takes what comes in by parts of 5 MB at the least.
PART_BYTES = 8 * 1024 * 1024
PARTS_AT_ONCE = 2

PIECE_BYTES = 4 * 1024 * 1024
AHEAD_BYTES = 2 * 1024 * 1024


@contextmanager
def store_errors() -> Iterator[None]:
    """What the store raises in the block comes out as Unreachable: it may succeed at another time."""
    try:
        yield
    except (BaseError, OSError) as error:  # of an object that is gone it is a FileNotFoundError
        raise Unreachable(str(error)) from error


@dataclass(frozen=True, slots=True)
class ObjectContents:
    """See Contents."""

    store: Any

    @classmethod
    def at(cls, url: str, **options: Any) -> Self:
        """At an address such as `s3://bucket/folder`. What `options` do not say of keys, region and endpoint
        is in the environment (AWS_ACCESS_KEY_ID …), or given by the machine that this is."""
        return cls(from_url(url, **options))

    @asynccontextmanager
    async def writing(self, content: Content) -> AsyncIterator[Incoming]:
        """See Contents."""
        with store_errors():
            writer = obstore.open_writer_async(
                self.store, _path(content), buffer_size=PART_BYTES, max_concurrency=PARTS_AT_ONCE
            )
        try:
            yield _ObjectWriter(writer)
        except BaseException:
            # No parts of it are left that nobody knows of: it becomes a file without a name, and is swept.
            with suppress(BaseError, OSError):
                await writer.close()
            raise
        with store_errors():
            await writer.close()

    def reader(self, content: Content) -> "_ObjectReader":
        """See Contents."""
        return _ObjectReader(self.store, content)

    async def fetch(self, content: Content, path: Path) -> None:
        """See Contents."""
        with store_errors():
            found = await obstore.get_async(self.store, _path(content))
        with await asyncio.to_thread(path.open, "xb") as file:
            pieces = aiter(found.stream(min_chunk_size=PIECE_BYTES))
            while True:
                with store_errors():
                    piece = await anext(pieces, None)
                if piece is None:
                    break
                await asyncio.to_thread(file.write, piece)

    async def remove(self, contents: Sequence[Content]) -> None:
        """See Contents."""
        with store_errors():
            await obstore.delete_async(self.store, [_path(content) for content in contents])

    async def tidy(self) -> None:
        """There is nothing to be done."""


@dataclass(frozen=True, slots=True)
class _ObjectWriter:
    writer: Any

    async def write(self, piece: bytes, /) -> None:
        with store_errors():
            await self.writer.write(piece)


@dataclass(slots=True)
class _ObjectReader:
    store: Any
    content: Content
    _offset: int = 0
    _coming: AsyncIterator[Any] | None = None
    """What follows, once it is clear that somebody reads on."""
    _ahead: bytes = b""
    _reads_on: bool = False

    async def seek(self, offset: int, /) -> int:
        self._offset, self._coming, self._ahead, self._reads_on = offset, None, b"", False
        return offset

    async def read(self, size: int, /) -> bytes:
        wanted = min(size, self.content.size_bytes - self._offset)
        if wanted <= 0:
            return b""
        with store_errors():
            if self._reads_on:
                piece = await self._read_on(wanted)
            else:
                start, end = self._offset, self._offset + wanted
                found = await obstore.get_range_async(self.store, _path(self.content), start=start, end=end)
                piece = bytes(found)
        self._offset, self._reads_on = self._offset + len(piece), True
        return piece

    async def _read_on(self, wanted: int) -> bytes:
        if self._coming is None:
            rest = {"range": {"offset": self._offset}}
            found = await obstore.get_async(self.store, _path(self.content), options=rest)  # type: ignore[arg-type]
            self._coming = aiter(found.stream(min_chunk_size=AHEAD_BYTES))
        pieces = [self._ahead]
        while sum(map(len, pieces)) < wanted:
            pieces.append(bytes(await anext(self._coming)))
        together = b"".join(pieces)
        self._ahead = together[wanted:]
        return together[:wanted]


def _path(content: Content) -> str:
    return f"{content.day}/{content.id}"
