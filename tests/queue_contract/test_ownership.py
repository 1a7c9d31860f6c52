"""A worker that lost its job can no longer touch it."""

import asyncio

from saq.job import Status

from tests.queue_contract.steps import begin


async def test_who_lost_a_job_cannot_finish_retry_or_update_it(queue):
    await queue.enqueue("echo", key="k", retries=5)
    slow = await begin(queue, "slow")
    await queue.retry(await queue.job("k"), "taken away")

    await slow.finish(Status.COMPLETE, result="from the first run")
    assert (await queue.job("k")).status == Status.QUEUED

    await begin(queue, "quick")
    await slow.finish(Status.COMPLETE, result="from the first run")
    await slow.retry("oops")
    await slow.update(status=Status.ACTIVE)
    await slow.update(progress=0.1)
    stored = await queue.job("k")
    assert (stored.status, stored.worker_id, stored.attempts, stored.progress) == (
        Status.ACTIVE,
        "quick",
        2,
        0.0,
    )


async def test_a_job_over_the_wire_is_known_by_its_worker_and_attempt(queue):
    await queue.enqueue("echo", key="k", retries=5)
    wire = (await begin(queue, "slow")).to_dict()
    await queue.retry(await queue.job("k"), "taken away")
    await begin(queue, "quick")

    await queue.finish(queue.deserialize(dict(wire)), Status.COMPLETE)
    assert (await queue.job("k")).status == Status.ACTIVE

    await queue.finish(await queue.job("k"), Status.COMPLETE)
    assert (await queue.job("k")).status == Status.COMPLETE


async def test_a_sweep_does_not_undo_what_the_worker_did_meanwhile(queue, clock):
    await queue.enqueue("echo", key="k", timeout=1, retries=3)
    job = await begin(queue)
    clock.now += 5
    sweeping = asyncio.create_task(queue.sweep(abort=5))
    await queue.listen(["k"], lambda key, status: status == Status.ABORTING)
    await queue.retry(job, "my own")  # the worker puts it back, and another takes it
    await begin(queue, "other")
    running = await queue.job("k")
    await running.finish(Status.COMPLETE, result=1)
    await sweeping
    assert (await queue.job("k")).status == Status.COMPLETE


async def test_the_last_word_of_an_aborting_worker_does_not_stop_the_next_run(queue):
    await queue.enqueue("echo", key="k", retries=3)
    await begin(queue)
    await queue.abort(await queue.job("k"), "stop")
    seen = await queue.job("k")
    await queue.retry(await queue.job("k"), "again")
    await queue.finish_abort(seen)
    assert (await queue.job("k")).status == Status.QUEUED
