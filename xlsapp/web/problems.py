"""The full list of an import's problems, to download."""

import asyncio
import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from xlsapp.context import App
from xlsapp.errors import NotFound, Refused
from xlsapp.jobs.problem_reports import ListedProblem, read_problems
from xlsapp.web.jobs import find_own_job

MEDIA_TYPES = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


async def index(request: Request[Any]) -> Response:
    """Every listed problem of a job, as csv or as json."""
    app: App = request.state["app"]
    job = await find_own_job(request)
    if job is None or job.import_template_id != request.path_params["template_id"]:
        raise NotFound("job")
    kind = request.query_params.get("format", "csv")
    if kind not in MEDIA_TYPES:
        raise Refused("Choose csv or json.")
    problems = await asyncio.to_thread(read_problems, app.files.report(job.job_id))
    content = await asyncio.to_thread({"csv": _as_csv, "json": _as_json}[kind], problems)
    return Response(
        content,
        media_type=MEDIA_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="problems-{job.job_id}.{kind}"'},
    )


def _as_csv(problems: Sequence[ListedProblem]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([field.name for field in fields(ListedProblem)])
    writer.writerows([_harmless(value) for value in asdict(problem).values()] for problem in problems)
    # With its mark, because Excel takes a csv without one for Windows-1252.
    return text.getvalue().encode("utf-8-sig")


def _as_json(problems: Sequence[ListedProblem]) -> bytes:
    return json.dumps([asdict(problem) for problem in problems], ensure_ascii=False).encode()


def _harmless(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula, so that it does not."""
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
