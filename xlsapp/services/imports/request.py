"""What one import is asked to do, and where its files are."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from xlsapp.config import HistorySettings, ImportSettings
from xlsapp.db.connection import Connection
from xlsapp.db.runs import Fence, Run
from xlsapp.models import ImportTemplate
from xlsapp.repositories.history.changes import Actor
from xlsapp.services.engines.review_places import ReviewPlaces
from xlsapp.services.imports.options import ImportOptions


def anything_fits(needed_bytes: int) -> None:
    """Where nobody looks at the disk."""


async def nobody_else(tx: Connection) -> None:
    """Where no other attempt at the same import can be."""


def nobody_waits() -> None:
    """Where nobody wants to know."""


async def they_are_kept() -> None:
    """Where the list of problems is in its place."""


@dataclass(frozen=True, slots=True)
class ImportFiles:
    """The workbook, and what is made of it."""

    workbook: Path
    staging: Path
    """Its checked rows, and the plan for them: a SQLite file."""
    problems: Path
    """The full list of its problems: a SQLite file."""


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """An import of one workbook into one template, once for a `job_id` however often it is asked for."""

    job_id: str
    template: ImportTemplate
    file_name: str
    """What its user calls the workbook."""
    files: ImportFiles
    options: ImportOptions = field(default_factory=ImportOptions)
    settings: ImportSettings = field(default_factory=ImportSettings)
    history: HistorySettings = field(default_factory=HistorySettings)
    actor: Actor | None = None
    """Who imports it; None for the template's owner, on a page."""
    require_room: Callable[[int], None] = anything_fits
    """Asked for so many bytes before records are stored. What it raises ends the import."""
    before_saving: Callable[[], None] = nobody_waits
    """Called when all has been read and checked, and records are stored now."""
    places: ReviewPlaces | None = None
    """Where its rows are kept for a review, when they are checked alone or some of them have problems."""
    keep_problems: Callable[[], Awaitable[None]] = they_are_kept
    """Awaited before records are stored: who comes after a crash finds these, and can list no problems."""
    run: Run | None = None
    """The attempt at the job; None where nobody else can be at it."""
    fence: Fence = nobody_else
    """Awaited in the transaction that stores records, before all else. What it raises ends the import."""
