"""One column of several records changed at once: set to a value, or searched and replaced."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xlsapp.context import App
from xlsapp.messages.saying import said
from xlsapp.models import DataRecord, ImportTemplate, TemplateColumn
from xlsapp.services.records import bulk_edits
from xlsapp.services.records.bulk_edits import MOST, ColumnEdit, Foreseen
from xlsapp.web.http.forms import Form, small_number
from xlsapp.web.http.loading import load_template
from xlsapp.web.http.responses import page
from xlsapp.web.pages.data_records import back_to_place
from xlsapp.web.pages.record_deletions import MOST_CHOSEN, chosen_ids
from xlsapp.web.pages.record_grid import GridPlace, cell_text, load_chips, without_paging

SHOWN = 10
FIELDS = ("column", "action", "value", "find", "replacement", "whole", "any_case")


async def new(request: Request[Any]) -> Response:
    """The form: which column, and what it is to become."""
    template = await load_template(request)
    sent = request.query_params
    form = Form({name: sent.get(name, "") for name in FIELDS})
    ids = None if sent.get("all") == "yes" else chosen_ids(sent)
    if ids == []:
        notice = "No record is selected. Tick the box beside those that should be changed."
        return back_to_place(request, template, notice=notice, tone="plain")
    return await _form_page(request, template, ids, form)


async def create(request: Request[Any]) -> Response:
    """Say what it would do; or do it, if that is still as many records as the page that asked has said."""
    app: App = request.state["app"]
    template = await load_template(request)
    data = await request.form(max_fields=MOST_CHOSEN + 30, max_files=0)
    form = await Form.read(request, *FIELDS)
    ids = None if data.get("all") == "yes" else chosen_ids(data)
    edit = _edit(template, form)
    form.errors = said(edit.problems())
    if form.errors:
        return await _form_page(request, template, ids, form, http_status=422)
    found = await _found(request, template, ids)
    if len(found) > MOST:
        return await _form_page(request, template, ids, form, http_status=422)
    if "count" not in data:
        return await _ask(
            request, template, ids, form, await bulk_edits.foresee(app.records, template, edit, found)
        )
    foreseen = await bulk_edits.foresee(app.records, template, edit, found)
    only_right = data.get("only_right") == "yes"
    if len(foreseen.right) != small_number(str(data["count"])) or (foreseen.wrong and not only_right):
        return await _ask(request, template, ids, form, foreseen, changed=True)
    done = await bulk_edits.apply(app.records, template, edit, found, only_right=only_right)
    if done.wrong and not only_right:
        return await _ask(request, template, ids, form, done, changed=True)
    changed = len(done.right)
    notice = f"“{edit.column.name}” is changed in {changed:,} {'record' if changed == 1 else 'records'}."
    return back_to_place(request, template, notice=notice)


def _edit(template: ImportTemplate, form: Form) -> ColumnEdit:
    column = _column(template, form)
    if form.values["action"] != "replace":
        return ColumnEdit(column, form.values["value"])
    return ColumnEdit(
        column,
        form.values["replacement"],
        form.values["find"],
        is_whole=form.values["whole"] == "on",
        any_case=form.values["any_case"] == "on",
    )


def _column(template: ImportTemplate, form: Form) -> TemplateColumn:
    """The column that was chosen; the first one before."""
    return next((c for c in template.columns if c.key == form.values["column"]), template.columns[0])


async def _found(request: Request[Any], template: ImportTemplate, ids: list[int] | None) -> list[DataRecord]:
    """The records that are meant, and one more than may be."""
    app: App = request.state["app"]
    if ids is not None:
        return await app.records.find_some(template, ids)
    selection = GridPlace.of(request, template).view.selection
    return (await app.records.page(template, selection, None, size=MOST + 1)).records


async def _form_page(
    request: Request[Any],
    template: ImportTemplate,
    ids: list[int] | None,
    form: Form,
    *,
    http_status: int = 200,
) -> Response:
    app: App = request.state["app"]
    if not template.columns:
        return back_to_place(request, template, notice="There is no column to change.", tone="plain")
    place = GridPlace.of(request, template)
    count = len(ids) if ids is not None else await app.records.count(template, place.view.selection)
    column = _column(template, form)
    form.values["column"] = column.key
    return await page(
        request,
        "record_edits/new.html",
        http_status=http_status,
        template=template,
        place=without_paging(place) if ids is None else place,
        form=form,
        column=column,
        ids=ids,
        count=count,
        most=MOST,
        chips=await load_chips(app, template, place.view),
    )


async def _ask(
    request: Request[Any],
    template: ImportTemplate,
    ids: list[int] | None,
    form: Form,
    foreseen: Foreseen,
    *,
    changed: bool = False,
) -> Response:
    return await page(
        request,
        "record_edits/confirm.html",
        http_status=409 if changed else 200,
        template=template,
        place=GridPlace.of(request, template),
        column=_column(template, form),
        foreseen=foreseen,
        shown=SHOWN,
        changed=changed,
        hidden_fields=[
            *((name, form.values[name]) for name in FIELDS),
            *([("all", "yes")] if ids is None else (("id", str(each)) for each in ids)),
        ],
        cell_text=cell_text,
    )
