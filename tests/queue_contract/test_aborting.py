"""A job that has not begun is ended; one that runs is asked to stop; one that has ended stays as it is."""

from saq.job import Job, Status

from tests.queue_contract.steps import begin, counts


async def test_a_queued_job_is_aborted_at_once_on_the_callers_object(queue):
    job = await queue.enqueue("echo")
    scheduled = await queue.enqueue("echo", scheduled=2**33)
    missing = Job("echo", queue=queue)
    for each in (job, scheduled, missing):
        await queue.abort(each, "stop")
        assert (each.status, each.error) == (Status.ABORTED, "stop")
        assert each.completed
    stored = await queue.job(job.key)
    assert (stored.status, stored.error) == (Status.ABORTED, "stop")
    assert stored.completed
    assert await counts(queue) == [0, 0, 0]
    assert await queue.job(missing.key) is None
    assert queue.aborted == 3


async def test_an_active_job_is_asked_to_stop(queue):
    job = await queue.enqueue("echo")
    await begin(queue)
    await queue.abort(job, "stop", ttl=1)
    stored = await queue.job(job.key)
    assert (stored.status, stored.error, stored.attempts) == (Status.ABORTING, "stop", 1)
    assert await counts(queue) == [0, 0, 0]


async def test_a_finished_job_is_left_alone_by_abort(queue):
    job = await queue.enqueue("echo")
    await (await begin(queue)).finish(Status.COMPLETE, result=1)
    await queue.abort(job, "stop")
    stored = await queue.job(job.key)
    assert (stored.status, stored.result, stored.error) == (Status.COMPLETE, 1, None)


async def test_abort_tells_who_no_longer_holds_a_job_nothing_untrue(queue):
    await queue.enqueue("echo", retries=2)
    job = await begin(queue)
    await queue.retry(await queue.job(job.key), "taken away")
    await job.abort("stop")
    assert (job.status, (await queue.job(job.key)).status) == (Status.ACTIVE, Status.QUEUED)


async def test_an_object_that_is_enqueued_again_can_be_aborted(queue):
    await queue.enqueue("echo")
    job = await begin(queue)
    await job.finish(Status.COMPLETE)
    await queue.enqueue(job)
    await job.abort("stop")
    assert (await queue.job(job.key)).status == Status.ABORTED


async def test_who_has_put_a_job_back_can_abort_it(queue):
    await queue.enqueue("echo", retries=2)
    job = await begin(queue)
    await job.retry("oops")
    await job.abort("stop")
    assert (await queue.job(job.key)).status == Status.ABORTED
