"""The contract of SAQ's Queue, point by point, over a real file."""

import asyncio
import contextlib
import pickle
import threading

import pytest
from saq.errors import InvalidUrlError
from saq.job import Job, Status
from saq.queue.base import JobError

from xlsapp.jobs.sqlite_queue import SqliteQueue


async def counts(queue):
    return [await queue.count(kind) for kind in ("queued", "active", "incomplete")]


async def take(queue, **options):
    job = await queue.dequeue(timeout=1, **options)
    assert job is not None
    return job


async def begin(queue, worker_id="w1"):
    """What SAQ's worker does with a job before it calls its function."""
    job = await take(queue)
    job.attempts += 1
    job.worker_id = worker_id
    await job.update(status=Status.ACTIVE)
    return job


# --- urls, connecting ---


async def test_a_url_names_a_relative_or_an_absolute_path(tmp_path):
    assert SqliteQueue.from_url("sqlite:///data/queue.sqlite3").path == "data/queue.sqlite3"
    assert SqliteQueue.from_url(f"sqlite:///{tmp_path}/my%20queue.db").path == f"{tmp_path}/my queue.db"
    assert SqliteQueue.from_url("sqlite:///q.db", name="slow").name == "slow"
    for url in ("redis://localhost", "sqlite://", "sqlite:///:memory:", "sqlite://host/q.db"):
        with pytest.raises(InvalidUrlError):
            SqliteQueue.from_url(url)


async def test_a_queue_connects_and_disconnects_any_number_of_times(queue_file):
    queue = SqliteQueue(queue_file)
    for round_number in range(3):
        await queue.connect()
        await queue.connect()
        await queue.enqueue("echo", key=str(round_number))
        await queue.disconnect()
        await queue.disconnect()

    await queue.connect()
    assert [job.key async for job in queue.iter_jobs()] == ["0", "1", "2"]
    await queue.disconnect()
    assert {thread.name for thread in threading.enumerate()}.isdisjoint({"queue-writer", "queue-reader"})


def test_a_queue_connects_again_on_another_event_loop(queue_file):
    queue = SqliteQueue(queue_file)

    async def session():
        await queue.connect()
        job = await queue.enqueue("echo")
        taken = await take(queue)
        assert taken.key == job.key
        await taken.finish(Status.COMPLETE)
        await queue.disconnect()

    asyncio.run(session())
    asyncio.run(session())


async def test_a_queue_that_is_not_connected_says_so(queue_file):
    queue = SqliteQueue(queue_file)
    with pytest.raises(RuntimeError, match="not connected"):
        await queue.enqueue("echo")


async def test_connecting_to_something_else_fails_and_may_be_tried_again(queue_file):
    queue_file.write_text("This is not a database, but it is long enough to look like one. " * 20)
    queue = SqliteQueue(queue_file, busy_timeout=0.1)
    with pytest.raises(Exception, match="not a database"):
        await queue.connect()
    queue_file.unlink()
    await queue.connect()
    await queue.disconnect()


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


# --- enqueue ---


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


# --- dequeue ---


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
    while job := await queue.dequeue(timeout=0.05):
        taken.append(job.key)
        assert job.attempts == 0
    assert len(taken) == len(set(taken)) == 300


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
    assert await queue.count("queued") == len([job async for job in queue.iter_jobs()])
    while job := await queue.dequeue(timeout=0.05):
        await job.finish(Status.COMPLETE)
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


# --- schedule ---


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


# --- update, finish, retry, abort ---


async def test_an_update_keeps_the_status_and_what_the_job_says(queue):
    job = await queue.enqueue("echo", key="k")
    running = await begin(queue)
    await queue.abort(await queue.job("k"), "stop")

    await running.update(progress=0.5, meta={"row": 12})

    job = await queue.job("k")
    assert (job.status, job.error, job.progress, job.meta) == (Status.ABORTING, "stop", 0.5, {"row": 12})
    assert (job.attempts, job.worker_id) == (1, "w1")


async def test_an_update_of_somebody_who_looked_long_ago_leaves_the_run_alone(queue):
    job = await queue.enqueue("echo", key="k")
    running = await begin(queue)
    await job.update(meta={"seen": True})
    stored = await queue.job("k")
    assert (stored.attempts, stored.started, stored.worker_id) == (1, running.started, "w1")
    await running.finish(Status.COMPLETE, result=3)
    await job.update(progress=0.9)
    stored = await queue.job("k")
    assert (stored.status, stored.result, stored.progress) == (Status.COMPLETE, 3, 1.0)


