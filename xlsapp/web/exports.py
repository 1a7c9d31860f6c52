"""Asking for a workbook."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xlsapp.context import App
from xlsapp.errors import Refused
from xlsapp.jobs.export_generation import start_export
from xlsapp.services.excel_export import ExportKind
from xlsapp.web.access import require_user
from xlsapp.web.forms import Form
from xlsapp.web.import_templates import load_template
from xlsapp.web.responses import redirect


async def create(request: Request[Any]) -> Response:
    """Queue an export and go to the job's page."""
    app: App = request.state["app"]
    user = require_user(request)
    template = await load_template(request)
    form = await Form.read(request, "kind")
    try:
        kind = ExportKind(form.values["kind"])
    except ValueError:
        raise Refused("Choose what to export: the blank workbook, the data or a sample.") from None
    if not template.columns:
        raise Refused("This template has no columns yet. Add some first.")
    job_id = await start_export(app, user, template, kind=kind)
    return redirect(request, "jobs.show", template_id=template.id, job_id=job_id)
