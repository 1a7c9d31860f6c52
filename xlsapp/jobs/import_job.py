"""Imports as jobs: start_import queues one, run_import carries it out."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from xlsapp.context import App
from xlsapp.jobs.queueing import create_status, enqueue, require_few_unfinished
from xlsapp.jobs.reporting import reporting
from xlsapp.jobs.small_jobs import JobContext, is_small_upload, within_small_seconds
from xlsapp.jobs.status import JobKind
from xlsapp.models import ImportTemplate, User
from xlsapp.repositories import import_templates
from xlsapp.services.imports.importing import import_workbook
from xlsapp.services.imports.options import ImportOptions
from xlsapp.services.imports.request import ImportFiles, ImportRequest


async def start_import(
    app: App, user: User, template: ImportTemplate, *, job_id: str, file_name: str, options: ImportOptions
) -> None:
    """Queue the import of an upload that is already in its place: status first, then the queue entry.

    Raises TooMany when too many jobs of the account are not done yet.
    """
    await require_few_unfinished(app, user)
    arguments: dict[str, Any] = {
        "user_id": user.id,
        "template_id": template.id,
        "template_name": template.name,
        "file_name": file_name,
        "options": options.to_dict(),
    }
    await create_status(app, JobKind.IMPORT, job_id, arguments)
    await enqueue(
        app,
        "run_import",
        job_id=job_id,
        arguments=arguments,
        # The workbook has max_seconds; after that its rows are merged, a million in a minute on a slow disk.
        timeout_seconds=app.settings.imports.max_seconds + 300,
        small=await is_small_upload(app, job_id),
        group_key=f"import_template:{template.id}",
    )


async def run_import(
    ctx: JobContext,
    *,
    user_id: int,
    template_id: int,
    template_name: str,
    file_name: str,
    options: Mapping[str, Any],
) -> None:
    """Import one uploaded workbook. Its last status is completed or failed, and stays so."""
    app, job = ctx["app"], ctx["job"]
    arguments = {"user_id": user_id, "template_id": template_id, "template_name": template_name}
    await create_status(
        app, JobKind.IMPORT, job.key, {**arguments, "file_name": file_name, "options": options}
    )
    async with reporting(ctx) as reporter:
        async with app.db.read() as conn:
            template = await import_templates.find(conn, user_id, template_id)
        async with (
            app.files.upload(job.key) as workbook,
            app.files.make_problem_list(ctx["run"]) as problems,
            within_small_seconds(ctx) as may_stay,
        ):
            request = ImportRequest(
                job_id=job.key,
                template=template,
                file_name=file_name,
                files=ImportFiles(workbook, app.files.staging(job.key), problems.path),
                options=ImportOptions.from_dict(options),
                settings=app.settings.imports,
                require_room=app.disk.require,
                before_saving=may_stay,
                places=app.files.reviews,
                keep_problems=problems.keep,
                run=ctx["run"],
                fence=partial(app.runs.require, run=ctx["run"]),
            )
            receipt = await import_workbook(app.records, app.sandbox, request, on_progress=reporter.progress)
        if receipt.questions or receipt.is_reviewed:
            await app.files.keep_asked(job.key)
        await reporter.end(receipt)