async def test_an_update_may_give_a_status_as_text(queue):
    job = await queue.enqueue("echo", group_key="g")
    await queue.enqueue("echo", key="next", group_key="g")
    await take(queue)
    await job.update(status="queued")
    assert await counts(queue) == [2, 0, 2]
    assert (await take(queue)).key == job.key
    await job.update(status="failed")
    assert (await take(queue)).key == "next"


async def test_neither_update_nor_finish_nor_retry_brings_back_a_deleted_job(queue):
    job = await queue.enqueue("echo", ttl=-1)
    job = await begin(queue)
    await job.finish(Status.COMPLETE)
    await job.update(status=Status.ACTIVE)
    await job.update()
    await job.finish(Status.FAILED)
    await job.retry("again")
    assert await queue.job(job.key) is None
    assert await counts(queue) == [0, 0, 0]


async def test_ttl_says_how_long_a_finished_job_is_kept(queue, clock):
    for key, ttl in (("gone", -1), ("short", 5), ("for good", 0)):
        await queue.enqueue("echo", key=key, ttl=ttl)
        await (await take(queue)).finish(Status.COMPLETE, result=key)
    assert [job and job.result for job in await queue.jobs(["gone", "short", "for good"])] == [
        None,
        "short",
        "for good",
    ]
    clock.now += 5
    assert [job and job.key for job in await queue.jobs(k for k in ("gone", "short", "for good"))] == [
        None,
        None,
        "for good",
    ]
    clock.now += 10**8
    await queue.sweep()
    assert [job.key async for job in queue.iter_jobs()] == ["for good"]
    assert queue.complete == 3


async def test_any_job_may_be_finished_and_twice(queue):
    for prepare in (queue.enqueue, begin_one_of(queue)):
        job = await prepare("echo")
        await job.finish(Status.COMPLETE, result=1)
        await job.finish(Status.FAILED, error="late")
        stored = await queue.job(job.key)
        assert (stored.status, stored.error) == (Status.FAILED, "late")
        assert await counts(queue) == [0, 0, 0]


def begin_one_of(queue):
    async def prepare(function):
        await queue.enqueue(function)
        return await begin(queue)

    return prepare


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


async def test_a_failed_batch_aborts_its_jobs(queue):
    with contextlib.suppress(ZeroDivisionError):
        async with queue.batch():
            job = await queue.enqueue("echo")
            raise ZeroDivisionError
    assert job.status == Status.ABORTED


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


async def test_an_interrupted_job_keeps_all_its_retries(queue):
    await queue.enqueue("echo", key="k", retries=2, retry_delay=60)
    for _ in range(5):
        await (await begin(queue)).retry("cancelled")
    job = await begin(queue)
    assert job.retryable
    await job.retry("oops")
    assert await counts(queue) == [0, 0, 1]


# --- sweep ---


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


# --- questions ---


async def test_jobs_keeps_the_order_and_puts_none_for_absent_ones(queue):
    await queue.enqueue("echo", key="a")
    await queue.enqueue("echo", key="b")
    assert [job and job.key for job in await queue.jobs(iter(["b", "x", "a", "b"]))] == ["b", None, "a", "b"]
    assert await queue.jobs([]) == []
    assert await queue.job("x") is None
    assert queue.job_id("a") == "a"


async def test_iterating_is_steady_while_jobs_change_and_leave(queue):
    for n in range(25):
        await queue.enqueue("echo", key=f"{n:02}", ttl=-1)
    seen = []
    async for job in queue.iter_jobs(batch_size=4):
        seen.append(job.key)
        await queue.retry(job, None)
        if len(seen) == 10:
            await queue.finish(await queue.job("20"), Status.COMPLETE)
    assert seen == [f"{n:02}" for n in range(25) if n != 20]
    assert [job async for job in queue.iter_jobs(statuses=["active"])] == []


async def test_an_unknown_count_is_refused(queue):
    with pytest.raises(ValueError, match="unknown"):
        await queue.count("finished")


