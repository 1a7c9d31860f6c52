"""What the child process of an import does: read and check the workbook, then compare its rows with the
records.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlsapp.config import ImportSettings
from xlsapp.messages.saying import say
from xlsapp.models import ImportTemplate, TemplateColumn
from xlsapp.sandbox.child.bounds import bounds
from xlsapp.services.allowances import Allowance
from xlsapp.services.imports.options import Blank, ImportOptions, Mode
from xlsapp.services.imports.plan import Plan, plan_import
from xlsapp.spreadsheet.files.memory import Memory
from xlsapp.spreadsheet.files.workbook_error import WorkbookError
from xlsapp.spreadsheet.reading.problem_log import ProblemLog
from xlsapp.spreadsheet.reading.reader import (
    MissingColumns,
    ReadLimits,
    ReadOptions,
    ReadReport,
    read_workbook,
)

Report = Callable[[dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class StagingRequest:
    """What the child process is told."""

    workbook: Path
    staging: Path
    report: Path
    database: Path
    template: ImportTemplate
    options: ImportOptions
    settings: ImportSettings


@dataclass(frozen=True, slots=True)
class Findings:
    """The problems and warnings, as the job's page shows them."""

    groups: list[dict[str, Any]]
    problem_count: int
    warning_count: int
    listed: int
    """How many of them are in the report, one by one."""
    more_groups: int
    """How many groups are too many for the page."""


@dataclass(frozen=True, slots=True)
class StagedImport:
    """What the child process found in a workbook whose rows are staged now."""

    read: ReadReport
    plan: Plan
    findings: Findings


@dataclass(frozen=True, slots=True)
class NotStaged:
    """Why the workbook as a whole cannot be imported; with what was found of its table."""

    error: str
    read: ReadReport | None
    findings: Findings


def stage_import(request: StagingRequest, allowance: Allowance, report: Report) -> StagedImport | NotStaged:
    """Put a workbook's checked rows, and what is to become of each, into the staging file."""
    log = ProblemLog(request.report, limit=request.settings.max_problems)
    try:
        read, plan = _stage(request, allowance, log, report)
    except WorkbookError as error:
        return NotStaged(
            say(error.message), error.report if isinstance(error, MissingColumns) else None, _findings(log)
        )
    finally:
        log.close()
    if plan.refusal:
        return NotStaged(plan.refusal, read, _findings(log))
    return StagedImport(read, plan, _findings(log))


def _findings(log: ProblemLog) -> Findings:
    return Findings(log.groups(), log.problem_count, log.warning_count, log.listed, log.more_groups)


def _stage(
    request: StagingRequest, allowance: Allowance, log: ProblemLog, report: Report
) -> tuple[ReadReport, Plan]:
    options, settings = request.options, request.settings
    compares = options.mode is not Mode.ADD and request.template.record_count > 0
    reading = ReadOptions(
        sheet=options.sheet,
        header_row=options.header_row,
        encoding=options.encoding,
        delimiter=options.delimiter,
        blanks_may_stay=compares and options.blank is Blank.KEEP,
        by_record_id=options.mode is not Mode.ADD,
        may_lack_required=compares and options.mode is Mode.UPDATE and options.blank is Blank.KEEP,
    )
    limits = ReadLimits(
        max_rows=settings.max_rows,
        max_cells=settings.max_cells,
        max_unpacked_bytes=settings.max_unpacked_mb * 1_000_000,
        max_text_bytes=settings.max_text_mb * 1_000_000,
        memory=Memory(allowance.file_bytes, allowance.shared_bytes),
    )
    with bounds(seconds=allowance.seconds, memory_bytes=allowance.memory_bytes):
        read, conn = read_workbook(
            request.workbook, request.template.columns, reading, limits, request.staging, log, report
        )
    try:
        report({"phase": "comparing"})
        return read, _compare(request, read, conn, log)
    finally:
        conn.close()


def _compare(request: StagingRequest, read: ReadReport, conn: sqlite3.Connection, log: ProblemLog) -> Plan:
    conn.execute("COMMIT")
    conn.execute("ATTACH ? AS data", (f"file:{request.database}?mode=ro",))
    conn.execute("BEGIN")
    plan = plan_import(
        conn,
        request.template,
        request.options,
        read,
        log,
        max_delete_percent=request.settings.max_delete_percent,
    )
    conn.execute("COMMIT")
    return plan


def columns_in(template: ImportTemplate, read: ReadReport) -> Sequence[TemplateColumn]:
    """The template's columns that the workbook has, in the template's order."""
    return [column for column in template.columns if column.id in read.columns]
