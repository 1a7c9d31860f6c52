"""Who is signed in; that changes and sockets are asked for by our own pages; the security headers."""

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from itsdangerous import BadSignature, Signer
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection, Request, cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Event

from xlsapp.context import App
from xlsapp.errors import Forbidden, NotFound, XlsappError
from xlsapp.models import User
from xlsapp.problems import Message
from xlsapp.repositories import users
from xlsapp.services.accounts.sessions import Session

SESSION_COOKIE = "xlsapp_session"
KNOWN_COOKIE = "xlsapp_known"
KNOWN_SECONDS = 365 * 86400
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


class SignInNeeded(XlsappError):
    """The page is for people who are signed in: they are sent to the sign-in page, and back."""


@dataclass(frozen=True, slots=True)
class SecurityHeaders:
    """Middleware: the same strict headers on every answer."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""

        async def send_with_headers(message: Event) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                # What is shown to one user is kept by no cache; static files say otherwise themselves.
                headers.setdefault("Cache-Control", "no-store")
                location = headers.get("Location")
                if location and location != scope.get("state", {}).get("elsewhere"):
                    headers["Location"] = within_this_host(location)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


def within_this_host(location: str) -> str:
    """A redirect's address without the host: Starlette repeats there what the request calls it."""
    parts = urlsplit(location)
    return urlunsplit(("", "", "/" + parts.path.lstrip("/"), parts.query, parts.fragment))


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Middleware: puts `user` and `session` (or None) into the state of each request and socket."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        if scope["type"] in ("http", "websocket"):
            app: App = scope["state"]["app"]
            scope["state"]["user"], scope["state"]["session"] = await _who(app, Headers(scope=scope))
        await self.app(scope, receive, send)


async def _who(app: App, headers: Headers) -> tuple[User | None, Session | None]:
    cookie = cookie_parser(headers.get("cookie", "")).get(SESSION_COOKIE, "")
    if not cookie:
        return None, None
    try:
        token = _signer(app, "session").unsign(cookie).decode()
    except (BadSignature, UnicodeDecodeError):
        return None, None
    session = await app.sessions.get(token)
    if session is None:
        return None, None
    try:
        async with app.db.read() as conn:
            user = await users.find(conn, session.user_id)
    except NotFound:
        return None, None
    return (None, None) if user.disabled_at else (user, session)


def watcher_name(token_id: int) -> str:
    """What the hub knows a token's held answers by."""
    return f"token {token_id}"


def require_user(connection: HTTPConnection[Any]) -> User:
    """Who is signed in. Raises SignInNeeded."""
    user: User | None = connection.state["user"]
    if user is None:
        raise SignInNeeded
    return user


def require_session(connection: HTTPConnection[Any]) -> Session:
    """The session of who is signed in. Raises SignInNeeded."""
    session: Session | None = connection.state["session"]
    if session is None:
        raise SignInNeeded
    return session


def check_same_site(scope: MutableMapping[str, Any]) -> None:
    """Raise Forbidden for a state-changing request, or a socket, that another site's page has started."""
    if scope["type"] == "http" and scope["method"] in SAFE_METHODS:
        return
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if origin is not None:
        # The scheme is not compared: behind a proxy that ends https, ours may be http.
        if origin in (f"http://{headers.get('host')}", f"https://{headers.get('host')}"):
            return
    elif headers.get("sec-fetch-site") in ("same-origin", "none"):
        return
    raise Forbidden(Message("request.other_site"))


@dataclass(frozen=True, slots=True)
class SameSite:
    """Middleware: answers with `refuse` what `check_same_site` refuses, before the body is read."""

    app: ASGIApp
    refuse: Callable[[Request[Any], Exception], Awaitable[Response]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""
        try:
            if scope["type"] == "http":
                check_same_site(scope)
        except Forbidden as error:
            response = await self.refuse(Request(scope, receive), error)
            await response(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def known_browser(request: Request[Any]) -> tuple[int, str] | None:
    """Who has signed in with this browser last, and the browser's own name: see Accounts.authenticate."""
    try:
        value = _signer(request.state["app"], "known").unsign(request.cookies.get(KNOWN_COOKIE, "")).decode()
    except (BadSignature, UnicodeDecodeError):
        return None
    user_id, _, name = value.partition(".")
    return int(user_id), name


def remember_browser(request: Request[Any], response: Response, user_id: int, *, secure: bool) -> None:
    """Know this browser again, also when it has been signed out."""
    app: App = request.state["app"]
    known = known_browser(request)
    name = known[1] if known and known[0] == user_id else secrets.token_hex(8)
    response.set_cookie(
        KNOWN_COOKIE,
        _signer(app, "known").sign(f"{user_id}.{name}").decode(),
        max_age=KNOWN_SECONDS,
        path=app.url_for("sign_in"),
        httponly=True,
        samesite="lax",
        secure=secure,
    )


def set_session_cookie(response: Response, app: App, token: str, *, secure: bool) -> None:
    """Let the browser keep a session's token: not readable by scripts, not sent by other sites' forms."""
    response.set_cookie(
        SESSION_COOKIE,
        sign_token(app, token),
        max_age=app.settings.auth.session_days * 86400,
        path=app.settings.server.path_prefix or "/",
        httponly=True,
        samesite="lax",
        secure=secure,
    )


def sign_token(app: App, token: str) -> str:
    """A session's token as its cookie holds it."""
    return _signer(app, "session").sign(token).decode()


def delete_session_cookie(response: Response, app: App) -> None:
    """Let the browser forget it."""
    response.delete_cookie(SESSION_COOKIE, path=app.settings.server.path_prefix or "/")


def set_cookie_of_sign_in(response: Response, app: App, name: str, token: str, *, secure: bool) -> None:
    """Let the browser keep something until it is closed, for the pages of signing in alone."""
    # Lax, as a provider of single sign-on sends the browser back from another site.
    response.set_cookie(
        name, token, path=app.url_for("sign_in"), httponly=True, samesite="lax", secure=secure
    )


def delete_cookie_of_sign_in(response: Response, app: App, name: str) -> None:
    """Let the browser forget it."""
    response.delete_cookie(name, path=app.url_for("sign_in"))


def _signer(app: App, purpose: str) -> Signer:
    return Signer(app.secret, salt=purpose)
