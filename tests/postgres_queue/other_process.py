"""Another process on the same database: `python -m tests.postgres_queue.other_process COMMAND URL …`.

Each command says on standard output, line by line, what it has done. All keep leases of two seconds.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from saq.job import Status

from tests.postgres_queue.storage import pool_of
from tests.queue_contract.steps import QuietWorker, begin
from tests.server import ROOT
from tests.sqlite_queue.other_process import Other, say
from xlsapp.db.postgres.database import PostgresDatabase
from xlsapp.db.postgres.runs import PostgresRuns
from xlsapp.db.runs import LostRun
from xlsapp.postgres_queue import PostgresQueue, shared

LEASE_SECONDS = 2.0


@contextmanager
def other_process(command: str, url: str, *arguments: str) -> Iterator[Other]:
    """A process that carries out one of the commands below; killed at the end of the block."""
    with subprocess.Popen(
        [sys.executable, "-m", __name__, command, url, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Other(process)
        finally:
            process.kill()


async def _until_told() -> None:
    await asyncio.to_thread(sys.stdin.readline)


async def hold(url: str) -> None:
    """Take a job; finish it when told to."""
    async with pool_of(url) as pool:
        queue = PostgresQueue(pool)
        await queue.connect()
        job = await begin(queue, "other")
        say(job.key)
        await _until_told()
        await job.finish(Status.COMPLETE, result="from the other process")
        say("said so")
        await queue.disconnect()


async def enqueue(url: str, key: str) -> None:
    """Say "ready"; enqueue a job when told to."""
    async with pool_of(url) as pool:
        queue = PostgresQueue(pool)
        await queue.connect()
        say("ready")
        await _until_told()
        await queue.enqueue("run", key=key)
        await queue.disconnect()


async def work(url: str) -> None:
    """Do jobs until told to stop. What a job leaves is a row in `effects`, stored once, behind the fence."""
    db = await PostgresDatabase.open(url)
    runs = PostgresRuns(db)

    async def run(ctx: Any) -> None:
        attempt = await runs.take(ctx["job"].key)
        assert attempt
        async with db.write() as tx:
            await runs.require(tx, attempt)
            await asyncio.sleep(0.005)
            if not await tx.value("SELECT 1 FROM public.effects WHERE job_id = :id", id=attempt.job_id):
                await tx.run("INSERT INTO public.effects VALUES (:id)", id=attempt.job_id)

    async with pool_of(url) as pool:
        queue = PostgresQueue(pool)
        await queue.connect()
        worker = QuietWorker(queue, functions=[("run", run)], concurrency=4)
        working = asyncio.create_task(worker.start())
        say("works")
        await _until_told()
        await worker.stop()
        await working
        await queue.disconnect()


async def store(url: str, job_id: str) -> None:
    """Take a job; when told to, store what it has made, and say whether that could be."""
    db = await PostgresDatabase.open(url)
    runs = PostgresRuns(db)
    attempt = await runs.take(job_id)
    assert attempt
    say(attempt.attempt)
    await _until_told()
    try:
        async with db.write() as tx:
            await runs.require(tx, attempt)
            await tx.run("INSERT INTO public.effects VALUES (:id)", id=job_id)
        say("stored")
    except LostRun:
        say("lost")
    await db.close()


if __name__ == "__main__":
    shared.LEASE_SECONDS = LEASE_SECONDS
    command, *arguments = sys.argv[1:]
    asyncio.run({f.__name__: f for f in (hold, enqueue, work, store)}[command](*arguments))
