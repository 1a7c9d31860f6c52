"""What lies below the names of files: their bytes, each file's once, which never change."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from xlsapp.files.files import Incoming, Reader
from xlsapp.files.served import Served


@dataclass(frozen=True, slots=True)
class Content:
    """A file without its names."""

    id: int
    day: str
    """When it came in, in UTC: 20260131."""
    size_bytes: int = 0


class Contents(Protocol):
    """Where bytes lie. Raises DatabaseFault where they cannot be written or read now."""

    def writing(
        self, content: Content, served: Served | None = None
    ) -> AbstractAsyncContextManager[Incoming]:
        """Bytes as they come in. They are safe once the transaction that gives the file a name is."""

    async def address(self, content: Content, served: Served) -> str | None:
        """Where they can be fetched for some minutes without us, under that name; None where they cannot."""

    def reader(self, content: Content) -> Reader:
        """Bytes from any place on."""

    async def fetch(self, content: Content, path: Path) -> None:
        """Write all bytes to a new file on this machine."""

    async def remove(self, contents: Sequence[Content]) -> None:
        """Remove the bytes of files that nobody reads any more. Done twice, it does no harm."""

    async def tidy(self) -> None:
        """What is to be done now and then."""
