"""What a job says of itself, and its end: stored, never against a change made elsewhere."""

import asyncio

from saq.job import Status

from tests.queue_contract.steps import begin, counts, take


async def test_an_update_keeps_the_status_and_what_the_job_says(queue):
    job = await queue.enqueue("echo", key="k")
    running = await begin(queue)
    await queue.abort(await queue.job("k"), "stop")

    await running.update(progress=0.5, meta={"row": 12})

    job = await queue.job("k")
    assert (job.status, job.error, job.progress, job.meta) == (Status.ABORTING, "stop", 0.5, {"row": 12})
    assert (job.attempts, job.worker_id) == (1, "w1")


async def test_an_update_of_somebody_who_looked_long_ago_leaves_the_run_alone(queue):
    job = await queue.enqueue("echo", key="k")
    running = await begin(queue)
    await job.update(meta={"seen": True})
    stored = await queue.job("k")
    assert (stored.attempts, stored.started, stored.worker_id) == (1, running.started, "w1")
    await running.finish(Status.COMPLETE, result=3)
    await job.update(progress=0.9)
    stored = await queue.job("k")
    assert (stored.status, stored.result, stored.progress) == (Status.COMPLETE, 3, 1.0)


async def test_an_update_may_give_a_status_as_text(queue):
    job = await queue.enqueue("echo", group_key="g")
    await queue.enqueue("echo", key="next", group_key="g")
    await take(queue)
    await job.update(status="queued")
    assert await counts(queue) == [2, 0, 2]
    assert (await take(queue)).key == job.key
    await job.update(status="failed")
    assert (await take(queue)).key == "next"


async def test_neither_update_nor_finish_nor_retry_brings_back_a_deleted_job(queue):
    job = await queue.enqueue("echo", ttl=-1)
    job = await begin(queue)
    await job.finish(Status.COMPLETE)
    await job.update(status=Status.ACTIVE)
    await job.update()
    await job.finish(Status.FAILED)
    await job.retry("again")
    assert await queue.job(job.key) is None
    assert await counts(queue) == [0, 0, 0]


async def test_ttl_says_how_long_a_finished_job_is_kept(queue, clock):
    for key, ttl in (("gone", -1), ("short", 5), ("for good", 0)):
        await queue.enqueue("echo", key=key, ttl=ttl)
        await (await take(queue)).finish(Status.COMPLETE, result=key)
    assert [job and job.result for job in await queue.jobs(["gone", "short", "for good"])] == [
        None,
        "short",
        "for good",
    ]
    clock.now += 5
    assert [job and job.key for job in await queue.jobs(k for k in ("gone", "short", "for good"))] == [
        None,
        None,
        "for good",
    ]
    clock.now += 10**8
    await queue.sweep()
    assert [job.key async for job in queue.iter_jobs()] == ["for good"]
    assert queue.complete == 3


async def test_any_job_may_be_finished_and_twice(queue):
    for prepare in (queue.enqueue, begin_one_of(queue)):
        job = await prepare("echo")
        await job.finish(Status.COMPLETE, result=1)
        await job.finish(Status.FAILED, error="late")
        stored = await queue.job(job.key)
        assert (stored.status, stored.error) == (Status.FAILED, "late")
        assert await counts(queue) == [0, 0, 0]


def begin_one_of(queue):
    async def prepare(function):
        await queue.enqueue(function)
        return await begin(queue)

    return prepare


async def test_leaving_active_by_an_update_frees_the_group(queue):
    for key in ("first", "second"):
        await queue.enqueue("echo", key=key, group_key="g")
    job = await begin(queue)
    waiting = asyncio.create_task(queue.dequeue())
    await asyncio.sleep(0.02)
    assert not waiting.done()

    await job.update(status=Status.COMPLETE)

    assert (await waiting).key == "second"


async def test_a_finished_job_that_an_update_puts_back_no_longer_expires(queue, clock):
    await queue.enqueue("echo", key="k", ttl=5)
    job = await begin(queue)
    await job.finish(Status.FAILED, error="oops")
    await job.update(status=Status.QUEUED)
    clock.now += 100
    await queue.sweep()

    assert (await take(queue)).key == "k"


async def test_an_update_that_lets_a_job_run_wakes_who_waits(connected):
    queue = await connected(priorities=(0, 5))
    job = await queue.enqueue("echo", priority=9)
    waiting = asyncio.create_task(queue.dequeue(timeout=10))
    await asyncio.sleep(0.02)
    await job.update(priority=1)
    assert (await waiting).key == job.key
