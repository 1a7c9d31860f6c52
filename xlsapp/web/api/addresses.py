"""Where the API's resources are."""

from typing import Any

from starlette.requests import Request


def address_of(request: Request[Any], name: str, **params: Any) -> str:
    """The path of an operation, as this request's program reaches it."""
    return f"{request.scope['root_path']}{request.app.url_path_for(name, **params)}"
