"""Exports: a job writes a workbook, to be downloaded when it is done."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xlsapp.context import App
from xlsapp.errors import Refused
from xlsapp.jobs.export_job import start_export
from xlsapp.services.exports.kinds import ExportFormat, ExportKind
from xlsapp.web.api.bodies import NewExport
from xlsapp.web.api.checking import Fault
from xlsapp.web.api.failures import invalid_body
from xlsapp.web.api.jobs import accepted
from xlsapp.web.api.reading import read_json
from xlsapp.web.api.views import view_of_body
from xlsapp.web.http.access import require_user
from xlsapp.web.http.loading import load_template

ONLY_RECORDS = "Only records can be exported as csv: it has no room for rules. Take xlsx."
ONLY_VIEWS = "This picks records, which only the kind `view` does. Take that, or leave this out."


async def create(request: Request[Any]) -> Response:
    """Queue an export."""
    app: App = request.state["app"]
    user = require_user(request)
    template = await load_template(request)
    sent = await read_json(request, NewExport)
    kind, file_format = ExportKind(sent.kind), ExportFormat(sent.format)
    if not template.columns:
        raise Refused("This template has no columns yet. Add some first.")
    if file_format is not ExportFormat.XLSX and not kind.has_records:
        raise invalid_body([Fault(("format",), ONLY_RECORDS)])
    if kind is not ExportKind.VIEW and (
        unwanted := [name for name in sent.sent if name not in ("kind", "format")]
    ):
        raise invalid_body(Fault((name,), ONLY_VIEWS) for name in unwanted)
    selection = view_of_body(template, sent) if kind is ExportKind.VIEW else None
    job_id = await start_export(app, user, template, kind=kind, file_format=file_format, selection=selection)
    return await accepted(request, job_id)
