"""The bytes of files as objects in S3, or what speaks like it, through obstore."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import AzureStore, GCSStore, S3Store, from_url

from xlsapp.db.errors import FilesAway
from xlsapp.errors import ConfigurationError
from xlsapp.files.contents import Content
from xlsapp.files.files import Incoming
from xlsapp.files.served import Served

if TYPE_CHECKING:
    from obstore.store import RetryConfig

# S3 takes what comes in by parts of 5 MB at the least.
PART_BYTES = 8 * 1024 * 1024
PARTS_AT_ONCE = 2

PIECE_BYTES = 4 * 1024 * 1024
AHEAD_BYTES = 2 * 1024 * 1024


# Somebody waits for it: the store's own 10 attempts within 3 minutes would be too many.
PATIENCE: "RetryConfig" = {"max_retries": 5, "retry_timeout": timedelta(seconds=15)}

ADDRESS_HOLDS = timedelta(minutes=5)

GIVE_ADDRESSES = (S3Store, GCSStore, AzureStore)


@contextmanager
def store_errors() -> Iterator[None]:
    """What the store raises in the block comes out as FilesAway: it may succeed at another time."""
    try:
        yield
    except (BaseError, OSError) as error:  # of an object or a bucket that is gone it is a FileNotFoundError
        raise FilesAway(str(error)) from error


@dataclass(frozen=True, slots=True)
class ObjectContents:
    """See Contents."""

    store: Any

    @classmethod
    def at(cls, url: str, **options: Any) -> Self:
        """At an address such as `s3://bucket/folder`. What `options` do not say of keys, region and endpoint
        is in the environment (AWS_ACCESS_KEY_ID …), or given by the machine that this is.

        Raises ConfigurationError where it is none.
        """
        try:
            return cls(from_url(url, retry_config=PATIENCE, **options))
        except (BaseError, ValueError) as error:
            reason = str(error).partition("\n")[0]
            raise ConfigurationError([f"files.url is no address of a store of files: {reason}."]) from error

    async def try_out(self) -> None:
        """Write something, read it, and remove it. Raises FilesAway where that does not go well."""
        path = f"check/{uuid4().hex}"
        with store_errors():
            await obstore.put_async(self.store, path, b"xlsapp")
            await (await obstore.get_async(self.store, path)).bytes_async()
            await obstore.delete_async(self.store, path)

    @staticmethod
    def why_not(fault: FilesAway) -> str:
        """What a store that is not of use has said, for who has set it up."""
        match fault.__cause__:
            case FileNotFoundError():
                return "there is no such bucket"
            case PermissionDeniedError() | UnauthenticatedError():
                return "the store does not take these keys, or they may not write and read there"
        return "the store does not answer as it should: " + str(fault).partition("\n")[0]

    @asynccontextmanager
    async def writing(self, content: Content, served: Served | None = None) -> AsyncIterator[Incoming]:
        """See Contents."""
        attributes = _attributes(served) if served and isinstance(self.store, GIVE_ADDRESSES) else None
        with store_errors():
            writer = obstore.open_writer_async(
                self.store,
                _path(content),
                attributes=attributes,
                buffer_size=PART_BYTES,
                max_concurrency=PARTS_AT_ONCE,
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

    async def address(self, content: Content, served: Served) -> str | None:
        """See Contents. The object itself has to have that name: it cannot be given another on the way."""
        if not isinstance(self.store, GIVE_ADDRESSES):
            return None
        with store_errors():
            found = await obstore.get_async(self.store, _path(content), options={"head": True})
            if dict(found.attributes).items() >= _attributes(served).items():
                return str(await obstore.sign_async(self.store, "GET", _path(content), ADDRESS_HOLDS))
        return None

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


def _attributes(served: Served) -> dict[str, str]:
    return {"Content-Disposition": served.disposition, "Content-Type": served.media_type}


def _path(content: Content) -> str:
    return f"{content.day}/{content.id}"
