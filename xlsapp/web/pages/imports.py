"""Uploading a workbook: the form, and the POST that keeps the file, queues its import and goes to the job."""

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xlsapp.context import App
from xlsapp.errors import Refused
from xlsapp.jobs.import_job import start_import
from xlsapp.jobs.status import new_job_id
from xlsapp.messages.saying import say
from xlsapp.models import ImportTemplate
from xlsapp.problems import Message
from xlsapp.repositories import import_templates
from xlsapp.services.imports.options import BLANKS, MODES, ImportOptions, SameFile, require_columns
from xlsapp.services.imports.remembering import remember_choices
from xlsapp.spreadsheet.files.delimited import ENCODINGS
from xlsapp.spreadsheet.files.xlsx_pieces import MAX_COLUMNS
from xlsapp.web.http.access import require_user
from xlsapp.web.http.forms import Form
from xlsapp.web.http.loading import load_template
from xlsapp.web.http.responses import page, redirect
from xlsapp.web.http.uploads import Upload, receive_workbook
from xlsapp.web.pages.import_options import form_values, options_of

FIELDS = (
    *("mode", "blank", "valid_only", "sheet", "header_row", "encoding", "delimiter", "times", "merged"),
    *("confirm_deletes", "decimal", "dates", "remember", "check"),
)
DEFAULTS = {"mode": MODES[0].value, "blank": BLANKS[0].value, "keys": ""}


async def new(request: Request[Any]) -> Response:
    """The upload form. `?from={job_id}` fills in the choices of an earlier import, to upload again."""
    template = await load_template(request)
    form = Form({**dict.fromkeys(FIELDS, ""), **DEFAULTS, **await _choices_of(request)})
    return await _form_page(request, template, form)


async def create(request: Request[Any]) -> Response:
    """Keep the uploaded workbook, queue its import, and go to the job's page."""
    app: App = request.state["app"]
    user = require_user(request)
    template = await load_template(request)
    job_id = new_job_id()
    async with app.files.while_receiving(job_id, user.id):
        upload = await receive_workbook(request, job_id)
        form, options = _read(upload, template)
        if form.errors:
            await app.files.remove_work(job_id)
            return await _form_page(request, template, form, http_status=422)
        if form.values["remember"]:
            async with app.db.write() as tx:
                template = await import_templates.find(tx, user.id, template.id)
                await remember_choices(tx, template, options)
        await start_import(app, user, template, job_id=job_id, file_name=upload.file_name, options=options)
    return redirect(request, "jobs.show", template_id=template.id, job_id=job_id)


async def _choices_of(request: Request[Any]) -> dict[str, str]:
    """The choices of the job in the address, if it is one's own."""
    app: App = request.state["app"]
    earlier = await app.statuses.get_status(request.query_params.get("from", ""))
    if earlier is None or earlier.user_id != require_user(request).id:
        return {}
    return form_values(ImportOptions.from_dict(earlier.options))


def _read(upload: Upload, template: ImportTemplate) -> tuple[Form, ImportOptions]:
    """The form as it was sent with all that is wrong in it, and its options, which hold when nothing is."""
    form = Form({name: upload.value(name).strip() for name in FIELDS})
    keys = upload.fields.get("keys", [])
    form.values["keys"] = ",".join(keys)
    if not upload.file_name:
        form.errors["workbook"] = "Choose a workbook to upload."
    elif not upload.size_bytes:
        form.errors["workbook"] = f"“{upload.file_name}” is empty. Choose a workbook with rows in it."
    try:
        require_columns(template)
    except Refused as refused:
        form.errors[""] = say(refused.message)
    options, problems = options_of(form.values, keys, template)
    form.errors |= {field: say(message) for field, message in problems.items()}
    return form, replace(options, same_file=SameFile.ASK)


async def _form_page(
    request: Request[Any], template: ImportTemplate, form: Form, *, http_status: int = 200
) -> Response:
    app: App = request.state["app"]
    settings = app.settings.imports
    return await page(
        request,
        "imports/new.html",
        http_status=http_status,
        template=template,
        form=form,
        limits={
            "max_upload_bytes": settings.max_upload_mb * 1_000_000,
            "max_rows": settings.max_rows,
            "max_cells": settings.max_cells,
            "max_columns": MAX_COLUMNS,
            "max_text_bytes": settings.max_text_mb * 1_000_000,
            "max_unpacked_bytes": settings.max_unpacked_mb * 1_000_000,
            "max_memory_bytes": settings.max_memory_mb * 1_000_000,
            "max_seconds": settings.max_seconds,
        },
        encodings=[("", "Detect"), *ENCODINGS.items()],
        modes=[
            {
                "value": mode.value,
                "label": say(Message("import.mode", {"mode": mode.value})),
                "text": say(Message("import.mode_does", {"mode": mode.value})),
                "checked": mode.value == form.values["mode"],
            }
            for mode in MODES
        ],
    )
