"""A review becomes records: the very rows and counts that were shown, or nothing and what has moved."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from xlsapp.config import HistorySettings
from xlsapp.models import ImportTemplate
from xlsapp.problems import Message
from xlsapp.repositories import import_templates, imports
from xlsapp.repositories.history.changes import Actor
from xlsapp.repositories.merging.merging import MergePlan
from xlsapp.services.child_work import OnProgress, ignore
from xlsapp.services.engines.review_places import Fence
from xlsapp.services.imports.applying import Stale, apply, looks_at_records
from xlsapp.services.imports.importing import MERGED_TIMES, PLANS
from xlsapp.services.imports.receipt import Counts, ImportReceipt, ProblemsFound
from xlsapp.services.imports.request import (
    ImportFiles,
    ImportRequest,
    anything_fits,
    nobody_else,
    nobody_waits,
)
from xlsapp.services.imports.way_back import why_no_way_back
from xlsapp.services.records.records import Records
from xlsapp.services.reviews.review import Review
from xlsapp.services.reviews.reviews import Reviews

NO_FILES = ImportFiles(Path(), Path(), Path())


@dataclass(frozen=True, slots=True)
class ApplyRequest:
    """A review that is to be applied, once for a `job_id` however often it is asked for."""

    job_id: str
    review_id: str
    template: ImportTemplate
    actor: Actor | None = None
    history: HistorySettings = field(default_factory=HistorySettings)
    require_room: Callable[[int], None] = anything_fits
    before_saving: Callable[[], None] = nobody_waits
    fence: Fence = nobody_else


async def apply_review(
    records: Records, reviews: Reviews, request: ApplyRequest, *, on_progress: OnProgress = ignore
) -> ImportReceipt:
    """Make the records what was shown, if nothing of it has moved. Raises NotFound without a review."""
    async with records.db.read() as conn:
        done = await imports.get_by_job(conn, request.job_id)
    if done:
        return ImportReceipt.from_dict(done.summary)
    for _ in range(PLANS):
        async with records.db.read() as conn:
            template = await import_templates.find(conn, request.template.user_id, request.template.id)
        review = await reviews.find(template, request.review_id)
        if review.applied_by != request.job_id:
            return _nothing(review, Message("review.moved_on"))
        if reason := review.why_not_ready:
            return _nothing(review, reason)
        if (
            looks_at_records(_import(request, review))
            and template.records_version != review.made.plan.records_version
        ):
            await on_progress(Message("progress.comparing"))
            review, moved = await reviews.look_again(review)
            if moved.anything:
                about = {"edited": moved.edited, "of": moved.of, "rows": moved.rows, "deleted": moved.deleted}
                return _nothing(review, Message("review.moved", about))
        if reason := await why_no_way_back(records, _import(request, review), review.made.plan):
            return _nothing(review, reason)
        try:
            return await _apply(records, reviews, request, review, on_progress)
        except Stale:
            continue
    return _nothing(review, Message("import.kept_changing"))


async def _apply(
    records: Records, reviews: Reviews, request: ApplyRequest, review: Review, on_progress: OnProgress
) -> ImportReceipt:
    plan = review.made.plan
    sizes = await reviews.places.sizes([review.job_id])
    await asyncio.to_thread(request.require_room, MERGED_TIMES * sizes.get(review.job_id, 0))
    request.before_saving()
    await on_progress(Message("progress.saving", {"records": plan.created + plan.updated}))
    with records.noting(review.template) as notes:
        return await apply(
            records,
            _import(request, review),
            review.merging,
            plan,
            lambda carried_out: _receipt(review, carried_out),
            staged_rows=reviews.places.attached(review.job_id),
            file_hash=review.kept.file_hash,
            notes=notes,
        )


def _import(request: ApplyRequest, review: Review) -> ImportRequest:
    return ImportRequest(
        job_id=request.job_id,
        template=review.template,
        file_name=review.kept.file_name,
        files=NO_FILES,
        options=replace(review.options, check=False),
        history=request.history,
        actor=request.actor,
        fence=request.fence,
    )


def _receipt(review: Review, plan: MergePlan) -> ImportReceipt:
    """What was done. The list of problems is the review's."""
    found = review.kept.receipt
    counts = replace(
        found.counts or Counts(),
        created=plan.created,
        updated=plan.updated,
        unchanged=plan.unchanged,
        rejected=plan.rejected,
        not_found=plan.not_found,
        deleted=plan.deleted,
        held_back=0,
    )
    return replace(
        found,
        mode=review.options.mode,
        reasons=(),
        counts=counts,
        problems=ProblemsFound(),
        questions=(),
        is_check=False,
        is_reviewed=False,
    )


def _nothing(review: Review, reason: Message) -> ImportReceipt:
    """Why nothing was done."""
    return ImportReceipt(review.options.mode, reasons=(reason,), how=review.kept.receipt.how)
