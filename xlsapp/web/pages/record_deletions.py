"""Deleting several records at once: those that were ticked, or all of a view. It is asked once more."""

from typing import Any

from starlette.datastructures import ImmutableMultiDict
from starlette.requests import Request
from starlette.responses import Response

from xlsapp.context import App
from xlsapp.models import ImportTemplate
from xlsapp.services.records.deleting import delete_records, delete_selection
from xlsapp.web.http.forms import small_number
from xlsapp.web.http.loading import load_template
from xlsapp.web.http.responses import page
from xlsapp.web.pages.data_records import back_to_place
from xlsapp.web.pages.record_grid import GridPlace, cell_text, load_chips, without_paging

MOST_CHOSEN = 1_000
SHOWN = 5


async def new(request: Request[Any]) -> Response:
    """Say how many records would go, and ask."""
    template = await load_template(request)
    if request.query_params.get("all") == "yes":
        return await _ask(request, template, ids=None)
    ids = chosen_ids(request.query_params)
    if not ids:
        notice = "No record is selected. Tick the box beside those that should go."
        return back_to_place(request, template, notice=notice, tone="plain")
    return await _ask(request, template, ids=ids)


async def create(request: Request[Any]) -> Response:
    """Delete them, if there are still as many as the page that asked has said."""
    app: App = request.state["app"]
    template = await load_template(request)
    form = await request.form(max_fields=MOST_CHOSEN + 10, max_files=0)
    expected = small_number(str(form.get("count", "")))
    if form.get("all") == "yes":
        selection = GridPlace.of(request, template).view.selection
        if await app.records.count(template, selection) != expected:
            return await _ask(request, template, ids=None, changed=True)
        deleted = await delete_selection(app.records, template, selection)
    else:
        deleted = await delete_records(app.records, template, chosen_ids(form))
    notice = f"{deleted.number:,} {'record is' if deleted.number == 1 else 'records are'} deleted."
    return back_to_place(request, template, notice=notice, change_id=deleted.change_id)


async def _ask(
    request: Request[Any], template: ImportTemplate, *, ids: list[int] | None, changed: bool = False
) -> Response:
    """The page that asks. `ids` is None for all records of the view."""
    app: App = request.state["app"]
    place = GridPlace.of(request, template)
    if ids is None:
        place = without_paging(place)
        found = await app.records.page(template, place.view.selection, None, size=SHOWN)
        records, count = found.records, await app.records.count(template, place.view.selection)
    else:
        records = await app.records.find_some(template, ids)
        count = len(records)
    if not count:
        return back_to_place(request, template, notice="These records are gone already.", tone="plain")
    return await page(
        request,
        "record_deletions/new.html",
        http_status=409 if changed else 200,
        template=template,
        place=place,
        records=records[:SHOWN],
        count=count,
        ids=ids,
        changed=changed,
        chips=await load_chips(app, template, place.view),
        cell_text=cell_text,
    )


def chosen_ids(sent: ImmutableMultiDict[str, Any]) -> list[int]:
    """The ids that were ticked."""
    texts = [text for text in sent.getlist("id") if isinstance(text, str)]
    ids = [int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 19]
    return list(dict.fromkeys(ids))[:MOST_CHOSEN]
