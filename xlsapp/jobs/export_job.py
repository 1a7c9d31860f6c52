"""Exports as jobs: start_export queues one, run_export carries it out."""

import hashlib
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
from xlsapp.jobs.status import JobKind, Status, new_job_id
from xlsapp.models import ImportTemplate, User
from xlsapp.problems import Message
from xlsapp.repositories import import_templates
from xlsapp.repositories.audit_entries import Noted
from xlsapp.services.exports.exporting import ExportRequest, export_workbook, file_name_of
from xlsapp.services.exports.kinds import ExportKind
from xlsapp.services.exports.options import ExportOptions
from xlsapp.services.exports.receipt import ExportReceipt

# Who asks for the same file within that time gets the one that is there, or is being made.
SAME_AGAIN_SECONDS = 60


async def start_export(app: App, user: User, template: ImportTemplate, options: ExportOptions) -> str:
    """Queue an export. Returns its job's id, or the first one's where the same was asked for a moment before.

    Raises TooMany when too many jobs of the account are not done yet, and OverQuota when their files leave
    no room.
    """
    async with app.statuses.exports_starting:
        lately = _lately_key(user, template, options)
        if first := await _made_lately(app, lately):
            return first
        job_id = await _start(app, user, template, options)
        await app.statuses.store.put({lately: {"job_id": job_id}}, ttl_seconds=SAME_AGAIN_SECONDS)
        exported = Message("audit.exported", {"template": template.name})
        app.audit.note(Noted(exported, user_id=user.id, template_id=template.id))
        return job_id


async def _start(app: App, user: User, template: ImportTemplate, options: ExportOptions) -> str:
    await require_few_unfinished(app, user)
    await require_room(app, user.id)
    job_id = new_job_id()
    arguments: dict[str, Any] = {
        "user_id": user.id,
        "template_id": template.id,
        "template_name": template.name,
        "options": options.to_dict(),
    }
    await create_status(app, JobKind.EXPORT, job_id, arguments)
    await enqueue(
        app,
        "run_export",
        job_id=job_id,
        arguments=arguments,
        timeout_seconds=app.settings.exports.max_seconds + 60,
        small=not options.kind.has_records or template.record_count < app.settings.jobs.small_export_records,
    )
    return job_id


async def run_export(
    ctx: JobContext, *, user_id: int, template_id: int, template_name: str, options: Mapping[str, Any]
) -> None:
    """Write one workbook. Its last status is completed, with the file to download, or failed."""
    app, job = ctx["app"], ctx["job"]
    arguments = {"user_id": user_id, "template_id": template_id, "template_name": template_name}
    await create_status(app, JobKind.EXPORT, job.key, {**arguments, "options": options})
    async with reporting(ctx) as reporter:
        # Once more: others that waited with it have been made by now.
        await require_room(app, user_id)
        async with app.db.read() as conn:
            template = await import_templates.find(conn, user_id, template_id)
        try:
            wanted = ExportOptions.from_dict(template, options)
        except Refused as refused:
            await reporter.end(ExportReceipt(ExportKind(options["kind"]), reasons=(refused.message,)))
            return
        served = Served(file_name_of(template, wanted), wanted.file_format.media_type)
        async with app.files.make_export(ctx["run"], served) as made, within_small_seconds(ctx):
            request = ExportRequest(template, wanted, target=made.path, settings=app.settings.exports)
            receipt = await export_workbook(app.db, app.sandbox, request, on_progress=reporter.progress)
        await reporter.end(receipt)


def _lately_key(user: User, template: ImportTemplate, options: ExportOptions) -> str:
    # The template as a whole: its columns, and the number that changes with its records.
    asked = hashlib.sha256(repr((template, options.to_dict())).encode()).hexdigest()
    return f"{idempotency_prefix(user.id)}export:{asked}"


async def _made_lately(app: App, lately: str) -> str | None:
    """The job that makes the same file from the same records, if it has not failed."""
    entry = await app.statuses.store.get(lately)
    first = await app.statuses.get_status(entry["job_id"]) if entry else None
    return first.job_id if first and first.status is not Status.FAILED else None
