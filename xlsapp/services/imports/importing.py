"""Make a template's records follow a workbook: all of it, or nothing. Knows nothing of jobs."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from xlsapp.config import ImportSettings
from xlsapp.db.database import Database
from xlsapp.models import ImportTemplate
from xlsapp.repositories import import_templates, imports
from xlsapp.repositories.merging import merge
from xlsapp.repositories.records import data_records
from xlsapp.sandbox.failures import Crashed, OutOfMemory, SandboxError, TimedOut
from xlsapp.sandbox.sandbox import Limits, Sandbox
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

OnProgress = Callable[[str], Awaitable[None]]


async def ignore(progress: str) -> None:
    """Progress that nobody wants to hear of."""


# How often rows are compared anew because the records have changed meanwhile.
COMPARISONS = 5

KEPT_CHANGING = "The records kept changing while they were compared, and nothing was imported. Try again."
OUT_OF_MEMORY = (
    "Reading this workbook takes more memory than is allowed here. It may have a stray value far outside the "
    "table: delete the columns and rows after it, save it as .xlsx, and upload it again."
)
OUT_OF_MEMORY_COMPARING = (
    "Comparing this workbook with the records takes more memory than is allowed here. Ask whoever runs this "
    "server to raise “imports.max_memory_mb”; or, to add or update, split the workbook into several."
)
TOO_SLOW = (
    "Reading this workbook takes longer than {seconds:,} seconds, the most that is allowed. Split it into "
    "several."
)
TOO_SLOW_COMPARING = (
    "The workbook was read, but comparing it with the records went past {seconds:,} seconds, the most that "
    "is allowed in all. Ask whoever runs this server to raise “imports.max_seconds”; or, to add or update, "
    "split the workbook into several."
)
UNREADABLE = (
    "This workbook could not be read: it may be damaged. Open it in Excel or LibreOffice, save it as .xlsx, "
    "and upload it again."
)


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
    comparing = False

    async def say(progress: Mapping[str, Any]) -> None:
        nonlocal comparing
        comparing = progress["phase"] == "comparing"
        await on_progress("Comparing with the records" if comparing else f"Checking row {progress['row']:,}")

    seconds = request.settings.max_seconds
    limits = Limits(memory_mb=request.settings.max_memory_mb, seconds=seconds)
    try:
        staged: StagedImport | NotStaged = await sandbox.run(
            stage_import, request, limits=limits, on_progress=say
        )
    except (OutOfMemory, TimedOut, Crashed) as error:
        sentence = ended_early(error, comparing=comparing)
        if sentence is None:
            raise
        return nothing_imported(sentence.format(seconds=seconds))
    if isinstance(staged, NotStaged):
        return nothing_imported(staged.error, details_of(request, staged.read, staged.findings))
    if staged.findings.problem_count and not request.options.valid_only:
        return stopped_by_problems(request, staged)
    return staged


def ended_early(error: SandboxError, *, comparing: bool) -> str | None:
    """What to tell about a child that ended early; None when that is no fault of the workbook."""
    match error:
        case OutOfMemory():
            return OUT_OF_MEMORY_COMPARING if comparing else OUT_OF_MEMORY
        case TimedOut():
            return TOO_SLOW_COMPARING if comparing else TOO_SLOW
        case Crashed() if not comparing:
            return UNREADABLE
    return None


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
    await on_progress(f"Saving {staged.plan.created + staged.plan.updated:,} records")
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
