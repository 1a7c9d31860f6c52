"""Import templates: list, define, rename, remove."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xlsapp.context import App
from xlsapp.jobs.answering import forget_asked
from xlsapp.models import ImportTemplate
from xlsapp.problems import Message
from xlsapp.repositories import import_templates
from xlsapp.services.templates.bin import erased_at
from xlsapp.services.templates.drafts import ColumnDraft, DraftRefused, TemplateDraft
from xlsapp.services.templates.saving import create_template, describe_template
from xlsapp.web.api import bin_models, representations
from xlsapp.web.api.addresses import address_of
from xlsapp.web.api.bodies import NewTemplate, TemplateChange
from xlsapp.web.api.reading import read_json
from xlsapp.web.api.template_columns import column_json, filled, refusal
from xlsapp.web.http.access import require_user
from xlsapp.web.http.auditing import note
from xlsapp.web.http.loading import load_template


async def index(request: Request[Any]) -> Response:
    """All one's templates by name."""
    app: App = request.state["app"]
    user = require_user(request)
    async with app.db.read() as conn:
        found = await import_templates.list_for(conn, user.id)
    shown: representations.Templates = {"templates": [template_json(template) for template in found]}
    return JSONResponse(shown)


async def show(request: Request[Any]) -> Response:
    """One template with its columns."""
    return JSONResponse(template_json(await load_template(request)))


async def create(request: Request[Any]) -> Response:
    """Store a new template with its columns."""
    app: App = request.state["app"]
    user = require_user(request)
    sent = await read_json(request, NewTemplate)
    columns = tuple(filled(ColumnDraft(), column) for column in sent.columns)
    draft = TemplateDraft(sent.name, sent.description, columns, sent.has_header)
    try:
        template = await create_template(app.db, user, draft, max_columns=app.settings.imports.max_columns)
    except DraftRefused as refused:
        raise refusal(refused) from None
    path = address_of(request, "templates.show", template_id=template.id)
    return JSONResponse(template_json(template), status_code=201, headers={"Location": path})


async def update(request: Request[Any]) -> Response:
    """Rename a template, or describe it anew."""
    app: App = request.state["app"]
    template = await load_template(request)
    change = await read_json(request, TemplateChange)
    texts = {"name": template.name, "description": template.description}
    try:
        template = await describe_template(
            app.db, template, **{**texts, "has_header": template.has_header, **change.sent}
        )
    except DraftRefused as refused:
        raise refusal(refused) from None
    return JSONResponse(template_json(template))


async def delete(request: Request[Any]) -> Response:
    """Put a template into the bin, with its columns and records."""
    app: App = request.state["app"]
    user = require_user(request)
    template = await load_template(request)
    async with app.db.write() as tx:
        await import_templates.move_to_bin(tx, user.id, template.id)
    note(request, Message("audit.template_removed", {"template": template.name}), template=template)
    await forget_asked(app, user, template.id)
    return Response(status_code=204)


async def index_bin(request: Request[Any]) -> Response:
    """One's templates in the bin, the last first."""
    app: App = request.state["app"]
    async with app.db.read() as conn:
        found = await import_templates.list_binned(conn, require_user(request).id)
    shown: bin_models.Bin = {"templates": [_binned_json(app, template) for template in found]}
    return JSONResponse(shown)


async def restore(request: Request[Any]) -> Response:
    """Take a template out of the bin."""
    app: App = request.state["app"]
    async with app.db.write() as tx:
        template = await import_templates.restore(
            tx, require_user(request).id, request.path_params["template_id"]
        )
    note(request, Message("audit.template_restored", {"template": template.name}), template=template)
    return JSONResponse(template_json(template))


async def erase(request: Request[Any]) -> Response:
    """Erase a template in the bin for good."""
    app: App = request.state["app"]
    async with app.db.write() as tx:
        template = await import_templates.find_binned(
            tx, require_user(request).id, request.path_params["template_id"]
        )
        await import_templates.remove(tx, template.user_id, template.id)
    note(request, Message("audit.template_erased", {"template": template.name}), template=template)
    return Response(status_code=204)


def _binned_json(app: App, template: ImportTemplate) -> bin_models.BinnedTemplate:
    return {
        "id": template.id,
        "name": template.name,
        "record_count": template.record_count,
        "deleted_at": template.deleted_at or "",
        "erased_at": erased_at(template, app.settings.history),
    }


def template_json(template: ImportTemplate) -> representations.Template:
    """A template as the API shows it."""
    return {
        "id": template.id,
        "name": template.name,
        "description": template.description,
        "created_at": template.created_at,
        "updated_at": template.updated_at,
        "record_count": template.record_count,
        "has_header": template.has_header,
        "columns": [column_json(column) for column in template.columns],
    }
