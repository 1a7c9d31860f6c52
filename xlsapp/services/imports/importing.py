"""Make a template's records follow a workbook: all of it, or nothing. Knows nothing of jobs."""

import logging
from dataclasses import replace
from pathlib import Path

from xlsapp.config import ImportSettings
from xlsapp.db.database import Database
from xlsapp.messages.saying import say
from xlsapp.models import ImportTemplate
from xlsapp.problems import Message
from xlsapp.repositories import import_templates, imports
from xlsapp.repositories.merging import merge
from xlsapp.repositories.records import data_records
from xlsapp.sandbox.sandbox import Limits, Sandbox
from xlsapp.services.allowances import Allowance
from xlsapp.services.child_work import EndedEarly, OnProgress, Work, ignore, run_in_child
from xlsapp.services.imports.options import BLANKS, MODES, Blank, ImportOptions, Mode
from xlsapp.services.imports.result import (
    ImportResult,
    details_of,
    imported,
    nothing_imported,
    stopped_by_problems,
)
from xlsapp.services.imports.staging import NotStaged, StagedImport, StagingRequest, columns_in, stage_import
from xlsapp.spreadsheet.cells.rules import default_of

__all__ = ["BLANKS", "MODES", "Blank", "ImportOptions", "ImportResult", "Mode", "import_workbook"]

log = logging.getLogger(__name__)

# How often rows are compared anew because the records have changed meanwhile.
COMPARISONS = 5

KEPT_CHANGING = "The records kept changing while they were compared, and nothing was imported. Try again."


class _Stale(Exception):
    """The records, or the columns, are no longer what the rows were compared with."""


async def import_workbook(
    db: Database,
    sandbox: Sandbox,
    template: ImportTemplate,
    path: Path,
    *,
    job_id: str,
    file_name: str,
    options: ImportOptions,
    on_progress: OnProgress = ignore,
    staging: Path | None = None,
    report: Path | None = None,
    settings: ImportSettings | None = None,
) -> ImportResult:
    """Import the workbook at `path`, once for a `job_id` however often it is called.

    Every problem is in the result, and the full list in the SQLite file `report`. Raises ChildLost when the
    child process vanishes: then it can be tried again.
    """
    request = StagingRequest(
        workbook=path,
        staging=staging or path.with_name(path.name + ".staging"),
        report=report or path.with_name(path.name + ".report"),
        database=db.path,
        template=template,
        options=options,
        settings=settings or ImportSettings(),
    )
    async with db.read() as conn:
        done = await imports.get_by_job(conn, job_id)
    if done:
        return ImportResult.from_dict(done.summary)
    for _ in range(COMPARISONS):
        staged = await _stage(sandbox, request, on_progress)
        if isinstance(staged, ImportResult):
            return staged
        try:
            return await _merge(db, request, staged, job_id, file_name, on_progress)
        except _Stale:
            async with db.read() as conn:
                template = await import_templates.find(conn, template.user_id, template.id)
            request = replace(request, template=template)
    return nothing_imported(KEPT_CHANGING)


async def _stage(
    sandbox: Sandbox, request: StagingRequest, on_progress: OnProgress
) -> StagedImport | ImportResult:
    """Have a child process read the workbook. A result instead, when that ends the import."""
    limits = Limits(memory_mb=request.settings.max_memory_mb, seconds=request.settings.max_seconds)
    try:
        staged: StagedImport | NotStaged = await run_in_child(
            sandbox,
            Work.READING,
            stage_import,
            request,
            limits=limits,
            allowance=Allowance.of(request.workbook, request.settings),
            on_progress=on_progress,
        )
    except EndedEarly as ended:
        return nothing_imported(say(ended.message))
    for reason in staged.read.given_up if staged.read else ():
        log.info("A faster reader gave up: %s", reason)
    if isinstance(staged, NotStaged):
        return nothing_imported(staged.error, details_of(request, staged.read, staged.findings))
    if staged.findings.problem_count and not request.options.valid_only:
        return stopped_by_problems(request, staged)
    return staged


async def _merge(
    db: Database,
    request: StagingRequest,
    staged: StagedImport,
    job_id: str,
    file_name: str,
    on_progress: OnProgress,
) -> ImportResult:
    """Merge what is staged in one transaction. Raises _Stale when it no longer fits."""
    template, options = request.template, request.options
    await on_progress(Message("progress.saving", {"records": staged.plan.created + staged.plan.updated}))
    columns = columns_in(template, staged.read)
    defaults = {c: value for c in template.columns if (value := default_of(c)) is not None}
    async with db.write(attach=request.staging) as tx:
        present = await import_templates.find(tx, template.user_id, template.id)
        if present.records_version != staged.plan.records_version or present.columns != template.columns:
            raise _Stale
        import_id = await imports.add(
            tx, job_id=job_id, template_id=template.id, user_id=template.user_id, file_name=file_name
        )
        if options.mode is Mode.REPLACE:
            await merge.remove_missing(tx, template.id)
        if staged.plan.updated:
            await merge.merge_changed(
                tx,
                template.id,
                columns,
                options.defaults_for_known(columns),
                import_id=import_id,
                keep_blanks=options.blank is Blank.KEEP,
            )
        await merge.merge_new(tx, template.id, columns, defaults, import_id=import_id)
        await data_records.refresh_count(tx, template.id)
        result = imported(request, staged)
        await imports.store_summary(tx, import_id, result.to_dict())
        return result
