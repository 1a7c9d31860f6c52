"""The one connection of a process on which the database tells what others have done."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Callable
from typing import Any

from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier
from psycopg_pool import AsyncConnectionPool

from xlsapp.postgres_queue.transaction import PASSES

logger = logging.getLogger(__name__)

SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.1, 5.0

HEARD_WITHIN_SECONDS = 10.0

# A host or network that dies says nothing. Without these the kernel would find out hours later.
SIGNS_OF_LIFE = {
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}

UNHEARD = (
    "PostgreSQL takes what this program says, but nothing comes back on the connection it listens on. Behind"
    " pgbouncer that is so with pool_mode = transaction or statement: let it be session for this database, or"
    " give an address that leads to PostgreSQL itself."
)


class Unheard(RuntimeError):
    """LISTEN does not work over this address."""

    def __init__(self) -> None:
        super().__init__(UNHEARD)


class Listener:
    """Hears the notifications of one channel, and listens anew when its connection breaks.

    `on_payload` gets each notification; `on_gap` is called whenever some may have been missed.
    """

    def __init__(
        self,
        pool: AsyncConnectionPool[Any],
        channel: str,
        on_payload: Callable[[str], None],
        on_gap: Callable[[], None],
    ) -> None:
        self._pool = pool
        self._channel = channel
        self._on_payload = on_payload
        self._on_gap = on_gap
        self._hears = asyncio.Event()

    async def run(self) -> None:
        """Until it is cancelled."""
        pause = SHORTEST_PAUSE_SECONDS
        while True:
            try:
                async with await self._connect() as conn:
                    await conn.execute(SQL("LISTEN {}").format(Identifier(self._channel)))
                    self._hears.set()
                    self._on_gap()
                    pause = SHORTEST_PAUSE_SECONDS
                    async for notification in conn.notifies():
                        self._on_payload(notification.payload)
            except (*PASSES, OSError) as error:
                logger.warning("No longer told of what others do; listening anew in %s s: %s", pause, error)
            self._hears.clear()
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def prove(self, say: Callable[[], Any], heard: asyncio.Event) -> None:
        """Raises Unheard when what is said over the pool does not arrive here, as behind some poolers."""
        try:
            async with asyncio.timeout(HEARD_WITHIN_SECONDS):
                await self._hears.wait()
                await say()
                await heard.wait()
        except TimeoutError:
            raise Unheard from None

    async def _connect(self) -> AsyncConnection[Any]:
        # As the pool connects, but in no pool: it is kept.
        conninfo = str(await _given(self._pool.conninfo) or "")
        options = dict(await _given(self._pool.kwargs) or {})
        asked = {**conninfo_to_dict(conninfo), **options}
        signs = {name: value for name, value in SIGNS_OF_LIFE.items() if name not in asked}
        return await AsyncConnection.connect(conninfo, **{**signs, **options, "autocommit": True})


async def _given(setting: Any) -> Any:
    """A pool's setting: itself, or what a function gives, at once or later."""
    value = setting() if callable(setting) else setting
    return await value if inspect.isawaitable(value) else value
