"""The token that a request comes with, so that a program can see what it may do."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xlsapp.models import TokenScope
from xlsapp.web.api.access import token_of
from xlsapp.web.api.representations import Token
from xlsapp.web.http.access import require_user


async def show(request: Request[Any]) -> Response:
    """Its name, its scopes, how long it lasts, and whose it is."""
    token = token_of(request)
    shown: Token = {
        "name": token.name,
        "scopes": [scope.value for scope in TokenScope if scope in token.scopes],
        "expires_at": token.expires_at,
        "email": require_user(request).email,
    }
    return JSONResponse(shown)
