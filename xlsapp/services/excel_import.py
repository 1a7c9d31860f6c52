"""Make a template's records follow a workbook: all of it, or nothing. Knows nothing of jobs."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from xlsapp.config import ImportSettings
from xlsapp.db.database import Database
from xlsapp.models import ImportTemplate
from xlsapp.repositories import data_records, data_records_merge, import_templates, imports
from xlsapp.sandbox import Crashed, Limits, OutOfMemory, Sandbox, TimedOut
from xlsapp.services.import_options import BLANKS, MODES, Blank, ImportOptions, Mode
from xlsapp.services.import_staging import (
    Findings,
    NotStaged,
    StagedImport,
    StagingRequest,
    columns_in,
    stage_import,
)
from xlsapp.spreadsheet.reader import ReadReport
from xlsapp.spreadsheet.rules import default_of

__all__ = ["BLANKS", "MODES", "Blank", "ImportOptions", "ImportResult", "Mode", "import_workbook"]

OnProgress = Callable[[str], Awaitable[None]]


async def ignore(progress: str) -> None:
    """Progress that nobody wants to hear of."""


# How often rows are compared anew because the records have changed meanwhile.
COMPARISONS = 5

OUT_OF_MEMORY = (
    "Reading this workbook takes more memory than is allowed here. It may have a stray value far outside "
    "the table: "
    "delete the columns and rows after it, save it as .xlsx, and upload it again."
)
TOO_SLOW = (
    "Reading this workbook takes longer than {seconds:,} seconds, the most that is allowed. Split "
    "it into several."
)
UNREADABLE = (
    "This workbook could not be read: it may be damaged. Open it in Excel or LibreOffice, save it as "
    ".xlsx, and upload "
    "it again."
)


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did, or why it did nothing."""

    success: bool
    summary: str
    error_message: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def processed_count(self) -> int:
        """How many rows are in the records now as the workbook has them."""
        return (
            sum(self.counts.get(name, 0) for name in ("created", "updated", "unchanged"))
            if self.success
            else 0
        )

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The groups of problems."""
        return [group for group in self.details.get("groups", []) if group["severity"] == "problem"]

    def to_dict(self) -> dict[str, Any]:
        """All of it, as JSON has it and as the job's page shows it."""
        return {
            "success": self.success,
            "summary": self.summary,
            "processed_count": self.processed_count,
            "counts": dict(self.counts),
            **self.details,
        }


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
    child
    process vanishes: then it can be tried again.
    """
    settings = settings or ImportSettings()
    request = StagingRequest(
        workbook=path,
        staging=staging or path.with_name(path.name + ".staging"),
        report=report or path.with_name(path.name + ".report"),
        database=db.path,
        template=template,
        options=options,
        settings=settings,
    )
    if done := await _done_before(db, job_id):
        return done
    for _ in range(COMPARISONS):
        staged = await _stage(sandbox, request, on_progress)
        if isinstance(staged, ImportResult):
            return staged
        try:
            return await _finish(db, request, staged, job_id, file_name, on_progress)
        except _Stale:
            async with db.read() as conn:
                template = await import_templates.find(conn, template.user_id, template.id)
            request = replace(request, template=template)
    return _failure(
        "The records kept changing while they were compared, and nothing was imported. Try again."
    )


async def _done_before(db: Database, job_id: str) -> ImportResult | None:
    async with db.read() as conn:
        done = await imports.get_by_job(conn, job_id)
    if done is None:
        return None
    stored = dict(done.summary)
    return ImportResult(
        success=True,
        summary=stored.pop("summary"),
        counts=stored.pop("counts"),
        details=_without_basics(stored),
    )


async def _stage(
    sandbox: Sandbox, request: StagingRequest, on_progress: OnProgress
) -> StagedImport | ImportResult:
    """Have a child process read the workbook. A result instead, when that ends the import."""

    async def say(progress: Mapping[str, Any]) -> None:
        if progress["phase"] == "reading":
            await on_progress(f"Checking row {progress['row']:,}")
        else:
            await on_progress("Comparing with the records")

    limits = Limits(memory_mb=request.settings.max_memory_mb, seconds=request.settings.max_seconds)
    try:
        staged: StagedImport | NotStaged = await sandbox.run(
            stage_import, request, limits=limits, on_progress=say
        )
    except OutOfMemory:
        return _failure(OUT_OF_MEMORY)
    except TimedOut:
        return _failure(TOO_SLOW.format(seconds=request.settings.max_seconds))
    except Crashed:
        return _failure(UNREADABLE)
    if isinstance(staged, NotStaged):
        return _failure(staged.error, _details(request, staged.read, staged.findings))
    if staged.findings.problem_count and not request.options.valid_only:
        return _with_problems(request, staged)
    return staged


async def _finish(
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
    async with db.write(attach=request.staging) as tx:
        present = await import_templates.find(tx, template.user_id, template.id)
        if present.records_version != staged.plan.records_version or present.columns != template.columns:
            raise _Stale
        import_id = await imports.add(
            tx, job_id=job_id, template_id=template.id, user_id=template.user_id, file_name=file_name
        )
        if options.mode is Mode.REPLACE:
            await data_records_merge.remove_missing(tx, template.id)
        if staged.plan.updated:
            await data_records_merge.merge_changed(
                tx,
                template.id,
                columns,
                options.defaults_for_known(columns),
                import_id=import_id,
                keep_blanks=options.blank is Blank.KEEP,
            )
        defaults = {c: value for c in template.columns if (value := default_of(c)) is not None}
        await data_records_merge.merge_new(tx, template.id, columns, defaults, import_id=import_id)
        await data_records.refresh_count(tx, template.id)
        counts = _counts(staged)
        result = ImportResult(
            success=True,
            summary=_summary(counts),
            counts=counts,
            details=_details(request, staged.read, staged.findings, notes=staged.plan.notes),
        )
        await imports.store_summary(tx, import_id, result.to_dict())
    return result


def _failure(message: str, details: Mapping[str, Any] | None = None) -> ImportResult:
    return ImportResult(
        success=False,
        summary="Nothing was imported.",
        error_message=message,
        details=details or {"groups": []},
    )


def _with_problems(request: StagingRequest, staged: StagedImport) -> ImportResult:
    count = staged.findings.problem_count
    problems = "is 1 problem" if count == 1 else f"are {count:,} problems"
    counts = _counts(staged)
    held_back = counts["created"] + counts["updated"] + counts["unchanged"]
    return ImportResult(
        success=False,
        summary="Nothing was imported.",
        error_message=f"There {problems} in the workbook, so nothing was imported. Mend what is listed and "
        "upload it again.",
        counts={**counts, "created": 0, "updated": 0, "unchanged": 0, "deleted": 0, "held_back": held_back},
        details=_details(request, staged.read, staged.findings),
    )


def _counts(staged: StagedImport) -> dict[str, int]:
    """A receipt that adds up: rows = created + updated + unchanged + rejected + blank + above_header."""
    read, plan = staged.read, staged.plan
    return {
        "rows": read.rows,
        "created": plan.created,
        "updated": plan.updated,
        "unchanged": plan.unchanged,
        "rejected": plan.rejected,
        "blank": read.rows - read.header.row - read.staged,
        "above_header": read.header.row,
        "hidden": read.hidden,
        "deleted": plan.deleted,
    }


def _summary(counts: Mapping[str, int]) -> str:
    parts = [
        f"{counts[name]:,} {word}"
        for name, word in (("created", "created"), ("updated", "updated"), ("unchanged", "unchanged"))
        if counts[name] or name == "created"
    ]
    if counts["rejected"]:
        parts.append(f"{counts['rejected']:,} left out")
    if counts["deleted"]:
        parts.append(f"{counts['deleted']:,} deleted")
    total = counts["created"] + counts["updated"] + counts["unchanged"]
    rows = "1 row" if total == 1 else f"{total:,} rows"
    return f"{rows} imported: {', '.join(parts)}."


def _details(
    request: StagingRequest, read: ReadReport | None, findings: Findings, *, notes: Sequence[str] = ()
) -> dict[str, Any]:
    details: dict[str, Any] = {
        "mode": request.options.mode.label,
        "groups": findings.groups,
        "problem_count": findings.problem_count,
        "warning_count": findings.warning_count,
        "problem_limit": request.settings.max_problems,
        "problems_listed": findings.listed,
        "notes": list(notes),
    }
    if read is None:
        return details
    return details | {
        "format": read.format,
        "sheet": read.sheet,
        "header_row": read.header.row,
        "encoding": read.encoding,
        "delimiter": read.delimiter,
        "columns": {
            "matched": list(read.header.matched),
            "extra": read.header.shown_extra(),
            "missing": read.header.missing_dicts(),
        },
        "notes": [*read.notes, *notes],
    }


def _without_basics(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in stored.items() if name not in ("success", "processed_count")}
