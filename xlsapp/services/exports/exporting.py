"""Write a template's workbook: its records, a blank one to fill in, or a sample. Knows nothing of jobs."""

import asyncio
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any

from xlsapp.clock import utc_now
from xlsapp.config import ExportSettings
from xlsapp.db.connection import Database
from xlsapp.db.errors import Busy
from xlsapp.errors import Refused
from xlsapp.models import ImportTemplate
from xlsapp.problems import Message
from xlsapp.repositories.records.selection import Selection, measurable
from xlsapp.sandbox.sandbox import Limits, Sandbox
from xlsapp.services.child_work import EndedEarly, OnProgress, Work, ignore, run_in_child
from xlsapp.services.engines.child_records import RecordsQuery, records_source
from xlsapp.services.exports.kinds import ExportFormat, ExportKind
from xlsapp.services.exports.options import ExportOptions
from xlsapp.services.exports.receipt import ExportReceipt
from xlsapp.spreadsheet.sources.source import GivenRows
from xlsapp.spreadsheet.writing.csv_file import write_csv
from xlsapp.spreadsheet.writing.jsonl_file import write_jsonl
from xlsapp.spreadsheet.writing.samples import write_sample
from xlsapp.spreadsheet.writing.workbook import WorkbookPlan, Written, write_workbook

MAX_LETTERS_IN_FILE_NAME = 80
# What file systems take.
MAX_FILE_NAME_BYTES = 255
# They join letters, or keep them apart, and part no words.
JOINERS = "\u200c\u200d"


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What is to be written, from where to where, within which limits."""

    template: ImportTemplate
    options: ExportOptions
    target: Path
    settings: ExportSettings
    query: RecordsQuery | None = None
    """Other records than all, or those of the options' selection."""


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
    try:
        async with _work(db, request) as (write, *arguments):
            written: Written = await run_in_child(
                sandbox, Work.WRITING, write, target, plan, *arguments, limits=limits, on_progress=on_progress
            )
    except EndedEarly as ended:
        return await failed(ended.message)
    except Busy:
        return await failed(Message("child.writing.too_slow", {"seconds": request.settings.max_seconds}))
    if written.refusal:
        return await failed(written.refusal)
    return ExportReceipt(
        options.kind,
        options.file_format,
        file_name=file_name_of(template, options),
        size_bytes=(await asyncio.to_thread(target.stat)).st_size,
        rows=written.rows,
        notes=tuple(written.notes),
    )


@asynccontextmanager
async def _work(db: Database, request: ExportRequest) -> AsyncIterator[tuple[Any, ...]]:
    """The function for the child process, and what it is given beside the target and the plan."""
    template, options = request.template, request.options
    if options.kind is ExportKind.SAMPLE:
        yield (write_sample,)
        return
    if options.kind is ExportKind.TEMPLATE:
        yield write_workbook, GivenRows()
        return
    query = request.query or RecordsQuery.of(template, options.selection or Selection(), db.dialect)
    measured = measurable(template) if options.file_format is ExportFormat.XLSX else []
    seconds = request.settings.max_seconds
    async with records_source(db, query, template, measured, request.target, seconds=seconds) as source:
        match options.file_format:
            case ExportFormat.CSV:
                yield write_csv, source, options.delimiter
            case ExportFormat.JSONL:
                yield write_jsonl, source
            case _:
                yield write_workbook, source


async def _failure(target: Path, kind: ExportKind, reason: Message) -> ExportReceipt:
    await asyncio.to_thread(target.unlink, missing_ok=True)
    return ExportReceipt(kind, reasons=(reason,))


def file_name_of(template: ImportTemplate, options: ExportOptions) -> str:
    """customers-2026-11-23.xlsx, customers-blank-2026-11-23.xlsx: the day is that of UTC."""
    part = {ExportKind.TEMPLATE: "-blank", ExportKind.SAMPLE: "-sample", ExportKind.VIEW: "-view"}.get(
        options.kind, ""
    )
    end = f"{part}-{utc_now()[:10]}.{options.file_format}"
    return f"{_words(template.name, most_bytes=MAX_FILE_NAME_BYTES - len(end)) or 'export'}{end}"


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
