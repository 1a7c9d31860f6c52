"""A template's records: pages of them, and adding, changing, deleting one."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from xlsapp.context import App
from xlsapp.messages.saying import said
from xlsapp.models import CellValue, DataRecord, Import, ImportTemplate
from xlsapp.repositories import imports, saved_views
from xlsapp.services.records import changes as record_changes
from xlsapp.services.records.cursors import to_token
from xlsapp.services.records.deleting import delete_records
from xlsapp.services.records.opened import Opened
from xlsapp.services.records.values import check
from xlsapp.spreadsheet.cells.entered import as_entered
from xlsapp.web.http.access import require_user
from xlsapp.web.http.forms import Form
from xlsapp.web.http.loading import load_template
from xlsapp.web.http.responses import page, redirect
from xlsapp.web.pages.record_conflicts import Choices, ask
from xlsapp.web.pages.record_grid import GridPlace, cell_text, chips, heads, operators_of, panel, query_of
from xlsapp.web.pages.saved_views import tabs

PAGE_SIZE = 50
LATEST_IMPORTS = 50


async def index(request: Request[Any]) -> Response:
    """One page of a view of the records."""
    app: App = request.state["app"]
    template = await load_template(request)
    place = GridPlace.of(request, template)
    view, selection = place.view, place.view.selection
    cursor = await place.cursor(app.records, template)
    found = await app.records.page(template, selection, cursor, size=PAGE_SIZE)
    app.records.prepare(template)
    if cursor and not found.records:  # what stood there has been deleted
        return RedirectResponse(f"{_path(app, template)}{query_of(view.fields)}", status_code=303)
    filter_by = request.query_params.get("filter", "")
    ids = {record.import_id for record in found.records if record.import_id} | {selection.import_id or 0}
    async with app.db.read() as conn:
        brought = await imports.find_some(conn, template.id, ids)
        saved = await saved_views.list_for(conn, require_user(request).id, template.id)
        latest = await imports.list_for(conn, template.id, limit=LATEST_IMPORTS) if filter_by else []
    chosen = brought.get(selection.import_id or 0)
    return await page(
        request,
        "data_records/index.html",
        template=template,
        view=view,
        place=place,
        tabs=list(tabs(template, saved, view)),
        found=found,
        heads=list(heads(template, view)),
        chips=list(chips(view, brought)),
        panel=panel(template, view, filter_by, latest),
        operators_of=operators_of,
        brought=brought,
        origin=await _origin(request, chosen),
        first_url=query_of(view.fields),
        previous_url=found.previous and query_of([*view.fields, ("before", to_token(found.previous))]),
        next_url=found.next and query_of([*view.fields, ("after", to_token(found.next))]),
        turned_url=query_of(
            view.sorted_by(None, descending=not (selection.sort or selection.descending)).fields
        ),
        from_import=lambda import_id: query_of(view.from_import(import_id).fields),
        cell_text=cell_text,
    )


async def new(request: Request[Any]) -> Response:
    """The form for a new record."""
    template = await load_template(request)
    return await _form_page(request, "data_records/new.html", template, _form_of(template, None))


async def create(request: Request[Any]) -> Response:
    """Add a record, if every value will do."""
    app: App = request.state["app"]
    template = await load_template(request)
    form, values = await _read(request, template)
    if not form.errors:
        _, problems = await record_changes.add_record(app.records, template, values)
        form.errors = said(problems)
    if form.errors:
        return await _form_page(request, "data_records/new.html", template, form, http_status=422)
    return back_to_place(request, template, notice="The record is added.")


async def edit(request: Request[Any]) -> Response:
    """The form for a stored record."""
    template, record = await _load_record(request)
    form, opened = _form_of(template, record), Opened.of(template.columns, record)
    return await _form_page(request, "data_records/edit.html", template, form, record=record, opened=opened)


async def update(request: Request[Any]) -> Response:
    """Change a record, if every value will do, and nobody else has changed the same."""
    app: App = request.state["app"]
    template, record = await _load_record(request)
    form, values = await _read(request, template, only_sent=True)
    choices = await Choices.read(request)
    if not form.errors:
        changed = await record_changes.change_record(
            app.records,
            template,
            record.id,
            choices.left_of(values),
            opened=choices.opened,
            undecided=choices.undecided,
        )
        if changed.conflicts:
            return await ask(request, template, changed, choices)
        form.errors = said(changed.problems)
    if form.errors:
        opened = choices.opened
        return await _form_page(
            request, "data_records/edit.html", template, form, record=record, opened=opened, http_status=422
        )
    return back_to_place(request, template, notice="The record is saved.", change_id=changed.change_id)


async def confirm_delete(request: Request[Any]) -> Response:
    """Show the record once more, and ask."""
    template, record = await _load_record(request)
    place = GridPlace.of(request, template)
    return await page(
        request,
        "data_records/confirm_delete.html",
        template=template,
        record=record,
        place=place,
        cell_text=cell_text,
    )


async def delete(request: Request[Any]) -> Response:
    """Delete a record."""
    app: App = request.state["app"]
    template, record = await _load_record(request)
    deleted = await delete_records(app.records, template, [record.id])
    return back_to_place(request, template, notice="The record is deleted.", change_id=deleted.change_id)


def back_to_place(
    request: Request[Any],
    template: ImportTemplate,
    *,
    notice: str,
    tone: str = "good",
    change_id: int | None = None,
) -> Response:
    """To the page of records that the request came from, as its own address says.

    The notice offers to take the change back.
    """
    app: App = request.state["app"]
    place = GridPlace.of(request, template).query
    undo = change_id and app.url_for("changes.undo", template_id=template.id, change_id=change_id) + place
    response = redirect(
        request,
        "data_records.index",
        notice=notice,
        tone=tone,
        undo=undo or None,
        template_id=template.id,
    )
    response.headers["location"] += place
    return response


def _path(app: App, template: ImportTemplate) -> str:
    return app.url_for("data_records.index", template_id=template.id)


async def _load_record(request: Request[Any]) -> tuple[ImportTemplate, DataRecord]:
    app: App = request.state["app"]
    template = await load_template(request)
    return template, await app.records.find(template, request.path_params["record_id"])


async def _origin(request: Request[Any], found: Import | None) -> dict[str, Any] | None:
    """The import that brought a record: its file, when, and its job's page while there is one."""
    app: App = request.state["app"]
    if found is None:
        return None
    job = await app.statuses.get_status(found.job_id)
    is_alive = job is not None and job.user_id == require_user(request).id
    return {
        "file_name": found.file_name,
        "at": found.created_at,
        "job_id": found.job_id if is_alive else None,
    }


