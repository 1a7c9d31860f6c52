"""Reads workbooks as the child process of an import does, without a database."""

import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import missing
from xlsapp.messages.results import result_shown
from xlsapp.messages.saying import say
from xlsapp.models import ColumnRules, ColumnType, TemplateColumn
from xlsapp.spreadsheet.reading.problem_log import ProblemLog
from xlsapp.spreadsheet.reading.reader import ReadLimits, ReadOptions, TableRead, read_workbook

Column = str | tuple[str, str] | TemplateColumn


@dataclass(frozen=True)
class Read:
    """What was read: the staged rows by number, the problems as “cell: message”, and the report."""

    rows: dict[int, tuple[Any, ...]]
    problems: list[str]
    report: TableRead
    groups: list[dict[str, Any]]

    @property
    def notes(self) -> list[str]:
        return list(map(say, self.report.notes))

    @property
    def values(self) -> list[tuple[Any, ...]]:
        return list(self.rows.values())


def template_columns(columns: Sequence[Column]) -> list[TemplateColumn]:
    made = []
    for position, column in enumerate(columns):
        if isinstance(column, TemplateColumn):
            made.append(column)
        else:
            name, kind = (column, "text") if isinstance(column, str) else column
            made.append(TemplateColumn(position + 1, name, ColumnType(kind), position))
    return made


def column(
    name: str,
    kind: str = "text",
    *,
    number: int = 1,
    required: bool = False,
    aliases: tuple[str, ...] = (),
    **rules: Any,
) -> TemplateColumn:
    return TemplateColumn(number, name, ColumnType(kind), number, required, ColumnRules(**rules), aliases)


def converted(book: Path, kind: str) -> Path:
    """The same workbook as LibreOffice writes it in another format."""
    program = shutil.which("soffice")
    if program is None:
        missing("LibreOffice")
    profile = book.parent / "profile"
    subprocess.run(
        [program, f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", kind, book.name],
        cwd=book.parent, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return book.with_suffix(f".{kind}")


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Read]:
    """Read a workbook under columns: names, (name, type), or whole ones."""

    def read_it(
        path: Path,
        *columns: Column,
        limits: ReadLimits | None = None,
        max_problems: int = 1000,
        **options: Any,
    ) -> Read:
        log = ProblemLog(tmp_path / "report", limit=max_problems)
        try:
            report, conn = read_workbook(
                path,
                template_columns(columns),
                ReadOptions(**options),
                limits or ReadLimits(),
                tmp_path / "staging",
                log,
                lambda progress: None,
            )
        finally:
            log.close()
        rows = {row[0]: row[1:] for row in conn.execute("SELECT * FROM staged ORDER BY row")}
        conn.close()
        groups = result_shown({"groups": log.logged.groups()})["groups"]
        problems = [f"{c['cell']}: {c['message']}" for group in groups for c in group["cells"]]
        return Read(rows, problems, report, groups)

    return read_it
