"""Jobs: their states, asked for once or waited for; an import's problems; an export's file."""

import asyncio
from contextlib import suppress
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from xlsapp.context import App
from xlsapp.errors import NotFound
from xlsapp.jobs.answering import answer, questions_in
from xlsapp.jobs.live.announcing import state_topic
from xlsapp.jobs.live.hub import Closed, Mailbox
from xlsapp.jobs.marking_job import leaves_rows_out, markable, start_marking
from xlsapp.jobs.showing import shown
from xlsapp.jobs.status import JobKind, JobStatus, Status
from xlsapp.messages.results import problem_shown
from xlsapp.problems import Message
from xlsapp.services.imports.answers import AnswersRefused
from xlsapp.spreadsheet.reading.listed_problems import count_problems, read_problem_page
from xlsapp.web.api.access import token_of
from xlsapp.web.api.addresses import address_of
from xlsapp.web.api.bodies import Answers, Marking
from xlsapp.web.api.failures import ApiFailure, invalid_answers
from xlsapp.web.api.parameters import JobsOfKind, ProblemsPage, Wait
from xlsapp.web.api.reading import read_json, read_query
from xlsapp.web.http.access import require_user, watcher_name
from xlsapp.web.http.loading import WITH_FILE, find_own_job, send_export
from xlsapp.web.http.view_addresses import query_of_stored

# What programs that were written for version 1 can meet; a job of a newer kind has no template, for one.
ALWAYS_LISTED = (JobKind.IMPORT, JobKind.EXPORT)


async def index(request: Request[Any]) -> Response:
    """One's jobs that are still alive: those of the kinds that were there first, or of one kind."""
    app: App = request.state["app"]
    kind = read_query(request, JobsOfKind).kind
    kinds = [kind] if kind else ALWAYS_LISTED
    found = [job for job in await app.statuses.list_for(require_user(request).id) if job.kind in kinds]
    return JSONResponse({"jobs": [job_json(request, status) for status in found]})


async def show(request: Request[Any]) -> Response:
    """One job, at once or as soon as its state is another one."""
    app: App = request.state["app"]
    seconds = read_query(request, Wait).wait
    watcher = watcher_name(token_of(request).id)
    # Watched before it is looked at, so that no change falls between the two.
    with app.hub.watch(state_topic(request.path_params["job_id"]), session_id=watcher) as mailbox:
        found = await _find(request)
        if seconds and not found.is_final:
            await _change(request, mailbox, seconds)
            found = await _find(request)
    return JSONResponse(job_json(request, found))


async def problems(request: Request[Any]) -> Response:
    """A page of an import's problems, in the order of its rows."""
    app: App = request.state["app"]
    found = await _find(request)
    page = read_query(request, ProblemsPage)
    limit, offset = page.limit, int(page.cursor)
    async with app.files.problem_list(found.job_id, found.attempt) as file:
        total = await asyncio.to_thread(count_problems, file)
        listed = await asyncio.to_thread(read_problem_page, file, offset=offset, limit=limit)
    following = str(offset + limit) if offset + limit < total else None
    return JSONResponse(
        {"problems": list(map(problem_shown, listed)), "next_cursor": following, "total": total}
    )


async def answers(request: Request[Any]) -> Response:
    """Go on with an import that has asked; or lead to the job that does so already."""
    app: App = request.state["app"]
    job = await _find(request)
    body = await read_json(request, Answers)
    if not questions_in(job):
        raise ApiFailure(409, Message("answers.nothing_asked"))
    try:
        next_id = await answer(app, require_user(request), job, body.answers, remember=body.remember)
    except AnswersRefused as refused:
        raise invalid_answers(refused.problems) from None
    return await accepted(request, next_id)


async def mark(request: Request[Any]) -> Response:
    """Queue the workbook of an import with its problems marked, or of the rows that it has left out."""
    app: App = request.state["app"]
    job = await _find(request)
    body = await read_json(request, Marking)
    only_left_out = body.rows == "left_out"
    if not markable(job):
        raise ApiFailure(409, Message("marking.not_yet"))
    if only_left_out and not leaves_rows_out(job):
        raise ApiFailure(409, Message("marking.nothing_left_out"))
    return await accepted(
        request, await start_marking(app, require_user(request), job, only_left_out=only_left_out)
    )


async def download(request: Request[Any]) -> Response:
    """A finished export's file, while its job lives."""
    return await send_export(request, await _find(request))


def job_json(request: Request[Any], status: JobStatus) -> dict[str, Any]:
    """A job as the API shows it."""
    links = {"self": address_of(request, "jobs.show", job_id=status.job_id)}
    if status.kind is JobKind.IMPORT:
        links["problems"] = address_of(request, "jobs.problems", job_id=status.job_id)
    elif status.kind in WITH_FILE and status.status is Status.COMPLETED:
        links["download"] = address_of(request, "jobs.download", job_id=status.job_id)
    job = shown(status).to_dict()
    del job["user_id"]
    job["template_id"] = job.pop("import_template_id")
    if isinstance(view := status.options.get("view"), dict):
        job["options"] = {**status.options, "view": query_of_stored(view)}
    if status.options.get("times") == "":  # nothing was said: programs know that as “written”
        job["options"] = {**status.options, "times": "written"}
    return {**job, "links": links}


async def accepted(request: Request[Any], job_id: str) -> JSONResponse:
    """202, with a job that has been queued, and where to follow it."""
    app: App = request.state["app"]
    status = await app.statuses.get_status(job_id)
    if status is None:
        raise NotFound("job")
    job = job_json(request, status)
    return JSONResponse(job, status_code=202, headers={"Location": job["links"]["self"]})


async def _find(request: Request[Any]) -> JobStatus:
    found = await find_own_job(request)
    if found is None:
        raise NotFound("job")
    return found


async def _change(request: Request[Any], mailbox: Mailbox, seconds: int) -> None:
    """Wait for news of a job; no longer than that, than the program stays, or than the server runs."""
    news = asyncio.ensure_future(mailbox.get())
    gone = asyncio.ensure_future(_until_gone(request))
    try:
        await asyncio.wait([news, gone], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if news.done():
            with suppress(Closed):
                news.result()
    finally:
        news.cancel()
        gone.cancel()


async def _until_gone(request: Request[Any]) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
