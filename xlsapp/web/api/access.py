"""Which program asks, in whose name, and whether its token is for that."""

from typing import Any

from starlette.requests import Request

from xlsapp.context import App
from xlsapp.models import AccessToken, TokenScope
from xlsapp.web.api.failures import ApiFailure

REALM = 'Bearer realm="xlsapp"'

NONE_SENT = "Send an access token, as Authorization: Bearer …; make one on your account's page."
OPENS_NOTHING = "This token opens nothing: it was mistyped, revoked, or has expired. Make another one."

# Our own have 50 characters.
MAX_TOKEN_LENGTH = 200


async def authorise(request: Request[Any], scopes: frozenset[TokenScope]) -> None:
    """Put the token and its owner into the request's state. Raises ApiFailure, or TooMany.

    One of the scopes is enough. Cookies are not looked at: a page of another site cannot ask with them.
    """
    app: App = request.state["app"]
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise ApiFailure(401, NONE_SENT, headers={"WWW-Authenticate": REALM})
    found = await app.access_tokens.authenticate(secret.strip()) if len(secret) <= MAX_TOKEN_LENGTH else None
    if found is None:
        challenge = f'{REALM}, error="invalid_token"'
        raise ApiFailure(401, OPENS_NOTHING, headers={"WWW-Authenticate": challenge})
    request.state["user"], request.state["token"] = found
    if not scopes & found[1].scopes:
        needed = " or ".join(f"“{scope}”" for scope in TokenScope if scope in scopes)
        words = " ".join(scope for scope in TokenScope if scope in scopes)
        challenge = f'{REALM}, error="insufficient_scope", scope="{words}"'
        raise ApiFailure(
            403,
            f"This needs a token with the scope {needed}. This one has not got it.",
            headers={"WWW-Authenticate": challenge},
        )


def token_of(request: Request[Any]) -> AccessToken:
    """The token that the request came with."""
    token: AccessToken = request.state["token"]
    return token
