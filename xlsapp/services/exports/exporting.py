"""Write a template's workbook: its records, a blank one to fill in, or a sample. Knows nothing of jobs."""

import asyncio
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any, Self

from xlsapp.clock import utc_now
from xlsapp.config import ExportSettings
from xlsapp.db.connection import Database
from xlsapp.db.database import file_of
from xlsapp.errors import Refused
from xlsapp.models import CellValue, ImportTemplate
from xlsapp.problems import Message
from xlsapp.repositories.records.selection import (
    Selection,
    measurable,
    measure_sql,
    select_sql,
    unordered_sql,
)
from xlsapp.sandbox.sandbox import Limits, Sandbox
from xlsapp.services.child_work import EndedEarly, OnProgress, Work, ignore, run_in_child
from xlsapp.services.exports.kinds import ExportFormat, ExportKind
from xlsapp.services.exports.options import ExportOptions
from xlsapp.services.exports.receipt import ExportReceipt
from xlsapp.spreadsheet.writing.csv_file import write_csv
from xlsapp.spreadsheet.writing.jsonl_file import write_jsonl
from xlsapp.spreadsheet.writing.samples import write_sample
from xlsapp.spreadsheet.writing.source import GivenRows, StoredRows
from xlsapp.spreadsheet.writing.workbook import WorkbookPlan, Written, write_workbook

MAX_LETTERS_IN_FILE_NAME = 80
# What file systems take.
MAX_FILE_NAME_BYTES = 255
# They join letters, or keep them apart, and part no words.
JOINERS = "\u200c\u200d"


@dataclass(frozen=True, slots=True)
class RecordsQuery:
    """The records of an export, as SQL: per row id, updated_at, then the columns' values."""

    sql: str
    params: Mapping[str, CellValue] = field(default_factory=dict)
    unordered: str = ""
    """The same in any order, if that is quicker."""

    @classmethod
    def of(cls, template: ImportTemplate, selection: Selection) -> Self:
        """All records of a selection, in its order."""
        return cls(*select_sql(template, selection), unordered_sql(template, selection)[0])


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What is to be written, from where to where, within which limits."""

    template: ImportTemplate
    options: ExportOptions
    query: RecordsQuery
    """The records, for those kinds that have some."""
    target: Path
    settings: ExportSettings

    @classmethod
    def of(
        cls, template: ImportTemplate, options: ExportOptions, *, target: Path, settings: ExportSettings
    ) -> Self:
        """All records, or those of the options' selection."""
        query = RecordsQuery.of(template, options.selection or Selection())
        return cls(template, options, query, target, settings)


async def export_workbook(
    db: Database, sandbox: Sandbox, request: ExportRequest, *, on_progress: OnProgress = ignore
) -> ExportReceipt:
    """Write the export to its target; nothing is there when it fails.

    Raises ChildLost when the child process vanishes: then it can be tried again.
    """
    template, options, target = request.template, request.options, request.target
    failed = partial(_failure, target, options.kind)
    try:
        options.check(template)
    except Refused as refused:
        return await failed(refused.message)
    limits = Limits(memory_mb=request.settings.max_memory_mb, seconds=request.settings.max_seconds)
    plan = WorkbookPlan(template.name, template.description, template.columns)
    write, *arguments = _work(db, request)
    try:
        written: Written = await run_in_child(
            sandbox, Work.WRITING, write, target, plan, *arguments, limits=limits, on_progress=on_progress
        )
    except EndedEarly as ended:
        return await failed(ended.message)
    if written.refusal:
        return await failed(written.refusal)
    return ExportReceipt(
        options.kind,
        options.file_format,
        file_name=_file_name(template.name, options),
        size_bytes=(await asyncio.to_thread(target.stat)).st_size,
        rows=written.rows,
        notes=tuple(written.notes),
    )


def _work(db: Database, request: ExportRequest) -> tuple[Any, ...]:
    """The function for the child process, and what it is given beside the target and the plan."""
    options, query = request.options, request.query
    if options.kind is ExportKind.SAMPLE:
        return (write_sample,)
    if options.kind is ExportKind.TEMPLATE:
        return write_workbook, GivenRows()
    measured = measurable(request.template) if options.file_format is ExportFormat.XLSX else []
    source = StoredRows(
        file_of(db),
        query.sql,
        measure_sql(query.unordered or query.sql, measured),
        query.params,
        tuple(column.id for column in measured),
    )
    match options.file_format:
        case ExportFormat.CSV:
            return write_csv, source, options.delimiter
        case ExportFormat.JSONL:
            return write_jsonl, source
    return write_workbook, source


async def _failure(target: Path, kind: ExportKind, reason: Message) -> ExportReceipt:
    await asyncio.to_thread(target.unlink, missing_ok=True)
    return ExportReceipt(kind, reasons=(reason,))


def _file_name(name: str, options: ExportOptions) -> str:
    """customers-2026-11-23.xlsx, customers-blank-2026-11-23.xlsx: the day is that of UTC."""
    part = {ExportKind.TEMPLATE: "-blank", ExportKind.SAMPLE: "-sample", ExportKind.VIEW: "-view"}.get(
        options.kind, ""
    )
    end = f"{part}-{utc_now()[:10]}.{options.file_format}"
    return f"{_words(name, most_bytes=MAX_FILE_NAME_BYTES - len(end)) or 'export'}{end}"


def _words(name: str, *, most_bytes: int) -> str:
    """The letters and digits of a name, each with the signs that stand on it; hyphens for all else."""
    letters = [""]
    for sign in unicodedata.normalize("NFC", name.casefold()):
        if unicodedata.category(sign).startswith("M") and letters[-1] not in ("", "-"):
            letters[-1] += sign
        elif sign.isalnum():
            letters.append(sign)
        elif letters[-1] not in ("", "-") and sign not in JOINERS:
            letters.append("-")
    letters = letters[: MAX_LETTERS_IN_FILE_NAME + 1]
    sizes = accumulate(len(letter.encode()) for letter in letters)
    kept = "".join(letter for letter, size in zip(letters, sizes, strict=True) if size <= most_bytes)
    return kept.strip("-")
