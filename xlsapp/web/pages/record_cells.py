"""One cell of the grid, saved in place by the page's script. The answer is JSON."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xlsapp.context import App
from xlsapp.errors import NotFound
from xlsapp.models import CellValue, TemplateColumn
from xlsapp.services.records.changes import change_record
from xlsapp.services.records.opened import Opened, mark
from xlsapp.services.records.values import check
from xlsapp.spreadsheet.cells.entered import as_entered, parse_text
from xlsapp.web.http.forms import Form, small_number
from xlsapp.web.http.loading import load_template
from xlsapp.web.http.problem_details import problem_for_script
from xlsapp.web.pages.record_conflicts import said_of
from xlsapp.web.pages.record_grid import cell_text


async def update(request: Request[Any]) -> Response:
    """Store one value under the rules of the import: the cell as it shows now, or what is wrong.

    When somebody else has changed it since, nothing is stored, and 409 has what it is now.
    """
    app: App = request.state["app"]
    template = await load_template(request)
    column = next((c for c in template.columns if c.id == request.path_params["column_id"]), None)
    if column is None:
        raise NotFound("column")
    form = await Form.read(request, "value", "opened", "revision")
    checked = check([column], {column.key: form.values["value"]})
    if problem := checked.problems.get(column.key):
        return problem_for_script(request.scope, 422, problem)
    opened = _opened(column, form)
    changed = await change_record(
        app.records, template, request.path_params["record_id"], checked.values, opened=opened
    )
    if problem := changed.problems.get(column.key):
        return problem_for_script(request.scope, 422, problem)
    if changed.conflicts:
        theirs, revision = changed.conflicts[0].theirs, changed.record.revision
        shown = {"revision": revision, **_shown(app, column, theirs)}
        return problem_for_script(request.scope, 409, said_of(changed.conflicts[0]), theirs=shown)
    revision = changed.record.revision + changed.is_stored
    if opened and opened.revision != changed.record.revision:
        revision = opened.revision  # other changes of the record have not been seen yet
    value = (checked if changed.is_stored else changed.record).values[column.key]
    undo = changed.change_id and app.url_for(
        "changes.undo", template_id=template.id, change_id=changed.change_id
    )
    return JSONResponse({"revision": revision, "undo": undo, **_shown(app, column, value)})


def _opened(column: TemplateColumn, form: Form) -> Opened | None:
    """The cell as it was on the page; None where the script is of an older version."""
    revision = small_number(form.values["revision"])
    if revision is None or "opened" not in form.sent:
        return None
    value, _ = parse_text(column.type, form.values["opened"])
    return Opened(revision, {column.key: mark(column, value)})


def _shown(app: App, column: TemplateColumn, value: CellValue) -> dict[str, str]:
    html = app.renderer.render(
        "data_records/_value.html", {"column": column, "value": value, "cell_text": cell_text}
    )
    return {"html": html, "value": as_entered(column.type, value)}
