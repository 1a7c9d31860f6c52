"""Proposals as jobs: a sample workbook is looked at, and kept until it is imported or its job expires."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from xlsapp.context import App
from xlsapp.jobs.queueing import enqueue, require_few_unfinished
from xlsapp.jobs.reporting import reporting
from xlsapp.jobs.small_jobs import JobContext, is_small_upload, within_small_seconds
from xlsapp.jobs.status import JobKind, JobStatus, Status
from xlsapp.models import User
from xlsapp.services.templates.proposal import ProposalReceipt, propose_template
from xlsapp.spreadsheet.proposing.proposals import Proposal, SampleOptions

# Of one user: who uploads another sample loses the oldest that was looked at.
MOST_KEPT = 5
EDITS = "edits"


async def start_proposal(
    app: App,
    user: User,
    *,
    job_id: str,
    file_name: str,
    options: SampleOptions | None = None,
    edits: Mapping[str, Any] | None = None,
) -> None:
    """Queue a look at a sample whose upload is already in its place. `edits` are of a look before."""
    await require_few_unfinished(app, user)
    kept = await app.statuses.list_ids(user.id, JobKind.PROPOSAL)
    ended = [sample_id for sample_id, has_ended in kept.items() if has_ended]
    for oldest in ended[: max(0, len(kept) + 1 - MOST_KEPT)]:
        await forget_proposal(app, oldest)
    await app.statuses.create(
        job_id=job_id,
        kind=JobKind.PROPOSAL,
        import_template_id=None,
        user_id=user.id,
        template_name="",
        file_name=file_name,
        options={**asdict(options or SampleOptions()), **({EDITS: edits} if edits else {})},
    )
    await enqueue(
        app,
        "run_proposal",
        job_id=job_id,
        arguments={"user_id": user.id},
        timeout_seconds=app.settings.imports.max_seconds + 60,
        small=await is_small_upload(app, job_id),
    )


async def run_proposal(ctx: JobContext, *, user_id: int) -> None:
    """Look at one sample. Its last status is completed, with the proposal, or failed.

    Without a status it is not begun: an older version may have dropped it for newer ones.
    """
    app, job = ctx["app"], ctx["job"]
    status = await app.statuses.get_status(job.key)
    if status is None:
        await app.files.remove_all(job.key)
        return
    async with reporting(ctx) as reporter:
        async with app.files.upload_or_sample(job.key) as workbook, within_small_seconds(ctx):
            receipt = await propose_template(
                app.sandbox,
                workbook,
                app.settings.imports,
                options_of(status),
                on_progress=reporter.progress,
            )
        if receipt.success:
            await app.files.keep_sample(job.key)
        await reporter.end(receipt)


def options_of(status: JobStatus) -> SampleOptions:
    """What was said of a sample when it was uploaded."""
    return SampleOptions(**{name: said for name, said in status.options.items() if name != EDITS})


def edits_in(status: JobStatus) -> Mapping[str, Any]:
    """What was typed on the page of a look before, as JSON has it."""
    edits: Mapping[str, Any] = status.options.get(EDITS, {})
    return edits


def proposal_of(status: JobStatus) -> Proposal | None:
    """What a job has proposed."""
    if status.kind is not JobKind.PROPOSAL or status.status is not Status.COMPLETED or not status.result:
        return None
    return ProposalReceipt.from_dict(status.result).proposal


async def forget_proposal(app: App, job_id: str) -> None:
    """Keep a proposal, and its sample, no longer."""
    await app.statuses.forget(job_id)
    await app.files.remove_all(job_id)
