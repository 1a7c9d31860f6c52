"""A waiting worker is woken, by its own process and by others; an idle one is still."""

import asyncio
import time

from tests.jobs.steps import until


async def nap(ctx, seconds=30.0):
    await asyncio.sleep(seconds)


async def test_a_waiting_worker_starts_a_job_at_once(connected, start_worker):
    queue = await connected(poll_interval=60)
    ran = asyncio.Event()

    async def run(ctx):
        ran.set()

    await start_worker(queue, [("run", run)])
    await asyncio.sleep(0.1)
    for _ in range(3):
        await queue.enqueue("run")
        await asyncio.wait_for(ran.wait(), 1)
        ran.clear()


async def test_an_idle_worker_is_still_and_shows_itself(queue, start_worker):
    worker = await start_worker(queue, [nap])
    await until(lambda: asyncio.sleep(0.01, worker.tasks))
    info = await queue.info()
    assert list(info["workers"]) == [worker.id]
    started = time.process_time()
    await asyncio.sleep(1)
    assert time.process_time() - started < 0.2
