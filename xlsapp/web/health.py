"""Whether the app is well."""

import asyncio
import sqlite3
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xlsapp.context import App

# A database that does not answer within this time is not well.
PATIENCE_SECONDS = 2.0


async def up(request: Request[Any]) -> Response:
    """200 when the databases answer and the worker runs, else 503."""
    app: App = request.state["app"]
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            for database in (app.db, app.status_db):
                async with database.read() as conn:
                    await conn.value("SELECT 1")
            info = await app.queue.info()
    except (sqlite3.Error, TimeoutError):
        return JSONResponse({"status": "down"}, status_code=503)
    if not info["workers"]:
        return JSONResponse({"status": "no worker"}, status_code=503)
    return JSONResponse({"status": "up"})
