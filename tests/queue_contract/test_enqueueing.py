"""A job gets into the line once, as it was given."""

import asyncio
import contextlib
import pickle

import pytest
from saq.job import Job, Status

from tests.queue_contract.steps import begin, counts, take


async def test_a_job_comes_back_as_it_was_enqueued(queue):
    job = await queue.enqueue(
        "echo", a=1, timeout=7, retries=3, meta={"by": "ada"}, priority=2, group_key="g"
    )
    stored = await queue.job(job.key)
    assert stored.to_dict() == job.to_dict()
    assert stored.kwargs == {"a": 1}
    assert await counts(queue) == [1, 0, 1]


async def test_an_incomplete_job_keeps_its_key_to_itself(queue):
    assert await queue.enqueue("echo", key="k")
    assert await queue.enqueue("echo", key="k") is None
    job = await begin(queue)
    assert await queue.enqueue("echo", key="k") is None
    await queue.abort(job, "stop")
    assert await queue.enqueue("echo", key="k") is None
    await job.finish(Status.ABORTED)
    assert await queue.enqueue("echo", key="k")


async def test_of_many_that_enqueue_one_key_at_once_one_wins(queue):
    jobs = await asyncio.gather(*(queue.enqueue("echo", key="k", n=n) for n in range(50)))
    assert len([job for job in jobs if job]) == 1
    assert await queue.count("queued") == 1


async def test_a_finished_job_is_replaced_whole(queue):
    await queue.enqueue("echo", key="k", a=1, priority=5, group_key="g", ttl=1)
    await queue.enqueue("echo", key="other", priority=5)
    job = await begin(queue)
    await job.finish(Status.FAILED, result=1, error="oops")

    await queue.enqueue("sum", key="k", b=2, priority=5)

    job = await queue.job("k")
    assert (job.function, job.kwargs, job.group_key, job.ttl) == ("sum", {"b": 2}, None, 600)
    assert (job.status, job.result, job.error, job.attempts, job.completed) == (
        Status.QUEUED,
        None,
        None,
        0,
        0,
    )
    assert [(await take(queue)).key for _ in range(2)] == ["other", "k"]


async def test_hooks_run_before_a_job_is_stored(queue):
    async def stamp(job):
        job.meta["stamp"] = 1

    queue.register_before_enqueue(stamp)
    job = await queue.enqueue("echo")
    assert (await queue.job(job.key)).meta == {"stamp": 1}
    queue.unregister_before_enqueue(stamp)
    assert (await queue.enqueue("echo")).meta == {}


async def test_a_key_that_is_no_text_is_refused(queue):
    with pytest.raises(ValueError, match="key"):
        await queue.enqueue("echo", key=None)


async def test_a_job_of_another_queue_is_refused(queue, connected):
    other = await connected("other")
    job = await queue.enqueue("echo")
    with pytest.raises(ValueError, match="different queue"):
        await other.enqueue(job)


async def test_a_payload_may_be_bytes(connected):
    queue = await connected(dump=pickle.dumps, load=pickle.loads)
    job = await queue.enqueue("echo", a={1, 2})
    assert (await take(queue)).kwargs == {"a": {1, 2}}
    await job.finish(Status.COMPLETE, result=b"\0")
    assert (await queue.job(job.key)).result == b"\0"


async def test_one_call_that_cannot_be_stored_does_not_harm_its_neighbours(queue):
    good, bad, also_good = await asyncio.gather(
        queue.enqueue("echo", key="a"),
        queue.enqueue("echo", key="b", group_key=object),
        queue.enqueue("echo", key="c"),
        return_exceptions=True,
    )
    assert isinstance(bad, Exception)
    assert [job.key async for job in queue.iter_jobs()] == [good.key, also_good.key]


async def test_a_failed_batch_aborts_its_jobs(queue):
    with contextlib.suppress(ZeroDivisionError):
        async with queue.batch():
            job = await queue.enqueue("echo")
            raise ZeroDivisionError
    assert job.status == Status.ABORTED


async def test_a_job_that_is_enqueued_again_gets_to_know_the_one_that_is_there(queue):
    first = await queue.enqueue("echo", key="k", a=1)
    again = Job("echo", key="k", kwargs={"a": 2})

    await again.enqueue(queue)

    assert again.kwargs == {"a": 1}
    assert again.queued == first.queued


async def test_jobs_enqueued_at_once_are_all_there_and_in_order(queue):
    keys = [f"{n:04}" for n in range(500)]
    await asyncio.gather(*(queue.enqueue("echo", key=key) for key in keys))
    assert [(await take(queue)).key for _ in keys] == keys
