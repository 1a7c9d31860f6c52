"""The second factor: turning it on and off, its recovery codes, and the code that signing in asks for."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from xlsapp.context import App
from xlsapp.errors import Refused, TooMany
from xlsapp.messages.saying import say
from xlsapp.models import User
from xlsapp.problems import Message
from xlsapp.services.accounts.second_factors import address_for_app
from xlsapp.web.http.access import delete_cookie_of_sign_in, require_user, set_cookie_of_sign_in
from xlsapp.web.http.auditing import note
from xlsapp.web.http.forms import Form
from xlsapp.web.http.origins import host_name
from xlsapp.web.http.responses import is_secure, page, redirect
from xlsapp.web.http.signing_in import local_path, signed_in, status_of, with_wait

NO_CODE = {"code": ""}
HALF_COOKIE = "xlsapp_code"


async def show(request: Request[Any]) -> Response:
    """Whether codes are asked for, and how to turn that on or off."""
    return await _page(request, Form(NO_CODE))


async def create(request: Request[Any]) -> Response:
    """Ask for codes from now on. The recovery codes are shown this once."""
    app: App = request.state["app"]
    return await _with_codes(request, app.second_factors.turn_on, Message("audit.second_factor_on"))


async def renew(request: Request[Any]) -> Response:
    """Other recovery codes, shown this once."""
    app: App = request.state["app"]
    renewed = Message("audit.recovery_codes_renewed")
    return await _with_codes(request, app.second_factors.renew_recovery_codes, renewed)


async def delete(request: Request[Any]) -> Response:
    """Ask for nothing but the password."""
    app: App = request.state["app"]
    form = await Form.read(request, "code")
    try:
        await app.second_factors.turn_off(require_user(request), form.values["code"])
    except Refused as refused:
        return await _refused(request, form, refused)
    note(request, Message("audit.second_factor_off"), whom=require_user(request))
    return redirect(request, "account", notice="You sign in with your password alone now.")


async def ask(request: Request[Any], user: User, *, following: str) -> Response:
    """Send somebody whose password was right to where the code is asked for."""
    app: App = request.state["app"]
    token = await app.second_factors.half_sign_in(user, following=following)
    response = redirect(request, "sign_in.code")
    set_cookie_of_sign_in(response, app, HALF_COOKIE, token, secure=is_secure(request))
    return response


async def new_code(request: Request[Any]) -> Response:
    """Where signing in asks for the code."""
    app: App = request.state["app"]
    if await app.second_factors.half_signed_in(request.cookies.get(HALF_COOKIE, "")) is None:
        return _begin_again(request)
    return await page(request, "accounts/code.html", form=Form(NO_CODE))


async def create_code(request: Request[Any]) -> Response:
    """Sign in, if the code is right."""
    app: App = request.state["app"]
    form = await Form.read(request, "code")
    try:
        half = await app.second_factors.finish(request.cookies.get(HALF_COOKIE, ""), form.values["code"])
    except Refused as refused:
        await _note_failure(request)
        form.errors[refused.field] = say(refused.message)
        answer = await page(request, "accounts/code.html", http_status=status_of(refused), form=form)
        return with_wait(refused, answer)
    if half is None:
        return _begin_again(request)
    target = local_path(half.next) or app.url_for("import_templates.index")
    response = await signed_in(request, half.user, RedirectResponse(target, status_code=303), by="code")
    delete_cookie_of_sign_in(response, app, HALF_COOKIE)
    return response


async def _note_failure(request: Request[Any]) -> None:
    app: App = request.state["app"]
    half = await app.second_factors.half_signed_in(request.cookies.get(HALF_COOKIE, ""))
    note(request, Message("audit.sign_in_failed", {"by": "code"}), whom=half.user if half else None)


def _begin_again(request: Request[Any]) -> Response:
    return redirect(request, "sign_in", notice="Signing in took too long. Begin again.")


async def _with_codes(
    request: Request[Any], change: Callable[[User, str], Awaitable[list[str]]], done: Message
) -> Response:
    form = await Form.read(request, "code")
    try:
        codes = await change(require_user(request), form.values["code"])
    except Refused as refused:
        return await _refused(request, form, refused)
    note(request, done)
    return await page(request, "accounts/recovery_codes.html", codes=codes)


async def _refused(request: Request[Any], form: Form, refused: Refused) -> Response:
    field = "" if isinstance(refused, TooMany) else refused.field
    form.errors[field] = say(refused.message)
    return with_wait(refused, await _page(request, form, http_status=status_of(refused)))


async def _page(request: Request[Any], form: Form, *, http_status: int = 200) -> Response:
    app: App = request.state["app"]
    user = require_user(request)
    factor = await app.second_factors.get(user.id)
    if factor is not None:
        return await page(
            request, "accounts/second_factor.html", http_status=http_status, form=form, factor=factor
        )
    secret = await app.second_factors.offered(user)
    return await page(
        request,
        "accounts/second_factor_offered.html",
        http_status=http_status,
        form=form,
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        picture=_picture(address_for_app(secret, user.email, server=f"xlsapp {host_name(request)}")),
    )


def _picture(address: str) -> str:
    """A QR code as the address of an image."""
    import segno  # not above: most servers never draw one

    # Dark on light in dark mode, too: many phones read nothing else.
    return segno.make(address, error="m").svg_data_uri(scale=4, border=4, dark="#000", light="#fff")
