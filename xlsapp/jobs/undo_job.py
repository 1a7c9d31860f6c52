"""Taking a change of records back as a job: start_undo queues one, run_undo carries it out."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from xlsapp.context import App
from xlsapp.errors import NotFound, Refused
from xlsapp.jobs.queueing import create_status, enqueue, require_few_unfinished
from xlsapp.jobs.reporting import reporting
from xlsapp.jobs.small_jobs import JobContext, within_small_seconds
from xlsapp.jobs.status import JobKind, new_job_id
from xlsapp.models import ImportTemplate, User
from xlsapp.problems import Message
from xlsapp.repositories import import_templates
from xlsapp.repositories.history.changes import Actor, RecordsChange
from xlsapp.services.history.receipt import UndoReceipt
from xlsapp.services.history.undoing import size_of, undo

SMALL_RECORDS = 20_000

# What a million records take on a slow disk, several times over.
MOST_SECONDS = 1_800


async def start_undo(
    app: App, user: User, template: ImportTemplate, change: RecordsChange, *, token: str = ""
) -> str:
    """Queue the undo of a change. Returns its job's id.

    Raises TooMany when too many jobs of the account are not done yet.
    """
    await require_few_unfinished(app, user)
    job_id = new_job_id()
    arguments: dict[str, Any] = {
        "user_id": user.id,
        "template_id": template.id,
        "template_name": template.name,
        "file_name": change.file_name,
        "options": {"change_id": change.id, "token": token},
    }
    await create_status(app, JobKind.UNDO, job_id, arguments)
    await enqueue(
        app,
        "run_undo",
        job_id=job_id,
        arguments=arguments,
        timeout_seconds=MOST_SECONDS,
        small=size_of(change) <= SMALL_RECORDS,
        group_key=f"import_template:{template.id}",
    )
    return job_id


async def run_undo(
    ctx: JobContext,
    *,
    user_id: int,
    template_id: int,
    template_name: str,
    file_name: str,
    options: Mapping[str, Any],
) -> None:
    """Take one change back. Its last status is completed or failed, and stays so."""
    app, job = ctx["app"], ctx["job"]
    arguments = {"user_id": user_id, "template_id": template_id, "template_name": template_name}
    await create_status(app, JobKind.UNDO, job.key, {**arguments, "file_name": file_name, "options": options})
    async with reporting(ctx, fault=Message("undo.our_fault", {"job_id": job.key})) as reporter:
        async with app.db.read() as conn:
            template = await import_templates.find(conn, user_id, template_id)
        try:
            async with within_small_seconds(ctx):
                receipt = await undo(
                    app.records,
                    template,
                    options["change_id"],
                    Actor(user_id, options["token"]),
                    job_id=job.key,
                    fence=partial(app.runs.require, run=ctx["run"]),
                    on_progress=reporter.progress,
                )
        except Refused as refused:
            receipt = UndoReceipt(options["change_id"], reasons=(refused.message,))
        except NotFound:
            receipt = UndoReceipt(options["change_id"], reasons=(Message("undo.not_whole"),))
        await reporter.end(receipt)
