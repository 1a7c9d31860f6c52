"""Who waits for a job hears of it, however late."""

import asyncio

import pytest
from saq.job import Job, Status
from saq.queue.base import JobError

from tests.queue_contract.steps import begin


async def test_a_listener_hears_the_present_state_and_each_change(queue):
    job = await queue.enqueue("echo")
    heard = []

    async def listen():
        await queue.listen(
            [job.key], lambda key, status: heard.append(status) or status == "complete", timeout=2
        )

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0.02)
    job = await begin(queue)
    await job.finish(Status.COMPLETE)
    await listening
    assert heard[0] == Status.QUEUED
    assert heard[-1] == Status.COMPLETE
    assert set(heard[1:-1]) == {Status.ACTIVE}


async def test_who_listens_too_late_hears_of_it_all_the_same(queue):
    job = await queue.enqueue("echo")
    await (await begin(queue)).finish(Status.COMPLETE)

    async def callback(key, status):
        return (key, status) == (job.key, Status.COMPLETE)

    await queue.listen([job.key], callback, timeout=1)


async def test_listening_ends_after_its_timeout(queue):
    with pytest.raises(asyncio.TimeoutError):
        await queue.listen(["nobody"], lambda key, status: True, timeout=0.01)
    await queue.listen([], lambda key, status: False, timeout=0.01)


async def test_a_notification_reaches_the_listeners(queue):
    job = Job("echo", queue=queue, status=Status.FAILED)
    listening = asyncio.create_task(
        queue.listen([job.key], lambda key, status: status == "failed", timeout=None)
    )
    await asyncio.sleep(0.02)
    await queue.notify(job)
    await listening


async def test_who_waits_for_a_result_gets_it(queue, start_worker):
    async def double(ctx, *, n):
        return 2 * n

    async def fail(ctx):
        raise ValueError("oops")

    await start_worker(queue, [("double", double), ("fail", fail)])
    assert await queue.apply("double", n=2, poll_interval=0.01) == 4
    assert await queue.map("double", [{"n": 1}, {"n": 2}], poll_interval=0.01) == [2, 4]
    with pytest.raises(JobError, match="oops"):
        await queue.apply("fail", poll_interval=0.01)
