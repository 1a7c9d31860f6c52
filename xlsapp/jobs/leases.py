"""An attempt at a job: taken before anything is done, kept while it goes on, ended when it is lost."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from xlsapp.db.errors import DatabaseFault
from xlsapp.db.runs import LostRun, Run, Runs

log = logging.getLogger(__name__)

RENEW_EVERY_SECONDS = 10.0
TRY_AGAIN_SECONDS = 1.0

# Less than the 30 seconds of the lease: who cannot say that it goes on has ended before others may begin.
MOST_SECONDS_UNSAID = 20.0


@asynccontextmanager
async def keeping(runs: Runs, run: Run) -> AsyncIterator[None]:
    """Keep an attempt while the block lasts.

    Raises LostRun, once the block is cancelled and so its child processes ended, when another has begun,
    or when for 20 seconds the database could not be told that this one goes on.
    """
    if not runs.are_leased:
        yield
        return
    try:
        async with asyncio.timeout(None) as limit:
            renewing = asyncio.create_task(_renew(runs, run, limit))
            try:
                yield
            finally:
                renewing.cancel()
                await asyncio.wait({renewing})
    except TimeoutError as error:
        if limit.expired():
            raise LostRun(f"attempt {run.attempt} at job {run.job_id} was lost on the way") from error
        raise


async def _renew(runs: Runs, run: Run, limit: asyncio.Timeout) -> None:
    loop = asyncio.get_running_loop()
    said = loop.time()
    pause = RENEW_EVERY_SECONDS
    while True:
        await asyncio.sleep(pause)
        asked = loop.time()
        try:
            async with asyncio.timeout_at(said + MOST_SECONDS_UNSAID):
                goes_on = await runs.renew(run)
            said, pause = asked, RENEW_EVERY_SECONDS
        except (DatabaseFault, TimeoutError) as error:
            log.warning("Job %s: the database was not told that it goes on: %r", run.job_id, error)
            goes_on, pause = loop.time() < said + MOST_SECONDS_UNSAID, TRY_AGAIN_SECONDS
        if not goes_on:
            log.error("Job %s: attempt %s is lost, and ends", run.job_id, run.attempt)
            limit.reschedule(loop.time())
            return
