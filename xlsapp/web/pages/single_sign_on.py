"""Signing in through a provider of OpenID Connect, and linking an account that had a password before."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from xlsapp.context import App
from xlsapp.errors import NotFound, Refused
from xlsapp.messages.saying import say
from xlsapp.models import User
from xlsapp.problems import Message
from xlsapp.services.accounts.single_sign_on import CameBack, Linking
from xlsapp.web.http.access import delete_cookie_of_sign_in, known_browser, set_cookie_of_sign_in
from xlsapp.web.http.auditing import address_of, note
from xlsapp.web.http.forms import Form
from xlsapp.web.http.responses import is_secure, page, redirect, redirect_elsewhere
from xlsapp.web.http.signing_in import local_path, signed_in, status_of, with_wait
from xlsapp.web.pages import accounts

STATE_COOKIE, LINK_COOKIE = "xlsapp_sign_on", "xlsapp_link"
TOO_LONG = "Signing in took too long, or was begun in another browser. Begin again."


async def start(request: Request[Any]) -> Response:
    """Send the browser to the provider. A link and no form: forms of ours lead nowhere else."""
    app = _app(request)
    try:
        url, state = await app.single_sign_on.start(
            _callback_url(request), following=request.query_params.get("next", "")
        )
    except Refused as refused:
        return await _not_signed_in(request, refused, http_status=503)
    response = redirect_elsewhere(request, url)
    set_cookie_of_sign_in(response, app, STATE_COOKIE, state, secure=is_secure(request))
    return response


async def come_back(request: Request[Any]) -> Response:
    """Whom the provider has named: signed in, or asked to link an account."""
    app = _app(request)
    state, code = request.query_params.get("state", ""), request.query_params.get("code", "")
    # Another browser's answer would sign this one in as somebody else.
    if not state or state != request.cookies.get(STATE_COOKIE):
        return redirect(request, "sign_in", notice=TOO_LONG)
    if not code:
        return redirect(
            request, "sign_in", notice="You were not signed in. Try again, or ask who runs the sign-on."
        )
    try:
        back = await app.single_sign_on.come_back(code, state)
        response = await _answer(request, back) if back else None
    except Refused as refused:
        note(request, Message("audit.sign_in_failed", {"by": app.settings.sign_on.name}))
        return await _not_signed_in(request, refused, http_status=422)
    if response is None:
        return redirect(request, "sign_in", notice=TOO_LONG)
    delete_cookie_of_sign_in(response, app, STATE_COOKIE)
    return response


async def _answer(request: Request[Any], back: CameBack) -> Response:
    if back.user is not None:
        if back.is_new:
            note(request, Message("audit.account_made"), whom=back.user)
        return await _to(request, back.user, back.next)
    response = redirect(request, "sign_in.link")
    set_cookie_of_sign_in(response, _app(request), LINK_COOKIE, back.link, secure=is_secure(request))
    return response


async def new_link(request: Request[Any]) -> Response:
    """Where the password of an account is asked for, once, before it is linked."""
    linking = await _linking(request)
    if linking is None:
        return redirect(request, "sign_in", notice=TOO_LONG)
    return await _link_page(request, Form({"email": linking.user.email, "password": "", "code": ""}))


async def create_link(request: Request[Any]) -> Response:
    """Link the account if its password is right, and sign in; from now on the provider's word is enough."""
    app = _app(request)
    linking = await _linking(request)
    if linking is None:
        return redirect(request, "sign_in", notice=TOO_LONG)
    form = await Form.read(request, "password", "code")
    form.values["email"] = linking.user.email
    try:
        user = await app.accounts.authenticate(
            linking.user.email,
            form.values["password"],
            address=address_of(request),
            known_browser=known_browser(request),
        )
        if user is None:
            raise Refused(Message("account.wrong_password"), field="password")
        await app.second_factors.require(user.id, form.values["code"])
        await app.single_sign_on.link(linking)
        note(request, Message("audit.account_linked", {"by": app.settings.sign_on.name}), user=user)
        response = await _to(request, user, linking.next)
    except Refused as refused:
        form.errors[refused.field] = say(refused.message)
        return with_wait(refused, await _link_page(request, form, http_status=status_of(refused)))
    delete_cookie_of_sign_in(response, app, LINK_COOKIE)
    return response


async def _linking(request: Request[Any]) -> Linking | None:
    return await _app(request).single_sign_on.linking(request.cookies.get(LINK_COOKIE, ""))


async def _to(request: Request[Any], user: User, following: str) -> Response:
    target = local_path(following) or _app(request).url_for("import_templates.index")
    by = _app(request).settings.sign_on.name
    return await signed_in(request, user, RedirectResponse(target, status_code=303), by=by)


def _app(request: Request[Any]) -> App:
    """Raises NotFound where there is no single sign-on."""
    app: App = request.state["app"]
    if not app.single_sign_on.is_on:
        raise NotFound("single sign-on")
    return app


def _callback_url(request: Request[Any]) -> str:
    """Where the provider sends the browser back to. It knows our addresses, so a forged Host ends there."""
    return f"{request.url.scheme}://{request.url.netloc}{_app(request).url_for('sign_in.back')}"


async def _not_signed_in(request: Request[Any], refused: Refused, *, http_status: int) -> Response:
    return await accounts.sign_in_page(
        request, Form(errors={"": say(refused.message)}), http_status=http_status
    )


async def _link_page(request: Request[Any], form: Form, *, http_status: int = 200) -> Response:
    app = _app(request)
    linking = await _linking(request)
    return await page(
        request,
        "accounts/link.html",
        http_status=http_status,
        form=form,
        sign_on=app.settings.sign_on.name,
        asks_code=linking is not None and await app.second_factors.get(linking.user.id) is not None,
    )
