"""A template's records: pages of them, and adding, changing, deleting one."""

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xlsapp.context import App
from xlsapp.models import CellValue, DataRecord, ImportTemplate
from xlsapp.repositories import data_records
from xlsapp.spreadsheet.cells import parse_text
from xlsapp.web.api.checking import Fault
from xlsapp.web.api.failures import invalid_body
from xlsapp.web.api.reading import read_json, read_query
from xlsapp.web.api.schemas import Schema, text, whole
from xlsapp.web.import_templates import load_template

QUERY: Schema = {
    "limit": whole("How many at the most; 100 when it is not sent.", least=1, most=1000),
    "cursor": text("`next_cursor` of the page before.", most=500),
}
FILTERS = ""


async def index(request: Request[Any]) -> Response:
    """A page of records."""
    app: App = request.state["app"]
    template = await load_template(request)
    page = read_query(request, QUERY)
    async with app.db.read() as conn:
        found = await data_records.list_page(conn, template, offset=0, limit=page.get("limit", 100))
    return JSONResponse(
        {
            "records": [record_json(template, record) for record in found],
            "next_cursor": None,
            "total": template.record_count,
        }
    )


async def show(request: Request[Any]) -> Response:
    """One record."""
    template, record = await _load(request)
    return JSONResponse(record_json(template, record))


async def create(request: Request[Any]) -> Response:
    """Add a record, if every value will do."""
    app: App = request.state["app"]
    template = await load_template(request)
    sent = (await read_json(request, "RecordValues"))["values"]
    blank = {column.name: None for column in template.columns}
    values = _stored(template, {**blank, **sent})
    async with app.db.write() as tx:
        record_id = await data_records.add(tx, template, values)
        record = await data_records.find(tx, template, record_id)
    path = app.url_for("api:records.show", template_id=template.id, record_id=record_id)
    return JSONResponse(record_json(template, record), status_code=201, headers={"Location": path})


async def update(request: Request[Any]) -> Response:
    """Change what was sent of a record, if every value will do."""
    app: App = request.state["app"]
    template, record = await _load(request)
    sent = (await read_json(request, "RecordValues"))["values"]
    values = {**record.values, **_stored(template, sent)}
    async with app.db.write() as tx:
        await data_records.change(tx, template, record.id, values)
        record = await data_records.find(tx, template, record.id)
    return JSONResponse(record_json(template, record))


async def delete(request: Request[Any]) -> Response:
    """Delete a record."""
    app: App = request.state["app"]
    template, record = await _load(request)
    async with app.db.write() as tx:
        await data_records.remove(tx, template, record.id)
    return Response(status_code=204)


def record_json(template: ImportTemplate, record: DataRecord) -> dict[str, Any]:
    """A record as the API shows it: its values by their columns' names."""
    return {
        "id": record.id,
        "position": record.position,
        "import_id": record.import_id,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "values": {column.name: record.values.get(column.key) for column in template.columns},
    }


def _stored(template: ImportTemplate, sent: Mapping[str, CellValue]) -> dict[str, CellValue]:
    """What was sent, as it is stored, under the same rules as the import's. Raises ApiFailure."""
    columns = {column.name: column for column in template.columns}
    values: dict[str, CellValue] = {}
    found = []
    for name, value in sent.items():
        column = columns.get(name)
        if column is None:
            found.append(Fault(("values", name), f"There is no column “{name}” in this template."))
            continue
        values[column.key], problem = parse_text(column, "" if value is None else value)
        if problem:
            found.append(Fault(("values", name), problem))
    if found:
        raise invalid_body(found)
    return values


async def _load(request: Request[Any]) -> tuple[ImportTemplate, DataRecord]:
    app: App = request.state["app"]
    template = await load_template(request)
    async with app.db.read() as conn:
        return template, await data_records.find(conn, template, request.path_params["record_id"])
