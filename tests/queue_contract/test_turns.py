"""Seats go round by owner, and small jobs have one more."""

import asyncio
import contextlib

import pytest
from saq.job import Status

from tests.queue_contract.steps import begin, counts, take


def of(owner, *, small=False):
    return {"meta": {"owner": owner, "small": small}}


async def add(queue, *keys, small=False, **options):
    """Jobs in this order; a key begins with its owner."""
    for key in keys:
        await queue.enqueue("echo", key=key, **of(key[0], small=small), **options)


async def taken(queue, number):
    return [(await take(queue)).key for _ in range(number)]


async def done(queue, key):
    await (await queue.job(key)).finish(Status.COMPLETE)


@pytest.fixture
async def small_queue(queue, connected):
    return await connected(small_only=True)


async def test_one_job_of_somebody_else_goes_before_the_hundred_that_came_earlier(queue):
    await add(queue, *(f"a{n:02}" for n in range(100)))
    assert await taken(queue, 2) == ["a00", "a01"]
    await add(queue, "b")
    assert await taken(queue, 3) == ["b", "a02", "a03"]


async def test_seats_go_round_and_an_owners_own_jobs_keep_their_order(queue):
    await add(queue, "a1", "a2", "a3", "a4", "b1", "b2", "c1")
    order = []
    for _ in range(7):
        order += await taken(queue, 1)
        await done(queue, order[-1])
    assert order == ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]


async def test_an_owner_that_holds_every_seat_gets_no_further_one_while_another_waits(queue):
    await add(queue, "a1", "a2", "a3")
    assert await taken(queue, 2) == ["a1", "a2"]
    await add(queue, "b1", "b2", "b3")
    await done(queue, "a1")
    assert await taken(queue, 1) == ["b1"]
    await done(queue, "b1")  # b has begun later than a, and a still holds the other seat
    assert await taken(queue, 1) == ["b2"]


async def test_who_held_the_only_seat_gets_it_no_second_time_while_another_waits(queue, small_queue):
    await add(queue, "a1", "a2")
    assert await taken(queue, 1) == ["a1"]
    await add(queue, "b1", small=True)
    await add(queue, "b2")
    assert await taken(small_queue, 1) == ["b1"]
    await done(queue, "b1")
    await done(queue, "a1")
    assert await taken(queue, 2) == ["b2", "a2"]


async def test_seats_that_wait_together_go_to_different_owners(queue):
    waiting = [asyncio.create_task(queue.dequeue()) for _ in range(3)]
    await asyncio.sleep(0.02)
    await asyncio.gather(add(queue, "a1", "a2", "a3"), add(queue, "b1"), add(queue, "c1"))
    keys = {job.key[0] for job in await asyncio.gather(*waiting)}
    assert "a" in keys
    assert len(keys) > 1


async def test_jobs_of_a_group_run_one_after_the_other_whoever_waits(queue):
    await add(queue, "a1", "a2", group_key="g")
    await add(queue, "b1")
    assert await taken(queue, 2) == ["a1", "b1"]
    assert await queue.dequeue(timeout=0.02) is None
    await done(queue, "a1")
    assert await taken(queue, 1) == ["a2"]


async def test_jobs_of_nobody_take_turns_with_the_others(queue):
    await queue.enqueue("echo", key="1")
    await queue.enqueue("echo", key="2")
    await add(queue, "a1", "a2")
    assert sorted(await taken(queue, 2)) == ["1", "a1"]
    assert sorted(await taken(queue, 2)) == ["2", "a2"]


async def test_a_small_seat_takes_small_jobs_alone_and_one_of_an_owner(queue, small_queue, connected):
    await add(queue, "c1", "c2")
    await add(queue, "a2", "a3", "b2", small=True)
    another = await connected(small_only=True)
    assert await taken(small_queue, 1) == ["a2"]
    assert await taken(another, 1) == ["b2"]
    assert await another.dequeue(timeout=0.02) is None
    waiting = asyncio.create_task(another.dequeue(timeout=5))
    await asyncio.sleep(0.02)
    await done(queue, "a2")
    assert (await waiting).key == "a3"
    assert await taken(queue, 2) == ["c1", "c2"]


async def test_who_has_an_ordinary_seat_gets_no_small_one_besides(queue, small_queue):
    await add(queue, "a1")
    await add(queue, "a2", small=True)
    assert await taken(queue, 1) == ["a1"]
    waiting = asyncio.create_task(small_queue.dequeue(timeout=5))
    await asyncio.sleep(0.02)
    await add(queue, "b1", small=True)
    assert (await waiting).key == "b1"
    waiting = asyncio.create_task(small_queue.dequeue(timeout=5))
    await asyncio.sleep(0.02)
    await done(queue, "a1")
    assert (await waiting).key == "a2"


async def test_an_ordinary_seat_that_is_free_comes_before_a_small_one(queue, small_queue):
    small = asyncio.create_task(small_queue.dequeue())
    ordinary = asyncio.create_task(queue.dequeue())
    for each in (small_queue, queue):  # both have looked in vain
        assert await each.dequeue(timeout=0.02) is None
    await add(queue, "a1", small=True)
    assert (await ordinary).key == "a1"
    small.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await small


async def test_a_small_seat_does_not_turn_the_order_of_a_group(queue, small_queue):
    await add(queue, "a1", group_key="g")
    await add(queue, "a2", small=True, group_key="g")
    assert await small_queue.dequeue(timeout=0.02) is None
    assert await taken(queue, 1) == ["a1"]
    assert await small_queue.dequeue(timeout=0.02) is None
    await done(queue, "a1")
    assert await taken(small_queue, 1) == ["a2"]


async def test_a_job_that_was_sent_back_waits_in_its_place_for_an_ordinary_seat(queue, small_queue):
    await add(queue, "a1", "a2", small=True)
    job = await begin(small_queue)
    await small_queue.send_back(job)
    await job.finish(Status.COMPLETE, result="of a run that is over")  # as its worker does
    assert job.status is Status.QUEUED
    assert await counts(queue) == [2, 0, 2]
    assert await taken(small_queue, 1) == ["a2"]
    again = await take(queue)
    assert (again.key, again.attempts, again.result) == ("a1", 0, None)
    await again.retry("once more")
    assert await small_queue.dequeue(timeout=0.02) is None


async def test_a_job_that_is_to_be_aborted_does_not_go_back(queue, small_queue):
    await add(queue, "a1", small=True)
    job = await begin(small_queue)
    await queue.abort(await queue.job("a1"), error="enough")
    with pytest.raises(RuntimeError):
        await small_queue.send_back(job)
    assert (await queue.job("a1")).status is Status.ABORTING
