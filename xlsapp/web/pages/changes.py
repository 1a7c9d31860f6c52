"""A template's history: what was done to its records, one change, and taking it back."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xlsapp.context import App
from xlsapp.errors import NotFound, Refused
from xlsapp.jobs.showing import shown_undo
from xlsapp.jobs.undo_job import start_undo
from xlsapp.messages.saying import say
from xlsapp.models import ImportTemplate
from xlsapp.repositories.history import changes, copies, foreseeing
from xlsapp.repositories.history.changes import Actor, RecordsChange
from xlsapp.repositories.history.foreseeing import Verdict
from xlsapp.services.history.undoing import Foreseen, foresee, size_of, undo
from xlsapp.web.http.access import require_user
from xlsapp.web.http.forms import row_id
from xlsapp.web.http.loading import load_template
from xlsapp.web.http.responses import page, redirect, wants_json
from xlsapp.web.pages.data_records import back_to_place
from xlsapp.web.pages.record_grid import cell_text

PAGE_SIZE = 50
MOST_LEFT = 100

# As many are taken back while one waits for the page; more are a job.
AT_ONCE = 1_000


async def index(request: Request[Any]) -> Response:
    """What was done to a template's records, newest first."""
    app: App = request.state["app"]
    template = await load_template(request)
    before = row_id(request.query_params.get("before", ""))
    async with app.db.read() as conn:
        found = await changes.list_before(conn, template.id, before, limit=PAGE_SIZE + 1)
        since = await copies.since(conn, template.id)
    older = found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None
    return await page(
        request,
        "changes/index.html",
        template=template,
        changes=found[:PAGE_SIZE],
        older=older,
        since=since or template.created_at,
        is_first=before is None,
    )


async def show(request: Request[Any]) -> Response:
    """One change, and what taking it back would do."""
    template, change = await _load(request)
    return await _page(request, template, change)


async def of_job(request: Request[Any]) -> Response:
    """To the change that a job has made. Raises NotFound."""
    app: App = request.state["app"]
    template = await load_template(request)
    async with app.db.read() as conn:
        change = await changes.get_by_job(conn, template.id, request.path_params["job_id"])
    if change is None:
        raise NotFound("change")
    return redirect(request, "changes.show", template_id=template.id, change_id=change.id)


async def take_back(request: Request[Any]) -> Response:
    """Take a change back: at once where it is small, or else as a job."""
    app: App = request.state["app"]
    user = require_user(request)
    template, change = await _load(request)
    if size_of(change) > AT_ONCE:
        job_id = await start_undo(app, user, template, change)
        return redirect(request, "jobs.show", template_id=template.id, job_id=job_id)
    receipt = await undo(app.records, template, change.id, Actor(user.id))
    if wants_json(request):
        return JSONResponse(shown_undo(receipt))
    form = await request.form(max_fields=10, max_files=0)
    if form.get("back") == "records":  # the notice of a page of records has offered it
        tone = "plain" if receipt.left or not receipt.undo_id else "good"
        return back_to_place(
            request, template, notice=say(receipt.summary), tone=tone, change_id=receipt.undo_id
        )
    return redirect(
        request,
        "changes.show",
        notice=say(receipt.summary),
        tone="plain" if receipt.left or not receipt.undo_id else "good",
        template_id=template.id,
        change_id=change.id,
    )


async def _load(request: Request[Any]) -> tuple[ImportTemplate, RecordsChange]:
    app: App = request.state["app"]
    template = await load_template(request)
    async with app.db.read() as conn:
        return template, await changes.find(conn, template.id, request.path_params["change_id"])


async def _page(request: Request[Any], template: ImportTemplate, change: RecordsChange) -> Response:
    app: App = request.state["app"]
    foreseen, why_not = None, None
    try:
        foreseen = await foresee(app.records, template, change)
    except Refused as refused:
        why_not = say(refused.message)
    async with app.db.read() as conn:
        related = await changes.find_some(
            conn, template.id, {each for each in (change.undoes, change.undone_by) if each}
        )
        left = await _left(conn, template, change, foreseen) if foreseen else {}
    return await page(
        request,
        "changes/show.html",
        template=template,
        change=change,
        related=related,
        foreseen=foreseen,
        why_not=why_not,
        is_job=size_of(change) > AT_ONCE,
        cell_text=cell_text,
        **{"touched": [], "clashing": [], "created": [], **left},
    )


async def _left(
    conn: Any, template: ImportTemplate, change: RecordsChange, foreseen: Foreseen
) -> dict[str, Any]:
    """The first records that taking the change back would leave, or has left, as they are."""
    clashes = {clash.copy_id: clash for clash in foreseen.clashes[:MOST_LEFT]}
    copied = await foreseeing.list_copies(conn, template, change, clashes)
    touched = foreseen.touched
    return {
        "clashing": [(each, clashes[each.copy_id]) for each in copied],
        "touched": await foreseeing.list_left(conn, template, change, Verdict.TOUCHED, limit=MOST_LEFT)
        if touched.all > touched.created
        else [],
        "created": await foreseeing.list_created_left(conn, template, change, limit=MOST_LEFT)
        if touched.created
        else [],
    }
