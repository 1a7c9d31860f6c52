"""One's access tokens: see them, make one, which is shown this once, and revoke one."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xlsapp.context import App
from xlsapp.errors import Refused
from xlsapp.messages.saying import say
from xlsapp.models import AccessToken, TokenScope
from xlsapp.problems import Message
from xlsapp.web.http.access import require_user, watcher_name
from xlsapp.web.http.auditing import note
from xlsapp.web.http.forms import Form
from xlsapp.web.http.responses import page, redirect

# How long a token lasts, in days, as a form says it; the empty one is for ever.
LIFETIMES = (("30", "30 days"), ("90", "90 days"), ("365", "a year"), ("", "until I revoke it"))
FIELDS = ("name", "days", *(f"scope_{scope}" for scope in TokenScope))


async def index(request: Request[Any]) -> Response:
    """All of one's tokens, and the form for a new one."""
    blank = {**dict.fromkeys(FIELDS, ""), "days": "90", "scope_read": "on"}
    return await _tokens_page(request, Form(blank))


async def create(request: Request[Any]) -> Response:
    """Make a token and show its secret, which no later page can."""
    app: App = request.state["app"]
    user = require_user(request)
    form = await Form.read(request, *FIELDS)
    try:
        if form.values["days"] not in dict(LIFETIMES):
            raise Refused("Choose how long the token lasts.", field="days")
        token, secret = await app.access_tokens.add(
            user,
            name=form.values["name"],
            scopes=frozenset(scope for scope in TokenScope if form.values[f"scope_{scope}"]),
            days=int(form.values["days"]) if form.values["days"] else None,
        )
    except Refused as refused:
        form.errors[refused.field] = say(refused.message)
        return await _tokens_page(request, form, http_status=422)
    note(request, Message("audit.token_made", {"token": token.name}))
    return await page(request, "accounts/tokens_created.html", http_status=201, token=token, secret=secret)


async def revoke(request: Request[Any]) -> Response:
    """End a token, and what is being answered to it."""
    app: App = request.state["app"]
    user = require_user(request)
    token_id = request.path_params["token_id"]
    revoked = await app.access_tokens.revoke(user.id, token_id)
    note(request, Message("audit.token_revoked", {"token": revoked.name}))
    app.hub.close_sessions(watcher_name(token_id))
    return redirect(request, "tokens.index", notice="The token is revoked. It opens nothing any more.")


async def _tokens_page(request: Request[Any], form: Form, *, http_status: int = 200) -> Response:
    app: App = request.state["app"]
    user = require_user(request)
    tokens = [_shown(token, used_at) for token, used_at in await app.access_tokens.list_for(user.id)]
    return await page(
        request,
        "accounts/tokens.html",
        http_status=http_status,
        form=form,
        tokens=tokens,
        scopes=list(TokenScope),
        lifetimes=LIFETIMES,
    )


def _shown(token: AccessToken, used_at: str | None) -> dict[str, Any]:
    return {"token": token, "scopes": [s for s in TokenScope if s in token.scopes], "used_at": used_at}
