"""The audit log, for the account that looks after the server: a page at a time, or as a file."""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from xlsapp.context import App
from xlsapp.errors import NotFound
from xlsapp.messages.saying import say
from xlsapp.problems import Message
from xlsapp.repositories.audit_entries import AuditEntry
from xlsapp.web.http.loading import require_administrator
from xlsapp.web.http.responses import page

PAGE_SIZE = 100
FILE_STEP = 1000
MEMBERS = ("at", "who", "what", "whom", "address", "code")

# What can be looked for, by what it is called on the page.
KINDS = {
    "": "Everything",
    "audit.signed_in": "Sign-ins",
    "audit.sign_in_failed": "Sign-ins that failed",
    "audit.account_made": "New accounts",
    "audit.account_removed": "Removed accounts",
    "audit.exported": "Exports",
    "audit.downloaded": "Downloads",
    "audit.records_deleted": "Deleted records",
    "audit.template_removed": "Deleted templates",
    "audit.template_restored": "Restored templates",
    "audit.template_erased": "Erased templates",
    "audit.undone": "Undos",
    "audit.token_made": "New access tokens",
}


async def index(request: Request[Any]) -> Response:
    """The newest entries; `before` goes on from one."""
    app: App = request.state["app"]
    await require_administrator(request)
    kind, before = request.query_params.get("kind", ""), request.query_params.get("before", "")
    found = await app.audit.list(_id(before), kind=_kind(kind), most=PAGE_SIZE + 1)
    return await page(
        request,
        "administration/audit.html",
        entries=[_shown(entry) for entry in found[:PAGE_SIZE]],
        next=found[PAGE_SIZE - 1].id if len(found) > PAGE_SIZE else None,
        kind=kind,
        kinds=KINDS,
        days=app.settings.audit.days,
        is_first=not before,
    )


async def download(request: Request[Any]) -> Response:
    """All of it, newest first, as csv or as JSON lines."""
    app: App = request.state["app"]
    await require_administrator(request)
    writer = {"csv": _csv, "jsonl": _json_line}.get(request.path_params["format"])
    if writer is None:
        raise NotFound("format")
    media_type = "text/csv; charset=utf-8" if writer is _csv else "application/jsonl"
    name = f"audit.{request.path_params['format']}"
    return StreamingResponse(
        _lines(app, writer, _kind(request.query_params.get("kind", ""))),
        media_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _lines(app: App, written: Callable[[list[str]], str], kind: str | None) -> AsyncIterator[str]:
    if written is _csv:
        yield _csv(list(MEMBERS))
    before: int | None = None
    while entries := await app.audit.list(before, kind=kind, most=FILE_STEP):
        yield "".join(written(list(map(str, _shown(entry).values()))) for entry in entries)
        before = entries[-1].id


def _csv(texts: list[str]) -> str:
    file = io.StringIO()
    # What a spreadsheet would take for a formula is a text to it behind an apostrophe.
    csv.writer(file).writerow(
        [f"'{text}" if text.startswith(("=", "+", "-", "@")) else text for text in texts]
    )
    return file.getvalue()


def _json_line(texts: list[str]) -> str:
    return json.dumps(dict(zip(MEMBERS, texts, strict=True)), ensure_ascii=False) + "\n"


def _shown(entry: AuditEntry) -> dict[str, str]:
    """An entry in words: by the names of MEMBERS."""
    noted = entry.noted
    whom = entry.whom or (say(Message("audit.somebody")) if noted.whom_id else "")
    if noted.whom_id and noted.whom_id == noted.user_id:
        whom = say(Message("audit.itself"))
    if noted.user_id:
        who = entry.actor or say(Message("audit.somebody"))
    else:
        who = say(Message("audit.visitor") if noted.address else Message("audit.shell"))
    what = say(replace(noted.what, parameters={**noted.what.parameters, "whom": whom}))
    return {
        "at": noted.at,
        "who": who,
        "what": what,
        "whom": entry.whom or "",
        "address": noted.address,
        "code": noted.what.code,
    }


def _kind(text: str) -> str | None:
    return text if text in KINDS and text else None


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
