"""HeldJobs: what SAQ asks of a queue, as far as it is the same on every engine."""

from __future__ import annotations

import asyncio
import inspect
import logging
from abc import abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, Protocol

from saq.job import Job, Status
from saq.queue.base import Queue
from saq.types import ListenCallback
from saq.utils import now

from xlsapp.queue_parts.codec import (
    SMALL,
    UNREADABLE,
    Codec,
    claim_of,
    mark_fresh,
    mark_sent_back,
    release,
    take_freshness,
    was_sent_back,
)
from xlsapp.queue_parts.listening import Listeners, statuses
from xlsapp.queue_parts.lost_jobs import INTERRUPTED
from xlsapp.queue_parts.rows import JobRow, JobValues, News

logger = logging.getLogger(__name__)

AfterRecovery = Callable[[Job], Awaitable[object]]


class Outcomes(Protocol):
    """What can become of a job in a write transaction `tx`: an engine's statements.

    Each gives whether it was done, or on an engine without threads something to await that does.
    """

    def update(self, tx: Any, job: JobValues, *, knows_it_finished: bool) -> Any: ...
    def update_status(self, tx: Any, job: JobValues) -> Any: ...
    def send_back(self, tx: Any, job: JobValues) -> Any: ...
    def finish(self, tx: Any, job: JobValues, *, ttl: float, only_aborted: bool = False) -> Any: ...
    def retry(self, tx: Any, job: JobValues, *, delay: float) -> Any: ...
    def abort(self, tx: Any, job: JobValues, *, error: str, ttl: float) -> Any: ...


