"""A job that has not begun is ended; one that runs is asked to stop; one that has ended stays as it is."""

from saq.job import Job, Status

from tests.jobs.steps import begin, counts


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
