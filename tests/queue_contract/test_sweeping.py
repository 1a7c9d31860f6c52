"""What is stuck is swept, by one at a time."""

import asyncio

from saq.job import Status

from tests.queue_contract.steps import begin, has_status, until


async def test_a_sweep_retries_or_ends_what_is_stuck(queue, clock):
    told = []

    async def after_recovery(job):
        told.append((job.key, job.status))

    queue.register_after_recovery(after_recovery)
    for key, options in (
        ("timeout", {"timeout": 1, "retries": 2}),
        ("heartbeat", {"timeout": 0, "heartbeat": 1, "retries": 1}),
        ("forgotten", {"timeout": 1, "retries": 2, "ttl": -1}),
        ("fine", {"timeout": 9}),
        ("endless", {"timeout": None}),
    ):
        await queue.enqueue("echo", key=key, **options)
        await begin(queue)
    clock.now += 3

    assert await queue.sweep(abort=0.01) == ["timeout", "heartbeat", "forgotten"]

    states = {job.key: (job.status, job.error) async for job in queue.iter_jobs()}
    assert states == {
        "timeout": (Status.QUEUED, "swept"),
        "heartbeat": (Status.ABORTED, "swept"),
        "forgotten": (Status.QUEUED, "swept"),
        "fine": (Status.ACTIVE, None),
        "endless": (Status.ACTIVE, None),
    }
    assert sorted(told) == [
        ("forgotten", Status.QUEUED),
        ("heartbeat", Status.ABORTED),
        ("timeout", Status.QUEUED),
    ]


async def test_a_heartbeat_keeps_a_job_from_being_swept(queue, clock):
    await queue.enqueue("echo", timeout=0, heartbeat=2)
    job = await begin(queue)
    for _ in range(3):
        clock.now += 1.5
        await job.update()
        assert await queue.sweep(abort=0.01) == []


async def test_one_queue_object_sweeps_at_a_time_and_hands_over_at_disconnect(connected, clock):
    first, second = await connected(swept_error_message="too slow"), await connected()
    await first.enqueue("echo", key="k", timeout=1, retries=9)
    await first.sweep()
    await begin(first)
    clock.now += 5
    assert await second.sweep(abort=0.01) == []
    assert await first.sweep(abort=0.01) == ["k"]
    assert (await first.job("k")).error == "too slow"
    await begin(second)
    clock.now += 5
    await first.disconnect()
    assert await second.sweep(abort=0.01) == ["k"]


async def test_a_sweep_is_of_its_own_queue(connected, clock):
    mine, other = await connected("mine"), await connected("other")
    for queue in (mine, other):
        await queue.enqueue("echo", key="stuck", timeout=1, retries=9)
        await begin(queue)
    clock.now += 5

    assert await mine.sweep(abort=0.01) == ["stuck"]

    assert (await other.job("stuck")).status == Status.ACTIVE
    assert await other.sweep(abort=0.01) == ["stuck"]


async def test_a_clock_that_steps_back_does_not_stop_the_sweeping(connected, clock):
    first, second = await connected(), await connected()
    await first.sweep()
    clock.now -= 86400
    await second.enqueue("echo", key="k", timeout=1, retries=9)
    await begin(second)
    clock.now += 5

    assert await second.sweep(abort=0.01) == ["k"]


async def test_a_clock_that_steps_forward_makes_nothing_stuck(clock, queue):
    await queue.enqueue("echo", key="before", timeout=10, heartbeat=10, retries=9)
    await begin(queue)
    clock.now += 4
    clock.step(3600)
    await queue.enqueue("echo", key="after", timeout=10, heartbeat=10, retries=9)
    await begin(queue)
    clock.now += 4
    assert await queue.sweep(abort=0.01) == []

    clock.step(3600)
    clock.now += 3
    assert await queue.sweep(abort=0.01) == ["before"]
    clock.now += 4
    assert await queue.sweep(abort=0.01) == ["after"]


async def test_a_stuck_job_that_is_done_after_all_is_not_done_again(queue, clock):
    await queue.enqueue("echo", key="k", timeout=1, retries=3)
    job = await begin(queue)
    clock.now += 5
    sweeping = asyncio.create_task(queue.sweep(abort=10))
    await until(has_status(job, Status.ABORTING))
    await job.finish(Status.COMPLETE, result=1)

    assert await sweeping == []
    await job.retry("too late")
    assert (await queue.job("k")).status == Status.COMPLETE
