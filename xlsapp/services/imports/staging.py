"""The first step of an import: a workbook becomes checked rows in a staging file. No database is asked."""

import hashlib
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from xlsapp.config import ImportSettings
from xlsapp.models import TemplateColumn
from xlsapp.problems import Message
from xlsapp.sandbox.child.bounds import bounds
from xlsapp.services.allowances import Allowance
from xlsapp.services.imports.answers import columns_to_read, read_options
from xlsapp.services.imports.request import ImportRequest
from xlsapp.spreadsheet.files.memory import Memory
from xlsapp.spreadsheet.files.workbook_error import WorkbookError
from xlsapp.spreadsheet.reading.options import Tell
from xlsapp.spreadsheet.reading.problem_groups import Logged
from xlsapp.spreadsheet.reading.problem_log import ProblemLog
from xlsapp.spreadsheet.reading.reader import (
    MissingColumns,
    ReadLimits,
    ReadOptions,
    TableRead,
    read_workbook,
)
from xlsapp.spreadsheet.reading.staged_copies import write_copies
from xlsapp.spreadsheet.reading.wide_rows import reject_wide_rows


@dataclass(frozen=True, slots=True)
class StageRequest:
    """What the child process is told. Where it is the same, what is staged can be planned anew."""

    workbook: Path
    staging: Path
    problems: Path
    columns: tuple[TemplateColumn, ...]
    options: ReadOptions
    settings: ImportSettings
    with_copies: bool = False
    """Whether the records are in a database that takes rows as csv."""

    @classmethod
    def of(cls, request: ImportRequest, *, with_copies: bool = False) -> Self:
        """What an import needs to be staged."""
        return cls(
            workbook=request.files.workbook,
            staging=request.files.staging,
            problems=request.files.problems,
            columns=columns_to_read(request.template, request.options),
            options=read_options(request.template, request.options),
            settings=request.settings,
            with_copies=with_copies,
        )


@dataclass(frozen=True, slots=True)
class Staged:
    """A workbook whose rows are in the staging file now."""

    read: TableRead
    problems: Logged
    file_hash: str
    """The SHA-256 of the workbook's bytes."""


@dataclass(frozen=True, slots=True)
class NotStaged:
    """Why the workbook as a whole cannot be imported; with what was found of its table."""

    reason: Message
    read: TableRead | None
    problems: Logged


def stage_within_bounds(request: StageRequest, allowance: Allowance, tell: Tell) -> Staged | NotStaged:
    """What the child process does: stage with no more than it is allowed."""
    with bounds(seconds=allowance.seconds, memory_bytes=allowance.memory_bytes):
        return stage(request, allowance, tell)


def stage(request: StageRequest, allowance: Allowance, tell: Tell) -> Staged | NotStaged:
    """Put a workbook's checked rows into the staging file, and its problems into their list."""
    settings = request.settings
    limits = ReadLimits(
        max_rows=settings.max_rows,
        max_cells=settings.max_cells,
        max_unpacked_bytes=settings.max_unpacked_mb * 1_000_000,
        max_text_bytes=settings.max_text_mb * 1_000_000,
        memory=Memory(allowance.file_bytes, allowance.shared_bytes),
    )
    log = ProblemLog(request.problems, limit=settings.max_problems)
    try:
        read, conn = read_workbook(
            *(request.workbook, request.columns, request.options, limits, request.staging, log, tell),
            with_copy=request.with_copies,
        )
    except WorkbookError as error:
        found = error.found if isinstance(error, MissingColumns) else None
        return NotStaged(error.message, found, log.close())
    with closing(conn):
        conn.execute("COMMIT")
        if request.with_copies:
            staged = [column for column in request.columns if column.id in read.columns]
            if reason := reject_wide_rows(conn, staged, log):
                return NotStaged(reason, read, log.close())
            write_copies(conn, request.staging)
    with request.workbook.open("rb") as workbook:
        file_hash = hashlib.file_digest(workbook, "sha256").hexdigest()
    return Staged(read, log.close(), file_hash)
