"""The last step of accepting a job: its entry in the queue."""

import asyncio
from collections.abc import Mapping
from typing import Any

from xlsapp.context import App
from xlsapp.errors import TooMany
from xlsapp.jobs.status import JobKind, Status
from xlsapp.models import User
from xlsapp.problems import Message

# The longest pause before another attempt, in seconds; an attempt is worth more than a long wait.
LONGEST_RETRY_DELAY = 60.0

# In that time some of an account's jobs will be done.
RETRY_AFTER_SECONDS = 10


async def require_few_unfinished(app: App, user: User) -> None:
    """Raises TooMany when an account has as many jobs that are not done yet as it may have."""
    most = app.settings.jobs.max_unfinished_per_account
    if await app.statuses.count_unfinished(user.id) >= most:
        raise TooMany(Message("job.many_unfinished", {"most": most}), retry_after_seconds=RETRY_AFTER_SECONDS)


async def create_status(app: App, kind: JobKind, job_id: str, arguments: Mapping[str, Any]) -> None:
    """The status of a job with these arguments: before it is queued, and once more where it starts.

    Then it may be gone: status.sqlite3 may be deleted any time.
    """
    await app.statuses.create(
        job_id=job_id,
        kind=kind,
        import_template_id=arguments["template_id"],
        user_id=arguments["user_id"],
        template_name=arguments["template_name"],
        file_name=arguments.get("file_name"),
        options=arguments["options"],
    )


async def enqueue(
    app: App,
    function: str,
    *,
    job_id: str,
    arguments: Mapping[str, Any],
    timeout_seconds: int,
    small: bool,
    group_key: str | None = None,
) -> None:
    """Queue a job whose status is stored. If that fails, so does the job, and its files are removed.

    It is the job of the account that its arguments have as `user_id`: seats go round by account. What is
    `small` may have the seat for small jobs, too.

    Should the job get into the queue all the same, it is not run: see worker.py.
    """
    settings = app.settings.jobs
    enqueuing = asyncio.ensure_future(
        app.queue.enqueue(
            function,
            key=job_id,
            kwargs=dict(arguments),
            timeout=timeout_seconds,
            retries=settings.attempts,
            retry_delay=float(settings.retry_delay_seconds),
            retry_backoff=LONGEST_RETRY_DELAY,
            group_key=group_key,
            meta={"owner": str(arguments["user_id"]), "small": small},
        )
    )
    try:
        await asyncio.shield(enqueuing)
    except BaseException:
        # Who is cancelled cannot call the entry back: it may be on its way to the disk, and a worker may have
        # it a moment later. Nothing is said of it before that is known.
        await asyncio.wait({enqueuing})
        if await app.queue.job(job_id) is None:
            reasons = [Message("job.could_not_queue")]
            await app.statuses.update_status(job_id, Status.FAILED, reasons=reasons)
            await app.files.remove_all(job_id)
        raise
