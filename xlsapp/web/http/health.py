"""Whether the app is well, for who looks after it: /up, and /metrics where it is switched on."""

import asyncio
import hmac
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.types import Message as Event

from xlsapp.context import App
from xlsapp.db.errors import DatabaseFault, driver_errors
from xlsapp.errors import NotFound
from xlsapp.metrics import CONTENT_TYPE, Metrics
from xlsapp.problems import Message
from xlsapp.web.http.origins import is_from_here
from xlsapp.web.http.problem_details import problem

# A database that does not answer within this time is not well.
PATIENCE_SECONDS = 2.0

NOT_WELL = "The app is not well"


async def up(request: Request[Any]) -> Response:
    """200 when the databases answer, and the worker runs if this process has one; else 503.

    Says when the disk is full.
    """
    app: App = request.state["app"]
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            for database in (app.db, app.status_db):
                async with database.read() as conn:
                    await conn.value("SELECT 1")
            with driver_errors():
                info = await app.queue.info()
    except (DatabaseFault, TimeoutError):
        return problem(request.scope, 503, Message("health.no_database"), title=NOT_WELL)
    if app.settings.server.works and not info["workers"]:
        return problem(request.scope, 503, Message("health.no_worker"), title=NOT_WELL)
    # Pages and edits go on, so a proxy should not take it for dead.
    full = await asyncio.to_thread(app.disk.is_full)
    return JSONResponse({"status": "up", **({"disk": "full"} if full else {})})


async def metrics(request: Request[Any]) -> Response:
    """Counts for Prometheus; 404 unless server.metrics is on, and for who may not see them."""
    app: App = request.state["app"]
    if not app.settings.server.metrics or not _may_see_metrics(request, app.settings.server.metrics_token):
        raise NotFound("metrics")
    text = app.metrics.text(
        queued=await app.queue.count("queued"),
        active=await app.queue.count("active"),
        watchers=app.hub.count(),
    )
    return Response(text, headers={"Content-Type": CONTENT_TYPE})


def _may_see_metrics(request: Request[Any], token: str) -> bool:
    scheme, _, sent = request.headers.get("authorization", "").partition(" ")
    if token and scheme.lower() == "bearer" and hmac.compare_digest(sent.strip().encode(), token.encode()):
        return True
    return is_from_here(request)


@dataclass(frozen=True, slots=True)
class Counted:
    """Middleware: counts the answers."""

    app: ASGIApp
    metrics: Metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See the class."""

        async def counting(message: Event) -> None:
            if message["type"] == "http.response.start":
                self.metrics.requests[f"{message['status'] // 100}xx"] += 1
            await send(message)

        await self.app(scope, receive, counting)
