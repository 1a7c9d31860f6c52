"""Make a template's records follow a workbook: all of it, or nothing. Knows nothing of jobs.

Three steps in a row, each of which stands alone: stage (staging.py), plan (planning.py), apply (applying.py).
"""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from xlsapp.db.errors import RowTooBig
from xlsapp.errors import TooWide
from xlsapp.problems import Message
from xlsapp.repositories import import_templates, imports
from xlsapp.repositories.merging.merging import MergePlan, Merging
from xlsapp.sandbox.sandbox import Limits, Sandbox
from xlsapp.services.allowances import Allowance
from xlsapp.services.child_work import EndedEarly, OnProgress, Work, ignore, progress_of, run_in_child
from xlsapp.services.imports.applying import Stale, apply
from xlsapp.services.imports.kept import Kept, KeptPlan
from xlsapp.services.imports.options import SameFile
from xlsapp.services.imports.planning import (
    Planned,
    PlanRequest,
    merging_of,
    why_not_deleted,
    why_not_matched,
    why_stopped,
)
from xlsapp.services.imports.questions import Question, about_errors, about_mode, questions_of
from xlsapp.services.imports.receipt import ImportReceipt, receipt_of
from xlsapp.services.imports.request import ImportRequest
from xlsapp.services.imports.same_file import Earlier, about_same_file, earlier_import
from xlsapp.services.imports.staging import NotStaged, Staged, StageRequest, stage_within_bounds
from xlsapp.services.imports.staging_areas import StagingArea, staging_area
from xlsapp.services.imports.way_back import about_way_back, why_no_way_back
from xlsapp.services.records.noting import Notes
from xlsapp.services.records.records import Records
from xlsapp.spreadsheet.reading.options import TableRead

Result = TypeVar("Result")

log = logging.getLogger(__name__)

# How often rows are planned because the records have changed meanwhile: the last time nobody else may write,
# unless that takes too long.
PLANS = 3
HELD_SECONDS = 20
# Staged rows are written to the database's log first, and then to the database.
MERGED_TIMES = 2


async def import_workbook(
    records: Records, sandbox: Sandbox, request: ImportRequest, *, on_progress: OnProgress = ignore
) -> ImportReceipt:
    """Import a workbook, once for its job however often it is called.

    Every problem is in the receipt, and the full list in the request's file for them. Raises ChildLost when
    a child process vanishes: then it can be tried again.
    """
    async with records.db.read() as conn:
        done = await imports.get_by_job(conn, request.job_id)
    if done:
        return ImportReceipt.from_dict(done.summary)
    children = _Children(sandbox, request, on_progress)
    try:
        with records.noting(request.template) as notes:
            async with staging_area(records.db, request, children.run) as area:
                return await _import(records, children, area, request, notes)
    except EndedEarly as ended:
        return ImportReceipt(request.options.mode, reasons=(ended.message,))
    except (TooWide, RowTooBig):
        return ImportReceipt(request.options.mode, reasons=(Message("import.record_too_wide"),))


async def _import(
    records: Records, children: "_Children", area: StagingArea, request: ImportRequest, notes: Notes
) -> ImportReceipt:
    staged_for: StageRequest | None = None
    for number in range(1, PLANS + 1):
        wanted = StageRequest.of(request, with_copies=area.takes_copies)
        if wanted != staged_for:
            try:
                async with area.taking(request.template.columns):
                    staged, staged_for = await _stage(children, wanted), wanted
            except _NothingStaged as nothing:
                return _not_staged(request, nothing.reason)
        try:
            if number < PLANS:
                return await _plan_and_apply(records, children, area, request, staged, notes)
            async with records.db.hold_writer(request.template.id):
                children.most_seconds = HELD_SECONDS
                return await _plan_and_apply(records, children, area, request, staged, notes, held=True)
        except Stale:
            request = await _with_present_template(records, request)
        except EndedEarly:
            if number < PLANS:
                raise
    return ImportReceipt(request.options.mode, reasons=(Message("import.kept_changing"),))


class _NothingStaged(Exception):
    """There are no rows to be planned."""

    def __init__(self, reason: NotStaged) -> None:
        self.reason = reason


async def _stage(children: "_Children", wanted: StageRequest) -> Staged:
    """Stage the workbook's rows. Raises _NothingStaged."""
    allowance = Allowance.of(wanted.workbook, wanted.settings)
    staged: Staged | NotStaged = await children.run(Work.READING, stage_within_bounds, wanted, allowance)
    for reason in staged.read.given_up if staged.read else ():
        log.info("A faster reader gave up: %s", reason)
    if isinstance(staged, NotStaged):
        raise _NothingStaged(staged)
    return staged


def _not_staged(request: ImportRequest, staged: NotStaged) -> ImportReceipt:
    read, asked = staged.read, []
    if read and staged.reason.code in ("headers.missing", "headers.none_known"):
        asked = questions_of(request, read, lacking={column.id for column in read.header.missing})
    return receipt_of(request, read, staged.problems, reason=staged.reason, questions=asked)


