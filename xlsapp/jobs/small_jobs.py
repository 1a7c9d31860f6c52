"""Small jobs, for which there is a seat besides: which they are, and what becomes of one that is not quick.

Nobody can tell by its size how long a job takes. So in that seat it has a few seconds for what can be given
up without harm; then it goes back to the line, and waits for an ordinary seat.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from saq.types import Context

from xlsapp.context import App
from xlsapp.db.runs import Run
from xlsapp.errors import XlsappError


class JobContext(Context):
    """What SAQ hands to a job's function."""

    app: App
    run: Run
    """This attempt."""
    small_seconds: float | None
    """What a job may take in this seat before it goes back; None in an ordinary one."""


class TakesLong(XlsappError):
    """A job in the seat for small ones is not as quick as it seemed: it goes back to the line."""


async def is_small_upload(app: App, job_id: str) -> bool:
    """Whether work on an upload counts as small. Where it is gone, there is not much to do."""
    return await app.files.upload_bytes(job_id) < app.settings.jobs.small_file_kb * 1000


@asynccontextmanager
async def within_small_seconds(ctx: JobContext) -> AsyncIterator[Callable[[], None]]:
    """Raises TakesLong when the block takes longer than a job may in this seat.

    What is yielded is called where a job begins with what is better finished: from then on it may stay.
    """
    try:
        async with asyncio.timeout(ctx["small_seconds"]) as limit:
            yield lambda: limit.reschedule(None)
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise TakesLong from error
