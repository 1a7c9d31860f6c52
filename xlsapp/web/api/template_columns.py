"""Columns of a template, one by one; and columns as JSON, to and from the template form that checks them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xlsapp.context import App
from xlsapp.errors import NotFound
from xlsapp.models import ColumnRules, ImportTemplate, TemplateColumn
from xlsapp.services.templates import changes as template_changes
from xlsapp.spreadsheet.cells.values import as_text
from xlsapp.web.api.checking import Fault
from xlsapp.web.api.failures import ApiFailure, invalid_body
from xlsapp.web.api.reading import read_json, read_query
from xlsapp.web.api.schemas import Schema, yes_or_no
from xlsapp.web.http.forms import ColumnForm, TemplateForm
from xlsapp.web.pages.import_templates import change_staging, load_template
from xlsapp.web.pages.template_columns import check

CONFIRM: Schema = {"confirm": yes_or_no("Go through with it although stored values would be lost.")}

CONFIRMATION = "Stored values would be lost or stay as they are; see `changes`. Send ?confirm=true to go on."

LAST_COLUMN = (
    "This is the template's last column, and it needs one. Add another first, or delete the template."
)


async def index(request: Request[Any]) -> Response:
    """A template's columns in their order."""
    template = await load_template(request)
    return JSONResponse({"columns": [column_json(column) for column in template.columns]})


async def create(request: Request[Any]) -> Response:
    """Add a column at the end, blank in every record."""
    app: App = request.state["app"]
    template = await load_template(request)
    sent = await read_json(request, "NewColumn")
    form = TemplateForm.of(template)
    added = ColumnForm.blank(len(form.columns))
    fill(added, sent)
    form.columns.append(added)
    await _change(app, template, form, about=added)
    column = (await load_template(request)).columns[-1]
    path = app.url_for("api:columns.update", template_id=template.id, column_id=column.id)
    return JSONResponse(column_json(column), status_code=201, headers={"Location": path})


async def update(request: Request[Any]) -> Response:
    """Change what was sent of a column. Another type makes another column of it, with an id of its own."""
    app: App = request.state["app"]
    template = await load_template(request)
    confirmed = read_query(request, CONFIRM).get("confirm", False)
    form = TemplateForm.of(template)
    column = _find(form, request)
    sent = await read_json(request, "ColumnChange")
    fill(column, sent)
    if "position" in sent:
        form.columns.remove(column)
        form.columns.insert(int(sent["position"]), column)
    await _change(app, template, form, about=column, confirmed=confirmed)
    changed = await load_template(request)
    return JSONResponse(column_json(changed.columns[form.columns.index(column)]))


async def delete(request: Request[Any]) -> Response:
    """Remove a column with all it holds."""
    app: App = request.state["app"]
    template = await load_template(request)
    form = TemplateForm.of(template)
    form.columns.remove(_find(form, request))
    if not form.columns:
        raise ApiFailure(409, LAST_COLUMN)
    await _change(app, template, form, about=None, confirmed=True)
    return Response(status_code=204)


def column_json(column: TemplateColumn) -> dict[str, Any]:
    """A column as the API shows it."""
    rules = {rule.name: getattr(column.rules, rule.name) for rule in fields(ColumnRules)}
    return {
        "id": column.id,
        "key": column.key,
        "position": column.position,
        "name": column.name,
        "type": column.type.value,
        "required": column.required,
        "aliases": list(column.aliases),
        **rules,
        "choices": list(column.rules.choices),
        "warnings": sorted(column.rules.warnings),
    }


def fill(form: ColumnForm, sent: Mapping[str, Any]) -> None:
    """Fill a column's form in with what was sent of the column."""
    for name, value in sent.items():
        if name == "position":
            continue
        match value:
            case None:
                form.values[name] = ""
            case bool() if name in ("required", "unique"):
                form.values[name] = "on" if value else ""
            case bool():
                form.values[name] = "true" if value else "false"
            case list():
                separator = " " if name == "warnings" else "\n"
                form.values[name] = separator.join(re.sub(r"\s+", " ", text).strip() for text in value)
            case _:
                form.values[name] = as_text(value).strip()


def checked(form: TemplateForm, app: App, *, about: ColumnForm | None = None) -> list[TemplateColumn]:
    """The form's columns. Raises ApiFailure with all that will not do; `about` is the body's own column."""
    columns = check(form, max_columns=app.settings.imports.max_columns)
    if found := list(_faults(form, about)):
        raise invalid_body(found)
    return columns


def _faults(form: TemplateForm, about: ColumnForm | None) -> Iterator[Fault]:
    # What is wrong with the body's own column comes first: a name taken twice is wrong with two.
    for index, column in sorted(enumerate(form.columns), key=lambda pair: pair[1] is not about):
        for name, detail in column.errors.items():
            path: tuple[str | int, ...] = (name,) if column is about else ("columns", index, name)
            yield Fault(path, detail)
    for name, detail in form.errors.items():
        yield Fault((name,), detail)


async def _change(
    app: App,
    template: ImportTemplate,
    form: TemplateForm,
    *,
    about: ColumnForm | None,
    confirmed: bool = False,
) -> None:
    """Save a template's columns as the form has them. Raises ApiFailure when that has to be confirmed."""
    columns = checked(form, app, about=about)
    async with change_staging(app) as staging:
        plan = await template_changes.plan(app.db, app.sandbox, template, columns, staging)
        if plan.warnings and not confirmed:
            raise ApiFailure(409, CONFIRMATION, changes=list(plan.warnings))
        await template_changes.apply(app.db, template, plan, **form.values, staging=staging)


def _find(form: TemplateForm, request: Request[Any]) -> ColumnForm:
    wanted = str(request.path_params["column_id"])
    for column in form.columns:
        if column.values["id"] == wanted:
            return column
    raise NotFound(f"column {wanted}")
