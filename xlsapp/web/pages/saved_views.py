"""Views of a template's records under names: keep one, give it another name, keep it no longer."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xlsapp.context import App
from xlsapp.models import ImportTemplate
from xlsapp.repositories import saved_views
from xlsapp.repositories.saved_views import SavedView
from xlsapp.services.records.saved_views import rename_view, save_view
from xlsapp.web.http.access import require_user
from xlsapp.web.http.forms import Form
from xlsapp.web.http.loading import load_template
from xlsapp.web.http.responses import redirect
from xlsapp.web.http.view_addresses import View, query_of_stored


@dataclass(frozen=True, slots=True)
class Tab:
    """A saved view above the records. `query` has columns that are gone, too: its page says so."""

    id: int
    name: str
    query: str
    is_here: bool


def tabs(template: ImportTemplate, saved: Iterable[SavedView], here: View) -> Iterator[Tab]:
    """The saved views; `is_here` is the one that shows what `here` shows."""
    for view in saved:
        query = query_of_stored(view.stored)
        yield Tab(view.id, view.name, f"?{query}", View.from_query(template, query).query == here.query)


async def create(request: Request[Any]) -> Response:
    """Keep what the page of records shows under a name."""
    app: App = request.state["app"]
    template = await load_template(request)
    form = await Form.read(request, "name", "view")
    view = View.from_query(template, form.values["view"])
    saved = await save_view(
        app.db, require_user(request), template, name=form.values["name"], selection=view.selection
    )
    return _to_records(request, template, view.query, notice=f"The view “{saved.name}” is saved.")


async def update(request: Request[Any]) -> Response:
    """Give a view another name."""
    app: App = request.state["app"]
    template = await load_template(request)
    form = await Form.read(request, "name", "view")
    view_id = request.path_params["view_id"]
    await rename_view(app.db, require_user(request), template, view_id, name=form.values["name"])
    query = View.from_query(template, form.values["view"]).query
    return _to_records(request, template, query, notice="The view has another name.")


async def delete(request: Request[Any]) -> Response:
    """Keep a view no longer. The records that it showed stay."""
    app: App = request.state["app"]
    template = await load_template(request)
    form = await Form.read(request, "view")
    async with app.db.write() as tx:
        await saved_views.remove(tx, require_user(request).id, template.id, request.path_params["view_id"])
    query = View.from_query(template, form.values["view"]).query
    return _to_records(request, template, query, notice="The view is deleted. Its records stay.")


def _to_records(request: Request[Any], template: ImportTemplate, query: str, *, notice: str) -> Response:
    response = redirect(request, "data_records.index", notice=notice, template_id=template.id)
    response.headers["location"] += query and f"?{query}"
    return response
