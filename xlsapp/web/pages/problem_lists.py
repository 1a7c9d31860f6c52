"""The full list of an import's problems, to download. Sent as it is read: its texts may be hundreds of MB."""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any

from starlette.concurrency import iterate_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from xlsapp.context import App
from xlsapp.errors import NotFound, Refused
from xlsapp.jobs.status import JobStatus
from xlsapp.messages.results import problem_shown
from xlsapp.problems import Message, Problem
from xlsapp.spreadsheet.reading.listed_problems import read_problems
from xlsapp.web.http.loading import find_own_job

CSV_COLUMNS = ("severity", "sheet", "row", "cell", "column", "rule", "value", "message")
MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}

Lines = Callable[[Iterable[list[Problem]]], Iterator[bytes]]


async def index(request: Request[Any]) -> Response:
    """Every listed problem of a job, as csv or as json."""
    app: App = request.state["app"]
    job = await find_own_job(request)
    if job is None or job.import_template_id != request.path_params["template_id"]:
        raise NotFound("job")
    kind = request.query_params.get("format", "csv")
    if kind not in MEDIA_TYPES:
        raise Refused(Message("problems.no_such_format"))
    pieces = _sent(app, job, {"csv": _as_csv, "json": _as_json}[kind])
    first = await anext(pieces, b"")  # by then the list is there, or an answer says that it is not
    return StreamingResponse(
        _together(first, pieces),
        media_type=MEDIA_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="problems-{job.job_id}.{kind}"'},
    )


async def _together(first: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for piece in pieces:
        yield piece


async def _sent(app: App, job: JobStatus, lines: Lines) -> AsyncIterator[bytes]:
    async with app.files.problem_list(job.job_id, job.attempt) as path:
        async for piece in iterate_in_threadpool(lines(read_problems(path))):
            yield piece


def _as_csv(batches: Iterable[list[Problem]]) -> Iterator[bytes]:
    # With its mark, because Excel takes a csv without one for Windows-1252.
    yield _csv_lines([CSV_COLUMNS]).encode("utf-8-sig")
    for batch in batches:
        shown = map(problem_shown, batch)
        yield _csv_lines([[_harmless(each[name]) for name in CSV_COLUMNS] for each in shown]).encode()


def _csv_lines(rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _as_json(batches: Iterable[list[Problem]]) -> Iterator[bytes]:
    before = "["
    for batch in batches:
        objects = ",\n".join(json.dumps(problem_shown(problem), ensure_ascii=False) for problem in batch)
        yield f"{before}{objects}".encode()
        before = ",\n"
    yield b"[]" if before == "[" else b"]"


def _harmless(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula, so that it does not."""
    return f"'{value}" if isinstance(value, str) and value[:1] in tuple("=+-@\t\r") else value
