"""Signing up, in and out, and one's own account."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from xlsapp.context import App
from xlsapp.errors import Refused, TooMany
from xlsapp.jobs.quotas import most_bytes, remove_finished, used_bytes
from xlsapp.messages.saying import say
from xlsapp.problems import Message
from xlsapp.repositories import users
from xlsapp.web.http.access import delete_session_cookie, known_browser, require_session, require_user
from xlsapp.web.http.auditing import address_of, note
from xlsapp.web.http.forms import Form
from xlsapp.web.http.origins import host_name, is_loopback
from xlsapp.web.http.responses import page, redirect
from xlsapp.web.http.signing_in import local_path, signed_in, status_of, with_wait
from xlsapp.web.pages import second_factors

WRONG = "This address and password do not go together. Check both and try again."


async def new_account(request: Request[Any]) -> Response:
    """The sign-up page."""
    return await _sign_up_page(request, Form({"email": "", "password": "", "setup_code": ""}))


async def create_account(request: Request[Any]) -> Response:
    """Make an account and sign its owner in."""
    app: App = request.state["app"]
    form = await Form.read(request, "email", "password", "setup_code")
    try:
        user = await app.accounts.sign_up(
            form.values["email"],
            form.values["password"],
            address=address_of(request),
            setup_code=form.values["setup_code"] if _may_be_anybody(request) else None,
        )
    except Refused as refused:
        form.errors[refused.field] = say(refused.message)
        return with_wait(refused, await _sign_up_page(request, form, http_status=status_of(refused)))
    note(request, Message("audit.account_made"), whom=user)
    return await signed_in(request, user, redirect(request, "import_templates.index"), by="password")


async def new_session(request: Request[Any]) -> Response:
    """The sign-in page; the sign-up page while there is no account at all."""
    app: App = request.state["app"]
    async with app.db.read() as conn:
        if await users.count(conn) == 0 and not app.single_sign_on.is_on:
            return redirect(request, "sign_up")
    return await sign_in_page(request, Form({"email": "", "password": ""}))


async def create_session(request: Request[Any]) -> Response:
    """Sign in, or go on to where a code is asked for."""
    app: App = request.state["app"]
    form = await Form.read(request, "email", "password", "next")
    if not app.settings.auth.passwords:
        form.errors[""] = say(Message("account.no_passwords"))
        return await sign_in_page(request, form, http_status=403)
    try:
        user = await app.accounts.authenticate(
            form.values["email"],
            form.values["password"],
            address=address_of(request),
            known_browser=known_browser(request),
        )
    except TooMany as refused:
        form.errors[""] = say(refused.message)
        return with_wait(refused, await sign_in_page(request, form, http_status=status_of(refused)))
    if user is None:
        await _note_failure(request, form.values["email"])
        form.errors[""] = WRONG
        return await sign_in_page(request, form, http_status=422)
    if user.disabled_at:
        form.errors[""] = say(Message("account.disabled"))
        return await sign_in_page(request, form, http_status=403)
    if await app.second_factors.get(user.id):
        return await second_factors.ask(request, user, following=form.values["next"])
    target = local_path(form.values["next"]) or app.url_for("import_templates.index")
    return await signed_in(request, user, RedirectResponse(target, status_code=303), by="password")


async def delete_session(request: Request[Any]) -> Response:
    """Sign out: the session is ended at the server, and so are its sockets."""
    app: App = request.state["app"]
    session = request.state["session"]
    if session:
        await app.sessions.end(session.user_id, session.id)
        app.hub.close_sessions(session.id)
        note(request, Message("audit.signed_out"))
    response = redirect(request, "sign_in")
    delete_session_cookie(response, app)
    return response


async def show(request: Request[Any]) -> Response:
    """One's own account."""
    return await _account_page(request, Form({"current_password": "", "new_password": ""}))


