"""Asking for a workbook."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xlsapp.context import App
from xlsapp.errors import Refused
from xlsapp.jobs.export_job import start_export
from xlsapp.problems import Message
from xlsapp.services.exports.kinds import CSV_DELIMITERS, ExportFormat, ExportKind
from xlsapp.services.exports.options import ExportOptions
from xlsapp.web.http.access import require_user
from xlsapp.web.http.forms import Form
from xlsapp.web.http.loading import load_template
from xlsapp.web.http.responses import redirect
from xlsapp.web.http.view_addresses import View


async def create(request: Request[Any]) -> Response:
    """Queue an export and go to the job's page."""
    app: App = request.state["app"]
    user = require_user(request)
    template = await load_template(request)
    form = await Form.read(request, "kind", "view", "format", "delimiter")
    try:
        kind = ExportKind(form.values["kind"])
        file_format = ExportFormat(
            form.values["format"] or request.query_params.get("format", ExportFormat.XLSX)
        )
    except ValueError:
        raise Refused(Message("export.no_such_kind")) from None
    # As the page of records showed it: without the parts of its address that would not do.
    selection = View.from_query(template, form.values["view"]).selection if kind is ExportKind.VIEW else None
    delimiter = form.values["delimiter"] or request.query_params.get("delimiter", CSV_DELIMITERS[0])
    options = ExportOptions(kind, file_format, selection, delimiter)
    options.check(template)
    job_id = await start_export(app, user, template, options)
    return redirect(request, "jobs.show", template_id=template.id, job_id=job_id)
