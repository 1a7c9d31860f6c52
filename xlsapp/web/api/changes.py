"""A template's changes by a cursor, what each has touched, taking it back; and the history of a record."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xlsapp.context import App
from xlsapp.errors import Refused
from xlsapp.jobs.undo_job import start_undo
from xlsapp.models import ImportTemplate
from xlsapp.repositories.history import changes, copies, reading
from xlsapp.repositories.history.changes import Actor, RecordsChange
from xlsapp.repositories.history.foreseeing import Counts
from xlsapp.services.history.erasing import erase_past
from xlsapp.services.history.past import Event, past_of
from xlsapp.services.history.undoing import foresee
from xlsapp.web.api import history_models
from xlsapp.web.api.access import token_of, why_of
from xlsapp.web.api.history_models import HistoryPage
from xlsapp.web.api.jobs import accepted
from xlsapp.web.api.reading import read_query
from xlsapp.web.http.access import require_user
from xlsapp.web.http.loading import load_template


async def index(request: Request[Any]) -> Response:
    """The changes behind a cursor, oldest first."""
    app: App = request.state["app"]
    template = await load_template(request)
    asked = read_query(request, HistoryPage)
    async with app.db.read() as conn:
        found = await changes.list_after(conn, template.id, int(asked.cursor), limit=asked.limit)
        since = await copies.since(conn, template.id)
    shown: history_models.Changes = {
        "changes": [change_json(change) for change in found],
        "next_cursor": str(found[-1].id) if found else asked.cursor,
        "since": since or template.created_at,
    }
    return JSONResponse(shown)


async def show(request: Request[Any]) -> Response:
    """One change, and what taking it back would do."""
    app: App = request.state["app"]
    template, change = await _load(request)
    undo: history_models.Foreseen | None = None
    try:
        foreseen = await foresee(app.records, template, change)
        undo = {
            "restored": _counts(foreseen.ready),
            "touched": _counts(foreseen.touched),
            "clashes": len(foreseen.clashes),
        }
    except Refused:
        pass
    return JSONResponse({**change_json(change), "undo": undo})


async def records(request: Request[Any]) -> Response:
    """What the records were that a change has changed or deleted, page by page."""
    app: App = request.state["app"]
    template, change = await _load(request)
    asked = read_query(request, HistoryPage)
    async with app.db.read() as conn:
        found = await reading.of_change(
            conn, change, template.columns, after=int(asked.cursor), limit=asked.limit + 1
        )
    shown: history_models.TouchedRecords = {
        "records": [
            {
                "record_id": copy.record_id,
                "what": copy.what.value,
                "row": copy.row,
                "values": {c.name: copy.values[c.key] for c in template.columns if c.key in copy.values},
            }
            for copy in found[: asked.limit]
        ],
        "next_cursor": str(found[asked.limit - 1].id) if len(found) > asked.limit else None,
    }
    return JSONResponse(shown)


async def undo(request: Request[Any]) -> Response:
    """Queue the undo of a change."""
    app: App = request.state["app"]
    template, change = await _load(request)
    job_id = await start_undo(app, require_user(request), template, change, token=token_of(request).name)
    return await accepted(request, job_id)


async def of_record(request: Request[Any]) -> Response:
    """What is known of a record's past, newest first."""
    app: App = request.state["app"]
    template = await load_template(request)
    record_id = request.path_params["record_id"]
    asked = read_query(request, HistoryPage)
    before = int(asked.cursor) or None
    past = await past_of(app.records, template, record_id, before=before, limit=asked.limit)
    shown: history_models.RecordHistory = {
        "record_id": record_id,
        "is_there": past.record is not None,
        "since": past.since or template.created_at,
        "events": [_event_json(event) for event in past.events],
        "next_cursor": str(past.before) if past.before else None,
    }
    return JSONResponse(shown)


async def erase(request: Request[Any]) -> Response:
    """Erase what a record was before."""
    app: App = request.state["app"]
    template = await load_template(request)
    record_id = request.path_params["record_id"]
    await past_of(app.records, template, record_id, limit=1)
    actor = why_of(request).actor
    await erase_past(app.records, template, record_id, actor or Actor(template.user_id))
    return Response(status_code=204)


def change_json(change: RecordsChange) -> history_models.Change:
    """A change as the API shows it."""
    first, last = change.first_created, change.last_created
    return {
        "id": change.id,
        "kind": change.kind.value,
        "made_at": change.at,
        "email": change.email,
        "token": change.token or None,
        "job_id": change.job_id,
        "import_id": change.import_id,
        "file_name": change.file_name or None,
        "undoes": change.undoes,
        "undone_by": change.undone_by,
        "created": change.created,
        "changed": change.changed,
        "deleted": change.deleted,
        "returned": change.returned,
        "created_ids": None if first is None or last is None else [first, last],
        "can_be_undone": change.is_whole and not change.is_open,
    }


def _event_json(event: Event) -> history_models.Event:
    return {
        "what": event.what.value if event.what else "created",
        "change": change_json(event.change) if event.change else None,
        "row": event.row,
        "differences": [{"column": d.column.name, "old": d.old, "new": d.new} for d in event.differences],
    }


def _counts(counts: Counts) -> history_models.Counts:
    return {
        "changed": counts.changed,
        "deleted": counts.deleted,
        "returned": counts.returned,
        "created": counts.created,
    }


async def _load(request: Request[Any]) -> tuple[ImportTemplate, RecordsChange]:
    app: App = request.state["app"]
    template = await load_template(request)
    async with app.db.read() as conn:
        return template, await changes.find(conn, template.id, request.path_params["change_id"])
