"""A start that goes on when the database went away in the middle of it, and came back."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import TypeVar

from xlsapp.db.errors import Unreachable, driver_errors

log = logging.getLogger(__name__)

AGAIN_TIMES = 30
AGAIN_SECONDS = 1.0

Opened = TypeVar("Opened")


async def started(stack: AsyncExitStack, start: Callable[[], AbstractAsyncContextManager[Opened]]) -> Opened:
    """What `start` opens, until the stack closes; opened anew, some times, where that is Unreachable."""
    for _ in range(AGAIN_TIMES):
        try:
            with driver_errors():
                return await stack.enter_async_context(start())
        except Unreachable:
            log.warning("The database went away during the start; starting again", exc_info=True)
            await asyncio.sleep(AGAIN_SECONDS)
    return await stack.enter_async_context(start())
