"""A record's history: who changed what in it; older values restored; and all of it erased."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xlsapp.context import App
from xlsapp.errors import NotFound
from xlsapp.messages.saying import say
from xlsapp.repositories.history.changes import Actor
from xlsapp.services.history.erasing import erase_past
from xlsapp.services.history.past import old_value, past_of, restore_value
from xlsapp.web.http.access import require_user
from xlsapp.web.http.forms import row_id
from xlsapp.web.http.loading import load_template
from xlsapp.web.http.responses import page, redirect
from xlsapp.web.pages.record_grid import cell_text

PAGE_SIZE = 100
SHOWN = 100
"""Characters of a value in a notice."""


async def show(request: Request[Any]) -> Response:
    """Who changed what in a record, newest first, and where its values come from."""
    app: App = request.state["app"]
    template = await load_template(request)
    before = row_id(request.query_params.get("before", ""))
    past = await past_of(
        app.records, template, request.path_params["record_id"], before=before, limit=PAGE_SIZE
    )
    return await page(
        request,
        "record_histories/show.html",
        template=template,
        record_id=request.path_params["record_id"],
        past=past,
        since=past.since or template.created_at,
        is_first=before is None,
        cell_text=cell_text,
    )


async def restore(request: Request[Any]) -> Response:
    """Give a record a value again that it had before one of its changes."""
    app: App = request.state["app"]
    template = await load_template(request)
    record_id = request.path_params["record_id"]
    form = await request.form(max_fields=10, max_files=0)
    column = next((c for c in template.columns if c.key == form.get("column")), None)
    copy_id = row_id(str(form.get("copy", "")))
    if column is None or copy_id is None:
        raise NotFound("value")
    value = await old_value(app.records, template, record_id, copy_id, column)
    problem = await restore_value(app.records, template, record_id, column, value)
    text = cell_text(column, value)
    shown = f"“{text[:SHOWN]}”" if text else "blank"
    return redirect(
        request,
        "record_histories.show",
        notice=say(problem) if problem else f"“{column.name}” is {shown} again.",
        tone="bad" if problem else "good",
        template_id=template.id,
        record_id=record_id,
    )


async def confirm_erase(request: Request[Any]) -> Response:
    """Say what is erased, and ask."""
    app: App = request.state["app"]
    template = await load_template(request)
    record_id = request.path_params["record_id"]
    past = await past_of(app.records, template, record_id)
    return await page(
        request, "record_histories/confirm_erase.html", template=template, record_id=record_id, past=past
    )


async def erase(request: Request[Any]) -> Response:
    """Erase all that a record was before."""
    app: App = request.state["app"]
    template = await load_template(request)
    record_id = request.path_params["record_id"]
    await past_of(app.records, template, record_id)
    await erase_past(app.records, template, record_id, Actor(require_user(request).id))
    return redirect(
        request,
        "changes.index",
        notice=f"What record {record_id} was before is erased.",
        template_id=template.id,
    )
