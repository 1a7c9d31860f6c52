"""Job pages: one job, all one's jobs, the state as JSON, and the file at the end."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xlsapp.context import App
from xlsapp.errors import NotFound, Refused
from xlsapp.jobs.answering import answer, job_after, questions_in
from xlsapp.jobs.marking_job import start_marking
from xlsapp.jobs.showing import sentences, shown, shown_all
from xlsapp.jobs.status import JobStatus
from xlsapp.problems import Message
from xlsapp.repositories import import_templates
from xlsapp.services.imports.answers import AnswersRefused
from xlsapp.web.http.access import require_user
from xlsapp.web.http.loading import find_own_job, send_export
from xlsapp.web.http.problem_details import problem_for_script
from xlsapp.web.http.responses import page, redirect, wants_json


async def index(request: Request[Any]) -> Response:
    """All one's jobs that are still alive."""
    app: App = request.state["app"]
    user = require_user(request)
    jobs = await app.statuses.list_for(user.id)
    return await page(request, "jobs/index.html", jobs=shown_all(jobs), hours=app.settings.jobs.status_hours)


async def show(request: Request[Any]) -> Response:
    """One job; as JSON for a client that asks for it."""
    app: App = request.state["app"]
    user = require_user(request)
    status = await find_own_job(request)
    if status is None or status.import_template_id != request.path_params["template_id"]:
        if wants_json(request):
            raise NotFound("job")
        return await page(
            request, "jobs/not_found.html", http_status=404, hours=app.settings.jobs.status_hours
        )
    if wants_json(request):
        return JSONResponse(_as_json(app, status))
    try:
        async with app.db.read() as conn:
            template = await import_templates.find(conn, user.id, request.path_params["template_id"])
    except NotFound:
        template = None
    after = await job_after(app, status)
    job = shown(status, is_answered=after is not None)
    return await page(request, "jobs/show.html", template=template, status=job, answered_by=after)


async def status(request: Request[Any]) -> Response:
    """One job's state for a page that polls. Asks nothing of the template: it may be gone."""
    app: App = request.state["app"]
    require_user(request)
    found = await find_own_job(request)
    if found is None:
        return problem_for_script(
            request.scope, 404, Message("job.unknown"), job_id=request.path_params["job_id"]
        )
    return JSONResponse(_as_json(app, found))


async def download(request: Request[Any]) -> Response:
    """A finished export's file, while its status lives."""
    require_user(request)
    found = await find_own_job(request)
    if found is None or found.import_template_id != request.path_params["template_id"]:
        raise NotFound("download")
    return await send_export(request, found, may_lead=True)


async def answers(request: Request[Any]) -> Response:
    """Go on with an import that has asked, and remember what was answered if that is wanted."""
    app: App = request.state["app"]
    user = require_user(request)
    found = await find_own_job(request)
    if found is None or found.import_template_id != request.path_params["template_id"]:
        raise NotFound("job")
    data = await request.form(max_files=0)
    given = {q.id: str(data[q.id]) for q in questions_in(found) if q.id in data}
    try:
        next_id = await answer(app, user, found, given, remember=bool(data.get("remember")))
    except AnswersRefused as refused:
        raise Refused(sentences(refused.problems.values())) from None
    return redirect(request, "jobs.show", template_id=found.import_template_id, job_id=next_id)


async def mark(request: Request[Any]) -> Response:
    """Queue the workbook of an import with its problems marked, or of the rows that it has left out."""
    app: App = request.state["app"]
    user = require_user(request)
    found = await find_own_job(request)
    if found is None or found.import_template_id != request.path_params["template_id"]:
        raise NotFound("job")
    data = await request.form(max_files=0)
    job_id = await start_marking(app, user, found, only_left_out=data.get("rows") == "left_out")
    return redirect(request, "jobs.show", template_id=found.import_template_id, job_id=job_id)


def _as_json(app: App, status: JobStatus) -> dict[str, Any]:
    job = shown(status)
    html = app.renderer.render("jobs/_status.html", {"status": job})
    return {**job.to_dict(), "html": html}
