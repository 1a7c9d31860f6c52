"""A template's records: pages of them, and adding, changing, deleting one."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xlsapp.context import App
from xlsapp.models import CellValue, ColumnType, DataRecord, ImportTemplate
from xlsapp.repositories import data_records
from xlsapp.spreadsheet.cells import parse_text
from xlsapp.web.forms import Form
from xlsapp.web.import_templates import load_template
from xlsapp.web.responses import page, redirect

PAGE_SIZE = 50


async def index(request: Request[Any]) -> Response:
    """One page of the records."""
    app: App = request.state["app"]
    template = await load_template(request)
    text = request.query_params.get("page", "1")
    last_page = max(1, -(-template.record_count // PAGE_SIZE))
    number = min(max(int(text) if text.isdecimal() and len(text) < 10 else 1, 1), last_page)
    async with app.db.read() as conn:
        offset = (number - 1) * PAGE_SIZE
        records = await data_records.list_page(conn, template, offset=offset, limit=PAGE_SIZE)
    path = app.url_for("data_records.index", template_id=template.id)
    return await page(
        request,
        "data_records/index.html",
        template=template,
        records=records,
        page={
            "total": template.record_count,
            "first": offset + 1 if records else 0,
            "last": offset + len(records),
            "previous_url": f"{path}?page={number - 1}" if number > 1 else None,
            "next_url": f"{path}?page={number + 1}" if number < last_page else None,
        },
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
    if form.errors:
        return await _form_page(request, "data_records/new.html", template, form, http_status=422)
    async with app.db.write() as tx:
        await data_records.add(tx, template, values)
    return redirect(request, "data_records.index", notice="The record is added.", template_id=template.id)


async def edit(request: Request[Any]) -> Response:
    """The form for a stored record."""
    template, record = await _load_record(request)
    form = _form_of(template, record)
    return await _form_page(request, "data_records/edit.html", template, form, record=record)


async def update(request: Request[Any]) -> Response:
    """Change a record, if every value will do."""
    app: App = request.state["app"]
    template, record = await _load_record(request)
    form, values = await _read(request, template)
    if form.errors:
        return await _form_page(
            request, "data_records/edit.html", template, form, record=record, http_status=422
        )
    async with app.db.write() as tx:
        await data_records.change(tx, template, record.id, values)
    return redirect(request, "data_records.index", notice="The record is saved.", template_id=template.id)


async def confirm_delete(request: Request[Any]) -> Response:
    """Show the record once more, and ask."""
    template, record = await _load_record(request)
    return await page(request, "data_records/confirm_delete.html", template=template, record=record)


async def delete(request: Request[Any]) -> Response:
    """Delete a record."""
    app: App = request.state["app"]
    template, record = await _load_record(request)
    async with app.db.write() as tx:
        await data_records.remove(tx, template, record.id)
    return redirect(request, "data_records.index", notice="The record is deleted.", template_id=template.id)


async def _load_record(request: Request[Any]) -> tuple[ImportTemplate, DataRecord]:
    app: App = request.state["app"]
    template = await load_template(request)
    async with app.db.read() as conn:
        return template, await data_records.find(conn, template, request.path_params["record_id"])


async def _read(request: Request[Any], template: ImportTemplate) -> tuple[Form, dict[str, CellValue]]:
    """The form as sent, and its values under the same rules as the import's."""
    form = await Form.read(request, *(column.key for column in template.columns))
    values: dict[str, CellValue] = {}
    for column in template.columns:
        values[column.key], problem = parse_text(column, form.values[column.key])
        if problem:
            form.errors[column.key] = problem
    return form, values


def _form_of(template: ImportTemplate, record: DataRecord | None) -> Form:
    values = record.values if record else {}
    return Form({c.key: _shown(c.type, values.get(c.key)) for c in template.columns})


def _shown(column_type: ColumnType, value: CellValue) -> str:
    if value is None:
        return ""
    return ("yes" if value else "no") if column_type is ColumnType.BOOLEAN else str(value)


async def _form_page(
    request: Request[Any],
    name: str,
    template: ImportTemplate,
    form: Form,
    *,
    http_status: int = 200,
    record: DataRecord | None = None,
) -> Response:
    return await page(request, name, http_status=http_status, template=template, form=form, record=record)
