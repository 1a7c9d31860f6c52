"""A start that waits for the database: whoever asks meanwhile is told so, and need not ask again by hand."""

import asyncio
import logging
import socket
import time
from collections.abc import Callable, Sequence

import uvicorn
from starlette.types import ASGIApp

from xlsapp.errors import Away

log = logging.getLogger(__name__)

LOOK_AGAIN_SECONDS = 1.0
SAY_SO_EVERY_SECONDS = 30.0


def prepared(prepare: Callable[[], None], sockets: Sequence[socket.socket], meanwhile: ASGIApp) -> bool:
    """Do it, and again as long as that raises Away; `meanwhile` answers on the sockets, which stay open.

    False when a signal has ended the wait.
    """
    try:
        prepare()
    except Away as away:
        log.warning("%s Waiting for it.", away)
    else:
        return True
    return asyncio.run(_wait(prepare, sockets, meanwhile))


async def _wait(prepare: Callable[[], None], sockets: Sequence[socket.socket], meanwhile: ASGIApp) -> bool:
    server = uvicorn.Server(
        uvicorn.Config(
            meanwhile,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=1,
        )
    )
    # It closes what it listens on.
    answering = asyncio.create_task(server.serve([each.dup() for each in sockets]))
    try:
        is_there = await _is_there(prepare, server)
    finally:
        server.should_exit = True
        await answering
    return is_there


async def _is_there(prepare: Callable[[], None], server: uvicorn.Server) -> bool:
    said = time.monotonic()
    while not server.should_exit:
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
        try:
            await asyncio.to_thread(prepare)
        except Away as away:
            if time.monotonic() >= said + SAY_SO_EVERY_SECONDS:
                said = time.monotonic()
                log.warning("%s Still waiting for it.", away)
        else:
            log.info("The database is there")
            return True
    return False