async def _read(
    request: Request[Any], template: ImportTemplate, *, only_sent: bool = False
) -> tuple[Form, Mapping[str, CellValue]]:
    """The form as sent, and its values under the same rules as the import's."""
    form = await Form.read(request, *(column.key for column in template.columns))
    checked = check((c for c in template.columns if c.key in form.sent or not only_sent), form.values)
    form.errors = said(checked.problems)
    return form, checked.values


def _form_of(template: ImportTemplate, record: DataRecord | None) -> Form:
    values = record.values if record else {}
    return Form({c.key: as_entered(c.type, values.get(c.key)) for c in template.columns})


async def _form_page(
    request: Request[Any],
    name: str,
    template: ImportTemplate,
    form: Form,
    *,
    http_status: int = 200,
    record: DataRecord | None = None,
    opened: Opened | None = None,
) -> Response:
    app: App = request.state["app"]
    origin = None
    if record and record.import_id:
        async with app.db.read() as conn:
            brought = await imports.find_some(conn, template.id, [record.import_id])
        origin = await _origin(request, brought.get(record.import_id))
    return await page(
        request,
        name,
        http_status=http_status,
        template=template,
        form=form,
        record=record,
        origin=origin,
        opened=opened.to_text() if opened else "",
        place=GridPlace.of(request, template),
    )
