"""A locked file, a full disk, a clock that steps back, an unreadable payload: errors, and nothing lost."""

import asyncio
import sqlite3
import threading

import pytest
from saq.job import Status

from tests.queue_contract.steps import begin, counts, take
from tests.sqlite_queue.other_process import other_process
from xlsapp.sqlite_queue import SqliteQueue, lookups


async def test_who_writes_waits_for_a_process_that_holds_the_lock_and_nobody_else_does(queue, queue_file):
    await queue.enqueue("run", key="before")
    with other_process("lock", queue_file) as other:
        assert other.says() == "locked"
        enqueuing = asyncio.create_task(queue.enqueue("run", key="k"))
        for _ in range(5):
            await asyncio.sleep(0.01)  # the event loop goes on
            assert (await queue.job("before")).status == Status.QUEUED  # and so do readers
        assert not enqueuing.done()
        other.end()

        assert (await enqueuing).key == "k"
    assert await queue.count("queued") == 2


async def test_a_lock_that_is_held_too_long_is_an_error_and_changes_nothing(connected, queue_file):
    queue = await connected(busy_timeout=0.1)
    await queue.enqueue("run", key="a", retries=1)
    running = await begin(queue)
    with other_process("lock", queue_file) as other:
        assert other.says() == "locked"
        for write in (
            queue.enqueue("run", key="b"),
            running.update(progress=0.5),
            (await queue.job("a")).finish(Status.COMPLETE),
        ):
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                await write
        assert (await queue.job("a")).status == Status.ACTIVE
        assert await queue.job("b") is None
        other.end()

    await running.finish(Status.COMPLETE)
    await queue.enqueue("run", key="b")
    assert [job.status for job in await queue.jobs("ab")] == [Status.COMPLETE, Status.QUEUED]


async def test_the_end_of_a_run_is_kept_while_the_file_is_locked(connected, queue_file):
    queue = await connected(busy_timeout=0.1)
    for key in ("done", "again"):
        await queue.enqueue("run", key=key, retries=3, group_key=key)
    done, again = await begin(queue), await begin(queue)
    with other_process("lock", queue_file) as other:
        assert other.says() == "locked"
        await done.finish(Status.COMPLETE, result=1)
        await again.retry("oops")
        assert await queue.count("active") == 2
        other.end()

    assert (await take(queue)).key == "again"
    assert await counts(queue) == [0, 1, 1]
    assert (await queue.job("done")).result == 1


async def test_what_was_given_up_while_the_file_was_locked_goes_back_afterwards(connected, queue_file):
    queue = await connected(busy_timeout=0.1)
    await queue.enqueue("run", key="k")
    await take(queue)
    with other_process("lock", queue_file) as other:
        assert other.says() == "locked"
        (row,) = await queue._shared.reader.call(lambda db: lookups.running(db, queue.name))
        queue._unclaim(queue._shared, row)  # as a cancelled dequeue does
        await asyncio.sleep(0.3)
        assert (await queue.job("k")).status == Status.ACTIVE
        other.end()

    assert (await take(queue)).key == "k"


async def test_a_full_disk_refuses_what_does_not_fit_and_keeps_the_rest(queue):
    await queue.enqueue("run", key="running")
    running = await begin(queue)

    def allow_pages(pages):
        return queue._shared.writer.call(lambda tx: tx.execute(f"PRAGMA max_page_count = {pages}").fetchone())

    await allow_pages(40)
    outcomes = await asyncio.gather(
        *(queue.enqueue("run", key=f"{n:02}", text="x" * 9000) for n in range(60)),
        running.update(progress=0.5),
        return_exceptions=True,
    )

    refused = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert refused
    assert {str(error) for error in refused} == {"database or disk is full"}
    stored = [job.key async for job in queue.iter_jobs(statuses=[Status.QUEUED])]
    assert stored == [outcome.key for outcome in outcomes[:-1] if not isinstance(outcome, Exception)]
    await running.finish(Status.COMPLETE)
    assert (await queue.job("running")).status == Status.COMPLETE

    await allow_pages(1 << 30)
    assert await queue.enqueue("run", key="room", text="x" * 9000)
    assert [(await take(queue)).key for _ in range(len(stored) + 1)] == [*stored, "room"]


