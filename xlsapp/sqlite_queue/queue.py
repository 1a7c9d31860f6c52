"""SqliteQueue: SAQ's Queue in one SQLite file."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any, TypeVar
from urllib.parse import unquote, urlparse

from saq.errors import InvalidUrlError
from saq.job import Job
from saq.types import CountKind, DumpType, LoadType, QueueInfo, WorkerInfo
from saq.utils import now_seconds

from xlsapp.queue_parts.clock_steps import ClockSteps
from xlsapp.queue_parts.codec import (
    release,
)
from xlsapp.queue_parts.held_jobs import HeldJobs
from xlsapp.queue_parts.listening import Listeners
from xlsapp.queue_parts.repeating import Repeating
from xlsapp.queue_parts.rows import JobRow, JobValues
from xlsapp.queue_parts.sweeping import sweep_stuck
from xlsapp.sqlite_queue import line, lookups, lost_jobs, outcomes, upkeep
from xlsapp.sqlite_queue.seats import Seat
from xlsapp.sqlite_queue.shared_file import SharedFile
from xlsapp.sqlite_queue.threads import Reply
from xlsapp.sqlite_queue.transaction import Transaction

logger = logging.getLogger(__name__)

T = TypeVar("T")

EXPIRED_AT_ONCE = 500  # jobs deleted per transaction: a sweep never holds the write lock for long


class SqliteQueue(HeldJobs):
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

    _outcomes = outcomes
    _passes = sqlite3.OperationalError

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
        self._clock_steps = ClockSteps(now_seconds())

    def __repr__(self) -> str:
        return f"{type(self).__name__}<path={self.path!r}, name={self.name!r}>"

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

    async def _spoil(self, row: JobRow, error: str) -> None:
        await self._write(lambda tx: line.spoil(tx, self.name, row, error))

    def _unclaim(self, shared: SharedFile, row: JobRow | None) -> None:
        """A claim nobody waits for any more: the job goes back to its place."""
        if row is not None:
            shared.writer.post(lambda tx: line.unclaim(tx, self.name, row), at_once=True)

    async def schedule(self, lock: int = 1) -> list[str]:
        """Let jobs run whose time has come; also puts back the jobs of processes that ended meanwhile."""
        self._clock_steps.look(now_seconds())
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

    async def _write(self, change: Callable[[Transaction], T]) -> T:
        return await self._shared.writer.call(change)

    def _write_later(self, change: Callable[[Transaction], object]) -> None:
        self._shared.writer.post(change, at_once=True)

    def _note_start(self, values: JobValues) -> None:
        self._shared.writer.post(lambda tx: line.start(tx, values))  # it may travel with the next write

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
        self._clock_steps.look(now_seconds())
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

    # --- looking it up ---

    async def jobs(self, job_keys: Iterable[str]) -> list[Job | None]:
        keys = list(job_keys)
        rows = await self._shared.reader.call(lambda db: lookups.find(db, self.name, keys))
        return [self._codec.job(self._as_begun(rows[key])) if key in rows else None for key in keys]

    async def _page(self, statuses: list[str], after: str, limit: int) -> list[JobRow]:
        return await self._shared.reader.call(
            lambda db: lookups.page(db, self.name, statuses, after=after, limit=limit)
        )

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

    async def write_worker_info(self, worker_id: str, info: WorkerInfo, ttl: int) -> None:
        text = json.dumps(info)
        await self._shared.writer.call(
            lambda tx: upkeep.write_worker_info(tx, self.name, worker_id, text, ttl=ttl)
        )

    # --- listening ---

    def _listeners(self) -> Listeners:
        return self._shared.listeners

    def _watch(self) -> None:
        self._shared.writer.watch()


def _end(future: asyncio.Future[JobRow | None]) -> None:
    if not future.done():
        future.set_result(None)


def _take_lease(tx: Transaction, shared: SharedFile, taken: list[int]) -> int:
    lease = upkeep.new_lease(tx)
    shared.leases.hold(lease)  # before anybody can see it
    taken.append(lease)
    return lease
