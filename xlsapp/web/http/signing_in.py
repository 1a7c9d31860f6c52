"""What every way of signing in ends with."""

from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from xlsapp.context import App
from xlsapp.errors import Refused, TooMany
from xlsapp.models import User
from xlsapp.problems import Message
from xlsapp.web.http.access import remember_browser, set_session_cookie
from xlsapp.web.http.auditing import note
from xlsapp.web.http.responses import is_secure


def local_path(target: str) -> str | None:
    """Where to go after signing in, if it is a page of ours: never another host."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    return target if target.isprintable() else None


async def signed_in(request: Request[Any], user: User, response: RedirectResponse, *, by: str) -> Response:
    """Sign somebody in: always with a new session, so that an old id is worth nothing.

    `by` is for the audit log. Raises Refused for an account that is disabled.
    """
    app: App = request.state["app"]
    if user.disabled_at:
        raise Refused(Message("account.disabled"))
    note(request, Message("audit.signed_in", {"by": by}), user=user)
    before = request.state["session"]
    if before:
        await app.sessions.end(before.user_id, before.id)
    token = await app.sessions.start(user.id, user_agent=request.headers.get("user-agent", ""))
    set_session_cookie(response, app, token, secure=is_secure(request))
    remember_browser(request, response, user.id, secure=is_secure(request))
    return response


def status_of(refused: Refused) -> int:
    """What a refused sign-in is answered with."""
    return 429 if isinstance(refused, TooMany) else 422


def with_wait(refused: Refused, response: Response) -> Response:
    """The same answer, with how long to wait where that is what helps."""
    if isinstance(refused, TooMany):
        response.headers["Retry-After"] = str(refused.retry_after_seconds)
    return response
