"""A review: what an import would do, by kind of row; mended by forms, and applied."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from xlsapp.context import App
from xlsapp.errors import NotFound, Refused
from xlsapp.jobs.import_job import start_applying
from xlsapp.jobs.reviewing import choose_again, find_review, mend_review, take_back_mend
from xlsapp.jobs.showing import shown
from xlsapp.messages.saying import say
from xlsapp.models import ImportTemplate
from xlsapp.problems import Message
from xlsapp.repositories.records.selection import Cursor
from xlsapp.repositories.reviewing.kinds import Kind
from xlsapp.repositories.reviewing.rows import Wanted
from xlsapp.services.imports.options import MODES
from xlsapp.services.records.cursors import to_token
from xlsapp.services.reviews.looking import findings_for, place_of_token, text_of
from xlsapp.services.reviews.mending import MendDraft, MendKind, about
from xlsapp.services.reviews.review import Review
from xlsapp.web.http.access import require_user
from xlsapp.web.http.loading import find_own_job, load_template
from xlsapp.web.http.responses import page, redirect
from xlsapp.web.pages.import_options import form_values, options_of
from xlsapp.web.pages.record_grid import cell_text

ROWS_SHOWN = 50
MAX_SEARCH = 200
CHOICES = ("mode", "blank", "valid_only", "sheet", "header_row", "decimal", "dates")
TABS = (Kind.PROBLEMS, Kind.NEW, Kind.CHANGED, Kind.SAME, Kind.NOT_FOUND, Kind.DELETED, Kind.LEFT_OUT)


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is in a review. All of it is in the address."""

    wanted: Wanted
    cursor: Cursor | None
    fields: Mapping[str, str]

    @classmethod
    def of(cls, request: Request[Any], review: Review) -> Self:
        """The place in a request's address, without what would not do."""
        asked = {name: request.query_params.get(name, "").strip() for name in NAMES}
        columns = {str(column.id): column for column in review.template.columns}
        kind = Kind(asked["kind"]) if asked["kind"] in TABS else _first_tab(review)
        column, sort = columns.get(asked["column"]), columns.get(asked["sort"])
        rule = asked["rule"][:40]
        findings = findings_for(review.made.plan.findings, column, rule) if column or rule else ()
        search = asked["q"].translate(dict.fromkeys((0, 30, 31)))[:MAX_SEARCH]
        wanted = Wanted(kind, search, column, rule, findings, sort, descending=bool(asked["desc"]))
        kept = {name: text for name, text in asked.items() if text and name not in ("after", "before")}
        token = asked["after"] or asked["before"]
        cursor = place_of_token(wanted, token, backwards=not asked["after"]) if token else None
        return cls(wanted, cursor, {**kept, "kind": kind.value})

    def query(self, **changed: str) -> str:
        """The address of another place: without what is changed to nothing."""
        fields = {name: text for name, text in {**self.fields, **changed}.items() if text}
        return f"?{urlencode(fields)}"


NAMES = ("kind", "q", "column", "rule", "sort", "desc", "after", "before")


async def show(request: Request[Any]) -> Response:
    """The rows of one kind."""
    app: App = request.state["app"]
    template, review = await _load(request)
    place = Place.of(request, review)
    rows = await app.reviews.page(review, place.wanted, place.cursor, size=ROWS_SHOWN)
    job = await find_own_job(request)
    return await page(
        request,
        "reviews/show.html",
        template=template,
        review=review,
        status=shown(job) if job else None,
        place=place,
        tabs=[(kind, review.counts.of(kind), place.query(**_tab(kind))) for kind in TABS],
        rows=rows,
        groups=await app.reviews.groups(review),
        mends=[(each, say(about(each, template))) for each in await app.reviews.mends(review)],
        choices=form_values(review.options),
        modes=[(mode.value, say(Message("import.mode", {"mode": mode.value}))) for mode in MODES],
        say=say,
        cell_text=cell_text,
        text_of=text_of,
        applying=await app.statuses.get_status(review.applied_by) if review.applied_by else None,
        previous=place.query(before=to_token(rows.previous)) if rows.previous else "",
        next=place.query(after=to_token(rows.next)) if rows.next else "",
    )


