"""How a server is, for the one who looks after it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xlsapp.context import App
from xlsapp.jobs.files import JobFiles
from xlsapp.models import User
from xlsapp.repositories import users
from xlsapp.services.operations.backups import last_backup
from xlsapp.services.operations.machines import Machine, list_machines
from xlsapp.services.operations.room import parts_of_database, parts_of_folder

# More than that are summed up.
MOST_ACCOUNTS = 50


@dataclass(frozen=True, slots=True)
class AccountFiles:
    """What the files of an account's jobs take."""

    user: User
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Overview:
    """A server at one moment. Sizes are bytes."""

    is_shared: bool
    """Whether it is one of several over a PostgreSQL: then the disk is that of this machine alone."""
    is_full: bool
    free_bytes: int
    reserve_bytes: int
    parts: Mapping[str, int]
    """By what takes it: see services/operations/room.py."""
    machines: Sequence[Machine]
    """None, where one process does all."""
    waiting: int
    running: int
    accounts: Sequence[AccountFiles]
    """Those whose files take most come first."""
    account_count: int
    last_backup: str | None
    """When, as UTC text; None when none is known of, as where PostgreSQL makes them."""


async def overview(app: App) -> Overview:
    """Look at everything now."""
    is_shared = app.db.dialect.is_postgres
    async with app.db.read() as conn:
        found = await users.list_all(conn)
    job_ids = await app.statuses.ids_by_user()
    accounts = await _accounts(app.files, found, job_ids)
    return Overview(
        is_full=await asyncio.to_thread(app.disk.is_full),
        free_bytes=await asyncio.to_thread(app.disk.free_bytes),
        reserve_bytes=app.disk.reserve_bytes,
        is_shared=is_shared,
        parts=await _parts(app),
        machines=await list_machines(app.statuses.store),
        waiting=await app.queue.count("queued"),
        running=await app.queue.count("active"),
        accounts=accounts[:MOST_ACCOUNTS],
        account_count=len(accounts),
        last_backup=None if is_shared else await asyncio.to_thread(last_backup, app.settings.data_dir),
    )


async def _parts(app: App) -> Mapping[str, int]:
    if app.db.dialect.is_postgres:
        return await parts_of_database(app.db, with_files=not app.settings.files.url)
    return await parts_of_folder(app.disk)


async def _accounts(
    files: JobFiles, found: Sequence[User], job_ids: Mapping[int, Sequence[str]]
) -> list[AccountFiles]:
    sizes = await files.bytes_by_owner({user.id: job_ids.get(user.id, ()) for user in found})
    accounts = [AccountFiles(user, sizes[user.id]) for user in found]
    return sorted(accounts, key=lambda account: (-account.size_bytes, account.user.id))
