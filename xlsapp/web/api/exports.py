"""Exports: a job writes a workbook, to be downloaded when it is done."""

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xlsapp.context import App
from xlsapp.errors import Refused
from xlsapp.jobs.export_job import start_export
from xlsapp.models import ImportTemplate
from xlsapp.problems import Message
from xlsapp.services.exports.kinds import ExportFormat, ExportKind
from xlsapp.services.exports.options import ExportOptions
from xlsapp.web.api.bodies import NewExport
from xlsapp.web.api.checking import Mistake
from xlsapp.web.api.failures import invalid_body
from xlsapp.web.api.jobs import accepted
from xlsapp.web.api.reading import read_json
from xlsapp.web.api.views import view_of_body
from xlsapp.web.http.access import require_user
from xlsapp.web.http.loading import load_template


async def create(request: Request[Any]) -> Response:
    """Queue an export."""
    app: App = request.state["app"]
    user = require_user(request)
    template = await load_template(request)
    sent = await read_json(request, NewExport)
    options = _options(sent, template)
    if options.kind is ExportKind.VIEW:
        options = replace(options, selection=await view_of_body(request, template, sent))
    job_id = await start_export(app, user, template, options)
    return await accepted(request, job_id)


def _options(sent: NewExport, template: ImportTemplate) -> ExportOptions:
    """What was asked for, but for the view. Raises Refused, and ApiFailure where members will not do."""
    options = ExportOptions(ExportKind(sent.kind), ExportFormat(sent.format), delimiter=sent.delimiter)
    is_view = options.kind is ExportKind.VIEW
    unwanted = [] if is_view else [name for name in sent.sent if name not in ("kind", "format", "delimiter")]
    mistakes = [Mistake((name,), Message("body.only_views_pick")) for name in unwanted]
    try:
        options.check(template)
    except Refused as refused:
        if not refused.field:
            raise
        mistakes = [Mistake((refused.field,), refused.message), *mistakes]
    if mistakes:
        raise invalid_body(mistakes)
    return options
