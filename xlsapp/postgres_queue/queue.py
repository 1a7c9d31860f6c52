"""PostgresQueue: SAQ's queue on PostgreSQL, held to the contract of our queue on SQLite."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
import time
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from typing import Any, TypeVar

from psycopg_pool import AsyncConnectionPool
from saq.job import Job
from saq.queue import postgres
from saq.types import CountKind, QueueInfo, WorkerInfo

from xlsapp.postgres_queue import line, lookups, lost_jobs, outcomes, upkeep
from xlsapp.postgres_queue.schema import create_tables
from xlsapp.postgres_queue.seats import Seat
from xlsapp.postgres_queue.shared import LEASE_SECONDS, Shared
from xlsapp.postgres_queue.transaction import PASSES, Row, Transaction
from xlsapp.queue_parts.clock_steps import ClockSteps
from xlsapp.queue_parts.codec import release
from xlsapp.queue_parts.held_jobs import HeldJobs
from xlsapp.queue_parts.listening import Listeners
from xlsapp.queue_parts.repeating import Repeating
from xlsapp.queue_parts.rows import JobRow, JobValues
from xlsapp.queue_parts.sweeping import sweep_stuck

logger = logging.getLogger(__name__)

T = TypeVar("T")

EXPIRED_AT_ONCE = 500  # jobs deleted per transaction
GIVE_BACK_WITHIN_SECONDS = 5.0


class PostgresQueue(HeldJobs, postgres.PostgresQueue):
    """SAQ's queue in PostgreSQL, for any number of hosts. `connect` makes its tables, in the schema `queue`.

    Args:
        pool: connections in autocommit mode; queues over one pool share one connection besides, to listen on
        url, min_size, max_size, manage_pool_lifecycle, name, dump, load, swept_error_message, priorities:
            as SAQ's own queue takes them; a queue with a `url` makes a pool for itself, and connects once
        small_only: it takes only jobs with `meta["small"]`, of a `meta["owner"]` with none at work
        gives_jobs: false for a process that only puts jobs into the line, and needs no connection to listen
    """

    _outcomes = outcomes
    _passes = PASSES

    def __init__(
        self,
        pool: AsyncConnectionPool[Any] | None = None,
        url: str | None = None,
        *,
        small_only: bool = False,
        gives_jobs: bool = True,
        **options: Any,
    ) -> None:
        if pool is not None and not callable(pool.kwargs) and not (pool.kwargs or {}).get("autocommit"):
            raise ValueError("The queue needs a pool whose connections are in autocommit mode")
        super().__init__(pool, url, **options)
        self._small_only = small_only
        self._gives_jobs = gives_jobs
        self._joined: Shared | None = None
        self._seat: Seat | None = None
        self._clock_steps = ClockSteps(0.0)
        self._trusts_leases_at = 0.0

    def __repr__(self) -> str:
        return f"{type(self).__name__}<name={self.name!r}>"

    # --- connecting ---

    async def init_db(self) -> None:
        """Make the tables where they are missing."""
        await create_tables(self.pool)

    async def connect(self) -> None:
        """Make the tables if need be, take a lease, put back the jobs of processes that are gone."""
        if self._joined is not None:
            return
        await super().connect()
        try:
            shared = await Shared.join(self.pool, listens=self._gives_jobs)
        except BaseException:
            await super().disconnect()
            raise
        self._joined = shared
        seat = self._seat = Seat(self.name, self._priorities, secrets.token_hex(16), self._small_only)
        shared.holders.add(seat.holder)
        try:
            moment = (await self._look(lost_jobs.STATE))[0][0]
            self._clock_steps = ClockSteps(moment)
            await self._recover()
        except BaseException:
            await self.disconnect()
            raise
        shared.claims.add(seat)

    async def disconnect(self) -> None:
        """End waiting dequeues with None and listening with an error, give back what was taken but not begun,
        finish all writes."""
        shared, seat = self._joined, self._seat
        self._joined = self._seat = None
        if shared is None or seat is None:
            return
        shared.listeners.publish_foreign_change()  # who listens looks again, and finds the queue disconnected
        await shared.claims.remove(seat)
        shared.holders.discard(seat.holder)
        try:
            async with asyncio.timeout(GIVE_BACK_WITHIN_SECONDS):
                jobs = await shared.writer.call(lambda tx: lost_jobs.give_back(tx, seat.holder, self._codec))
            await self._tell_recovered(jobs)
        except (*PASSES, TimeoutError) as error:  # its lease runs out, and what it holds is recovered
            logger.warning("%r could not give back what it holds: %s", self, error)
        finally:
            await shared.leave()
            await super().disconnect()

    @property
    def _shared(self) -> Shared:
        if self._joined is None:
            raise RuntimeError(f"{self!r} is not connected: await queue.connect() first")
        return self._joined

    @property
    def _connected_seat(self) -> Seat:
        if self._seat is None:
            raise RuntimeError(f"{self!r} is not connected: await queue.connect() first")
        return self._seat

    async def _at_home(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it on the event loop of the pool: a job's own thread may have another."""
        loop = self._shared.loop
        if asyncio.get_running_loop() is loop:
            return await work
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop))

    async def _write(self, change: Callable[[Transaction], Any], *, durable: bool = True) -> Any:
        writer = self._shared.writer

        async def write() -> Any:
            return await writer.call(change, durable=durable)

        return await self._at_home(write())

    def _write_later(self, change: Callable[[Transaction], Any], *, durable: bool = True) -> None:
        shared = self._shared
        if asyncio.get_running_loop() is shared.loop:  # at once: changes keep their order
            shared.writer.post(change, durable=durable)
        else:
            shared.loop.call_soon_threadsafe(partial(shared.writer.post, change, durable=durable))

    def _note_start(self, values: JobValues) -> None:
        self._write_later(lambda tx: line.start(tx, values), durable=False)

    async def _look(self, query: str, **values: Any) -> list[Row]:
        return await self._at_home(self._shared.look(query, {"queue": self.name, **values}))

    # --- enqueue, dequeue ---

    async def _enqueue(self, job: Job) -> Job | None:
        if not isinstance(job.key, str) or not job.key or "\0" in job.key:
            raise ValueError(f"A job's key is a text that is not empty, not {job.key!r}")
        values = self._codec.values(job)
        # Cron jobs are enqueued every second, nearly always in vain: that should not cost a write.
        if job.scheduled and await self._look(line.REFUSED, key=job.key, scheduled=job.scheduled):
            return None
        if not await self._write(lambda tx: line.enqueue(tx, values)):
            return None
        release(job)
        if logger.isEnabledFor(logging.INFO):
            logger.info("Enqueuing %s", job.info(logger.isEnabledFor(logging.DEBUG)))
        return job

    async def dequeue(self, timeout: float = 0.0, poll_interval: float = 0.0) -> Job | None:
        """The next job, now active; None after `timeout` seconds (0: wait for ever) or at disconnect.

        With a `poll_interval`, the database is asked that often, whether or not anything seems to change.
        """
        return await self._at_home(self._next_job(timeout, poll_interval))

    async def _next_job(self, timeout: float, poll_interval: float) -> Job | None:
        shared, seat = self._shared, self._connected_seat
        waiting = shared.claims.wait(seat)
        future = waiting.future
        timer = shared.loop.call_later(timeout, waiting.leave) if timeout > 0 else None
        asking = Repeating(poll_interval, lambda: shared.claims.ask(seat)) if poll_interval > 0 else None
        try:
            row = await future
        except asyncio.CancelledError:
            if future.done() and not future.cancelled() and (row := future.result()) is not None:
                shared.claims.unclaim(self.name, row)
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

    async def schedule(self, lock: int = 1) -> list[str]:
        """Let jobs run whose time has come; also puts back the jobs of processes that are gone."""
        is_lost, is_due = await self._state()
        if is_lost:
            await self._recover()
        if not is_due:
            return []
        promoted: list[str] = await self._write(lambda tx: line.promote(tx, self.name))
        return promoted

    # --- what is stuck or lost ---

    async def _state(self) -> tuple[bool, bool]:
        """Whether jobs are lost, and whether some are due; with a look at the database's clock.

        When that has jumped ahead, nobody is taken for dead until all have had time to renew their leases.
        """
        moment, is_lost, is_due = (await self._look(lost_jobs.STATE))[0]
        if self._clock_steps.look(moment):
            self._trusts_leases_at = time.monotonic() + LEASE_SECONDS
        return is_lost and time.monotonic() >= self._trusts_leases_at, is_due

    async def sweep(self, lock: int = 60, abort: float = 5.0) -> list[str]:
        """Delete what has expired; abort what is stuck, retry it if it may. The keys of the stuck jobs."""
        holder = self._connected_seat.holder
        if (await self._state())[0]:
            await self._recover()
        if not await self._write(lambda tx: upkeep.become_sweeper(tx, self.name, holder, seconds=lock)):
            return []
        while (
            await self._write(lambda tx: upkeep.forget_expired(tx, self.name, limit=EXPIRED_AT_ONCE))
            == EXPIRED_AT_ONCE
        ):
            pass
        await self._write(lambda tx: upkeep.shorten_delays(tx, self.name))
        rows = await self._look(lookups.RUNNING)
        await self._state()
        held = self._readable(list(map(JobRow._make, rows)), self._codec.held_job)
        stuck = await sweep_stuck(
            self, [job for job in held if self._clock_steps.is_stuck(job)], patience_seconds=abort
        )
        await self._tell_recovered(stuck)
        return [job.id for job in stuck]

    async def _recover(self) -> None:
        shared = self._shared

        async def recover(tx: Transaction) -> list[Job]:
            await shared.renew(tx)  # who looks is alive
            return await lost_jobs.recover(tx, self._codec)

        jobs = await self._write(recover)
        for job in jobs:
            logger.warning("%s: its process is gone; the job is %s", job.id, job.status.value)
        await self._tell_recovered(jobs)

    # --- looking it up ---

    async def jobs(self, job_keys: Iterable[str]) -> list[Job | None]:
        keys = list(job_keys)
        rows = {row[0]: JobRow(*row) for row in await self._look(lookups.FIND, keys=keys)}
        return [self._codec.job(self._as_begun(rows[key])) if key in rows else None for key in keys]

    async def _page(self, statuses: list[str], after: str, limit: int) -> list[JobRow]:
        rows = await self._look(lookups.PAGE, statuses=statuses, after=after, limit=limit)
        return [JobRow(*row) for row in rows]

    async def count(self, kind: CountKind) -> int:
        if kind not in lookups.COUNTS:
            raise ValueError(f"Can't count unknown type {kind}")
        counts = (await self._look(lookups.COUNT_ALL))[0]
        return int(counts[list(lookups.COUNTS).index(kind)])

    async def info(self, jobs: bool = False, offset: int = 0, limit: int = 10) -> QueueInfo:
        queued, active, incomplete = (await self._look(lookups.COUNT_ALL))[0]
        workers = await self._look(upkeep.INFOS)
        rows = await self._look(lookups.AT_WORK_AND_NEXT, offset=offset, limit=limit) if jobs else []
        shown = self._readable([JobRow(*row) for row in rows], self._codec.job)
        return {
            "workers": {worker_id: json.loads(info) for worker_id, info in workers},
            "name": self.name,
            "queued": queued,
            "active": active,
            "scheduled": incomplete - queued - active,
            "jobs": [job.to_dict() for job in shown],
        }

    async def write_worker_info(self, worker_id: str, info: WorkerInfo, ttl: int) -> None:
        text = json.dumps(info)
        await self._write(
            lambda tx: upkeep.write_worker_info(tx, self.name, worker_id, text, ttl=ttl), durable=False
        )

    # --- listening ---

    def _listeners(self) -> Listeners:
        return self._shared.listeners
