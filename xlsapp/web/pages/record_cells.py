"""One cell of the grid, saved in place by the page's script. The answer is JSON."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xlsapp.context import App
from xlsapp.errors import NotFound
from xlsapp.services.records.changes import change_cell
from xlsapp.services.records.values import check
from xlsapp.spreadsheet.cells.entered import as_entered
from xlsapp.web.http.forms import Form
from xlsapp.web.http.loading import load_template
from xlsapp.web.http.problem_details import problem_for_script
from xlsapp.web.pages.record_grid import cell_text


async def update(request: Request[Any]) -> Response:
    """Store one value under the rules of the import: the cell as it shows now, or what is wrong."""
    app: App = request.state["app"]
    template = await load_template(request)
    column = next((c for c in template.columns if c.id == request.path_params["column_id"]), None)
    if column is None:
        raise NotFound("column")
    form = await Form.read(request, "value")
    checked = check([column], {column.key: form.values["value"]})
    value, problem = checked.values[column.key], checked.problems.get(column.key)
    if problem is None:
        problem = await change_cell(app.records, template, request.path_params["record_id"], column, value)
    if problem:
        return problem_for_script(request.scope, 422, problem)
    html = app.renderer.render(
        "data_records/_value.html", {"column": column, "value": value, "cell_text": cell_text}
    )
    return JSONResponse({"html": html, "value": as_entered(column.type, value)})
