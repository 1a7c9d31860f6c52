"""Write a template's workbook: its records, a blank one to fill in, or a sample. Knows nothing of jobs."""

import asyncio
import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from xlsapp.clock import utc_now
from xlsapp.config import ExportSettings
from xlsapp.db.database import Database
from xlsapp.messages.saying import say
from xlsapp.models import CellValue, ImportTemplate
from xlsapp.repositories.records.selection import Selection, count_sql, select_sql
from xlsapp.sandbox.sandbox import Limits, Sandbox
from xlsapp.services.child_work import EndedEarly, OnProgress, Work, ignore, run_in_child
from xlsapp.spreadsheet.writing.csv_file import write_csv
from xlsapp.spreadsheet.writing.samples import write_sample
from xlsapp.spreadsheet.writing.source import GivenRows, Records
from xlsapp.spreadsheet.writing.workbook import WorkbookPlan, Written, write_workbook

MAX_NAME_IN_FILE_NAME = 80

NO_COLUMNS = "This template has no columns yet, so there is nothing to write. Add some first."


class ExportKind(enum.StrEnum):
    """What an export holds."""

    TEMPLATE = "template"
    DATA = "data"
    VIEW = "view"
    SAMPLE = "sample"

    @property
    def has_records(self) -> bool:
        """Whether it holds records, which can be written as csv too."""
        return self in (ExportKind.DATA, ExportKind.VIEW)


class ExportFormat(enum.StrEnum):
    """The kind of file. The value is its suffix, too."""

    XLSX = "xlsx"
    CSV = "csv"

    @property
    def media_type(self) -> str:
        """What browsers are told that it is."""
        if self is ExportFormat.CSV:
            return "text/csv; charset=utf-8"
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class RecordsQuery:
    """The records of an export, as SQL: per row id, updated_at, then the columns' values."""

    sql: str
    params: Mapping[str, CellValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExportResult:
    """A written export, or why there is none."""

    success: bool
    summary: str
    error_message: str | None = None
    file_name: str = ""
    file_format: ExportFormat = ExportFormat.XLSX
    size_bytes: int = 0
    processed_count: int = 0
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """All of it, as JSON has it and as the job's page shows it."""
        return {
            "success": self.success,
            "summary": self.summary,
            "file_name": self.file_name,
            "format": self.file_format.value,
            "size_bytes": self.size_bytes,
            "processed_count": self.processed_count,
            "notes": list(self.notes),
        }


async def export_workbook(
    db: Database,
    sandbox: Sandbox,
    template: ImportTemplate,
    *,
    kind: ExportKind,
    target: Path,
    file_format: ExportFormat = ExportFormat.XLSX,
    query: RecordsQuery | None = None,
    on_progress: OnProgress = ignore,
    settings: ExportSettings | None = None,
) -> ExportResult:
    """Write the export to `target`; nothing is there when it fails. `query` says which records, not all.

    Raises ChildLost when the child process vanishes: then it can be tried again.
    """
    settings = settings or ExportSettings()
    limits = Limits(memory_mb=settings.max_memory_mb, seconds=settings.max_seconds)
    plan = WorkbookPlan(template.name, template.description, template.columns)
    write, *arguments = _work(db, template, kind, file_format, query)
    failed = partial(_failure, target)
    if not template.columns:
        return await failed(NO_COLUMNS)
    try:
        written: Written = await run_in_child(
            sandbox, Work.WRITING, write, target, plan, *arguments, limits=limits, on_progress=on_progress
        )
    except EndedEarly as ended:
        return await failed(say(ended.message))
    if written.refusals:
        return await failed(" ".join(written.refusals))
    return ExportResult(
        success=True,
        summary=_summary(kind, written.rows),
        file_name=_file_name(template.name, kind, file_format),
        file_format=file_format,
        size_bytes=(await asyncio.to_thread(target.stat)).st_size,
        processed_count=written.rows,
        notes=tuple(written.notes),
    )


def _work(
    db: Database,
    template: ImportTemplate,
    kind: ExportKind,
    file_format: ExportFormat,
    query: RecordsQuery | None,
) -> tuple[Any, ...]:
    """The function for the child process, and what it is given beside the target and the plan."""
    if kind is ExportKind.SAMPLE:
        return (write_sample,)
    if kind is ExportKind.TEMPLATE:
        return write_workbook, GivenRows()
    query = query or RecordsQuery(*select_sql(template, Selection()))
    source = Records(db.path, query.sql, count_sql(query.sql), query.params)
    return (write_csv if file_format is ExportFormat.CSV else write_workbook), source


async def _failure(target: Path, message: str) -> ExportResult:
    await asyncio.to_thread(target.unlink, missing_ok=True)
    return ExportResult(success=False, summary="Nothing was written.", error_message=message)


def _summary(kind: ExportKind, rows: int) -> str:
    if kind is ExportKind.TEMPLATE:
        return "A blank workbook is ready to be filled in."
    if kind is ExportKind.SAMPLE:
        return f"A sample with {rows} made-up rows is ready."
    words = "1 record is in the file" if rows == 1 else f"{rows:,} records are in the file"
    return f"{words}, as the page showed." if kind is ExportKind.VIEW else f"{words}."


def _file_name(name: str, kind: ExportKind, file_format: ExportFormat) -> str:
    """customers-2026-11-23.xlsx, customers-blank-2026-11-23.xlsx: the day is that of UTC."""
    words = re.sub(r"[\W_]+", "-", name.casefold()).strip("-")[:MAX_NAME_IN_FILE_NAME].rstrip("-") or "export"
    part = {ExportKind.TEMPLATE: "-blank", ExportKind.SAMPLE: "-sample", ExportKind.VIEW: "-view"}.get(
        kind, ""
    )
    return f"{words}{part}-{utc_now()[:10]}.{file_format}"
