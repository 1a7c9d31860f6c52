"""503 while a database cannot be asked: it restarts, or somebody holds what was wanted for too long."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import URL, Headers
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Event

from xlsapp.clock import utc_now
from xlsapp.context import App
from xlsapp.db.errors import Busy, FilesAway, Unreachable, driver_errors
from xlsapp.messages.saying import say
from xlsapp.problems import Message
from xlsapp.web.http.access import SAFE_METHODS
from xlsapp.web.http.problem_details import AGAIN_SECONDS, KINDS, MEDIA_TYPE, problem, problem_for_script
from xlsapp.web.http.responses import wants_json

log = logging.getLogger(__name__)

TRY_AGAIN_LATER = 1013  # a socket's close code (RFC 6455's registry)

BARE_PAGE = f"""<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta http-equiv="refresh" content="{AGAIN_SECONDS}">
<title>{{title}} · xlsapp</title>
<h1>{{title}}</h1>
<p>{{sentence}}</p>
"""

Answer = Callable[[Request[Any]], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class NotNow:
    """Middleware: gives `answer` where a database could not do what may succeed at another time.

    Around all that asks a database. What has no room, or asks the store of files, is told otherwise: see
    failures.py.
    """

    app: ASGIApp
    answer: Answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        begun = False

        async def note(message: Event) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            with driver_errors():
                await self.app(scope, receive, note)
        except FilesAway:
            raise
        except (Busy, Unreachable) as error:
            if begun or scope["type"] not in ("http", "websocket"):
                raise
            log.warning("%s cannot be done now: %r", scope["path"], error)
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
                return
            response = await self.answer(Request(scope, receive))
            response.headers["Retry-After"] = str(AGAIN_SECONDS)
            await response(scope, receive, send)


async def say_not_now(request: Request[Any]) -> Response:
    """For a page, which loads itself again; or for its script. Asks nothing of a database."""
    message = _message(request)
    if wants_json(request):
        return problem_for_script(request.scope, 503, message)
    app: App = request.state["app"]
    reading = request.method in SAFE_METHODS
    before = URL(request.headers.get("referer", ""))
    context: dict[str, Any] = {
        "user": None,
        "path": request.url.path,
        "now": utc_now(),
        "notices": [],
        "message": say(message),
        "again_seconds": AGAIN_SECONDS if reading else None,
        "back_url": before.path if not reading and before.netloc == request.headers.get("host") else None,
    }
    return HTMLResponse(app.renderer.render("errors/not_now.html", context), status_code=503)


async def say_not_now_to_all(scope: Scope, receive: Receive, send: Send) -> None:
    """For whoever asks before there is anything but this sentence: no page, no address of one."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
        return
    message = Message("request.not_now")
    response: Response
    if wants_json(HTTPConnection(scope)) or "text/html" not in Headers(scope=scope).get("accept", ""):
        detail = {"type": "about:blank", "title": KINDS[503][0], "status": 503, "detail": say(message)}
        response = JSONResponse({**detail, **message.to_dict()}, 503, media_type=MEDIA_TYPE)
    else:
        response = HTMLResponse(BARE_PAGE.format(title=KINDS[503][0], sentence=say(message)), 503)
    response.headers["Retry-After"] = str(AGAIN_SECONDS)
    await response(scope, receive, send)


async def not_now_problem(request: Request[Any]) -> Response:
    """For a program."""
    return problem(request.scope, 503, _message(request))


def _message(request: Request[Any]) -> Message:
    reading = request.method in SAFE_METHODS
    return Message("request.not_now") if reading else Message("request.not_now_sent")
