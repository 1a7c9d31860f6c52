"""SAQ's worker inside the web process: started and stopped with the app."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from saq import Job, Worker
from saq.job import TERMINAL_STATUSES
from saq.queue import Queue
from saq.types import PartialTimersDict

from xlsapp.context import App
from xlsapp.errors import NotFound
from xlsapp.jobs.clearing import clear_for_ever
from xlsapp.jobs.export_job import run_export
from xlsapp.jobs.import_job import run_import
from xlsapp.jobs.marking_job import run_marking
from xlsapp.jobs.proposal_job import run_proposal
from xlsapp.jobs.recovery import give_up, reconcile_for_ever
from xlsapp.jobs.reporting import our_fault
from xlsapp.jobs.small_jobs import JobContext, TakesLong
from xlsapp.jobs.undo_job import run_undo
from xlsapp.logs import current_job
from xlsapp.repositories import users

log = logging.getLogger(__name__)

LOOK_FOR_ROOM_SECONDS = 1

ONCE_A_DAY = 86_400

Run = Callable[..., Awaitable[None]]
"""A job's function."""

FUNCTIONS: tuple[Run, ...] = (run_import, run_export, run_proposal, run_undo, run_marking)
"""What each job is; tests/jobs/test_fence.py has every one of them overtaken by another attempt."""

SendBack = Callable[[Job], Awaitable[None]]
"""Puts a job that has begun back into the line."""


class EmbeddedWorker(Worker[JobContext]):
    """SAQ's worker, without the signal handlers: SIGTERM must go on reaching the web server."""

    SIGNALS: list[Any] = []  # noqa: RUF012 (declared by SAQ)

    async def process(self) -> bool:
        """Work on the next job, once the disk has room for what jobs write: until then all of them wait."""
        await _room(self.context["app"])
        return await super().process()


async def _room(app: App) -> None:
    while await asyncio.to_thread(app.disk.is_full):  # noqa: ASYNC110 (nobody tells when it is not any more)
        await asyncio.sleep(LOOK_FOR_ROOM_SECONDS)


@asynccontextmanager
async def working(app: App, small_queue: Queue, send_back: SendBack) -> AsyncIterator[None]:
    """Work on jobs while the block lasts. Jobs that still run at its end go back to the queue.

    `small_queue` is the same queue, and gives only small jobs: one at a time is done besides all others.
    """
    workers = [
        _worker(app, app.queue, concurrency=app.settings.jobs.concurrency, small_seconds=None),
        # What is done now and then for the queue as a whole, the other one does.
        _worker(
            app,
            small_queue,
            concurrency=1,
            small_seconds=app.settings.jobs.small_seconds,
            send_back=send_back,
            timers=PartialTimersDict(schedule=ONCE_A_DAY, sweep=ONCE_A_DAY, worker_info=ONCE_A_DAY, abort=1),
        ),
    ]
    tasks = [asyncio.create_task(worker.start()) for worker in workers]
    tasks.append(asyncio.create_task(reconcile_for_ever(app)))
    tasks.append(asyncio.create_task(clear_for_ever(app)))
    try:
        # It says so by itself a moment later: nobody shall be told at /up meanwhile that there is no worker.
        await workers[0].worker_info()
        yield
    finally:
        await asyncio.gather(*(worker.stop() for worker in workers))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _worker(
    app: App,
    queue: Queue,
    *,
    concurrency: int,
    small_seconds: float | None,
    send_back: SendBack | None = None,
    timers: PartialTimersDict | None = None,
) -> EmbeddedWorker:
    worker = EmbeddedWorker(
        queue,
        [(run.__name__, _unless_ended(run, send_back)) for run in FUNCTIONS],
        concurrency=concurrency,
        before_process=_name_in_log,
        after_process=_close_status,
        timers=timers,
    )
    worker.context["app"] = app
    worker.context["small_seconds"] = small_seconds
    return worker


def _unless_ended(run: Run, send_back: SendBack | None) -> Run:
    """Runs a job, but not one whose last state stands: it was done, or given up, and only the queue's note
    of that was lost. Its status must stay true. Nor one of an account that has been removed since."""

    async def run_unless_ended(ctx: JobContext, **arguments: Any) -> None:
        app, job_id = ctx["app"], ctx["job"].key
        if "user_id" in arguments and not await _is_account(app, arguments["user_id"]):
            log.info("Job %s: its account is gone", job_id)
            await app.statuses.forget(job_id)
            return await app.files.remove_all(job_id)
        await _room(app)  # it may have been handed out in the moment in which the disk became full
        status = await app.statuses.get_status(job_id)
        if (status is None or not status.is_final) and (attempt := await app.runs.take(job_id)):
            ctx["run"] = attempt
            try:
                return await run(ctx, **arguments)
            except TakesLong:
                if send_back is None:
                    raise
                return await send_back(ctx["job"])
        log.info("Job %s is over already", job_id)
        return await app.files.remove_work(job_id)

    return run_unless_ended


async def _is_account(app: App, user_id: int) -> bool:
    async with app.db.read() as conn:
        try:
            await users.find(conn, user_id)
        except NotFound:
            return False
    return True


async def _name_in_log(ctx: JobContext) -> None:
    """Each line of the log that is written on the way says which job it is about."""
    current_job.set(ctx["job"].key)


async def _close_status(ctx: JobContext) -> None:
    """The last state of a job that the queue has ended without our code: at its time limit, for one."""
    app, job = ctx["app"], ctx["job"]
    if not job or job.status not in TERMINAL_STATUSES:
        return
    status = await app.statuses.get_status(job.key)
    if status is None or status.is_final:
        return
    # The worker's word does not count once the job is not its own any more: a sweep may have put it back.
    in_queue = await app.queue.job(job.key)
    if in_queue is None or in_queue.status in TERMINAL_STATUSES:
        await give_up(app, job.key, our_fault(job.key))
