"""Write a template's workbook: its records, a blank one to fill in, or a sample. Knows nothing of jobs."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self

from xlsapp.clock import utc_now
from xlsapp.config import ExportSettings
from xlsapp.db.database import Database
from xlsapp.models import CellValue, ImportTemplate
from xlsapp.problems import Message
from xlsapp.repositories.records.selection import Selection, count_sql, select_sql
from xlsapp.sandbox.sandbox import Limits, Sandbox
from xlsapp.services.child_work import EndedEarly, OnProgress, Work, ignore, run_in_child
from xlsapp.services.exports.kinds import ExportFormat, ExportKind
from xlsapp.services.exports.receipt import ExportReceipt
from xlsapp.spreadsheet.writing.csv_file import write_csv
from xlsapp.spreadsheet.writing.samples import write_sample
from xlsapp.spreadsheet.writing.source import GivenRows, StoredRows
from xlsapp.spreadsheet.writing.workbook import WorkbookPlan, Written, write_workbook

MAX_NAME_IN_FILE_NAME = 80


@dataclass(frozen=True, slots=True)
class RecordsQuery:
    """The records of an export, as SQL: per row id, updated_at, then the columns' values."""

    sql: str
    params: Mapping[str, CellValue] = field(default_factory=dict)

    @classmethod
    def of(cls, template: ImportTemplate, selection: Selection) -> Self:
        """All records of a selection, in its order."""
        return cls(*select_sql(template, selection))


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
) -> ExportReceipt:
    """Write the export to `target`; nothing is there when it fails. `query` says which records, not all.

    Raises ChildLost when the child process vanishes: then it can be tried again.
    """
    settings = settings or ExportSettings()
    limits = Limits(memory_mb=settings.max_memory_mb, seconds=settings.max_seconds)
    plan = WorkbookPlan(template.name, template.description, template.columns)
    write, *arguments = _work(db, template, kind, file_format, query)
    failed = partial(_failure, target, kind)
    if not template.columns:
        return await failed(Message("export.no_columns"))
    try:
        written: Written = await run_in_child(
            sandbox, Work.WRITING, write, target, plan, *arguments, limits=limits, on_progress=on_progress
        )
    except EndedEarly as ended:
        return await failed(ended.message)
    if written.refusal:
        return await failed(written.refusal)
    return ExportReceipt(
        kind,
        file_format,
        file_name=_file_name(template.name, kind, file_format),
        size_bytes=(await asyncio.to_thread(target.stat)).st_size,
        rows=written.rows,
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
    query = query or RecordsQuery.of(template, Selection())
    source = StoredRows(db.path, query.sql, count_sql(query.sql), query.params)
    return (write_csv if file_format is ExportFormat.CSV else write_workbook), source


async def _failure(target: Path, kind: ExportKind, reason: Message) -> ExportReceipt:
    await asyncio.to_thread(target.unlink, missing_ok=True)
    return ExportReceipt(kind, reasons=(reason,))


def _file_name(name: str, kind: ExportKind, file_format: ExportFormat) -> str:
    """customers-2026-11-23.xlsx, customers-blank-2026-11-23.xlsx: the day is that of UTC."""
    words = re.sub(r"[\W_]+", "-", name.casefold()).strip("-")[:MAX_NAME_IN_FILE_NAME].rstrip("-") or "export"
    part = {ExportKind.TEMPLATE: "-blank", ExportKind.SAMPLE: "-sample", ExportKind.VIEW: "-view"}.get(
        kind, ""
    )
    return f"{words}{part}-{utc_now()[:10]}.{file_format}"
