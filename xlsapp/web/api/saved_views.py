"""Views of a template's records that are kept under names: list them, keep one, keep it no longer."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xlsapp.context import App
from xlsapp.errors import Refused
from xlsapp.repositories import saved_views
from xlsapp.services.records.saved_views import save_view
from xlsapp.web.api.bodies import NewView
from xlsapp.web.api.checking import Mistake
from xlsapp.web.api.failures import invalid_body
from xlsapp.web.api.reading import read_json
from xlsapp.web.api.view_models import SavedView, SavedViews
from xlsapp.web.api.views import view_of_body
from xlsapp.web.http.access import require_user
from xlsapp.web.http.loading import load_template
from xlsapp.web.http.view_addresses import query_of_stored


async def index(request: Request[Any]) -> Response:
    """One's views of a template, by name."""
    app: App = request.state["app"]
    template = await load_template(request)
    async with app.db.read() as conn:
        found = await saved_views.list_for(conn, require_user(request).id, template.id)
    shown: SavedViews = {"views": [_json(view) for view in found]}
    return JSONResponse(shown)


async def create(request: Request[Any]) -> Response:
    """Keep a view under a name, in the place of the one that has it."""
    app: App = request.state["app"]
    template = await load_template(request)
    sent = await read_json(request, NewView)
    selection = await view_of_body(request, template, sent)
    try:
        saved = await save_view(app.db, require_user(request), template, name=sent.name, selection=selection)
    except Refused as refused:
        raise invalid_body([Mistake((refused.field,), refused.message)]) from None
    return JSONResponse(_json(saved), status_code=201)


async def delete(request: Request[Any]) -> Response:
    """Keep a view no longer."""
    app: App = request.state["app"]
    template = await load_template(request)
    async with app.db.write() as tx:
        await saved_views.remove(tx, require_user(request).id, template.id, request.path_params["view_id"])
    return Response(status_code=204)


def _json(view: saved_views.SavedView) -> SavedView:
    return {"id": view.id, "name": view.name, "query": query_of_stored(view.stored)}
