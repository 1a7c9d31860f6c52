"""Reviews: what an import would do, its rows, mends, and applying it."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xlsapp.context import App
from xlsapp.errors import NotFound
from xlsapp.jobs.import_job import start_applying
from xlsapp.jobs.reviewing import find_review, mend_review, take_back_mend
from xlsapp.messages.saying import say
from xlsapp.models import ImportTemplate, TemplateColumn
from xlsapp.problems import Message
from xlsapp.repositories import import_templates
from xlsapp.repositories.reviewing.kinds import Kind
from xlsapp.repositories.reviewing.rows import Wanted
from xlsapp.services.records.cursors import to_token
from xlsapp.services.records.views import tidy
from xlsapp.services.reviews.looking import findings_for, place_of_token
from xlsapp.services.reviews.mending import MendDraft, MendKind, about
from xlsapp.services.reviews.review import CellProblem, Review, ReviewedRow
from xlsapp.web.api import review_models
from xlsapp.web.api.checking import Mistake, no_such_column
from xlsapp.web.api.failures import invalid_body, invalid_parameters
from xlsapp.web.api.jobs import accepted
from xlsapp.web.api.reading import read_json, read_query
from xlsapp.web.http.access import require_user
from xlsapp.web.http.loading import find_own_job


async def show(request: Request[Any]) -> Response:
    """The review as a whole."""
    return await _shown(request, await _load(request))


async def rows(request: Request[Any]) -> Response:
    """A page of its rows."""
    app: App = request.state["app"]
    review = await _load(request)
    asked = read_query(request, review_models.RowsWanted)
    names = {column.name: column for column in review.template.columns}
    given = (("column", asked.column), ("sort", asked.sort))
    if unknown := [(place, no_such_column(name)) for place, name in given if name and name not in names]:
        raise invalid_parameters(unknown)
    column = names.get(asked.column)
    findings = findings_for(review.made.plan.findings, column, asked.rule) if column or asked.rule else ()
    sort = names.get(asked.sort) if asked.kind != Kind.DELETED else None
    wanted = Wanted(Kind(asked.kind), tidy(asked.q), column, asked.rule, findings, sort, asked.desc)
    cursor = place_of_token(wanted, asked.cursor, backwards=False) if asked.cursor else None
    if asked.cursor and cursor is None:
        raise invalid_parameters([("cursor", Message("body.no_such_cursor"))])
    found = await app.reviews.page(review, wanted, cursor, size=asked.limit)
    shown: review_models.ReviewedRows = {
        "rows": [_row_json(review.template, row) for row in found.rows],
        "next_cursor": to_token(found.next) if found.next else None,
    }
    return JSONResponse(shown)


async def mend(request: Request[Any]) -> Response:
    """Mend something."""
    app: App = request.state["app"]
    review = await _load(request)
    sent = await read_json(request, review_models.NewMend)
    draft = MendDraft(
        MendKind(sent.kind),
        column_id=_column(review.template, sent.column).id if sent.column else 0,
        rule=sent.rule,
        row=sent.row,
        found=sent.found,
        text=sent.text,
        seen=sent.seen,
    )
    mended = await mend_review(app, require_user(request), review, draft, remember=sent.remember)
    return await _shown(request, mended)


async def take_back(request: Request[Any]) -> Response:
    """Take a mend back."""
    app: App = request.state["app"]
    review = await _load(request)
    return await _shown(request, await take_back_mend(app, review, request.path_params["mend_id"]))


async def apply(request: Request[Any]) -> Response:
    """Queue the import of what was looked at; or lead to the job that does it already."""
    app: App = request.state["app"]
    review = await _load(request)
    sent = await read_json(request, review_models.Applied)
    user = require_user(request)
    return await accepted(request, await start_applying(app, user, review.template, review, sent.revision))


async def _load(request: Request[Any]) -> Review:
    app: App = request.state["app"]
    job = await find_own_job(request)
    if job is None or job.import_template_id is None:
        raise NotFound("job")
    async with app.db.read() as conn:
        template = await import_templates.find(conn, require_user(request).id, job.import_template_id)
    return await find_review(app, template, job)


async def _shown(request: Request[Any], review: Review) -> JSONResponse:
    app: App = request.state["app"]
    job = await find_own_job(request)
    reason = review.why_not_ready
    counts = review.counts
    shown: review_models.Review = {
        "job_id": review.job_id,
        "revision": review.revision,
        "counts": {
            "rows": counts.rows,
            "new": counts.new,
            "changed": counts.changed,
            "same": counts.same,
            "deleted": counts.deleted,
            "problems": counts.problems,
            "left_out": counts.left_out,
            "blank": counts.blank,
            "others": counts.others,
        },
        "problems": [
            {
                "column": group.column.name if group.column else "",
                "rule": group.rule,
                "rows": group.rows,
                "texts": [{"text": text, "cells": cells} for text, cells in group.examples],
            }
            for group in await app.reviews.groups(review)
        ],
        "mends": [
            {
                "id": each.id,
                "kind": each.draft.kind.value,
                "summary": say(about(each, review.template)),
                "cells": each.cells,
                "made_at": each.made_at,
            }
            for each in await app.reviews.mends(review)
        ],
        "can_be_applied": reason is None and review.applied_by is None,
        "why_not": {"code": reason.code, "parameters": dict(reason.parameters)} if reason else None,
        "applied_by": review.applied_by,
        "expires_at": job.expires_at if job else "",
    }
    return JSONResponse(shown)


def _column(template: ImportTemplate, name: str) -> TemplateColumn:
    found = next((column for column in template.columns if column.name == name), None)
    if found is None:
        raise invalid_body([Mistake(("column",), no_such_column(name))])
    return found


def _row_json(template: ImportTemplate, row: ReviewedRow) -> review_models.ReviewedRow:
    return {
        "row": row.row,
        "kind": row.kind.value,
        "record_id": row.record_id,
        "revision": row.revision,
        "cells": {
            column.name: {
                "value": cell.value,
                "old": cell.old,
                "text": cell.text,
                "problems": [_problem_json(problem) for problem in cell.problems],
            }
            for column in template.columns
            for cell in [row.cells[column.id]]
        },
        "problems": [_problem_json(problem) for problem in row.problems],
    }


def _problem_json(problem: CellProblem) -> review_models.ReviewedProblem:
    return {
        "rule": problem.rule,
        "is_warning": problem.is_warning,
        "message": say(problem.message),
        "code": problem.message.code,
        "parameters": dict(problem.message.parameters),
    }
