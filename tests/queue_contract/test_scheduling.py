"""Jobs wait for their time, and never start early."""

import asyncio

from saq.job import Status

from tests.queue_contract.steps import counts, take


async def test_scheduled_jobs_wait_for_their_time_and_come_the_earliest_first(queue, clock):
    await queue.enqueue("echo", key="now")
    for key, delay in (("late", 2.5), ("early", 1), ("past", -5)):
        await queue.enqueue("echo", key=key, scheduled=clock.now + delay)
    assert await counts(queue) == [1, 0, 4]

    assert await queue.schedule() == ["past"]
    clock.now += 2.4
    assert await queue.schedule() == ["early"]
    clock.now += 0.1
    assert await queue.schedule() == ["late"]
    assert await queue.schedule() == []
    assert [(await take(queue)).key for _ in range(4)] == ["now", "past", "early", "late"]


async def test_a_promoted_job_wakes_who_waits(queue, clock):
    await queue.enqueue("echo", key="k", scheduled=clock.now + 10)
    waiting = asyncio.create_task(queue.dequeue())
    await asyncio.sleep(0.02)
    clock.now += 10
    await queue.schedule()
    assert (await waiting).key == "k"


async def test_a_finished_cron_slot_is_not_opened_again(queue, clock):
    slot = clock.now + 60
    await queue.enqueue("echo", key="cron", scheduled=slot)
    clock.now = slot
    await queue.schedule()
    await (await take(queue)).finish(Status.COMPLETE)

    assert await queue.enqueue("echo", key="cron", scheduled=slot) is None
    assert await queue.enqueue("echo", key="cron", scheduled=slot - 60) is None
    assert await queue.enqueue("echo", key="cron", scheduled=slot + 60)


async def test_a_slot_that_was_aborted_or_forgotten_leaves_room_for_an_earlier_one(queue, clock):
    for earlier, options in ((30, {}), (90, {"ttl": 1})):
        job = await queue.enqueue("echo", key="k", scheduled=clock.now + 100, **options)
        await job.abort("stop")
        assert await queue.enqueue("echo", key="k", scheduled=job.scheduled) is None
        clock.now += 2
        assert await queue.enqueue("echo", key="k", scheduled=clock.now + earlier)
        await (await queue.job("k")).abort("stop")
        clock.now += 200


async def test_a_clock_that_was_far_ahead_does_not_stop_a_cron_job(queue, clock):
    slot = clock.now + 60
    await queue.enqueue("echo", key="cron", scheduled=slot)
    clock.now = slot
    await queue.schedule()
    await (await take(queue)).finish(Status.COMPLETE)
    clock.now -= 86400
    assert await queue.enqueue("echo", key="cron", scheduled=clock.now + 60)
