"""How a server is, for the one who looks after it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xlsapp.context import App
from xlsapp.jobs.files import JobFiles
from xlsapp.models import User
from xlsapp.repositories import users
from xlsapp.services.operations.backups import last_backup

# More than that are summed up.
MOST_ACCOUNTS = 50

# What is in the data folder, by what it is for; all that is not named is `other`.
PARTS: Mapping[str, Sequence[str]] = {
    "data": ("data",),
    "jobs": ("queue", "status"),
    "uploads": ("uploads", "samples", "asked"),
    "staging": ("staging",),
    "exports": ("exports",),
    "problems": ("reports",),
    "backups": ("backups",),
}


@dataclass(frozen=True, slots=True)
class AccountFiles:
    """What the files of an account's jobs take."""

    user: User
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Overview:
    """A server at one moment. Sizes are bytes."""

    is_full: bool
    free_bytes: int
    reserve_bytes: int
    parts: Mapping[str, int]
    """By the names of PARTS, and `other`."""
    waiting: int
    running: int
    accounts: Sequence[AccountFiles]
    """Those whose files take most come first."""
    account_count: int
    last_backup: str | None
    """When, as UTC text; None when none is known of."""


async def overview(app: App) -> Overview:
    """Look at everything now."""
    async with app.db.read() as conn:
        found = await users.list_all(conn)
    job_ids = await app.statuses.ids_by_user()
    accounts = await _accounts(app.files, found, job_ids)
    return Overview(
        is_full=await asyncio.to_thread(app.disk.is_full),
        free_bytes=await asyncio.to_thread(app.disk.free_bytes),
        reserve_bytes=app.disk.reserve_bytes,
        parts=_by_purpose(await asyncio.to_thread(app.disk.parts)),
        waiting=await app.queue.count("queued"),
        running=await app.queue.count("active"),
        accounts=accounts[:MOST_ACCOUNTS],
        account_count=len(accounts),
        last_backup=await asyncio.to_thread(last_backup, app.settings.data_dir),
    )


async def _accounts(
    files: JobFiles, found: Sequence[User], job_ids: Mapping[int, Sequence[str]]
) -> list[AccountFiles]:
    sizes = await files.bytes_by_owner({user.id: job_ids.get(user.id, ()) for user in found})
    accounts = [AccountFiles(user, sizes[user.id]) for user in found]
    return sorted(accounts, key=lambda account: (-account.size_bytes, account.user.id))


def _by_purpose(entries: Mapping[str, int]) -> dict[str, int]:
    parts = {name: sum(entries.get(entry, 0) for entry in held) for name, held in PARTS.items()}
    return {**parts, "other": sum(entries.values()) - sum(parts.values())}
