"""SAQ's own worker over the queue: everything it calls works."""

import asyncio
import threading

from saq.job import CronJob, Status

from tests.queue_contract.steps import QuietWorker, finished, has_status, until


async def nap(ctx, seconds=30.0):
    await asyncio.sleep(seconds)


async def test_a_thousand_jobs_run_once_each(queue, start_worker):
    ran = []

    async def run(ctx, *, n):
        assert ctx["job"].attempts == 1
        ran.append(n)

    await start_worker(queue, [("run", run)])
    jobs = await asyncio.gather(*(queue.enqueue("run", n=n, key=str(n)) for n in range(1000)))
    await asyncio.gather(*(finished(job) for job in jobs[-20:]))
    await until(lambda: asyncio.sleep(0, len(ran) == 1000))
    assert sorted(ran) == list(range(1000))


async def test_a_failing_job_is_retried_and_then_failed(queue, start_worker):
    attempts = []

    async def fail(ctx):
        attempts.append(ctx["job"].attempts)
        raise ValueError("oops")

    await start_worker(queue, [("fail", fail)])
    job = await finished(await queue.enqueue("fail", retries=3))
    assert (job.status, job.attempts, attempts) == (Status.FAILED, 3, [1, 2, 3])
    assert "oops" in job.error


async def test_a_job_that_takes_too_long_fails(queue, start_worker):
    await start_worker(queue, [nap])
    job = await finished(await queue.enqueue("nap", timeout=0.05))
    assert job.status == Status.FAILED
    assert "TimeoutError" in job.error


async def test_an_active_job_is_aborted(queue, start_worker):
    await start_worker(queue, [nap], timers={"abort": 0.02})
    job = await queue.enqueue("nap", key="k", timeout=0)
    await until(has_status(job, Status.ACTIVE))
    await queue.abort(job, "not wanted")
    assert (await finished(job)).status == Status.ABORTED
    assert job.error == "not wanted"
    await asyncio.sleep(0.05)
    assert await queue.enqueue("nap", key="k")


async def test_a_stuck_job_is_swept_and_runs_again(queue, start_worker):
    attempts = []

    async def first_time_stuck(ctx):
        attempts.append(ctx["job"].attempts)
        if len(attempts) == 1:
            await asyncio.sleep(30)

    await start_worker(queue, [("run", first_time_stuck)], timers={"abort": 0.02, "sweep": 0.1})
    job = await queue.enqueue("run", timeout=0, heartbeat=0.2, retries=2)
    await until(has_status(job, Status.COMPLETE))
    assert attempts == [1, 2]


async def test_stopping_puts_a_running_job_back_without_costing_a_retry(connected, start_worker):
    queue = await connected()
    worker = await start_worker(queue, [nap])
    job = await queue.enqueue("nap", timeout=0, retries=1)
    await until(has_status(job, Status.ACTIVE))

    await worker.stop()

    await job.refresh()
    assert (job.status, job.error, job.attempts, job.retryable) == (Status.QUEUED, "cancelled", 1, True)


async def test_stopping_in_the_middle_of_everything_loses_nothing(connected):
    ran = []

    async def run(ctx, *, n):
        await asyncio.sleep(0)
        ran.append(tuple(n))

    for n in range(20):
        queue = await connected()
        worker = QuietWorker(queue, functions=[("run", run)])
        task = asyncio.create_task(worker.start())
        enqueuing = asyncio.gather(*(queue.enqueue("run", n=(n, m)) for m in range(20)))
        await asyncio.sleep(n * 0.001)
        await worker.stop()
        await task
        await enqueuing
        await queue.disconnect()

    queue = await connected()
    assert await queue.count("active") == 0
    worker = QuietWorker(queue, functions=[("run", run)], burst=True, dequeue_timeout=0.1)
    await worker.start()
    assert set(ran) == {(n, m) for n in range(20) for m in range(20)}
    assert await queue.count("incomplete") == 0


async def test_burst_mode_ends_when_the_line_is_empty(queue):
    async def run(ctx):
        pass

    for _ in range(5):
        await queue.enqueue("run")
    worker = QuietWorker(queue, functions=[("run", run)], burst=True, dequeue_timeout=0.05)
    await asyncio.wait_for(worker.start(), 5)
    assert queue.complete == 5


async def test_a_cron_job_runs_once_a_slot_however_many_processes_schedule_it(connected, clock):
    ran = []

    async def tick(ctx):
        ran.append(ctx["job"].key)

    first, second = await connected(), await connected()
    workers = [
        QuietWorker(queue, functions=[], cron_jobs=[CronJob(tick, cron="* * * * *")], dequeue_timeout=0.05)
        for queue in (first, second)
    ]
    await first.enqueue(tick.__qualname__, key="cron:tick", scheduled=clock.now + 60)
    clock.now += 60
    for worker in workers * 2:
        await worker.queue.enqueue(tick.__qualname__, key="cron:tick", scheduled=clock.now)
        await worker.queue.schedule()
        await worker.process()
    assert ran == ["cron:tick"]


async def test_hooks_run_around_a_job(queue, start_worker):
    seen = []

    async def before(ctx):
        seen.append(("before", ctx["job"].status))

    async def after(ctx):
        seen.append(("after", ctx["job"].status))

    async def run(ctx):
        seen.append("run")

    await start_worker(queue, [("run", run)], before_process=before, after_process=after)
    await finished(await queue.enqueue("run"))
    await until(lambda: asyncio.sleep(0, len(seen) == 3))
    assert seen == [("before", Status.ACTIVE), "run", ("after", Status.COMPLETE)]


async def test_a_sync_function_may_use_its_job(queue, start_worker):
    def run(ctx):
        assert threading.current_thread() is not threading.main_thread()
        job = ctx["job"]
        asyncio.run(job.update(meta={"page": 1}))
        asyncio.run(job.refresh())
        return [job.meta, job.worker_id]

    worker = await start_worker(queue, [("run", run)])
    job = await finished(await queue.enqueue("run"))
    assert job.result == [{"page": 1}, worker.id]


async def test_what_a_worker_noted_is_seen_from_within_the_job(queue, start_worker):
    async def run(ctx):
        await ctx["job"].refresh()
        return [ctx["job"].attempts, ctx["job"].worker_id]

    worker = await start_worker(queue, [("run", run)])
    job = await finished(await queue.enqueue("run"))
    assert job.result == [1, worker.id]


async def test_a_result_that_cannot_be_stored_is_a_failure_like_any_other(queue, start_worker):
    async def run(ctx):
        return object()

    await start_worker(queue, [("run", run)])
    job = await finished(await queue.enqueue("run", retries=2))
    assert (job.status, job.attempts) == (Status.FAILED, 2)
    assert "not JSON serializable" in job.error
