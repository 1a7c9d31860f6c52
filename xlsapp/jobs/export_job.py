"""Exports as jobs: start_export queues one, run_export carries it out."""

from collections.abc import Mapping
from typing import Any

from xlsapp.context import App
from xlsapp.errors import Refused
from xlsapp.jobs.queueing import JobContext, enqueue, require_few_unfinished
from xlsapp.jobs.reporting import reporting
from xlsapp.jobs.status import JobKind, new_job_id
from xlsapp.models import ImportTemplate, User
from xlsapp.repositories import import_templates
from xlsapp.services.exports.exporting import ExportRequest, export_workbook
from xlsapp.services.exports.kinds import ExportKind
from xlsapp.services.exports.options import ExportOptions
from xlsapp.services.exports.receipt import ExportReceipt


async def start_export(app: App, user: User, template: ImportTemplate, options: ExportOptions) -> str:
    """Queue an export. Returns its job's id.

    Raises TooMany when too many jobs of the account are not done yet.
    """
    await require_few_unfinished(app, user)
    job_id = new_job_id()
    arguments: dict[str, Any] = {
        "user_id": user.id,
        "template_id": template.id,
        "template_name": template.name,
        "options": options.to_dict(),
    }
    await _create_status(app, job_id, arguments)
    await enqueue(
        app,
        "run_export",
        job_id=job_id,
        arguments=arguments,
        timeout_seconds=app.settings.exports.max_seconds + 60,
    )
    return job_id


async def run_export(
    ctx: JobContext, *, user_id: int, template_id: int, template_name: str, options: Mapping[str, Any]
) -> None:
    """Write one workbook. Its last status is completed, with the file to download, or failed."""
    app, job = ctx["app"], ctx["job"]
    arguments = {"user_id": user_id, "template_id": template_id, "template_name": template_name}
    await _create_status(app, job.key, {**arguments, "options": options})
    async with reporting(app, job) as reporter:
        async with app.db.read() as conn:
            template = await import_templates.find(conn, user_id, template_id)
        try:
            wanted = ExportOptions.from_dict(template, options)
        except Refused as refused:
            await reporter.end(ExportReceipt(ExportKind(options["kind"]), reasons=(refused.message,)))
            return
        request = ExportRequest.of(
            template, wanted, target=app.files.export(job.key), settings=app.settings.exports
        )
        receipt = await export_workbook(app.db, app.sandbox, request, on_progress=reporter.progress)
        await reporter.end(receipt)


async def _create_status(app: App, job_id: str, arguments: Mapping[str, Any]) -> None:
    # Also where a job starts whose status is gone: status.sqlite3 may be deleted any time.
    await app.statuses.create(
        job_id=job_id,
        kind=JobKind.EXPORT,
        import_template_id=arguments["template_id"],
        user_id=arguments["user_id"],
        template_name=arguments["template_name"],
        options=arguments["options"],
    )