async def mend(request: Request[Any]) -> Response:
    """Mend something, and go back to where it was."""
    app: App = request.state["app"]
    _, review = await _load(request)
    data = await request.form(max_files=0)
    sent = {
        name: str(data.get(name, "")) for name in ("kind", "column", "rule", "row", "found", "text", "seen")
    }
    if sent["kind"] not in set(MendKind):
        raise NotFound("kind of mend")
    draft = MendDraft(
        MendKind(sent["kind"]),
        column_id=_number(sent["column"]) or 0,
        rule=sent["rule"],
        row=_number(sent["row"]),
        found=sent["found"] if data.get("found") else None,
        text=sent["text"],
        seen=_number(sent["seen"]),
    )
    await mend_review(
        app, require_user(request), review, draft, remember=_is_remembered(data.get("remember"), draft)
    )
    return _back(request, review)


async def take_back(request: Request[Any]) -> Response:
    """Take a mend back."""
    app: App = request.state["app"]
    _, review = await _load(request)
    await take_back_mend(app, review, request.path_params["mend_id"])
    return _back(request, review)


async def choose(request: Request[Any]) -> Response:
    """Look at the workbook with other choices: here, or where it is read again."""
    app: App = request.state["app"]
    template, review = await _load(request)
    data = await request.form(max_files=0)
    asked = {name: str(data.get(name, "")).strip() for name in CHOICES}
    keys = [str(key) for key in data.getlist("keys")]
    options, problems = options_of(
        {**form_values(review.options), "confirm_deletes": "", "check": "on", **asked}, keys, template
    )
    here: dict[str, Any] = {"template_id": template.id, "job_id": review.job_id}
    if problems:
        notice = " ".join(say(message) for message in problems.values())
        return redirect(request, "reviews.show", notice=notice, tone="bad", **here)
    options = replace(options, answers=review.options.answers, guess=review.options.guess)
    try:
        job_id = await choose_again(app, require_user(request), template, review, options)
    except Refused as refused:
        return redirect(request, "reviews.show", notice=say(refused.message), tone="bad", **here)
    name = "reviews.show" if job_id == review.job_id else "jobs.show"
    return redirect(request, name, template_id=template.id, job_id=job_id)


async def apply(request: Request[Any]) -> Response:
    """Apply what was looked at, and go to the job that does."""
    app: App = request.state["app"]
    template, review = await _load(request)
    data = await request.form(max_files=0)
    revision = _number(str(data.get("revision", "")))
    if revision is None:
        raise NotFound("revision")
    job_id = await start_applying(app, require_user(request), template, review, revision)
    return redirect(request, "jobs.show", template_id=template.id, job_id=job_id)


async def _load(request: Request[Any]) -> tuple[ImportTemplate, Review]:
    """The template and the review in the address. Raises NotFound."""
    app: App = request.state["app"]
    template = await load_template(request)
    job = await find_own_job(request)
    if job is None or job.import_template_id != template.id:
        raise NotFound("job")
    return template, await find_review(app, template, job)


def _is_remembered(ticked: object, draft: MendDraft) -> bool:
    """Whether a template is to know what was mended. The tick stands beside other buttons, too."""
    return bool(ticked) and draft.kind is MendKind.REPLACE


def _back(request: Request[Any], review: Review) -> Response:
    answer = redirect(request, "reviews.show", template_id=review.template.id, job_id=review.job_id)
    if request.url.query:
        answer.headers["location"] += f"?{request.url.query}"
    return answer


def _tab(kind: Kind) -> dict[str, str]:
    return {"kind": kind.value, "column": "", "rule": "", "sort": "", "desc": ""}


def _first_tab(review: Review) -> Kind:
    return next((kind for kind in TABS if review.counts.of(kind)), Kind.NEW)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None
