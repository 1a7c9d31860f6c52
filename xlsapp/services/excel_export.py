"""Write a template's workbook: its data, a blank one to fill in, or a sample. Knows nothing of jobs."""

import asyncio
import enum
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlsapp.clock import utc_now
from xlsapp.config import ExportSettings
from xlsapp.db.database import Database
from xlsapp.models import ColumnType, ImportTemplate, TemplateColumn
from xlsapp.repositories import data_records
from xlsapp.sandbox import Crashed, Limits, OutOfMemory, Sandbox, TimedOut
from xlsapp.spreadsheet.writer import write_records, write_rows

OnProgress = Callable[[str], Awaitable[None]]

MAX_RECORDS = 1_048_575
TOO_LARGE = "This export is too large for the limits set here. Nothing was written."


class ExportKind(enum.StrEnum):
    """What a workbook holds."""

    TEMPLATE = "template"
    DATA = "data"
    SAMPLE = "sample"


@dataclass(frozen=True, slots=True)
class ExportResult:
    """A written workbook, or why there is none."""

    success: bool
    summary: str
    file_name: str = ""
    size_bytes: int = 0
    processed_count: int = 0
    error_message: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """All of it, as the job's page shows it."""
        return {
            "success": self.success,
            "summary": self.summary,
            "file_name": self.file_name,
            "size_bytes": self.size_bytes,
            "processed_count": self.processed_count,
            "notes": [],
        }


async def export_workbook(
    db: Database,
    sandbox: Sandbox,
    template: ImportTemplate,
    *,
    kind: ExportKind,
    target: Path,
    on_progress: OnProgress,
    settings: ExportSettings | None = None,
) -> ExportResult:
    """Write the workbook to `target`. Raises ChildLost when the child process vanishes."""
    settings = settings or ExportSettings()
    if kind is ExportKind.DATA and template.record_count > MAX_RECORDS:
        return _failure(
            f"A sheet holds {MAX_RECORDS:,} records at most; these are {template.record_count:,}."
        )

    async def say(rows: int) -> None:
        await on_progress(f"Writing row {rows:,} of {template.record_count:,}")

    limits = Limits(memory_mb=settings.max_memory_mb, seconds=settings.max_seconds)
    title = _sheet_title(template.name)
    try:
        if kind is ExportKind.DATA:
            query = data_records.select_all_sql(template)
            count = await sandbox.run(
                write_records, db.path, query, template.columns, target, title, limits=limits, on_progress=say
            )
        else:
            rows = sample_rows(template.columns) if kind is ExportKind.SAMPLE else []
            count = await sandbox.run(_write, rows, template.columns, target, title, limits=limits)
    except (OutOfMemory, TimedOut, Crashed):
        return _failure(TOO_LARGE)
    records = "1 record" if count == 1 else f"{count:,} records"
    return ExportResult(
        success=True,
        summary={
            "data": f"{records} written.",
            "template": "A blank workbook to fill in.",
            "sample": "A sample.",
        }[kind],
        file_name=_file_name(template.name, kind),
        size_bytes=(await asyncio.to_thread(target.stat)).st_size,
        processed_count=count,
    )


def sample_rows(columns: tuple[TemplateColumn, ...]) -> list[list[Any]]:
    """Three made-up rows that keep to the types."""
    samples: dict[ColumnType, tuple[Any, ...]] = {
        ColumnType.TEXT: ("Ada", "Grace", "Edsger"),
        ColumnType.INTEGER: (1, 20, 300),
        ColumnType.NUMBER: (1.5, 20.25, 300),
        ColumnType.DATE: ("2026-01-31", "2026-02-28", "2026-12-31"),
        ColumnType.DATETIME: ("2026-01-31T09:30:00", "2026-02-28T12:00:00", "2026-12-31T18:45:00"),
        ColumnType.TIME: ("09:30:00", "12:00:00", "18:45:00"),
        ColumnType.BOOLEAN: (True, False, True),
        ColumnType.EMAIL: ("ada@example.com", "grace@example.com", "edsger@example.com"),
        ColumnType.LINK: ("https://example.com/1", "https://example.com/2", "https://example.com/3"),
    }
    return [
        [
            (samples.get(column.type) or column.rules.choices)[
                row % len(samples.get(column.type) or column.rules.choices)
            ]
            for column in columns
        ]
        for row in range(3)
    ]


def _write(
    rows: list[list[Any]],
    columns: tuple[TemplateColumn, ...],
    target: Path,
    title: str,
    report: Callable[[int], None],
) -> int:
    return write_rows(iter(rows), columns, target, title, report, with_ids=False)


def _failure(message: str) -> ExportResult:
    return ExportResult(success=False, summary="Nothing was written.", error_message=message)


def _file_name(name: str, kind: ExportKind) -> str:
    slug = re.sub(r"[^\w]+", "-", name.lower()).strip("-_") or "export"
    part = "" if kind is ExportKind.DATA else f"-{'blank' if kind is ExportKind.TEMPLATE else 'sample'}"
    return f"{slug[:80]}{part}-{utc_now()[:10]}.xlsx"


def _sheet_title(name: str) -> str:
    """A name that Excel takes for a sheet."""
    return re.sub(r"[\[\]:*?/\\]", " ", name).strip(" '")[:31] or "Records"
