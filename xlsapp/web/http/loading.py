"""What pages and the API load before they act: through its owner, or not at all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.requests import Request

from xlsapp.context import App
from xlsapp.jobs.status import new_job_id
from xlsapp.models import ImportTemplate
from xlsapp.repositories import import_templates
from xlsapp.web.http.access import require_user


async def load_template(request: Request[Any]) -> ImportTemplate:
    """The template in the address, if it belongs to who is signed in. Raises NotFound."""
    app: App = request.state["app"]
    user = require_user(request)
    async with app.db.read() as conn:
        return await import_templates.find(conn, user.id, request.path_params["template_id"])


@asynccontextmanager
async def change_staging(app: App) -> AsyncIterator[Path]:
    """A staging file's path, for as long as one change takes."""
    staging_id = new_job_id()
    app.files.receiving.add(staging_id)
    try:
        yield app.files.staging(staging_id)
    finally:
        app.files.remove_work(staging_id)
        app.files.receiving.discard(staging_id)
