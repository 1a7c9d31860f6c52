"""Files by key, wherever they are kept: what a folder, a database and an object store promise alike."""

from collections.abc import Hashable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from xlsapp.files.served import Served


@dataclass(frozen=True, slots=True)
class Found:
    """A file that is there, whole or still coming in."""

    content: Hashable
    """The same for all names of one file, which is kept once."""
    size_bytes: int
    modified: float
    """Seconds since 1970."""


class Incoming(Protocol):
    """A file that comes in piece by piece."""

    async def write(self, piece: bytes, /) -> None:
        """Add a piece. Raises NoRoom, OSError or DatabaseFault where it cannot be kept."""


class Made(Protocol):
    """A file that is being made."""

    @property
    def path(self) -> Path:
        """Where it is written to. There need not be one."""

    async def keep(self) -> None:
        """Keep it under its key as it is now, in the place of what was kept of it before."""


class Reader(Protocol):
    """A file that is read from any place in it."""

    async def seek(self, offset: int, /) -> int:
        """Go on reading from this byte on."""

    async def read(self, size: int, /) -> bytes:
        """So many bytes; fewer at the end of the file alone."""


class Files(Protocol):
    """Files by key, such as `uploads/7f3a…`; `tests/files/contract.py` holds each of them to this.

    A key has one or more `/`; `exports/7f3a…/2` is below `exports/7f3a…`. A file never changes once it is
    whole: another one may take its key. What can be repeated does no harm.
    """

    async def find(self, *keys: str) -> dict[str, Found]:
        """The files that have these keys, or keys below them, by key."""

    async def settled(self) -> list[str]:
        """All keys, but those that are so new that another process may be about to say what they are for."""

    def writing(self, key: str) -> AbstractAsyncContextManager[Incoming]:
        """A file as it comes in: there, whole and safe from a power cut, when the block has ended well.

        What has come in by the time that the block raises is the caller's to remove.
        """

    def made(self, key: str, served: Served | None = None) -> AbstractAsyncContextManager[Made]:
        """A path to write a file to, kept under its key when the block ends well.

        `served` is what it is called where browsers fetch it by themselves.
        """

    def fetched(self, key: str, *, again: bool = False) -> AbstractAsyncContextManager[Path]:
        """A file's path on this machine, to be read alone, while the block lasts. No file, nothing at it.

        With `again` it is likely that the same file is wanted soon once more.
        """

    async def address(self, key: str, served: Served) -> str | None:
        """Where a browser can fetch a file by itself for some minutes. None where it gets it from us."""

    def opened(self, key: str) -> AbstractAsyncContextManager[Reader]:
        """A file to read parts of. Raises FileNotFoundError."""

    async def copy(self, key: str, other: str) -> None:
        """Give a file a second key, which another file loses. Raises FileNotFoundError."""

    async def move(self, key: str, other: str) -> None:
        """Give a file another key, which another file loses. Raises FileNotFoundError."""

    async def remove(self, *keys: str) -> None:
        """Remove the files that have these keys, or keys below them. Those that are not there do no harm."""

    async def sweep(self) -> None:
        """Remove what nobody can name any more."""