async def test_a_clock_that_steps_back_changes_no_order_and_starts_nothing_early(queue, clock):
    await queue.enqueue("run", key="first")
    await queue.enqueue("run", key="scheduled", scheduled=clock.now + 10)
    clock.now -= 86400
    await queue.enqueue("run", key="second")

    assert await queue.schedule() == []
    assert [(await begin(queue)).key for _ in range(2)] == ["first", "second"]
    assert await queue.sweep(abort=0.01) == []
    clock.now += 86400 + 10
    assert await queue.schedule() == ["scheduled"]


async def test_a_job_nobody_can_read_does_not_keep_the_others_from_being_recovered(queue_file):
    queue = SqliteQueue(str(queue_file))
    await queue.connect()
    for key in ("good", "bad"):
        await queue.enqueue("run", key=key, retries=2)
    await queue.disconnect()
    with other_process("hold", queue_file, "2") as other:
        assert [other.says(), other.says()] == ["good", "bad"]
        other.kill()
    connection = sqlite3.connect(queue_file)
    connection.execute("UPDATE jobs SET payload = 'no JSON' WHERE key = 'bad'")
    connection.commit()
    connection.close()

    await queue.connect()

    assert await counts(queue) == [1, 0, 1]
    assert (await take(queue)).key == "good"
    await queue.disconnect()


async def test_a_job_nobody_can_read_does_not_hide_the_others(queue, queue_file):
    for key in ("bad", "good"):
        await queue.enqueue("run", key=key)
        await begin(queue)
    connection = sqlite3.connect(queue_file)
    connection.execute("UPDATE jobs SET payload = 'no JSON' WHERE key = 'bad'")
    connection.commit()
    connection.close()

    assert [job.key async for job in queue.iter_jobs()] == ["good"]
    assert [job["key"] for job in (await queue.info(jobs=True))["jobs"]] == ["good"]
    assert await queue.sweep() == []


async def test_a_callback_that_fails_keeps_nobody_from_hearing_of_the_other_jobs(connected, queue_file):
    queue, told = await connected(), []

    async def fail(job):
        told.append(job.key)
        raise RuntimeError(job.key)

    queue.register_after_recovery(fail)
    for key in "ab":
        await queue.enqueue("run", key=key)
        await take(queue)
    await queue.disconnect()
    assert told == ["a", "b"]


async def test_a_clock_that_steps_back_does_not_put_off_a_retry(queue, clock):
    await queue.enqueue("run", key="k", retries=2, retry_delay=2)
    await queue.enqueue("run", key="scheduled", scheduled=clock.now + 10)
    await (await begin(queue)).retry("oops")
    clock.now -= 86400
    await queue.sweep()
    clock.now += 1.9
    assert await queue.schedule() == []
    clock.now += 0.1
    assert await queue.schedule() == ["k"]


async def test_a_fault_in_the_middle_of_everything_leaves_the_queue_at_work(queue, caplog):
    class Strange(Exception):
        def __init__(self, code, text):
            super().__init__(text)

    def fail(tx):
        raise Strange(1, "nobody could make this exception anew from its text")

    good, bad, also_good = await asyncio.gather(
        queue.enqueue("run", key="a"),
        queue._shared.writer.call(fail),
        queue.enqueue("run", key="b"),
        return_exceptions=True,
    )

    assert isinstance(bad, Strange)
    assert [(await take(queue)).key for _ in range(2)] == [good.key, also_good.key]
    assert "queue-writer" in {thread.name for thread in threading.enumerate()}
