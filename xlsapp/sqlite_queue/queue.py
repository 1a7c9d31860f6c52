"""SqliteQueue: SAQ's Queue in one SQLite file.

Longer than other modules: SAQ wants its contract as one class, and what it takes is told beside each method.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import partial
from typing import Any
from urllib.parse import unquote, urlparse

from saq.errors import InvalidUrlError
from saq.job import Job, Status
from saq.queue.base import Queue
from saq.types import CountKind, DumpType, ListenCallback, LoadType, QueueInfo, WorkerInfo
from saq.utils import now, now_seconds

from xlsapp.sqlite_queue import line, lookups, lost_jobs, outcomes, upkeep
from xlsapp.sqlite_queue.clock_steps import ClockSteps
from xlsapp.sqlite_queue.codec import (
    SMALL,
    Codec,
    claim_of,
    mark_fresh,
    mark_sent_back,
    release,
    take_freshness,
    was_sent_back,
)
from xlsapp.sqlite_queue.listening import statuses
from xlsapp.sqlite_queue.repeating import Repeating
from xlsapp.sqlite_queue.rows import JobRow, JobValues, News, Transaction
from xlsapp.sqlite_queue.seats import Seat
from xlsapp.sqlite_queue.shared_file import SharedFile
from xlsapp.sqlite_queue.sweeping import sweep_stuck
from xlsapp.sqlite_queue.threads import Reply

logger = logging.getLogger(__name__)

AfterRecovery = Callable[[Job], Awaitable[object]]

EXPIRED_AT_ONCE = 500  # jobs deleted per transaction: a sweep never holds the write lock for long


class SqliteQueue(Queue):
    """SAQ's queue in a file: no server, and a job that was accepted survives a power cut.

    Args:
        path: the file; made at `connect`, in a folder that exists, on a local file system
        name: several queues may share a file; a key is unique within its queue
        dump, load: how a job becomes text or bytes, and back (default: JSON)
        swept_error_message: the error of a job that was swept
        priorities: lowest and highest priority this queue object takes jobs of; lower goes first
        poll_interval: seconds between two looks for changes by other processes, while somebody waits.
            Within a process nobody polls
        small_only: it takes only jobs with `meta["small"]`, of a `meta["owner"]` with none at work
        busy_timeout: seconds to wait for another process that holds the write lock, before
            sqlite3.OperationalError is raised
    """

    @classmethod
    def from_url(cls, url: str, **kwargs: Any) -> SqliteQueue:  # the base's is static
        """`sqlite:///relative/path` or `sqlite:////absolute/path`; kwargs as in the constructor."""
        parts = urlparse(url)
        path = unquote(parts.path.removeprefix("/"))
        more = parts.netloc or parts.query or parts.fragment
        if parts.scheme != "sqlite" or more or not path or path == ":memory:":
            raise InvalidUrlError(f"Invalid url: {url}")
        return cls(path, **kwargs)

    def __init__(
        self,
        path: str,
        name: str = "default",
        dump: DumpType | None = None,
        load: LoadType | None = None,
        swept_error_message: str | None = None,
        priorities: tuple[int, int] = (0, 32767),
        poll_interval: float = 0.1,
        busy_timeout: float = 10.0,
        *,
        small_only: bool = False,
    ) -> None:
        super().__init__(name=name, dump=dump, load=load, swept_error_message=swept_error_message)
        self.path = str(path)
        self._priorities = priorities
        self._small_only = small_only
        self._poll_interval = poll_interval
        self._busy_timeout = busy_timeout
        self._joined: SharedFile | None = None
        self._seat: Seat | None = None
        self._codec = Codec(self)
        # Jobs that have begun, as the note of it has them that may not be stored yet.
        self._begun: dict[str, JobValues] = {}
        self._clock_steps = ClockSteps()
        self._after_recovery: list[AfterRecovery] = []

    def __repr__(self) -> str:
        return f"{type(self).__name__}<path={self.path!r}, name={self.name!r}>"

    def register_after_recovery(self, callback: AfterRecovery) -> None:
        """Be told of each job that was taken from a dead or stuck worker, once that is committed.

        Its status is queued (it will run again), failed (it has killed its worker `retries` times)
        or aborted. Register before `connect` to hear what that recovers. An error in a callback is logged.
        """
        self._after_recovery.append(callback)

    # --- connecting ---

    async def connect(self) -> None:
        """Open the file, take a lease, put back the jobs of processes that are gone."""
        if self._is_connected:
            return
        await super().connect()
        shared = self._joined = SharedFile.join(self.path, busy_timeout_seconds=self._busy_timeout)
        leases: list[int] = []
        try:
            lease = await shared.writer.call(lambda tx: _take_lease(tx, shared, leases))
        except BaseException:
            for taken in leases:
                shared.leases.drop(taken)
            self._joined = None
            await shared.leave()
            raise
        self._seat = Seat(self.name, self._priorities, lease, self._small_only)
        shared.writer.add_seat(self._seat, self._poll_interval)
        await self._recover()

    async def disconnect(self) -> None:
        """End waiting dequeues with None and listening with an error, give back what was taken but not begun,
        finish all writes."""
        shared, seat, was_connected = self._joined, self._seat, self._is_connected
        self._joined = self._seat = None
        if shared is None or not was_connected:
            return
        shared.listeners.publish_foreign_change()  # who listens looks again, and finds the queue disconnected
        try:
            if seat is not None:
                shared.writer.remove_seat(seat)
                try:
                    jobs = await shared.writer.call(
                        lambda tx: lost_jobs.give_back(tx, seat.lease, self._codec)
                    )
                finally:  # what could not be given back counts as lost, and is recovered
                    shared.leases.drop(seat.lease)
                await self._tell_recovered(jobs)
        finally:
            await shared.leave()

    @property
    def _is_connected(self) -> bool:
        return self._joined is not None and not self._joined.left_behind

    @property
    def _connected_seat(self) -> Seat:
        if self._seat is None or not self._is_connected:
            raise RuntimeError(f"{self!r} is not connected: await queue.connect() first")
        return self._seat

    @property
    def _shared(self) -> SharedFile:
        if self._joined is None or self._joined.left_behind:
            raise RuntimeError(f"{self!r} is not connected: await queue.connect() first")
        return self._joined

    # --- enqueue, dequeue ---

    async def _enqueue(self, job: Job) -> Job | None:
        if not isinstance(job.key, str) or not job.key or "\0" in job.key:
            raise ValueError(f"A job's key is a text that is not empty, not {job.key!r}")
        values = self._codec.values(job)
        if job.scheduled and await self._is_slot_taken(values):
            return None
        if not await self._shared.writer.call(lambda tx: line.enqueue(tx, values)):
            return None
        release(job)
        if logger.isEnabledFor(logging.INFO):
            logger.info("Enqueuing %s", job.info(logger.isEnabledFor(logging.DEBUG)))
        return job

    async def _is_slot_taken(self, values: JobValues) -> bool:
        """Cron jobs are enqueued every second, nearly always in vain: that should not cost a write."""
        return await self._shared.reader.call(lambda db: line.is_refused(db, values))

    async def dequeue(self, timeout: float = 0.0, poll_interval: float = 0.0) -> Job | None:
        """The next job, now active; None after `timeout` seconds (0: wait for ever) or at disconnect.

        With a `poll_interval`, the file is asked that often, whether or not anything seems to have changed.
        """
        shared, seat = self._shared, self._connected_seat
        loop = asyncio.get_running_loop()
        reply: Reply[JobRow | None] = Reply.here(undelivered=lambda row: self._unclaim(shared, row))
        timer = loop.call_later(timeout, _end, reply.future) if timeout > 0 else None
        asking = Repeating(poll_interval, lambda: shared.writer.ask(seat)) if poll_interval > 0 else None
        shared.writer.wait(seat, reply)
        try:
            row = await reply.future
        except asyncio.CancelledError:
            if reply.future.done() and not reply.future.cancelled():
                self._unclaim(shared, reply.future.result())
            raise
        finally:
            if timer is not None:
                timer.cancel()
            if asking is not None:
                asking.cancel()
        if row is None or seat is not self._seat:  # a disconnect gives back what it was handed meanwhile
            logger.debug("Dequeue timed out")
            return None
        return await self._taken(row)

    async def _taken(self, row: JobRow) -> Job:
        try:
            job = self._codec.held_job(row)
        except Exception as error:  # no worker can read this: it would be handed out again and again
            message = line.UNREADABLE.format(error=error)
            await self._shared.writer.call(lambda tx: line.spoil(tx, self.name, row, message))
            raise
        job.attempts -= 1  # the worker counts it when it begins, the row does already
        mark_fresh(job)
        return job

    def _unclaim(self, shared: SharedFile, row: JobRow | None) -> None:
        """A claim nobody waits for any more: the job goes back to its place."""
        if row is not None:
            shared.writer.post(lambda tx: line.unclaim(tx, self.name, row), at_once=True)

    async def schedule(self, lock: int = 1) -> list[str]:
        """Let jobs run whose time has come; also puts back the jobs of processes that ended meanwhile."""
        self._clock_steps.look()
        shared = self._shared
        is_lost, is_due = await shared.reader.call(
            lambda db: (
                lost_jobs.is_anything_lost(db, shared.leases, self.name),
                line.is_any_due(db, self.name),
            )
        )
        if is_lost:
            await self._recover()
        if not is_due:
            return []
        return await shared.writer.call(lambda tx: line.promote(tx, self.name))

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
        writer = self._shared.writer
        if status == Status.ACTIVE and not kwargs and take_freshness(job):
            # The claim is stored already: the note that the job begins may travel with the next write.
            self._begun[job.key] = values
            writer.post(lambda tx: line.start(tx, values))
        elif status:
            await writer.call(lambda tx: outcomes.update_status(tx, values))
        else:
            knows = bool(job.completed)
            await writer.call(lambda tx: outcomes.update(tx, values, knows_it_finished=knows))

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
        if not await self._shared.writer.call(lambda tx: outcomes.send_back(tx, values)):
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
        self,
        job: Job,
        status: Status,
        *,
        result: Any = None,
        error: str | None = None,
        only_aborted: bool = False,
    ) -> None:
        try:
            values = self._codec.values(job, status)
        except Exception:
            job.result = None  # nor could the retry be stored that follows now
            raise
        ttl = job.ttl
        await self._end_run(
            job, lambda tx: outcomes.finish(tx, values, ttl=ttl, only_aborted=only_aborted), "finished"
        )

    async def finish_abort(self, job: Job) -> None:
        """The worker's last word on a job it has aborted: nothing, if the job runs again already."""
        await self.finish(job, Status.ABORTED, error=job.error, only_aborted=True)

    async def _retry(self, job: Job, error: str | None) -> None:
        delay = job.next_retry_delay()
        if error == lost_jobs.INTERRUPTED and claim_of(job) is not None:
            job.retries += 1  # interrupted is not failed: a deploy costs none of the retries
            delay = 0.0
        values = self._codec.values(job, Status.QUEUED)
        due = now_seconds() + delay if delay else None
        if await self._end_run(job, lambda tx: outcomes.retry(tx, values, due=due), "retried"):
            release(job)

    async def _end_run(self, job: Job, end: Callable[[Transaction], bool], ended: str) -> bool:
        """Store the end of a run. A worker says it once: while the file is locked or full, it is kept."""
        self._begun.pop(job.key, None)
        writer = self._shared.writer
        try:
            done = await writer.call(end)
        except sqlite3.OperationalError as error:
            if claim_of(job) is None:
                raise
            logger.error("%s is %s, which cannot be stored; trying again: %s", job.key, ended, error)
            writer.post(end, at_once=True)
            return True
        if not done:
            logger.warning("%s was not there to be %s, or this worker holds it no longer", job.key, ended)
        return done

    async def abort(self, job: Job, error: str, ttl: float = 5) -> None:
        """Finish a job that has not begun; ask the worker of an active one to stop it."""
        aborted = self.copy(job)
        aborted.status, aborted.error, aborted.completed = Status.ABORTED, error, now()
        values = self._codec.values(aborted)._replace(claim=claim_of(job))
        outcome = await self._shared.writer.call(
            lambda tx: outcomes.abort(tx, values, error=error, ttl=aborted.ttl)
        )
        if outcome is None:
            return
        job.status, job.error = Status(outcome), error
        if job.status is Status.ABORTED:
            job.completed = aborted.completed
            self.aborted += 1

    async def sweep(self, lock: int = 60, abort: float = 5.0) -> list[str]:
        """Delete what has expired; abort what is stuck, retry it if it may. The keys of the stuck jobs."""
        shared, seat = self._shared, self._connected_seat
        await self._recover()
        if not await shared.writer.call(
            lambda tx: upkeep.become_sweeper(tx, self.name, seat.lease, seconds=lock)
        ):
            return []
        while (
            await shared.writer.call(lambda tx: upkeep.forget_expired(tx, self.name, limit=EXPIRED_AT_ONCE))
            == EXPIRED_AT_ONCE
        ):
            pass
        await shared.writer.call(lambda tx: upkeep.shorten_delays(tx, self.name))
        rows = await shared.reader.call(lambda db: lookups.running(db, self.name))
        self._clock_steps.look()
        stuck = [job for job in self._readable(rows, self._codec.held_job) if self._clock_steps.is_stuck(job)]
        stuck = await sweep_stuck(self, stuck, patience_seconds=abort)
        await self._tell_recovered(stuck)
        return [job.id for job in stuck]

    async def _recover(self) -> None:
        shared = self._shared
        jobs = await shared.writer.call(lambda tx: lost_jobs.recover(tx, shared.leases, self._codec))
        for job in jobs:
            logger.warning("%s: its process ended; the job is %s", job.id, job.status.value)
        await self._tell_recovered(jobs)

    async def _tell_recovered(self, jobs: list[Job]) -> None:
        for job in jobs:
            for callback in self._after_recovery:
                try:
                    await callback(job)
                except Exception:  # the others are to be told all the same
                    logger.exception("%s was recovered, and who was told of it failed", job.key)

    # --- looking it up ---

    async def job(self, job_key: str) -> Job | None:
        return (await self.jobs([job_key]))[0]

    async def jobs(self, job_keys: Iterable[str]) -> list[Job | None]:
        keys = list(job_keys)
        rows = await self._shared.reader.call(lambda db: lookups.find(db, self.name, keys))
        return [self._codec.job(self._as_begun(rows[key])) if key in rows else None for key in keys]

    def _as_begun(self, row: JobRow) -> JobRow:
        """The row as it will be once the note is stored that its job has begun."""
        begun = self._begun.get(row.key)
        if begun is None or row.worker_id is not None or row.claim != begun.claim:
            return row
        return row._replace(
            payload=begun.payload, started=begun.started, touched=begun.touched, worker_id=begun.worker_id
        )

    async def iter_jobs(
        self,
        statuses: list[Status] = list(Status),  # noqa: B006  # SAQ's own default, never changed
        batch_size: int = 100,
    ) -> AsyncIterator[Job]:
        wanted = [Status(status).value for status in statuses]
        after = ""
        while True:
            look = partial(lookups.page, queue=self.name, statuses=wanted, after=after, limit=batch_size)
            rows = await self._shared.reader.call(look)
            for job in self._readable(rows, self._codec.job):
                yield job
            if len(rows) < batch_size:
                return
            after = rows[-1].key

    async def count(self, kind: CountKind) -> int:
        if kind not in lookups.COUNTS:
            raise ValueError(f"Can't count unknown type {kind}")
        return await self._shared.reader.call(lambda db: lookups.count(db, self.name, kind))

    async def info(self, jobs: bool = False, offset: int = 0, limit: int = 10) -> QueueInfo:
        return await self._shared.reader.call(
            lambda db: self._info(db, jobs=jobs, offset=offset, limit=limit)
        )

    def _info(self, db: sqlite3.Connection, *, jobs: bool, offset: int, limit: int) -> QueueInfo:
        queued, active, incomplete = (
            lookups.count(db, self.name, kind) for kind in ("queued", "active", "incomplete")
        )
        rows = lookups.at_work_and_next(db, self.name, offset=offset, limit=limit) if jobs else []
        return {
            "workers": dict(upkeep.worker_infos(db, self.name)),
            "name": self.name,
            "queued": queued,
            "active": active,
            "scheduled": incomplete - queued - active,
            "jobs": [job.to_dict() for job in self._readable(rows, self._codec.job)],
        }

    def _readable(self, rows: list[JobRow], read: Callable[[JobRow], Job]) -> list[Job]:
        """The jobs of these rows, without those that cannot be read, which are logged."""
        jobs = []
        for row in rows:
            try:
                jobs.append(read(row))
            except Exception as error:
                logger.warning("Job %s cannot be read: %r", row.key, error)
        return jobs

    async def write_worker_info(self, worker_id: str, info: WorkerInfo, ttl: int) -> None:
        text = json.dumps(info)
        await self._shared.writer.call(
            lambda tx: upkeep.write_worker_info(tx, self.name, worker_id, text, ttl=ttl)
        )

    # --- listening ---

    async def notify(self, job: Job) -> None:
        self._shared.listeners.publish(News(self.name, job.key, Status(job.status).value))

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
        shared = self._shared
        async with asyncio.timeout(timeout or None):
            with shared.listeners.listening(self.name, keys) as inbox:
                shared.writer.watch()
                async for key, status in statuses(shared.listeners, inbox, lambda: self.jobs(keys)):
                    stop = callback(self.job_id(key), status)
                    if inspect.isawaitable(stop):
                        stop = await stop
                    if stop:
                        return


def _end(future: asyncio.Future[JobRow | None]) -> None:
    if not future.done():
        future.set_result(None)


def _take_lease(tx: Transaction, shared: SharedFile, taken: list[int]) -> int:
    lease = upkeep.new_lease(tx)
    shared.leases.hold(lease)  # before anybody can see it
    taken.append(lease)
    return lease
