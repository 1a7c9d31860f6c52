"""Imports as the app carries them out: a real database, a real child process."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.factories import import_files, make_customers, records_of
from xlsapp.app import PRELOADED
from xlsapp.config import HistorySettings, ImportSettings
from xlsapp.jobs.status import new_job_id
from xlsapp.messages.results import result_shown
from xlsapp.messages.saying import say
from xlsapp.models import ColumnRules, ColumnType, DataRecord, ImportTemplate
from xlsapp.repositories import import_templates, template_columns
from xlsapp.sandbox.sandbox import Sandbox
from xlsapp.services.child_work import OnProgress, ignore
from xlsapp.services.engines.review_places import ReviewPlaces
from xlsapp.services.imports.importing import import_workbook
from xlsapp.services.imports.options import ImportOptions
from xlsapp.services.imports.receipt import ImportReceipt
from xlsapp.services.imports.request import Fence, ImportRequest, nobody_else
from xlsapp.services.records.records import Records


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    """A sandbox that has loaded what imports need, as the app's has; it serves all tests of a module."""
    box = Sandbox(preload=PRELOADED)
    await box.start()
    yield box
    await box.close()


@dataclass(frozen=True)
class Imported:
    """What an import did, as its reader is told."""

    receipt: ImportReceipt

    @property
    def success(self) -> bool:
        return self.receipt.success

    @property
    def counts(self) -> dict[str, int]:
        return asdict(self.receipt.counts) if self.receipt.counts else {}

    @property
    def error_message(self) -> str | None:
        return " ".join(map(say, self.receipt.reasons)) or None

    @property
    def details(self) -> dict[str, Any]:
        return result_shown(self.receipt.to_dict())

    @property
    def errors(self) -> list[dict[str, Any]]:
        return [group for group in self.details["groups"] if group["severity"] == "problem"]


class Desk:
    """A template and what is done with it."""

    def __init__(self, records: Records, sandbox: Sandbox, template: ImportTemplate, folder: Path) -> None:
        self.door, self.sandbox, self.template, self._folder = records, sandbox, template, folder
        self.db = records.db
        self.places: ReviewPlaces | None = None
        """Where rows are kept for a review."""

    async def reload(self) -> ImportTemplate:
        async with self.db.read() as conn:
            self.template = await import_templates.find(conn, self.template.user_id, self.template.id)
        return self.template

    async def rules(self, name: str, **rules: Any) -> None:
        """Give a column rules; `required` and `aliases` are its own."""
        found = next(column for column in self.template.columns if column.name == name)
        own = {key: rules.pop(key) for key in ("required", "aliases") if key in rules}
        async with self.db.write() as tx:
            await template_columns.change(tx, replace(found, rules=ColumnRules(**rules), **own))
        await self.reload()

    def ids(self, *names: str) -> tuple[int, ...]:
        return tuple(column.id for name in names for column in self.template.columns if column.name == name)

    async def run(
        self,
        path: Path,
        *,
        job_id: str | None = None,
        settings: ImportSettings | None = None,
        on_progress: OnProgress = ignore,
        fence: Fence = nobody_else,
        history: HistorySettings | None = None,
        **options: Any,
    ) -> Imported:
        await self.reload()
        files = import_files(path, self._folder)
        request = ImportRequest(
            job_id or new_job_id(),
            self.template,
            path.name,
            files,
            ImportOptions(**options),
            settings or ImportSettings(),
            places=self.places,
            fence=fence,
            history=history or HistorySettings(),
        )
        return Imported(await import_workbook(self.door, self.sandbox, request, on_progress=on_progress))

    async def records(self) -> list[DataRecord]:
        return await records_of(self.db, await self.reload())

    async def values(self) -> list[tuple[Any, ...]]:
        return [tuple(record.values.values()) for record in await self.records()]


@pytest.fixture
def desk(records: Records, sandbox: Sandbox, tmp_path: Path) -> Callable[..., Awaitable[Desk]]:
    """Makes a template with these columns: names, or (name, type)."""

    async def make(*columns: str | tuple[str, str]) -> Desk:
        typed: Sequence[tuple[str, ColumnType, bool]] = [
            (name, ColumnType(kind), False)
            for name, kind in ((c, "text") if isinstance(c, str) else c for c in columns)
        ]
        customers = await make_customers(records.db, typed)
        return Desk(records, sandbox, customers.template, tmp_path)

    return make
