"""All data moved from a folder into a PostgreSQL, or back. Nothing is switched before it is compared."""

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from xlsapp.config import DatabaseSettings, DataSettings, FileSettings, Settings
from xlsapp.db import sqlite_tables
from xlsapp.db.data_folder import LOCK, sole_use
from xlsapp.db.postgres import marks, moving
from xlsapp.db.postgres.address import shown_address
from xlsapp.db.postgres.tables import open_tables
from xlsapp.db.tables import Tables
from xlsapp.errors import Refused
from xlsapp.jobs.moving import FileCarrier, leave_reviews, require_all_ended
from xlsapp.jobs.status import JobStatus, JobStatusService
from xlsapp.services.operations import moves
from xlsapp.services.operations.carrying import Carried, Carrier
from xlsapp.services.operations.fitting import require_fits
from xlsapp.storage import on_postgres, on_sqlite
from xlsapp.storage.storage import Purpose, Storage

OnProgress = Callable[[str], None]

STORE_KEY = """
INSERT INTO data.secrets (name, value) VALUES ('cookies', :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """What was moved, and where to."""

    place: str
    carried: Carried
    files: int
    reviews_left: int
    """They stay behind: what they were made of can be checked again."""


async def move_to_postgres(
    settings: Settings, url: str, on_progress: OnProgress, *, without_reviews: bool = False
) -> Moved | None:
    """Move the data folder's content. None: a move before this one had done all but its last step, if that.

    Raises InUse, Refused, ConfigurationError, NotTheSame, DatabaseFault; then nothing is switched.
    """
    root, place = settings.data_dir, shown_address(url)
    if not (root / "data.sqlite3").exists():
        raise Refused(f"There is nothing to move: {root} has no data.sqlite3.")
    # Files may be on their way into a store of their own.
    with on_sqlite.in_use(replace(settings, files=FileSettings())):
        if moves.moved_to(root) == place:
            if await moving.is_left_from(url, str(root)):
                await _let_start(url)
            return None
        on_sqlite.prepare(settings)
        there = replace(settings, database=DatabaseSettings(url=url))
        with sqlite_tables.open_tables(root) as tables:
            async with on_sqlite.opened(settings, Purpose.COMMAND) as storage:
                await require_all_ended(_statuses(settings, storage), sqlite_tables.waiting_jobs(root))
                left = await leave_reviews(
                    _statuses(settings, storage), storage.files, mended_too=without_reviews
                )
                on_progress("Looking whether all of it fits")
                await require_fits(tables)
                async with moving.receiving(url, str(root)) as target:
                    carried = await Carrier(tables, target, target, on_progress).carry()
                    if (root / "secret").exists():
                        await target.conn.run(STORE_KEY, value=on_sqlite.load_secret(root / "secret"))
                    async with on_postgres.opened(there, Purpose.COMMAND) as new:
                        files = await _carry_files(settings, storage, new, on_progress)
                    moves.mark(root, moves.MOVED, place)
        await _let_start(url)
    return Moved(place, carried, files, left)


async def move_to_folder(
    settings: Settings, folder: Path, on_progress: OnProgress, *, without_reviews: bool = False
) -> Moved | None:
    """Move a database's content into an empty folder: see `move_to_postgres`."""
    url, place = settings.database.url, shown_address(settings.database.url)
    with sole_use(folder):
        if await _has_gone(url, folder):
            (folder / moves.MOVING).unlink(missing_ok=True)
            return None
        _require_empty(folder)
        async with moving.giving(url) as source:
            async with on_postgres.opened(settings, Purpose.COMMAND) as storage:
                await require_all_ended(_statuses(settings, storage), await moving.waiting_jobs(source))
                left = await leave_reviews(
                    _statuses(settings, storage), storage.files, mended_too=without_reviews
                )
                with ExitStack() as undo:
                    moves.mark(folder, moves.MOVING, place)
                    undo.callback(_clear, folder)
                    carried, files = await _fill(settings, folder, source, storage, on_progress)
                    undo.pop_all()
            await marks.mark(source.conn, marks.MOVED, str(folder))
        (folder / moves.MOVING).unlink()
    return Moved(str(folder), carried, files, left)


async def _fill(
    settings: Settings, folder: Path, source: Tables, storage: Storage, on_progress: OnProgress
) -> tuple[Carried, int]:
    there = replace(settings, database=DatabaseSettings(), data=DataSettings(dir=str(folder)))
    on_sqlite.make(folder)
    with sqlite_tables.open_tables(folder) as target:
        carried = await Carrier(source, target, source, on_progress).carry()
    secret = await source.conn.value("SELECT value FROM data.secrets WHERE name = 'cookies'")
    if secret:
        on_sqlite.store_secret(folder / "secret", str(secret))
    async with on_sqlite.opened(there, Purpose.COMMAND) as new:
        return carried, await _carry_files(settings, storage, new, on_progress)


async def _carry_files(settings: Settings, here: Storage, there: Storage, on_progress: OnProgress) -> int:
    statuses = _statuses(settings, here)
    ids = [job_id for job_ids in (await statuses.ids_by_user()).values() for job_id in job_ids]
    ended = await statuses.get_statuses(ids)
    return await FileCarrier(here.files, there.files, on_progress).carry(ended)


def _statuses(settings: Settings, storage: Storage) -> JobStatusService:
    return JobStatusService(storage.store, settings.jobs.status_hours * 3600, _tell_nobody)


async def _tell_nobody(status: JobStatus, running_jobs: int | None) -> None:
    """Nobody watches jobs meanwhile."""


async def _let_start(url: str) -> None:
    async with open_tables(url) as tables:
        await marks.unmark(tables.conn, marks.MOVING)


async def _has_gone(url: str, folder: Path) -> bool:
    """Whether all was copied, and the folder's mark alone may be left."""
    if not (folder / "data.sqlite3").exists():
        return False
    async with open_tables(url) as tables:
        return await marks.marked(tables.conn, marks.MOVED) == str(folder)


def _require_empty(folder: Path) -> None:
    if (folder / moves.MOVING).exists():
        _clear(folder)
    found = sorted(path.name for path in folder.iterdir() if path.name != LOCK)
    if found:
        raise Refused(
            f"{folder} is not empty: it has {found[0]}. Name a folder that is, or is not there yet."
        )


def _clear(folder: Path) -> None:
    """Remove what a move has left; its mark goes last."""
    for path in folder.iterdir():
        if path.name not in (LOCK, moves.MOVING):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    (folder / moves.MOVING).unlink(missing_ok=True)