async def _plan_and_apply(
    records: Records,
    children: "_Children",
    area: StagingArea,
    request: ImportRequest,
    staged: Staged,
    notes: Notes,
    *,
    held: bool = False,
) -> ImportReceipt:
    """Plan what is staged, and carry the plan out unless something speaks against it. May raise Stale."""
    read, merging = staged.read, merging_of(request, staged.read)
    earlier = await earlier_import(records.db, request, staged.file_hash)
    if earlier and request.options.same_file is SameFile.REFUSE:
        return receipt_of(request, read, staged.problems, reason=earlier.refusal)
    asked = _asked_first(request, read, merging, earlier)
    if reason := why_not_matched(request.options, merging):
        return receipt_of(request, read, staged.problems, reason=reason, questions=asked)
    if asked:
        reason = Message("import.asks", {"questions": len(asked)})
        return receipt_of(request, read, staged.problems, reason=reason, questions=asked)
    planned = await _plan(area, children, request, merging, staged)
    if request.options.check:
        seen = [earlier.seen] if earlier else []
        return await _keep(area, request, staged, planned, None, (), more_notes=seen)
    if reason := why_not_deleted(request, planned.plan):
        return receipt_of(request, read, planned.problems, reason=reason)
    stopped = why_stopped(merging, planned)

    def receipt_for(plan: MergePlan) -> ImportReceipt:
        more = [earlier.note] if earlier and not stopped else []
        return receipt_of(
            request, read, planned.problems, plan=plan, reason=stopped, questions=asked, more_notes=more
        )

    if stopped:
        asked = about_errors(request, read, planned.problems.problem_count)
        asked = asked or about_mode(request, read, planned.plan)
        return await _keep(area, request, staged, planned, stopped, asked)
    if reason := await why_no_way_back(records, request, planned.plan):
        return receipt_of(request, read, planned.problems, reason=reason, questions=[about_way_back(reason)])
    staged_bytes = request.files.staging.stat().st_size
    await asyncio.to_thread(request.require_room, MERGED_TIMES * staged_bytes)
    await request.keep_problems()
    to_save = planned.plan.created + planned.plan.updated
    request.before_saving()
    await children.on_progress(Message("progress.saving", {"records": to_save}))
    staged_rows = area.attached
    return await apply(
        records,
        request,
        merging,
        planned.plan,
        receipt_for,
        staged_rows=staged_rows,
        file_hash=staged.file_hash,
        notes=notes,
        held=held,
    )


def _asked_first(
    request: ImportRequest, read: TableRead, merging: Merging, earlier: Earlier | None
) -> list[Question]:
    """What is to be asked before rows are compared with records."""
    lacking = {key.id for key in merging.keys if key not in merging.columns}
    asked = [] if request.options.guess else questions_of(request, read, lacking=lacking)
    return [*about_same_file(request, earlier), *asked]


async def _keep(
    area: StagingArea,
    request: ImportRequest,
    staged: Staged,
    planned: Planned,
    stopped: Message | None,
    asked: Sequence[Question],
    *,
    more_notes: Sequence[Message] = (),
) -> ImportReceipt:
    """The receipt of an import that writes nothing, whose rows are kept for a review."""
    receipt = receipt_of(
        request,
        staged.read,
        planned.problems,
        plan=planned.plan,
        reason=stopped,
        questions=asked,
        more_notes=more_notes,
    )
    receipt = replace(receipt, is_check=request.options.check, is_reviewed=request.places is not None)
    if request.places:
        request.before_saving()
        kept = Kept.of(
            *(request.template, request.file_name, request.options, staged.read, receipt),
            file_hash=staged.file_hash,
        )
        made = KeptPlan(planned.plan, blocked=planned.plan.rejected)
        await area.keep(request.places, kept, made)
    return receipt


async def _plan(
    area: StagingArea, children: "_Children", request: ImportRequest, merging: Merging, staged: Staged
) -> Planned:
    await children.on_progress(progress_of(Work.COMPARING, {}))
    wanted = PlanRequest(
        problems=request.files.problems,
        max_problems=request.settings.max_problems,
        merging=merging,
        header=staged.read.header,
        staged=staged.problems,
        keeps=request.options.check,
    )
    return await area.plan(wanted, seconds=children.seconds_left())


async def _with_present_template(records: Records, request: ImportRequest) -> ImportRequest:
    template = request.template
    async with records.db.read() as conn:
        return replace(request, template=await import_templates.find(conn, template.user_id, template.id))


@dataclass(slots=True)
class _Children:
    """The child processes of one import: they share the time that it may take."""

    sandbox: Sandbox
    request: ImportRequest
    on_progress: OnProgress
    started: float = field(default_factory=time.monotonic)
    most_seconds: float = math.inf

    def seconds_left(self) -> float:
        """What the rest of the import may take."""
        left = self.request.settings.max_seconds - (time.monotonic() - self.started)
        return max(min(left, self.most_seconds), 1)

    async def run(
        self, work: Work, function: Callable[..., Result], request: Any, allowance: Allowance | None = None
    ) -> Result:
        settings = self.request.settings
        return await run_in_child(
            self.sandbox,
            work,
            function,
            request,
            limits=Limits(memory_mb=settings.max_memory_mb, seconds=self.seconds_left()),
            seconds_in_all=settings.max_seconds,
            allowance=allowance,
            on_progress=self.on_progress,
        )
