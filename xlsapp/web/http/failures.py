"""Exceptions to error pages: each says what happened and what to do next."""

import logging
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.datastructures import URL
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from xlsapp.context import App
from xlsapp.db.errors import FilesAway, Full
from xlsapp.errors import (
    Forbidden,
    LeftUnread,
    NoRoom,
    NotFound,
    OverQuota,
    Refused,
    TooLarge,
    TooMany,
    TooSlow,
)
from xlsapp.messages.saying import say
from xlsapp.problems import Message
from xlsapp.services.operations.disk import no_room
from xlsapp.web.http.access import SAFE_METHODS, SESSION_COOKIE, SignInNeeded
from xlsapp.web.http.problem_details import AGAIN_SECONDS, problem_for_script
from xlsapp.web.http.responses import page, redirect, wants_json

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What an error page says."""

    status_code: int
    title: str
    message: Message


NOT_FOUND = ErrorPage(404, "There is nothing here", Message("request.no_page"))
UNREADABLE = ErrorPage(400, "This could not be read", Message("request.not_whole"))
METHOD = ErrorPage(405, "This page cannot do that", Message("request.not_this_page"))
REFUSALS = (
    (NoRoom, 507, "The server's disk is full"),
    (OverQuota, 413, "Your files take all your room"),
    (TooLarge, 413, "This is too large"),
    (TooMany, 429, "That was too often"),
    (TooSlow, 408, "This took too long"),
    (Forbidden, 403, "This came from another site"),
    (Refused, 422, "This cannot be done"),
)
ANOTHER_FILE = ErrorPage(412, "This is another file by now", Message("request.another_file"))
NO_SUCH_PART = ErrorPage(416, "The file has no such part", Message("request.no_such_part"))
STATUS_ONLY = {400: UNREADABLE, 404: NOT_FOUND, 405: METHOD, 412: ANOTHER_FILE, 416: NO_SUCH_PART}

SESSION_ENDED = "You have been away for long, or were signed out. Sign in to go on."
NOTHING_SAVED = "You have been away for long, or were signed out, and nothing was saved. Sign in to go on."


async def on_not_found(request: Request[Any], error: Exception) -> Response:
    """404."""
    return await _answer(request, NOT_FOUND)


async def on_http_exception(request: Request[Any], error: Exception) -> Response:
    """What Starlette itself refuses: unknown addresses, methods, bodies."""
    status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (500, None)
    other = ErrorPage(status, "This did not work", Message("request.did_not_work"))
    response = await _answer(request, STATUS_ONLY.get(status, other))
    response.headers.update(headers or {})
    return response


async def on_refused(request: Request[Any], error: Exception) -> Response:
    """507, 413, 429, 408, 403 or 422, with the sentence for the user."""
    if not isinstance(error, Refused):
        raise error
    status, title = next((status, title) for kind, status, title in REFUSALS if isinstance(error, kind))
    response = await _answer(request, ErrorPage(status, title, error.message))
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    if isinstance(error, TooSlow | LeftUnread):
        response.headers["Connection"] = "close"  # what is still to come of the body is not waited for
    return response


async def on_full(request: Request[Any], error: Exception) -> Response:
    """507: not even the reserve is left, and the database could not store what was asked for."""
    log.error("The disk is full at %s %s", request.method, request.url.path)
    return await on_refused(request, no_room())


async def on_sign_in_needed(request: Request[Any], error: Exception) -> Response:
    """To the sign-in page, and from there back here; after a form was sent, to the page it was on."""
    if wants_json(request):
        return problem_for_script(request.scope, 401, Message("request.sign_in"), title="Nobody is signed in")
    reading = request.method in SAFE_METHODS
    back = _address(request.url) if reading else _page_before(request)
    notice = None
    if SESSION_COOKIE in request.cookies:
        notice = SESSION_ENDED if reading else NOTHING_SAVED
    response = redirect(request, "sign_in", notice=notice, tone="plain")
    if back and back != "/":
        response.headers["location"] += f"?next={quote(back)}"
    return response


async def on_disconnect(request: Request[Any], error: Exception) -> Response:
    """The browser went away in the middle of its request: nobody reads this."""
    return Response(status_code=400)


async def on_files_away(request: Request[Any], error: Exception) -> Response:
    """503: the store of files may do it another time. What is said of the database: see not_now.py."""
    log.warning("Not now: %s %s", request.method, request.url.path, exc_info=error)
    page = ErrorPage(503, "This cannot be done now", Message("request.files_away"))
    response = await _answer(request, page)
    response.headers["Retry-After"] = str(AGAIN_SECONDS)
    return response


async def on_fault(request: Request[Any], error: Exception) -> Response:
    """500. The traceback goes to the log, under the reference that the page shows."""
    reference = secrets.token_hex(4)
    log.error("Fault %s at %s %s", reference, request.method, request.url.path, exc_info=error)
    message = Message("request.our_fault", {"reference": reference})
    return await _answer(request, ErrorPage(500, "Something broke on our side", message))


async def _answer(request: Request[Any], error_page: ErrorPage) -> Response:
    app: App = request.state["app"]
    if wants_json(request):
        return problem_for_script(
            request.scope, error_page.status_code, error_page.message, title=error_page.title
        )
    signed_in = request.scope["state"].get("user") is not None
    home = app.url_for("import_templates.index" if signed_in else "sign_in")
    back = None if request.method in SAFE_METHODS else _page_before(request)
    return await page(
        request,
        "errors/show.html",
        http_status=error_page.status_code,
        status_code=error_page.status_code,
        title=error_page.title,
        message=say(error_page.message),
        back_url=back,
        home_url=home,
        home_label="Go to your templates" if signed_in else "Sign in",
    )


async def on_no_route(scope: Scope, receive: Receive, send: Send) -> None:
    """404, also for a socket, which is not opened."""
    if scope["type"] == "http":
        raise HTTPException(404)
    response = problem_for_script(scope, NOT_FOUND.status_code, NOT_FOUND.message, title=NOT_FOUND.title)
    await response(scope, receive, send)


def refuse_arrival(scope: Scope, status: int, message: Message) -> Response:
    """What is refused before anybody looks at it is told in a sentence: a page is work."""
    if wants_json(HTTPConnection(scope)):
        return problem_for_script(scope, status, message)
    return PlainTextResponse(say(message), status_code=status)


def _page_before(request: Request[Any]) -> str | None:
    """The address of our page that a form was on, as its browser says."""
    before = URL(request.headers.get("referer", ""))
    return _address(before) if before.netloc == request.headers.get("host") else None


def _address(url: URL) -> str:
    """A page's address within this host."""
    return url.path + (f"?{url.query}" if url.query else "")


HANDLERS = {
    NotFound: on_not_found,
    Refused: on_refused,
    Full: on_full,
    FilesAway: on_files_away,
    SignInNeeded: on_sign_in_needed,
    ClientDisconnect: on_disconnect,
    HTTPException: on_http_exception,
    Exception: on_fault,
}