class HeldJobs(Queue):
    """Jobs that are held by who took them: what others do to them then is refused, or waits for its turn."""

    _outcomes: Outcomes
    _passes: type[Exception] | tuple[type[Exception], ...]
    """What is raised when a write may do at another time: a locked file, a server that restarts."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._codec = Codec(self)
        self._after_recovery: list[AfterRecovery] = []
        # Jobs that have begun, as the note of it has them that may not be stored yet.
        self._begun: dict[str, JobValues] = {}

    @abstractmethod
    async def _write(self, change: Callable[[Any], Any]) -> Any:
        """Run a change in a write transaction; returns its result once that is committed."""

    @abstractmethod
    def _write_later(self, change: Callable[[Any], Any]) -> None:
        """The same as soon as it is possible. Errors that do not pass are logged."""

    @abstractmethod
    def _note_start(self, values: JobValues) -> None:
        """Store soon that a worker begins with a job it has claimed. An abort that came meanwhile stays."""

    @abstractmethod
    def _listeners(self) -> Listeners:
        """Who listens to this queue's news. Raises RuntimeError when it is not connected."""

    @abstractmethod
    async def _page(self, statuses: list[str], after: str, limit: int) -> list[JobRow]:
        """The next rows by key."""

    @abstractmethod
    async def _spoil(self, row: JobRow, error: str) -> None:
        """End a claimed job that nobody can read."""

    def _watch(self) -> None:
        """Somebody has begun to listen."""

    def register_after_recovery(self, callback: AfterRecovery) -> None:
        """Be told of each job that was taken from a dead or stuck worker, once that is committed.

        Its status is queued (it will run again), failed (it has killed its worker `retries` times)
        or aborted. Register before `connect` to hear what that recovers. An error in a callback is logged.
        """
        self._after_recovery.append(callback)

    async def _tell_recovered(self, jobs: list[Job]) -> None:
        for job in jobs:
            for callback in self._after_recovery:
                try:
                    await callback(job)
                except Exception:  # the others are to be told all the same
                    logger.exception("%s was recovered, and who was told of it failed", job.key)

    # --- what becomes of a job ---

    async def update(self, job: Job, **kwargs: Any) -> None:
        """Store the job as it is now, with these changes. Its status changes only if one is given."""
        if kwargs.get("status"):
            kwargs["status"] = Status(kwargs["status"])
        job.touched = now()
        for name, value in kwargs.items():
            if hasattr(job, name):
                setattr(job, name, value)
        await self._update(job, **kwargs)

    async def _update(self, job: Job, status: Status | None = None, **kwargs: Any) -> None:
        # All of the job is read here, before anything is awaited: no copy is needed.
        values = self._codec.values(job, status)
        if status == Status.ACTIVE and not kwargs and take_freshness(job):
            # The claim is stored already: the note that the job begins need not be waited for.
            self._begun[job.key] = values
            self._note_start(values)
        elif status:
            await self._write(lambda tx: self._outcomes.update_status(tx, values))
        else:
            knows = bool(job.completed)
            await self._write(lambda tx: self._outcomes.update(tx, values, knows_it_finished=knows))

    async def send_back(self, job: Job) -> None:
        """Put a job that has begun back in its place in the line; it is no small one any more.

        For the job's own function, which does nothing more then: what its worker says of the end of this run
        is not heard. No attempt is counted. Raises RuntimeError when somebody wants the job aborted.
        """
        job.meta[SMALL] = False
        job.status, job.attempts, job.touched = Status.QUEUED, job.attempts - 1, now()
        job.started, job.progress = 0, 0.0
        values = self._codec.values(job)
        self._begun.pop(job.key, None)
        if not await self._write(lambda tx: self._outcomes.send_back(tx, values)):
            raise RuntimeError(
                f"{job.key} cannot go back into the line: it is to be aborted, or held no longer"
            )
        mark_sent_back(job)

    async def finish(
        self, job: Job, status: Status, *, result: Any = None, error: str | None = None, **kwargs: Any
    ) -> None:
        """Store the end of a job. What was sent back has none."""
        if not was_sent_back(job):
            await super().finish(job, status, result=result, error=error, **kwargs)

    async def _finish(
        self, job: Job, status: Status, *, result: Any = None, error: str | None = None, **kwargs: Any
    ) -> None:
        try:
            values = self._codec.values(job, status)
        except Exception:
            job.result = None  # nor could the retry be stored that follows now
            raise
        ttl, only_aborted = job.ttl, kwargs.get("only_aborted", False)
        await self._end_run(
            job,
            lambda tx: self._outcomes.finish(tx, values, ttl=ttl, only_aborted=only_aborted),
            "finished",
        )

    async def finish_abort(self, job: Job) -> None:
        """The worker's last word on a job it has aborted: nothing, if the job runs again already."""
        await self.finish(job, Status.ABORTED, error=job.error, only_aborted=True)

    async def _retry(self, job: Job, error: str | None) -> None:
        delay = job.next_retry_delay()
        if error == INTERRUPTED and claim_of(job) is not None:
            job.retries += 1  # interrupted is not failed: a deploy costs none of the retries
            delay = 0.0
        values = self._codec.values(job, Status.QUEUED)
        if await self._end_run(job, lambda tx: self._outcomes.retry(tx, values, delay=delay), "retried"):
            release(job)

    async def _end_run(self, job: Job, end: Callable[[Any], Any], ended: str) -> bool:
        """Store the end of a run. A worker says it once: while it cannot be stored, it is kept."""
        self._begun.pop(job.key, None)
        try:
            done = await self._write(end)
        except self._passes as error:
            if claim_of(job) is None:
                raise
            logger.error("%s is %s, which cannot be stored; trying again: %s", job.key, ended, error)
            self._write_later(end)
            return True
        if not done:
            logger.warning("%s was not there to be %s, or this worker holds it no longer", job.key, ended)
        return bool(done)

    async def abort(self, job: Job, error: str, ttl: float = 5) -> None:
        """Finish a job that has not begun; ask the worker of an active one to stop it."""
        aborted = self.copy(job)
        aborted.status, aborted.error, aborted.completed = Status.ABORTED, error, now()
        values = self._codec.values(aborted)._replace(claim=claim_of(job))
        outcome = await self._write(lambda tx: self._outcomes.abort(tx, values, error=error, ttl=aborted.ttl))
        if outcome is None:
            return
        job.status, job.error = Status(outcome), error
        if job.status is Status.ABORTED:
            job.completed = aborted.completed
            self.aborted += 1

    # --- looking it up ---

    async def job(self, job_key: str) -> Job | None:
        return (await self.jobs([job_key]))[0]

    async def iter_jobs(
        self,
        statuses: list[Status] = list(Status),  # noqa: B006  # SAQ's own default, never changed
        batch_size: int = 100,
    ) -> AsyncIterator[Job]:
        wanted = [Status(status).value for status in statuses]
        after = ""
        while True:
            rows = await self._page(wanted, after, batch_size)
            for job in self._readable(rows, self._codec.job):
                yield job
            if len(rows) < batch_size:
                return
            after = rows[-1].key

    def _as_begun(self, row: JobRow) -> JobRow:
        """The row as it will be once the note is stored that its job has begun."""
        begun = self._begun.get(row.key)
        if begun is None or row.worker_id is not None or row.claim != begun.claim:
            return row
        return row._replace(
            payload=begun.payload, started=begun.started, touched=begun.touched, worker_id=begun.worker_id
        )

    def _readable(self, rows: list[JobRow], read: Callable[[JobRow], Job]) -> list[Job]:
        """The jobs of these rows, without those that cannot be read, which are logged."""
        jobs = []
        for row in rows:
            try:
                jobs.append(read(row))
            except Exception as error:
                logger.warning("Job %s cannot be read: %r", row.key, error)
        return jobs

    async def _taken(self, row: JobRow) -> Job:
        """The job of a row that was claimed for who waits."""
        try:
            job = self._codec.held_job(row)
        except Exception as error:  # no worker can read this: it would be handed out again and again
            await self._spoil(row, UNREADABLE.format(error=error))
            raise
        job.attempts -= 1  # the worker counts it when it begins, the row does already
        mark_fresh(job)
        return job

    # --- listening ---

    async def notify(self, job: Job) -> None:
        self._listeners().publish(News(self.name, job.key, Status(job.status).value))

    async def listen(
        self,
        job_keys: Iterable[str],
        callback: ListenCallback,
        timeout: float | None = 10,
        poll_interval: float = 0.5,
    ) -> None:
        """Tell the callback the status of these jobs, now and at each change, until it returns true."""
        keys = list(job_keys)
        if not keys:
            return
        listeners = self._listeners()
        async with asyncio.timeout(timeout or None):
            with listeners.listening(self.name, keys) as inbox:
                self._watch()
                async for key, status in statuses(listeners, inbox, lambda: self.jobs(keys)):
                    stop = callback(self.job_id(key), status)
                    if inspect.isawaitable(stop):
                        stop = await stop
                    if stop:
                        return
