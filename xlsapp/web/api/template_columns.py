"""Columns of a template, one by one; and columns as JSON, to and from drafts."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xlsapp.context import App
from xlsapp.errors import NotFound
from xlsapp.messages.saying import say
from xlsapp.models import ImportTemplate, TemplateColumn
from xlsapp.problems import Message
from xlsapp.services.templates.drafts import ColumnDraft, DraftRefused, TemplateDraft
from xlsapp.services.templates.saving import change_template
from xlsapp.web.api import representations
from xlsapp.web.api.addresses import address_of
from xlsapp.web.api.bodies import ColumnChange, NewColumn
from xlsapp.web.api.checking import Mistake
from xlsapp.web.api.failures import ApiFailure, invalid_body
from xlsapp.web.api.parameters import Confirmation
from xlsapp.web.api.reading import read_json, read_query
from xlsapp.web.http.loading import change_staging, load_template


async def index(request: Request[Any]) -> Response:
    """A template's columns in their order."""
    template = await load_template(request)
    found: representations.Columns = {"columns": [column_json(column) for column in template.columns]}
    return JSONResponse(found)


async def create(request: Request[Any]) -> Response:
    """Add a column at the end, blank in every record."""
    app: App = request.state["app"]
    template = await load_template(request)
    sent = await read_json(request, NewColumn)
    columns = TemplateDraft.of(template).columns
    await _change(app, template, (*columns, filled(ColumnDraft(), sent)), about=len(columns))
    column = (await load_template(request)).columns[-1]
    path = address_of(request, "columns.update", template_id=template.id, column_id=column.id)
    return JSONResponse(column_json(column), status_code=201, headers={"Location": path})


async def update(request: Request[Any]) -> Response:
    """Change what was sent of a column. Another type makes another column of it, with an id of its own."""
    app: App = request.state["app"]
    template = await load_template(request)
    confirmed = read_query(request, Confirmation).confirm
    columns = list(TemplateDraft.of(template).columns)
    column = columns.pop(place := _find(columns, request))
    change = await read_json(request, ColumnChange)
    place = min(change.sent.get("position", place), len(columns))
    columns.insert(place, filled(column, change))
    await _change(app, template, columns, about=place, confirmed=confirmed)
    return JSONResponse(column_json((await load_template(request)).columns[place]))


async def delete(request: Request[Any]) -> Response:
    """Remove a column with all it holds."""
    app: App = request.state["app"]
    template = await load_template(request)
    columns = list(TemplateDraft.of(template).columns)
    del columns[_find(columns, request)]
    if not columns:
        raise ApiFailure(409, Message("change.last_column"))
    await _change(app, template, columns, about=None, confirmed=True)
    return Response(status_code=204)


def column_json(column: TemplateColumn) -> representations.Column:
    """A column as the API shows it."""
    rules = column.rules
    return {
        "id": column.id,
        "key": column.key,
        "position": column.position,
        "name": column.name,
        "type": column.type.value,
        "required": column.required,
        "aliases": list(column.aliases),
        "unique": rules.unique,
        "minimum": rules.minimum,
        "maximum": rules.maximum,
        "min_length": rules.min_length,
        "max_length": rules.max_length,
        "pattern": rules.pattern,
        "choices": list(rules.choices),
        "default": rules.default,
        "warnings": sorted(rules.warnings),
        "remembered": column.remembered.to_dict(),  # type: ignore[typeddict-item]
    }


def filled(draft: ColumnDraft, column: NewColumn) -> ColumnDraft:
    """A draft with what was sent of the column in it. Null takes a rule away, and so does another type."""
    sent = column.sent
    sent.pop("position", None)
    if sent.get("type", draft.type) != draft.type:
        draft = draft.as_type(sent["type"])
    members: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in sent.items()}
    return replace(draft, **members)


def refusal(refused: DraftRefused, *, about: int | None = None) -> ApiFailure:
    """All that will not do, as an answer. `about` is the place of the body's own column."""
    return invalid_body(_mistakes(refused, about))


def _mistakes(refused: DraftRefused, about: int | None) -> Iterator[Mistake]:
    # What is wrong with the body's own column comes first: a name taken twice is wrong with two.
    own = ("columns", about)
    for problem in sorted(refused.problems, key=lambda problem: problem.steps[:2] != own):
        is_own = about is not None and problem.steps[:2] == own
        yield Mistake(problem.steps[2:] if is_own else problem.steps, problem.message)


async def _change(
    app: App,
    template: ImportTemplate,
    columns: Sequence[ColumnDraft],
    *,
    about: int | None,
    confirmed: bool = False,
) -> None:
    """Save a template with these columns. Raises ApiFailure when that has to be confirmed."""
    try:
        async with change_staging(app, template) as staging:
            lost = await change_template(
                app.records,
                app.sandbox,
                template,
                replace(TemplateDraft.of(template), columns=tuple(columns)),
                max_columns=app.settings.imports.max_columns,
                confirmed=confirmed,
                staging=staging,
            )
    except DraftRefused as refused:
        raise refusal(refused, about=about) from None
    if lost:
        raise ApiFailure(
            409,
            Message("change.confirm"),
            changes=list(map(say, lost)),
            change_messages=[message.to_dict() for message in lost],
        )


def _find(columns: Sequence[ColumnDraft], request: Request[Any]) -> int:
    """The place of the column in the address. Raises NotFound."""
    wanted = str(request.path_params["column_id"])
    for place, column in enumerate(columns):
        if str(column.id) == wanted:
            return place
    raise NotFound(f"column {wanted}")
