"""What need not be there when the port opens: made in a thread a moment later, or when it is first asked."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.types import ASGIApp, Receive, Scope, Send

# By then the first page is on its way, which making it would hold up: both want Python's one lock.
SOON_SECONDS = 1.0


class Later:
    """An ASGI app that `make` makes. Who asks before it is there waits for it; the others do not."""

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._made: asyncio.Task[ASGIApp] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        app = await self._app()
        await app(scope, receive, send)

    @asynccontextmanager
    async def soon(self) -> AsyncIterator[None]:
        """Has it made within the block, although nobody has asked yet."""
        making = asyncio.create_task(self._make_soon())
        try:
            yield
        finally:
            making.cancel()
            await asyncio.wait([making])

    async def _make_soon(self) -> None:
        await asyncio.sleep(SOON_SECONDS)
        await self._app()

    async def _app(self) -> ASGIApp:
        if self._made is None:
            self._made = asyncio.create_task(asyncio.to_thread(self._make))
        return await asyncio.shield(self._made)
