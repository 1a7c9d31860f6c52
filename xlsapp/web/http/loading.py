"""What pages and the API load before they act: through its owner, or not at all."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xlsapp.context import App
from xlsapp.errors import NotFound
from xlsapp.jobs.status import JobKind, JobStatus, Status, new_job_id
from xlsapp.models import ImportTemplate
from xlsapp.problems import Message
from xlsapp.repositories import import_templates
from xlsapp.services.exports.kinds import ExportFormat
from xlsapp.web.http.access import require_user
from xlsapp.web.http.auditing import note
from xlsapp.web.http.downloads import send_file

WITH_FILE = (JobKind.EXPORT, JobKind.MARKING)
"""Jobs that end with a file to download."""


async def load_template(request: Request[Any]) -> ImportTemplate:
    """The template in the address, if it belongs to who is signed in. Raises NotFound."""
    app: App = request.state["app"]
    user = require_user(request)
    async with app.db.read() as conn:
        return await import_templates.find(conn, user.id, request.path_params["template_id"])


async def require_administrator(request: Request[Any]) -> None:
    """Raises NotFound unless who is signed in looks after the server."""
    app: App = request.state["app"]
    if not await app.accounts.is_administrator(require_user(request)):
        raise NotFound("administration")


async def find_own_job(request: Request[Any]) -> JobStatus | None:
    """The job in the address, if it belongs to who is signed in."""
    app: App = request.state["app"]
    user = require_user(request)
    found = await app.statuses.get_status(request.path_params["job_id"])
    return found if found and found.user_id == user.id else None


async def send_export(request: Request[Any], found: JobStatus, *, may_lead: bool = False) -> Response:
    """The file of an export; see send_file. Raises NotFound when it has none."""
    if found.kind not in WITH_FILE or found.status is not Status.COMPLETED or not found.result:
        raise NotFound("download")
    app: App = request.state["app"]
    key = app.files.export(found.job_id, found.attempt)
    if "range" not in request.headers:  # else it is more of what was noted
        note(request, Message("audit.downloaded", {"template": found.template_name}))
    media_type = ExportFormat(found.result.get("format", ExportFormat.XLSX)).media_type
    return await send_file(
        request,
        app.files.files,
        key,
        file_name=found.result["file_name"],
        media_type=media_type,
        may_lead=may_lead,
    )


@asynccontextmanager
async def change_staging(app: App, template: ImportTemplate) -> AsyncIterator[Path]:
    """A staging file's path, for as long as one change takes."""
    staging_id = new_job_id()
    app.files.receiving[staging_id] = template.user_id
    try:
        yield app.files.staging(staging_id)
    finally:
        await app.files.remove_staging(staging_id)
        del app.files.receiving[staging_id]
