"""Imports as jobs: start_import queues one, run_import carries it out."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from xlsapp.context import App
from xlsapp.jobs.queueing import create_status, enqueue, require_few_unfinished
from xlsapp.jobs.reporting import Reporter, reporting
from xlsapp.jobs.small_jobs import JobContext, is_small_upload, within_small_seconds
from xlsapp.jobs.status import JobKind
from xlsapp.models import ImportTemplate, User
from xlsapp.repositories import import_templates
from xlsapp.repositories.history.changes import Actor
from xlsapp.services.imports.importing import import_workbook
from xlsapp.services.imports.options import ImportOptions
from xlsapp.services.imports.receipt import ImportReceipt
from xlsapp.services.imports.request import ImportFiles, ImportRequest
from xlsapp.services.marking.marking import can_be_marked
from xlsapp.services.reviews.applying import ApplyRequest, apply_review
from xlsapp.services.reviews.review import Review


async def start_import(
    app: App,
    user: User,
    template: ImportTemplate,
    *,
    job_id: str,
    file_name: str,
    options: ImportOptions,
    token: str = "",
) -> None:
    """Queue the import of an upload that is already in its place: status first, then the queue entry.

    `token` is the name of the access token, where it is a program's.

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
        # A server of the version before, which may do it, knows none of pages either.
        arguments={**arguments, "token": token} if token else arguments,
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
    review: str | None = None,
    token: str = "",
) -> None:
    """Import an uploaded workbook, or what was reviewed. Its last status is completed or failed, for good."""
    app, job = ctx["app"], ctx["job"]
    arguments = {"user_id": user_id, "template_id": template_id, "template_name": template_name}
    await create_status(
        app, JobKind.IMPORT, job.key, {**arguments, "file_name": file_name, "options": options}
    )
    async with reporting(ctx) as reporter:
        async with app.db.read() as conn:
            template = await import_templates.find(conn, user_id, template_id)
        if review:
            await reporter.end(await _apply(ctx, reporter, template, review))
            return
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
                history=app.settings.history,
                actor=Actor(user_id, token),
                require_room=app.disk.require,
                before_saving=may_stay,
                places=app.files.reviews,
                keep_problems=problems.keep,
                run=ctx["run"],
                fence=partial(app.runs.require, run=ctx["run"]),
            )
            receipt = await import_workbook(app.records, app.sandbox, request, on_progress=reporter.progress)
        if receipt.questions or receipt.is_reviewed or can_be_marked(receipt):
            await app.files.keep_asked(job.key)
        await reporter.end(receipt)


async def start_applying(
    app: App, user: User, template: ImportTemplate, review: Review, revision: int
) -> str:
    """Queue an import of what was reviewed, as it was in this revision. Returns its job's id, also when it
    was started before.

    Raises Refused when it is another one by now, or cannot be applied, and TooMany as `start_import` does.
    """
    review, job_id = await app.reviews.begin_to_apply(review, revision, _applying_job)
    if await app.statuses.get_status(job_id):
        return job_id
    await require_few_unfinished(app, user)
    arguments: dict[str, Any] = {
        "user_id": user.id,
        "template_id": template.id,
        "template_name": template.name,
        "file_name": review.kept.file_name,
        "options": replace(review.options, check=False).to_dict(),
    }
    await create_status(app, JobKind.IMPORT, job_id, arguments)
    size = (await app.files.reviews.sizes([review.job_id])).get(review.job_id, 0)
    await enqueue(
        app,
        "run_import",
        job_id=job_id,
        arguments={**arguments, "review": review.job_id},
        timeout_seconds=app.settings.imports.max_seconds + 300,
        small=size < app.settings.jobs.small_file_kb * 1000,
        group_key=f"import_template:{template.id}",
    )
    return job_id


async def _apply(
    ctx: JobContext, reporter: Reporter, template: ImportTemplate, review_id: str
) -> ImportReceipt:
    app, job_id = ctx["app"], ctx["job"].key
    async with within_small_seconds(ctx) as may_stay:
        request = ApplyRequest(
            job_id=job_id,
            review_id=review_id,
            template=template,
            require_room=app.disk.require,
            before_saving=may_stay,
            fence=partial(app.runs.require, run=ctx["run"]),
        )
        return await apply_review(app.records, app.reviews, request, on_progress=reporter.progress)


def _applying_job(review: Review) -> str:
    """Made of what is applied, so that two who begin it lead to one job."""
    return hashlib.sha256(f"applied {review.job_id} {review.revision}".encode()).hexdigest()[:16]