async def update_password(request: Request[Any]) -> Response:
    """Change the password. Every other browser is signed out."""
    app: App = request.state["app"]
    user = require_user(request)
    form = await Form.read(request, "current_password", "new_password")
    try:
        ended = await app.accounts.change_password(
            user, form.values["current_password"], form.values["new_password"]
        )
    except Refused as refused:
        field = "current_password" if refused.field == "current_password" else "new_password"
        form.errors[field] = say(refused.message)
        return with_wait(refused, await _account_page(request, form, http_status=status_of(refused)))
    app.hub.close_sessions(*ended)
    note(request, Message("audit.password_changed"), whom=user)
    notice = "Your password is changed. Other browsers are signed out."
    return await signed_in(request, user, redirect(request, "account", notice=notice), by="password")


async def revoke_session(request: Request[Any]) -> Response:
    """Sign another browser out."""
    app: App = request.state["app"]
    user = require_user(request)
    session_id = request.path_params["session_id"]
    await app.sessions.end(user.id, session_id)
    app.hub.close_sessions(session_id)
    note(request, Message("audit.session_ended"))
    return redirect(request, "account", notice="That browser is signed out.")


async def remove_jobs(request: Request[Any]) -> Response:
    """Remove one's finished jobs with their files, before they expire."""
    app: App = request.state["app"]
    await remove_finished(app, require_user(request).id)
    return redirect(request, "account", notice="Your finished jobs and their files are removed.")


def _may_be_anybody(request: Request[Any]) -> bool:
    """Whether a visitor may be somebody else than who started the server.

    A name that is not this machine's own may be one that a foreign page has led here (DNS rebinding).
    """
    app: App = request.state["app"]
    return app.listens_beyond_loopback or not is_loopback(host_name(request))


async def _note_failure(request: Request[Any], email: str) -> None:
    # An address without an account is not written down: it may be a password in the wrong field.
    app: App = request.state["app"]
    async with app.db.read() as conn:
        found = await users.get_by_email(conn, email.strip().lower())
    note(request, Message("audit.sign_in_failed", {"by": "password"}), whom=found[0] if found else None)


async def _sign_up_page(request: Request[Any], form: Form, *, http_status: int = 200) -> Response:
    app: App = request.state["app"]
    async with app.db.read() as conn:
        first = await users.count(conn) == 0
    allowed = await app.accounts.may_sign_up()
    return await page(
        request,
        "accounts/sign_up.html",
        http_status=http_status,
        form=form,
        first=first,
        asks_code=first and _may_be_anybody(request),
        allowed=allowed,
        min_password_length=app.settings.auth.min_password_length,
    )


async def sign_in_page(request: Request[Any], form: Form, *, http_status: int = 200) -> Response:
    """The page with all ways to sign in."""
    app: App = request.state["app"]
    following = form.values.get("next") or request.query_params.get("next", "")
    return await page(
        request,
        "accounts/sign_in.html",
        http_status=http_status,
        form=form,
        next=following,
        signup_open=await app.accounts.may_sign_up(),
        passwords=app.settings.auth.passwords,
        sign_on=app.settings.sign_on.name if app.single_sign_on.is_on else None,
    )


async def _account_page(request: Request[Any], form: Form, *, http_status: int = 200) -> Response:
    app: App = request.state["app"]
    user, present = require_user(request), require_session(request)
    sessions = [
        {
            "id": session.id,
            "created_at": session.created_at,
            "last_seen_at": session.last_seen_at,
            "user_agent": session.user_agent,
            "current": session.id == present.id,
        }
        for session in await app.sessions.list_for(user.id)
    ]
    return await page(
        request,
        "accounts/show.html",
        http_status=http_status,
        form=form,
        sessions=sessions,
        has_password=await app.accounts.has_password(user),
        sign_on=app.settings.sign_on.name if await app.single_sign_on.is_linked(user) else None,
        second_factor=await app.second_factors.get(user.id),
        used_bytes=await used_bytes(app, user.id),
        most_bytes=most_bytes(app),
        status_hours=app.settings.jobs.status_hours,
        min_password_length=app.settings.auth.min_password_length,
    )
