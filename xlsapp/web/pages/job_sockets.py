"""Sockets: the present state first, then every change, as Turbo-Stream messages."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from xlsapp.context import App
from xlsapp.errors import Forbidden
from xlsapp.jobs.live.announcing import (
    endings_topic,
    job_topic,
    row_stream,
    running_jobs_stream,
    status_stream,
    user_topic,
)
from xlsapp.jobs.live.hub import TURN_SECONDS, Closed, Hub, Mailbox
from xlsapp.models import User
from xlsapp.web.http.access import check_same_site

# Close codes of our own: not signed in, another site, no such job. Browsers may not reconnect on these.
SIGN_IN_NEEDED, FROM_ANOTHER_SITE, NO_SUCH_JOB = 4401, 4403, 4404
GOING_AWAY, TOO_TALKATIVE, TOO_MANY = 1001, 1008, 1013

# Our pages send nothing at all.
MOST_MESSAGES = 16

# How often it is asked whether the session still lives: it may expire, or be ended from the shell.
CHECK_SESSION_SECONDS = 60.0

# A page that has heard nothing for 15 seconds takes its socket for dead (static/js/app.js) and opens another.
HEARTBEAT_SECONDS = 10.0


async def job(socket: WebSocket[Any]) -> None:
    """One job's state; and the ends of all one's jobs, because a page has one socket only."""
    user = await _accepted_user(socket)
    if user is None:
        return
    app: App = socket.state["app"]
    job_id = socket.path_params["job_id"]

    async def present() -> str | None:
        status = await app.statuses.get_status(job_id)
        if status is None or status.user_id != user.id:
            return None
        running = await app.statuses.count_unfinished(user.id)
        return status_stream(app.renderer, status) + running_jobs_stream(app.renderer, running)

    await _stream(socket, [job_topic(job_id), endings_topic(user.id)], present)


async def all_jobs(socket: WebSocket[Any]) -> None:
    """All one's jobs: their rows, and how many run."""
    user = await _accepted_user(socket)
    if user is None:
        return
    app: App = socket.state["app"]

    async def present() -> str:
        jobs = await app.statuses.list_for(user.id)
        running = sum(not status.is_final for status in jobs)
        rows = "".join(row_stream(app.renderer, status) for status in jobs if not status.is_final)
        return running_jobs_stream(app.renderer, running) + rows

    await _stream(socket, [user_topic(user.id)], present)


async def _accepted_user(socket: WebSocket[Any]) -> User | None:
    """Who opened the socket. It is closed again, with a code that says why, if it may not be open."""
    await socket.accept()
    try:
        check_same_site(socket.scope)
    except Forbidden:
        await socket.close(FROM_ANOTHER_SITE)
        return None
    user: User | None = socket.state["user"]
    if user is None:
        await socket.close(SIGN_IN_NEEDED)
        return None
    app: App = socket.state["app"]
    open_now = app.hub.count(endings_topic(user.id), user_topic(user.id))
    if open_now >= app.settings.server.max_sockets_per_account:
        await socket.close(TOO_MANY)
        return None
    return user


async def _stream(
    socket: WebSocket[Any], topics: Sequence[str], present: Callable[[], Awaitable[str | None]]
) -> None:
    """Subscribe first, then send the state as it is now, so that no change falls between the two."""
    app: App = socket.state["app"]
    session_id = socket.state["session"].id
    with app.hub.watch(*topics, session_id=session_id) as mailbox:
        now = await present()
        if now is None:
            await socket.close(NO_SUCH_JOB)
            return
        gone = asyncio.create_task(_until_gone(socket))
        gone.add_done_callback(lambda _: mailbox.close())
        try:
            with _until_closed():
                await socket.send_text(now)
                check_at = time.monotonic() + CHECK_SESSION_SECONDS
                while (news := await _next(mailbox, app.hub, socket.state["user"].id)) is not None:
                    await socket.send_text(news)
                    if time.monotonic() > check_at:
                        check_at += CHECK_SESSION_SECONDS
                        if not await app.sessions.is_alive(session_id):
                            await socket.close(SIGN_IN_NEEDED)
                            return
                if not gone.done():
                    await socket.close(GOING_AWAY)
        finally:
            gone.cancel()


@contextmanager
def _until_closed() -> Iterator[None]:
    """Ends quietly when the browser has gone, or the server has closed the socket: no pong came, it stops."""
    try:
        yield
    except WebSocketDisconnect:
        return
    except RuntimeError as error:
        if "after sending 'websocket.close'" not in str(error):
            raise


async def _next(mailbox: Mailbox, hub: Hub, account_id: int) -> str | None:
    """The next message, empty as a heartbeat; None when the browser has gone, or the hub wants it to go."""
    try:
        async with asyncio.timeout(HEARTBEAT_SECONDS):
            await mailbox.arrival()
    except TimeoutError:
        return ""
    # What arrives while this waits goes along.
    await hub.sending.short_turn(account_id, seconds=TURN_SECONDS)
    try:
        return mailbox.take()
    except Closed:
        return None


async def _until_gone(socket: WebSocket[Any]) -> None:
    """Read, and ignore, what the browser sends, until it goes, or is clearly no page of ours."""
    for _ in range(MOST_MESSAGES):
        if (await socket.receive())["type"] == "websocket.disconnect":
            return
    await socket.close(TOO_TALKATIVE)
