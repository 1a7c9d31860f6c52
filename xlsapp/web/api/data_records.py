"""A template's records: pages of them, and adding, changing, deleting one."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xlsapp.context import App
from xlsapp.models import CellValue, DataRecord, ImportTemplate, TokenScope
from xlsapp.problems import Message
from xlsapp.services.records.changes import add_record, change_record, delete_record
from xlsapp.services.records.cursors import to_token
from xlsapp.services.records.values import Problems, check
from xlsapp.web.api import representations
from xlsapp.web.api.access import token_of, why_of
from xlsapp.web.api.addresses import address_of
from xlsapp.web.api.bodies import RecordValues
from xlsapp.web.api.checking import Mistake, no_such_column
from xlsapp.web.api.failures import invalid_body, invalid_parameters
from xlsapp.web.api.reading import read_json
from xlsapp.web.api.revisions import etag_of, wanted_revisions
from xlsapp.web.api.views import view_of_query
from xlsapp.web.http.loading import load_template

FILTERS = (
    "A filter names its column and what is asked of it: `filter[Orders][from]=5`, "
    "`filter[Grade][one_of]=Gold&filter[Grade][one_of]=Silver`, `filter[Notes][blank]=true`. Send the "
    "rest of the query as it is with each `next_cursor`: pages stay true while records are added or deleted."
)


async def index(request: Request[Any]) -> Response:
    """A page of the records that fit."""
    app: App = request.state["app"]
    template = await load_template(request)
    selection, asked = await view_of_query(request, template)
    cursor = None
    if asked.cursor:
        cursor = await app.records.cursor(template, selection, asked.cursor, backwards=False)
        if cursor is None:
            raise invalid_parameters([("cursor", Message("body.no_such_cursor"))])
    if selection.search:
        app.records.prepare(template)
    found = await app.records.page(template, selection, cursor, size=asked.limit)
    shown: representations.Records = {
        "records": [record_json(template, record) for record in found.records],
        "next_cursor": to_token(found.next) if found.next else None,
        "total": found.count.number,
        "total_is_exact": found.count.is_exact,
    }
    return JSONResponse(shown)


async def show(request: Request[Any]) -> Response:
    """One record."""
    template, record = await _load(request)
    return JSONResponse(record_json(template, record), headers=etag_of(record))


async def create(request: Request[Any]) -> Response:
    """Add a record, if every value will do."""
    app: App = request.state["app"]
    template = await load_template(request)
    sent = (await read_json(request, RecordValues)).values
    blank = {column.name: None for column in template.columns}
    values = _stored(template, {**blank, **sent})
    record_id, problems = await add_record(app.records, template, values, why=why_of(request))
    _refuse(template, problems)
    record = await app.records.find(template, record_id)
    path = address_of(request, "records.show", template_id=template.id, record_id=record_id)
    headers = {"Location": path, **etag_of(record)}
    return JSONResponse(_stored_json(request, template, record), status_code=201, headers=headers)


async def update(request: Request[Any]) -> Response:
    """Change what was sent of a record, if every value will do."""
    app: App = request.state["app"]
    template, record = await _load(request)
    sent = (await read_json(request, RecordValues)).values
    values = _stored(template, sent)
    only_at = wanted_revisions(request)
    changed = await change_record(
        app.records, template, record.id, values, only_at=only_at, why=why_of(request)
    )
    _refuse(template, changed.problems)
    template, record = await _load(request)
    return JSONResponse(_stored_json(request, template, record), headers=etag_of(record))


async def delete(request: Request[Any]) -> Response:
    """Delete a record."""
    app: App = request.state["app"]
    template = await load_template(request)
    only_at = wanted_revisions(request)
    record_id = request.path_params["record_id"]
    await delete_record(app.records, template, record_id, only_at=only_at, why=why_of(request))
    return Response(status_code=204)


def record_json(template: ImportTemplate, record: DataRecord) -> representations.Record:
    """A record as the API shows it: its values by their columns' names."""
    return {
        "id": record.id,
        "position": record.position,
        "import_id": record.import_id,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "revision": record.revision,
        "values": {column.name: record.values.get(column.key) for column in template.columns},
    }


def _stored_json(
    request: Request[Any], template: ImportTemplate, record: DataRecord
) -> representations.Record | representations.StoredRecord:
    """A record that was just stored, as far as the token may see it, even if nothing changed."""
    if TokenScope.READ in token_of(request).scopes:
        return record_json(template, record)
    return {
        "id": record.id,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "revision": record.revision,
    }


def _stored(template: ImportTemplate, sent: Mapping[str, CellValue]) -> Mapping[str, CellValue]:
    """What was sent by columns' names, as it is stored, by their keys. Raises ApiFailure."""
    columns = {column.name: column for column in template.columns}
    named = {name: columns[name] for name in sent if name in columns}
    checked = check(named.values(), {column.key: sent[name] for name, column in named.items()})
    wrong = {name: no_such_column(name) for name in sent if name not in named}
    wrong |= {name: checked.problems[c.key] for name, c in named.items() if c.key in checked.problems}
    if wrong:
        raise invalid_body(Mistake(("values", name), wrong[name]) for name in sent if name in wrong)
    return checked.values


def _refuse(template: ImportTemplate, problems: Problems) -> None:
    """Raise ApiFailure when values may not be stored."""
    names = {column.key: column.name for column in template.columns}
    if problems:
        raise invalid_body(Mistake(("values", names[key]), message) for key, message in problems.items())


async def _load(request: Request[Any]) -> tuple[ImportTemplate, DataRecord]:
    app: App = request.state["app"]
    template = await load_template(request)
    return template, await app.records.find(template, request.path_params["record_id"])
