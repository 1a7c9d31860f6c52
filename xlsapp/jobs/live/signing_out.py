"""The sockets of sessions that were ended from the shell: by another process than the one that has them."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from xlsapp.db.errors import DatabaseFault
from xlsapp.jobs.live.hub import Hub

log = logging.getLogger(__name__)

LatelyEnded = Callable[[], Awaitable[list[str]]]
"""Gives the ids of the sessions that were ended of late."""

# One small read, while anybody watches; people who are shut out should be so within a second.
LOOK_EVERY_SECONDS = 0.4


@asynccontextmanager
async def closing_ended_sessions(hub: Hub, lately_ended: LatelyEnded) -> AsyncIterator[None]:
    """Close the sockets of sessions soon after these were ended, while the block lasts."""
    task = asyncio.create_task(_close_for_ever(hub, lately_ended))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _close_for_ever(hub: Hub, lately_ended: LatelyEnded) -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        if hub.is_watched:
            try:
                hub.close_sessions(*await lately_ended())
            except DatabaseFault:
                log.exception("Which sessions were ended cannot be read")
