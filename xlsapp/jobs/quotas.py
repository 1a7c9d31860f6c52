"""How much room the files of an account take on the disk, and may take; asked of the files themselves."""

import math

from xlsapp.context import App
from xlsapp.errors import OverQuota
from xlsapp.problems import Message

MEGABYTE = 1_000_000


async def used_bytes(app: App, user_id: int) -> int:
    """What the files of an account's jobs take, with those that are just coming in."""
    coming = [job_id for job_id, owner in app.files.receiving.items() if owner == user_id]
    jobs = await app.statuses.list_ids(user_id)
    ended = {job_id for job_id, has_ended in jobs.items() if has_ended}
    return await app.files.bytes_of({*coming, *jobs}, ended=ended)


def most_bytes(app: App) -> int:
    """What they may take."""
    return app.settings.jobs.max_files_mb_per_account * MEGABYTE


async def require_room(app: App, user_id: int, *, more_bytes: int = 1) -> None:
    """Raises OverQuota when an account's files take so much that no more of this size go beside them."""
    used, most = await used_bytes(app, user_id), most_bytes(app)
    if used + more_bytes > most:
        about = {
            "used_megabytes": math.ceil(used / MEGABYTE),
            "most_megabytes": most // MEGABYTE,
            "hours": app.settings.jobs.status_hours,
        }
        raise OverQuota(Message("account.no_room", about))


async def remove_finished(app: App, user_id: int) -> None:
    """Remove an account's finished jobs, with all their files, before they expire. Its records stay."""
    for job in await app.statuses.list_for(user_id):
        if job.is_final:
            await app.statuses.forget(job.job_id)
            await app.files.remove_all(job.job_id)
