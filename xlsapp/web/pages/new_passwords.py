"""The page that an administrator's link leads to: a new password, once."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xlsapp.context import App
from xlsapp.errors import Refused
from xlsapp.messages.saying import say
from xlsapp.models import User
from xlsapp.problems import Message
from xlsapp.services.accounts.looking_after import LookingAfter
from xlsapp.web.http.auditing import note
from xlsapp.web.http.forms import Form
from xlsapp.web.http.responses import page, redirect


async def new(request: Request[Any]) -> Response:
    """Where the password is typed. Opening it uses nothing up, as programs that preview links do, too."""
    return await _page(request, await _owner(request), Form({"password": ""}))


async def create(request: Request[Any]) -> Response:
    """Give the account its new password."""
    app: App = request.state["app"]
    owner = await _owner(request)
    form = await Form.read(request, "password")
    try:
        _, ended = await LookingAfter(app.accounts).set_password(
            request.path_params["token"], form.values["password"]
        )
    except Refused as refused:
        form.errors["password"] = say(refused.message)
        return await _page(request, owner, form, http_status=422)
    app.hub.close_sessions(*ended)
    note(request, Message("audit.password_changed"), user=owner, whom=owner)
    return redirect(request, "sign_in", notice="Your password is changed. Sign in with it.")


async def _owner(request: Request[Any]) -> User:
    app: App = request.state["app"]
    return await LookingAfter(app.accounts).of_password_link(request.path_params["token"])


async def _page(request: Request[Any], owner: User, form: Form, *, http_status: int = 200) -> Response:
    app: App = request.state["app"]
    return await page(
        request,
        "accounts/new_password.html",
        http_status=http_status,
        owner=owner,
        form=form,
        token=request.path_params["token"],
        min_password_length=app.settings.auth.min_password_length,
    )
