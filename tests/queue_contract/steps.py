"""Steps that tests of queues take."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from saq.job import Job, Status
from saq.queue import Queue
from saq.worker import Worker


class QuietWorker(Worker[Any]):
    """SAQ's worker, which leaves signals to pytest."""

    SIGNALS = []  # noqa: RUF012  # SAQ's own attribute


async def counts(queue: Queue) -> list[int]:
    """How many jobs are queued, active, incomplete."""
    return [await queue.count(kind) for kind in ("queued", "active", "incomplete")]


async def take(queue: Queue, **options: Any) -> Job:
    """The next job, which must be there."""
    job = await queue.dequeue(timeout=5, **options)
    assert job is not None
    return job


async def begin(queue: Queue, worker_id: str = "w1") -> Job:
    """What SAQ's worker does with a job before it calls its function."""
    job = await take(queue)
    job.attempts += 1
    job.worker_id = worker_id
    await job.update(status=Status.ACTIVE)
    return job


async def finished(job: Job) -> Job:
    """The job once it has ended."""
    await job.refresh(60)
    return job


async def until(condition: Callable[[], Awaitable[Any]], patience_seconds: float = 60) -> None:
    """Wait until something is true."""
    deadline = time.monotonic() + patience_seconds
    while not await condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)


def has_status(job: Job, status: Status) -> Callable[[], Awaitable[bool]]:
    """A condition for `until`."""

    async def check() -> bool:
        stored = await job.get_queue().job(job.key)
        return stored is not None and stored.status == status

    return check
