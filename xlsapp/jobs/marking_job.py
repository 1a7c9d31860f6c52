"""Marked workbooks as jobs: start_marking queues one for an import that has ended, run_marking makes it."""

from collections.abc import Mapping
from typing import Any

from xlsapp.context import App
from xlsapp.errors import Refused
from xlsapp.files.served import Served
from xlsapp.jobs.account_removal import idempotency_prefix
from xlsapp.jobs.queueing import create_status, enqueue, require_few_unfinished
from xlsapp.jobs.quotas import require_room
from xlsapp.jobs.reporting import reporting
from xlsapp.jobs.small_jobs import JobContext, within_small_seconds
from xlsapp.jobs.status import JobKind, JobStatus, Status, new_job_id
from xlsapp.models import User
from xlsapp.problems import Message
from xlsapp.services.exports.kinds import ExportFormat
from xlsapp.services.imports.receipt import ImportReceipt
from xlsapp.services.marking.marking import (
    MarkingRequest,
    can_be_marked,
    file_name_of,
    has_left_out,
    mark,
)
from xlsapp.services.marking.receipt import MarkingReceipt

GONE = Message("answers.workbook_gone")


def markable(job: JobStatus) -> bool:
    """Whether the problems that a job has found can be marked in its workbook."""
    return _is_ended_import(job) and can_be_marked(ImportReceipt.from_dict(job.result or {}))


def leaves_rows_out(job: JobStatus) -> bool:
    """Whether a job has imported the right rows of its workbook, and left others out."""
    return _is_ended_import(job) and has_left_out(ImportReceipt.from_dict(job.result or {}))


async def start_marking(app: App, user: User, job: JobStatus, *, only_left_out: bool) -> str:
    """Queue the marking of an import's workbook. Returns its job's id, or the first one's where the same was
    asked for before.

    Raises Refused where there is nothing to be marked or the workbook is gone, TooMany when too many jobs of
    the account are not done yet, and OverQuota when their files leave no room.
    """
    if not markable(job):
        raise Refused(Message("marking.not_yet"))
    if only_left_out and not leaves_rows_out(job):
        raise Refused(Message("marking.nothing_left_out"))
    if not await app.files.has_kept(job.job_id):
        raise Refused(GONE)
    asked = f"{idempotency_prefix(user.id)}marking:{job.job_id}:{only_left_out}"
    async with app.statuses.exports_starting:
        if first := await _made_before(app, asked):
            return first
        job_id = await _start(app, user, job, only_left_out=only_left_out)
        await app.statuses.store.put({asked: {"job_id": job_id}}, ttl_seconds=3600)
        return job_id


async def _start(app: App, user: User, job: JobStatus, *, only_left_out: bool) -> str:
    await require_few_unfinished(app, user)
    await require_room(app, user.id)
    job_id = new_job_id()
    arguments: dict[str, Any] = {
        "user_id": user.id,
        "template_id": job.import_template_id,
        "template_name": job.template_name,
        "file_name": job.file_name,
        "options": {"of": job.job_id, "rows": "left_out" if only_left_out else "all"},
    }
    await create_status(app, JobKind.MARKING, job_id, arguments)
    await enqueue(
        app,
        "run_marking",
        job_id=job_id,
        arguments=arguments,
        timeout_seconds=app.settings.imports.max_seconds + 60,
        small=await app.files.kept_bytes(job.job_id) < app.settings.jobs.small_file_kb * 1000,
    )
    return job_id


async def run_marking(
    ctx: JobContext,
    *,
    user_id: int,
    template_id: int,
    template_name: str,
    file_name: str,
    options: Mapping[str, Any],
) -> None:
    """Mark one workbook. Its last status is completed, with the file to download, or failed."""
    app, job = ctx["app"], ctx["job"]
    arguments = {"user_id": user_id, "template_id": template_id, "template_name": template_name}
    arguments |= {"file_name": file_name, "options": options}
    await create_status(app, JobKind.MARKING, job.key, arguments)
    async with reporting(ctx) as reporter:
        await require_room(app, user_id)
        imported = await app.statuses.get_status(options["of"])
        if imported is None or not await app.files.has_kept(options["of"]):
            await reporter.end(MarkingReceipt(reasons=(GONE,)))
            return
        found = ImportReceipt.from_dict(imported.result or {})
        only_left_out = options["rows"] == "left_out"
        name = file_name_of(file_name, found, only_left_out=only_left_out)
        served = Served(name, ExportFormat.XLSX.media_type)
        async with (
            app.files.kept(imported.job_id) as workbook,
            app.files.problem_list(imported.job_id, imported.attempt) as problems,
            app.files.make_export(ctx["run"], served) as made,
            within_small_seconds(ctx),
        ):
            request = MarkingRequest(
                workbook,
                problems,
                made.path,
                file_name,
                found,
                only_left_out=only_left_out,
                encoding=imported.options.get("encoding", ""),
                delimiter=imported.options.get("delimiter", ""),
                settings=app.settings.imports,
            )
            receipt = await mark(app.sandbox, request, on_progress=reporter.progress)
        await reporter.end(receipt)


def _is_ended_import(job: JobStatus) -> bool:
    return job.kind is JobKind.IMPORT and job.is_final and bool(job.result)


async def _made_before(app: App, asked: str) -> str | None:
    """The job that marks the same, if it has not failed."""
    entry = await app.statuses.store.get(asked)
    first = await app.statuses.get_status(entry["job_id"]) if entry else None
    return first.job_id if first and first.status is not Status.FAILED else None
