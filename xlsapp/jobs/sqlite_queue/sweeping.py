"""Jobs that take too long, by their timeout or heartbeat: stopped, then put back or ended."""

from __future__ import annotations

import asyncio
import logging

from saq.job import Job, Status
from saq.queue.base import Queue

from xlsapp.jobs.sqlite_queue.codec import claim_of, hold

logger = logging.getLogger(__name__)


async def sweep_stuck(queue: Queue, held_jobs: list[Job], *, patience_seconds: float) -> list[Job]:
    """Of these jobs, those that were stuck, as they now are."""
    stuck = [job for job in held_jobs if job.stuck]
    await asyncio.gather(*(_sweep(queue, job, patience_seconds) for job in stuck))
    return stuck


async def _sweep(queue: Queue, job: Job, patience_seconds: float) -> None:
    """Abort a stuck job, give its worker a moment, then put it back or end it, whoever still runs it."""
    logger.info("Sweeping %s", job.info(logger.isEnabledFor(logging.DEBUG)))
    claim = claim_of(job)
    await queue.abort(job, error=queue.swept_error_message)
    try:
        await job.refresh(patience_seconds)
    except TimeoutError:
        logger.info("Could not abort job %s", job.id)
    except RuntimeError:  # its ttl is negative: once aborted it is not there any more
        logger.info("%s is gone", job.id)
    hold(job, claim)
    if job.retryable:
        await queue.retry(job, error=queue.swept_error_message)
    else:
        await queue.finish(job, Status.ABORTED, error=queue.swept_error_message)
