"""Jobs that take too long, by their timeout or heartbeat: stopped, then put back or ended."""

from __future__ import annotations

import asyncio
import logging

from saq.job import Job, Status
from saq.queue.base import Queue

from xlsapp.queue_parts.codec import claim_of, hold

logger = logging.getLogger(__name__)


async def sweep_stuck(queue: Queue, stuck: list[Job], *, patience_seconds: float) -> list[Job]:
    """Of these jobs, those that did not end by themselves after all; as they now are."""
    swept = await asyncio.gather(*(_sweep(queue, job, patience_seconds) for job in stuck))
    return [job for job, is_swept in zip(stuck, swept, strict=True) if is_swept]


async def _sweep(queue: Queue, job: Job, patience_seconds: float) -> bool:
    """Abort a stuck job, give its worker a moment, then put it back or end it, whoever still runs it.

    False if it has been done, or has failed, in that moment.
    """
    logger.info("Sweeping %s", job.info(logger.isEnabledFor(logging.DEBUG)))
    claim = claim_of(job)
    await queue.abort(job, error=queue.swept_error_message)
    try:
        await job.refresh(patience_seconds)
    except TimeoutError:
        logger.info("Could not abort job %s", job.id)
    except RuntimeError:  # its ttl is negative: once aborted it is not there any more
        logger.info("%s is gone", job.id)
    if job.status in (Status.COMPLETE, Status.FAILED):
        return False
    hold(job, claim)
    if job.retryable:
        await queue.retry(job, error=queue.swept_error_message)
    else:
        await queue.finish(job, Status.ABORTED, error=queue.swept_error_message, only_aborted=True)
    return True
