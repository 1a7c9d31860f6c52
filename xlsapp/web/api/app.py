"""The API as an app of its own beside the pages: routes from the table, failures as problem details."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from xlsapp.context import App
from xlsapp.web.api.access import authorise
from xlsapp.web.api.failures import HANDLERS
from xlsapp.web.api.openapi import document
from xlsapp.web.api.operation import FORM, Operation
from xlsapp.web.api.operations import OPERATIONS
from xlsapp.web.api.reading import MAX_JSON_BYTES
from xlsapp.web.http.body_limit import measured
from xlsapp.web.http.not_now import NotNow, not_now_problem


def api_app(*, max_upload_bytes: int) -> Starlette:
    """The app of all below /api. `max_upload_bytes` is what an upload with all around it may be.

    It looks at no cookie: who asks is known by a token, which a page of another site cannot send.
    """
    starlette = Starlette(
        routes=list(_routes(max_upload_bytes)),
        exception_handlers=HANDLERS,
        middleware=[Middleware(NotNow, answer=not_now_problem)],
    )
    # A program is told that an address is wrong, not sent elsewhere without its body.
    starlette.router.redirect_slashes = False
    return starlette


def _routes(max_upload_bytes: int) -> list[BaseRoute]:
    by_path: dict[str, dict[str, Operation]] = defaultdict(dict)
    for operation in OPERATIONS:
        by_path[operation.path][operation.method] = operation
    routes: list[BaseRoute] = [Route("/v1/openapi.json", _openapi, name="openapi")]
    for path, operations in by_path.items():
        endpoint = _endpoint(operations, max_upload_bytes)
        methods = list(operations)
        routes += [Route(path, endpoint, methods=methods, name=each.name) for each in operations.values()]
    return routes


def _endpoint(
    operations: Mapping[str, Operation], max_upload_bytes: int
) -> Callable[[Request[Any]], Awaitable[Response]]:
    """What answers at one path, by the request's method."""

    async def endpoint(request: Request[Any]) -> Response:
        operation = operations["GET" if request.method == "HEAD" else request.method]
        await authorise(request, frozenset(operation.scopes))
        most = max_upload_bytes if operation.body_kind == FORM else MAX_JSON_BYTES
        return await operation.handler(Request(request.scope, measured(request.scope, request.receive, most)))

    return endpoint


async def _openapi(request: Request[Any]) -> Response:
    """The OpenAPI document."""
    app: App = request.state["app"]
    return JSONResponse(document(app.settings.server.path_prefix))
