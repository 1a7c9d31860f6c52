"""Import templates: list, define, rename, remove."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xlsapp.context import App
from xlsapp.errors import Refused
from xlsapp.models import ImportTemplate
from xlsapp.repositories import import_templates, template_columns
from xlsapp.web.api.checking import Fault
from xlsapp.web.api.failures import invalid_body
from xlsapp.web.api.reading import read_json
from xlsapp.web.api.template_columns import checked, column_json, fill
from xlsapp.web.http.access import require_user
from xlsapp.web.http.forms import ColumnForm, TemplateForm
from xlsapp.web.pages.import_templates import load_template


async def index(request: Request[Any]) -> Response:
    """All one's templates by name."""
    app: App = request.state["app"]
    user = require_user(request)
    async with app.db.read() as conn:
        found = await import_templates.list_for(conn, user.id)
    return JSONResponse({"templates": [template_json(template) for template in found]})


async def show(request: Request[Any]) -> Response:
    """One template with its columns."""
    return JSONResponse(template_json(await load_template(request)))


async def create(request: Request[Any]) -> Response:
    """Store a new template with its columns."""
    app: App = request.state["app"]
    user = require_user(request)
    sent = await read_json(request, "NewTemplate")
    columns = [ColumnForm.blank(index) for index in range(len(sent["columns"]))]
    for form, column in zip(columns, sent["columns"], strict=True):
        fill(form, column)
    values = _values(sent, {"name": "", "description": ""})
    to_store = checked(TemplateForm(values, columns), app)
    try:
        async with app.db.write() as tx:
            template_id = await import_templates.add(tx, user.id, **values)
            for each in to_store:
                await template_columns.add(tx, template_id, each)
            template = await import_templates.find(tx, user.id, template_id)
    except Refused as refused:
        raise invalid_body([Fault((refused.field,), str(refused))]) from None
    path = app.url_for("api:templates.show", template_id=template_id)
    return JSONResponse(template_json(template), status_code=201, headers={"Location": path})


async def update(request: Request[Any]) -> Response:
    """Rename a template, or describe it anew."""
    app: App = request.state["app"]
    user = require_user(request)
    template = await load_template(request)
    sent = await read_json(request, "TemplateChange")
    values = _values(sent, {"name": template.name, "description": template.description})
    try:
        async with app.db.write() as tx:
            await import_templates.change(tx, user.id, template.id, **values)
            template = await import_templates.find(tx, user.id, template.id)
    except Refused as refused:
        raise invalid_body([Fault((refused.field,), str(refused))]) from None
    return JSONResponse(template_json(template))


async def delete(request: Request[Any]) -> Response:
    """Remove a template with its columns and records."""
    app: App = request.state["app"]
    user = require_user(request)
    async with app.db.write() as tx:
        await import_templates.remove(tx, user.id, request.path_params["template_id"])
    return Response(status_code=204)


def template_json(template: ImportTemplate) -> dict[str, Any]:
    """A template as the API shows it."""
    return {
        "id": template.id,
        "name": template.name,
        "description": template.description,
        "created_at": template.created_at,
        "updated_at": template.updated_at,
        "record_count": template.record_count,
        "columns": [column_json(column) for column in template.columns],
    }


def _values(sent: dict[str, Any], present: dict[str, str]) -> dict[str, str]:
    """The template's own texts: as sent, or as they are."""
    return {name: str(sent.get(name, text)).strip() for name, text in present.items()}
