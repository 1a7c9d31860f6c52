"""Which program asks, in whose name, and whether its token is for that."""

from typing import Any

from starlette.requests import Request

from xlsapp.context import App
from xlsapp.models import AccessToken, TokenScope
from xlsapp.problems import Message
from xlsapp.repositories.history.changes import Actor
from xlsapp.services.records.journal import Why
from xlsapp.web.api.failures import ApiFailure
from xlsapp.web.http.access import require_user

REALM = 'Bearer realm="xlsapp"'

# Our own have 50 characters.
MAX_TOKEN_LENGTH = 200


async def authorise(request: Request[Any], scopes: frozenset[TokenScope]) -> None:
    """Put the token and its owner into the request's state. Raises ApiFailure, or TooMany.

    One of the scopes is enough. Cookies are not looked at: a page of another site cannot ask with them.
    """
    app: App = request.state["app"]
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise ApiFailure(401, Message("token.none_sent"), headers={"WWW-Authenticate": REALM})
    found = await app.access_tokens.authenticate(secret.strip()) if len(secret) <= MAX_TOKEN_LENGTH else None
    if found is None:
        challenge = f'{REALM}, error="invalid_token"'
        raise ApiFailure(401, Message("token.opens_nothing"), headers={"WWW-Authenticate": challenge})
    request.state["user"], request.state["token"] = found
    if not scopes & found[1].scopes:
        needed = [scope.value for scope in TokenScope if scope in scopes]
        challenge = f'{REALM}, error="insufficient_scope", scope="{" ".join(needed)}"'
        message = Message("token.lacks_scope", {"scopes": needed})
        raise ApiFailure(403, message, headers={"WWW-Authenticate": challenge})


def why_of(request: Request[Any]) -> Why:
    """How a change that is asked for comes about: who, with which token."""
    return Why(Actor(require_user(request).id, token_of(request).name))


def token_of(request: Request[Any]) -> AccessToken:
    """The token that the request came with."""
    token: AccessToken = request.state["token"]
    return token
