"""Another attempt: at the end of the line, or after a pause."""

from saq.job import Status

from tests.queue_contract.steps import begin, counts, take


async def test_a_retried_job_goes_to_the_end_of_the_line(queue):
    await queue.enqueue("echo", key="k", retries=2)
    await queue.enqueue("echo", key="next")
    job = await begin(queue)
    await job.retry("oops")
    stored = await queue.job("k")
    assert (stored.status, stored.error, stored.attempts, stored.started) == (Status.QUEUED, "oops", 1, 0)
    assert queue.retried == 1
    assert [(await take(queue)).key for _ in range(2)] == ["next", "k"]


async def test_a_delayed_retry_waits(queue, clock):
    await queue.enqueue("echo", key="k", retries=2, retry_delay=1.5)
    await (await begin(queue)).retry("oops")
    assert await counts(queue) == [0, 0, 1]
    clock.now += 1.4
    assert await queue.schedule() == []
    clock.now += 0.2
    assert await queue.schedule() == ["k"]


async def test_backoff_grows_up_to_its_limit(queue, clock):
    await queue.enqueue("echo", key="k", retries=9, retry_delay=4, retry_backoff=10)
    for limit in (4, 8, 10, 10):
        await (await begin(queue)).retry("oops")
        clock.now += limit
        assert await queue.schedule() == ["k"]


async def test_a_finished_job_may_be_retried_and_no_longer_expires(queue, clock):
    await queue.enqueue("echo", key="k", ttl=5)
    await (await begin(queue)).finish(Status.FAILED, error="oops")
    await (await queue.job("k")).retry(None)
    clock.now += 100
    await queue.sweep()
    assert (await take(queue)).key == "k"


async def test_an_interrupted_job_keeps_all_its_retries(queue):
    await queue.enqueue("echo", key="k", retries=2, retry_delay=60)
    for _ in range(5):
        await (await begin(queue)).retry("cancelled")
    job = await begin(queue)
    assert job.retryable
    await job.retry("oops")
    assert await counts(queue) == [0, 0, 1]
