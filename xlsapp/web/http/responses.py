"""What handlers answer with: pages, redirects, and a notice on the page after a redirect."""

import asyncio
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer
from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from xlsapp.clock import utc_now
from xlsapp.context import App
from xlsapp.problems import Message
from xlsapp.web.http.forms import Form, TemplateForm
from xlsapp.web.http.problem_details import problem_for_script

NOTICE_COOKIE = "xlsapp_notice"

NOBODY = 0
"""Who all are that are not signed in, where turns go round by account."""


async def page(request: Request[Any], name: str, /, *, http_status: int = 200, **context: Any) -> Response:
    """A whole page: the HTML template `name`, with `context` and what every page gets.

    Whoever asked for JSON gets a problem detail instead of a form that comes back with its errors.
    """
    if http_status >= 400 and wants_json(request):
        return _not_done(request, http_status, context.get("form"))
    app: App = request.state["app"]
    user = request.scope["state"].get("user")
    notices = _notices(request)
    everywhere = {
        "user": user,
        "path": request.url.path,
        "now": utc_now(),
        "notices": notices,
        "is_administrator": user is not None and await app.accounts.is_administrator(user),
        "running_jobs": await app.statuses.count_unfinished(user.id) if user else 0,
    }
    account_id = user.id if user else NOBODY
    async with app.rendering.turn(account_id):
        # In a thread: the form of a template with 500 columns takes a tenth of a second.
        html = await asyncio.to_thread(app.renderer.render, name, {**everywhere, **context})
    response = HTMLResponse(html, status_code=http_status)
    if notices:
        response.delete_cookie(NOTICE_COOKIE, path=app.settings.server.path_prefix or "/")
    return response


def _not_done(request: Request[Any], status: int, form: Form | TemplateForm | None) -> Response:
    """What a form's page says, for a script: each field that will not do."""
    if form is None:
        return problem_for_script(request.scope, status, Message("request.asks_again"))
    fields = form.all_errors()
    errors = [{"detail": sentence, "parameter": name} for name, sentence in fields.items()]
    return problem_for_script(
        request.scope, status, Message("request.form", {"fields": fields}), errors=errors
    )


def redirect(
    request: Request[Any],
    name: str,
    *,
    notice: str | None = None,
    tone: str = "good",
    undo: str | None = None,
    **params: Any,
) -> RedirectResponse:
    """Go to another page, mostly after a POST, where `notice` is shown once: good, bad or plain in tone.

    `undo` is an address to which it offers to go to take back what it says.
    """
    app: App = request.state["app"]
    # A script that sends a form itself asks for 201, and goes there: after 303 it would get the page too.
    status_code = 201 if request.headers.get("x-redirect") == "no" else 303
    response = RedirectResponse(app.url_for(name, **params), status_code=status_code)
    if notice:
        response.set_cookie(
            NOTICE_COOKIE,
            _serializer(app).dumps([tone, notice, undo]),
            max_age=60,
            path=app.settings.server.path_prefix or "/",
            httponly=True,
            samesite="lax",
            secure=is_secure(request),
        )
    return response


def redirect_elsewhere(request: Request[Any], url: str) -> RedirectResponse:
    """Send the browser to another host. Its address must be ours to say; other redirects stay here."""
    request.state["elsewhere"] = url
    return RedirectResponse(url, status_code=303)


def is_secure(request: Request[Any]) -> bool:
    """Whether the browser came over https."""
    return request.url.scheme == "https"


def wants_json(request: HTTPConnection[Any]) -> bool:
    """Whether the client asked for JSON rather than a page."""
    accept = request.headers.get("accept", "")
    return "application/json" in accept and "text/html" not in accept


def _notices(request: Request[Any]) -> list[dict[str, str | None]]:
    cookie = request.cookies.get(NOTICE_COOKIE)
    if not cookie:
        return []
    try:
        tone, text, *undo = _serializer(request.state["app"]).loads(cookie)
    except (BadSignature, ValueError):
        return []
    return [{"tone": tone, "text": text, "undo": next(iter(undo), None)}]


def _serializer(app: App) -> URLSafeSerializer:
    return URLSafeSerializer(app.secret, salt="notice")