async def test_info_shows_what_runs_then_what_is_next(queue, clock):
    for key, options in (
        ("later", {"scheduled": clock.now + 99}),
        ("second", {"priority": 1, "group_key": "g"}),
        ("running", {}),
        ("third", {"priority": 1}),
    ):
        await queue.enqueue("echo", key=key, **options)
    await begin(queue)
    await queue.worker_info("w1", queue_key=queue.name, metadata={"host": "a"}, ttl=10)
    await queue.worker_info("w2", queue_key=queue.name, ttl=5)
    clock.now += 7

    info = await queue.info(jobs=True)

    assert (info["queued"], info["active"], info["scheduled"], info["name"]) == (2, 1, 1, "default")
    assert [job["key"] for job in info["jobs"]] == ["running", "second", "third", "later"]
    assert list(info["workers"]) == ["w1"]
    assert info["workers"]["w1"]["metadata"] == {"host": "a"}
    assert info["workers"]["w1"]["queue_key"] == "default"
    assert [job["key"] for job in (await queue.info(jobs=True, offset=1, limit=2))["jobs"]] == [
        "second",
        "third",
    ]
    assert (await queue.info())["jobs"] == []


async def test_the_same_key_in_two_queues_of_a_file_is_two_jobs(connected):
    first, second = await connected("first"), await connected("second")
    await first.enqueue("echo", key="k", a=1)
    await second.enqueue("echo", key="k", a=2)
    assert [job.kwargs for job in await first.jobs(["k"])] == [{"a": 1}]
    assert (await take(second)).kwargs == {"a": 2}
    assert await counts(first) == [1, 0, 1]
    assert (await first.info())["workers"] == {}
    assert [job.kwargs async for job in second.iter_jobs()] == [{"a": 2}]


async def test_a_job_may_be_refreshed_from_another_event_loop(queue):
    job = await queue.enqueue("echo")
    await (await begin(queue)).finish(Status.COMPLETE, result=4)
    await asyncio.to_thread(lambda: asyncio.run(job.refresh(1)))
    assert job.result == 4


# --- listening ---


async def test_a_listener_hears_the_present_state_and_each_change(queue):
    job = await queue.enqueue("echo")
    heard = []

    async def listen():
        await queue.listen(
            [job.key], lambda key, status: heard.append(status) or status == "complete", timeout=2
        )

    listening = asyncio.create_task(listen())
    await asyncio.sleep(0.02)
    job = await begin(queue)
    await job.finish(Status.COMPLETE)
    await listening
    assert heard[0] == Status.QUEUED
    assert heard[-1] == Status.COMPLETE
    assert set(heard[1:-1]) == {Status.ACTIVE}


async def test_who_listens_too_late_hears_of_it_all_the_same(queue):
    job = await queue.enqueue("echo")
    await (await begin(queue)).finish(Status.COMPLETE)

    async def callback(key, status):
        return (key, status) == (job.key, Status.COMPLETE)

    await queue.listen([job.key], callback, timeout=1)


async def test_listening_ends_after_its_timeout(queue):
    with pytest.raises(asyncio.TimeoutError):
        await queue.listen(["nobody"], lambda key, status: True, timeout=0.01)
    await queue.listen([], lambda key, status: False, timeout=0.01)


async def test_a_notification_reaches_the_listeners(queue):
    job = Job("echo", queue=queue, status=Status.FAILED)
    listening = asyncio.create_task(
        queue.listen([job.key], lambda key, status: status == "failed", timeout=None)
    )
    await asyncio.sleep(0.02)
    await queue.notify(job)
    await listening


async def test_who_waits_for_a_result_gets_it(queue, start_worker):
    async def double(ctx, *, n):
        return 2 * n

    async def fail(ctx):
        raise ValueError("oops")

    await start_worker(queue, [("double", double), ("fail", fail)])
    assert await queue.apply("double", n=2, poll_interval=0.01) == 4
    assert await queue.map("double", [{"n": 1}, {"n": 2}], poll_interval=0.01) == [2, 4]
    with pytest.raises(JobError, match="oops"):
        await queue.apply("fail", poll_interval=0.01)


async def test_statistics_count_what_was_done(queue):
    for _ in range(3):
        await queue.enqueue("echo")
        job = await begin(queue)
        await job.retry(None)
        await job.abort("stop")
        await job.finish(Status.FAILED)
        await job.finish(Status.COMPLETE)
    info = await queue.worker_info("w", queue_key="default")
    stats = info["stats"]
    assert [stats[kind] for kind in ("complete", "failed", "retried", "aborted")] == [3, 3, 3, 3]
