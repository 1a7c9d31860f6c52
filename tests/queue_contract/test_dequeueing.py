"""Jobs leave the line in order, each to one worker, and none gets lost on the way."""

import asyncio
import contextlib

import pytest
from saq.job import Job, Status

from tests.queue_contract.steps import counts, take


async def test_jobs_leave_in_the_order_they_came(queue):
    keys = [(await queue.enqueue("echo")).key for _ in range(30)]
    assert [(await take(queue)).key for _ in range(30)] == keys
    assert await counts(queue) == [0, 30, 30]


async def test_a_taken_job_is_active_before_its_worker_says_so(queue, clock):
    await queue.enqueue("echo", timeout=1)
    clock.now += 5
    taken = await take(queue)
    stored = await queue.job(taken.key)
    assert (taken.status, taken.attempts) == (Status.ACTIVE, 0)
    assert (stored.status, stored.started, stored.stuck) == (Status.ACTIVE, clock.now * 1000, False)


async def test_a_dequeue_gives_up_after_its_timeout(queue):
    assert await queue.dequeue(timeout=0.01) is None
    assert await queue.dequeue(timeout=0.03, poll_interval=0.01) is None


@pytest.mark.parametrize("poll_interval", [0, 0.01])
async def test_waiting_dequeues_get_jobs_as_they_come_and_each_only_once(queue, poll_interval):
    waiting = [asyncio.create_task(queue.dequeue(poll_interval=poll_interval)) for _ in range(10)]
    await asyncio.sleep(0.02)
    keys = [(await queue.enqueue("echo")).key for _ in range(10)]
    assert sorted([job.key for job in await asyncio.gather(*waiting)]) == sorted(keys)


async def test_a_cancelled_dequeue_loses_and_doubles_nothing(queue):
    taken = []
    for _ in range(100):
        waiting = [asyncio.create_task(queue.dequeue()) for _ in range(5)]
        enqueuing = asyncio.gather(*(queue.enqueue("echo") for _ in range(3)))
        for delay in range(len(taken) % 7):
            await asyncio.sleep(delay * 0.0001)
        for task in waiting:
            task.cancel()
        await enqueuing
        results = await asyncio.gather(*waiting, return_exceptions=True)
        taken += [job.key for job in results if isinstance(job, Job)]
    while len(taken) < 300:
        job = await take(queue)
        taken.append(job.key)
        assert job.attempts == 0
    assert len(set(taken)) == 300
    assert await queue.dequeue(timeout=0.05) is None


async def test_cancelled_writes_happen_whole_or_not_at_all(queue):
    async def cancel_soon(write):
        task = asyncio.ensure_future(write)
        await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    for n in range(50):
        await cancel_soon(queue.enqueue("echo", key=str(n)))
    job = await queue.enqueue("echo", key="last")
    await cancel_soon(job.update(meta={"page": 3}))

    assert (await queue.job("last")).meta in ({}, {"page": 3})
    stored = len([job async for job in queue.iter_jobs()])
    assert await queue.count("queued") == stored
    for _ in range(stored):
        await (await take(queue)).finish(Status.COMPLETE)
    assert await counts(queue) == [0, 0, 0]


async def test_a_lower_priority_goes_first_and_each_queue_sees_its_range(connected):
    low, all_of_it = await connected(priorities=(10, 20)), await connected()
    for key, priority in (("a", 20), ("b", 0), ("c", 10), ("d", 10)):
        await all_of_it.enqueue("echo", key=key, priority=priority)
    assert [(await take(low)).key for _ in range(3)] == ["c", "d", "a"]
    assert await low.dequeue(timeout=0.05) is None
    assert (await take(all_of_it)).key == "b"


async def test_of_a_group_one_job_is_active_and_nobody_else_waits_for_it(queue):
    for key, group in (("a1", "a"), ("a2", "a"), ("free", None), ("b1", "b"), ("a3", "a")):
        await queue.enqueue("echo", key=key, group_key=group)

    taken = [job for job in await asyncio.gather(*(queue.dequeue(timeout=0.1) for _ in range(5))) if job]
    assert [job.key for job in taken] == ["a1", "free", "b1"]

    waiting = asyncio.create_task(queue.dequeue())
    await queue.abort(taken[0], "stop")
    await asyncio.sleep(0.03)
    assert not waiting.done()
    await taken[0].finish(Status.ABORTED)
    assert (await waiting).key == "a2"
    await queue.retry(await queue.job("a2"), "again")
    assert (await take(queue)).key == "a3"


async def test_a_job_that_nobody_can_read_ends_as_failed(queue, connected):
    await queue.enqueue("echo", key="k")
    other = await connected(load=lambda text: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        await other.dequeue()
    assert (await queue.job("k")).status == Status.FAILED
    assert "cannot be read" in (await queue.job("k")).error


async def test_disconnecting_ends_waiting_dequeues_with_none(connected):
    queue = await connected()
    waiting = [asyncio.create_task(queue.dequeue()) for _ in range(3)]
    await asyncio.sleep(0.02)
    await queue.disconnect()
    assert await asyncio.gather(*waiting) == [None, None, None]


async def test_a_job_that_was_taken_but_never_begun_goes_back_at_disconnect(connected):
    queue, other = await connected(), await connected()
    await queue.enqueue("echo", key="taken")
    await queue.enqueue("echo", key="later")
    await take(queue)

    await queue.disconnect()

    job = await take(other)
    assert (job.key, job.attempts) == ("taken", 0)
