"""How the server is, who has an account, and who may make one: for the account that looks after it.

Nobody else knows of these pages.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xlsapp import __version__
from xlsapp.config import SIGN_UPS
from xlsapp.context import App
from xlsapp.errors import Refused
from xlsapp.jobs.account_removal import AccountRemoval
from xlsapp.jobs.overview import overview
from xlsapp.messages.saying import say
from xlsapp.models import User
from xlsapp.problems import Message
from xlsapp.repositories import import_templates, users
from xlsapp.services.accounts.looking_after import LookingAfter
from xlsapp.web.http.access import require_user
from xlsapp.web.http.auditing import note
from xlsapp.web.http.forms import Form
from xlsapp.web.http.loading import require_administrator
from xlsapp.web.http.responses import page, redirect


async def show(request: Request[Any]) -> Response:
    """The disk, the jobs, the accounts and the last backup."""
    app: App = request.state["app"]
    await require_administrator(request)
    return await page(
        request,
        "administration/show.html",
        server=await overview(app),
        version=__version__,
        sign_up=await app.accounts.sign_up_mode(),
        sign_ups=SIGN_UPS,
        passwords=app.settings.auth.passwords,
    )


async def set_sign_up(request: Request[Any]) -> Response:
    """Say who may make an account."""
    app: App = request.state["app"]
    await require_administrator(request)
    mode = (await Form.read(request, "mode")).values["mode"]
    await LookingAfter(app.accounts).set_sign_up(mode)
    note(request, Message("audit.sign_up_changed", {"mode": mode}))
    return redirect(request, "administration", notice="Who may make an account is changed.")


async def account(request: Request[Any]) -> Response:
    """One account: whether it is open, what it has, and what can be done with it."""
    return await _account_page(request, await _load(request), Form({"heir": ""}))


async def disable(request: Request[Any]) -> Response:
    """Let nobody in with an account for now."""
    app: App = request.state["app"]
    found = await _load(request)
    ended = await LookingAfter(app.accounts).disable(found, by=require_user(request))
    app.hub.close_sessions(*ended)
    note(request, Message("audit.account_disabled"), whom=found)
    return _back(request, found, f"{found.email} can not come in any more.")


async def enable(request: Request[Any]) -> Response:
    """Let its owner in again."""
    app: App = request.state["app"]
    found = await _load(request)
    await LookingAfter(app.accounts).enable(found)
    note(request, Message("audit.account_enabled"), whom=found)
    return _back(request, found, f"{found.email} can come in again.")


async def end_sessions(request: Request[Any]) -> Response:
    """Sign somebody out everywhere."""
    app: App = request.state["app"]
    found = await _load(request)
    app.hub.close_sessions(*await app.sessions.end_all(found.id))
    note(request, Message("audit.sessions_ended"), whom=found)
    return _back(request, found, f"{found.email} is signed out everywhere.")


async def reset_second_factor(request: Request[Any]) -> Response:
    """Ask somebody who has lost phone and codes for nothing but the password."""
    app: App = request.state["app"]
    found = await _load(request)
    if await app.second_factors.forget(found.id):
        note(request, Message("audit.second_factor_off"), whom=found)
    return _back(request, found, f"{found.email} signs in with the password alone.")


async def make_password_link(request: Request[Any]) -> Response:
    """A link by which somebody gives an account a new password. It is shown this once."""
    app: App = request.state["app"]
    found = await _load(request)
    token = await LookingAfter(app.accounts).password_link(found)
    note(request, Message("audit.password_link_made"), whom=found)
    link = f"{request.url.scheme}://{request.url.netloc}{app.url_for('new_password', token=token)}"
    return await page(request, "administration/password_link.html", account=found, link=link)


async def remove(request: Request[Any]) -> Response:
    """Remove an account; its templates go to somebody else, or with it."""
    app: App = request.state["app"]
    found = await _load(request)
    form = await Form.read(request, "heir", "sure")
    handed = 0
    try:
        if found.id == require_user(request).id:
            raise Refused(Message("account.own"))
        if form.values["heir"] != "nobody":
            heir = await _heir(app, form.values["heir"])
            handed = await LookingAfter(app.accounts).hand_over(found, heir)
    except Refused as refused:
        form.errors[refused.field] = say(refused.message)
        return await _account_page(request, found, form, http_status=422)
    sessions = [session.id for session in await app.sessions.list_for(found.id)]
    await AccountRemoval(app.accounts, app.statuses, app.files).remove(found)
    app.hub.close_sessions(*sessions)
    note(request, Message("audit.account_removed", {"templates": handed}), whom=found)
    return redirect(request, "administration", notice=f"{found.email} is removed.")


async def _heir(app: App, text: str) -> User:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Refused(Message("account.no_heir"), field="heir")
    return await LookingAfter(app.accounts).find(int(text))


async def _load(request: Request[Any]) -> User:
    """The account in the address. Raises NotFound, also for all but the administrator."""
    app: App = request.state["app"]
    await require_administrator(request)
    return await LookingAfter(app.accounts).find(request.path_params["user_id"])


def _back(request: Request[Any], found: User, notice: str) -> Response:
    return redirect(request, "administration.account", notice=notice, user_id=found.id)


async def _account_page(
    request: Request[Any], found: User, form: Form, *, http_status: int = 200
) -> Response:
    app: App = request.state["app"]
    async with app.db.read() as conn:
        templates = await import_templates.list_for(conn, found.id)
        others = [user for user in await users.list_all(conn) if user.id != found.id]
    return await page(
        request,
        "administration/account.html",
        http_status=http_status,
        account=found,
        form=form,
        is_own=found.id == require_user(request).id,
        templates=templates,
        heirs=[
            ("", "Choose …"),
            *((str(user.id), user.email) for user in others),
            ("nobody", "Nobody: delete them"),
        ],
        sessions=await app.sessions.list_for(found.id),
        second_factor=await app.second_factors.get(found.id),
        has_password=await app.accounts.has_password(found),
    )
