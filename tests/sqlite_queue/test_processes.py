"""Several processes on one file: each job runs once, whoever enqueued it; the dead are replaced at once."""

import asyncio
import signal

import pytest
from saq.job import Status

from tests.queue_contract.steps import begin, counts, take, until
from tests.sqlite_queue.other_process import other_process
from xlsapp.sqlite_queue import SqliteQueue, log_file, writing_thread


@pytest.mark.parametrize("told_by", ["the kernel", "a look now and then"])
async def test_a_waiting_process_gets_what_another_enqueues(connected, queue_file, monkeypatch, told_by):
    if told_by == "the kernel":  # sleeps deeply at once, and would not look by itself for an hour
        monkeypatch.setattr(writing_thread, "LIGHT_SLEEP_SECONDS", 0.2)
        monkeypatch.setattr(writing_thread, "LOOK_IN_DEEP_SLEEP_SECONDS", 3600)
    else:
        monkeypatch.setattr(log_file, "_watch", lambda path: None)
    queue = await connected()
    with other_process("enqueue", queue_file, "job", "1") as other:
        assert other.says() == "ready"
        waiting = asyncio.create_task(queue.dequeue())
        await asyncio.sleep(0.5)
        other.go()

        assert (await asyncio.wait_for(waiting, 10)).key == "job0"


async def test_who_listens_hears_of_a_job_that_another_process_finishes(queue, queue_file):
    job = await queue.enqueue("run", key="k")
    with other_process("finish", queue_file) as other:
        assert other.says() == "k"
        listening = asyncio.create_task(job.refresh(30))
        await asyncio.sleep(0.05)
        other.end()
        await listening

    assert job.result == "from the other process"


async def test_processes_share_the_work_and_no_job_runs_twice(queue, queue_file):
    keys = [f"{number}" for number in range(400)]
    await asyncio.gather(*(queue.enqueue("run", key=key) for key in keys[:200]))
    with other_process("work", queue_file) as first, other_process("work", queue_file) as second:
        await asyncio.gather(*(queue.enqueue("run", key=key) for key in keys[200:]))
        await until(lambda: all_done(queue), patience_seconds=60)
        ran = first.end() + second.end()

    assert sorted(ran) == sorted(keys)


async def all_done(queue):
    return await counts(queue) == [0, 0, 0]


async def test_the_jobs_of_a_killed_process_go_to_another_at_once(queue, queue_file):
    for key in ("a", "b"):
        await queue.enqueue("run", key=key, retries=2)
    told = []

    async def after_recovery(job):
        told.append((job.key, job.status))

    queue.register_after_recovery(after_recovery)
    with other_process("hold", queue_file, "2") as other:
        assert [other.says(), other.says()] == ["a", "b"]
        assert await queue.schedule() == []
        assert await counts(queue) == [0, 2, 2]
        other.kill()

    await queue.schedule()  # a worker does so every second

    assert told == [("a", Status.QUEUED), ("b", Status.QUEUED)]
    jobs = [await take(queue), await take(queue)]
    assert [(job.key, job.attempts) for job in jobs] == [("a", 1), ("b", 1)]
    assert "process that ran this job ended" in (await queue.job("a")).error


@pytest.mark.parametrize(("by", "becomes"), [("swept", Status.QUEUED), ("a person", Status.ABORTED)])
async def test_a_job_whose_process_is_killed_while_it_is_stopped_is_lost_only_when_a_person_wanted_it(
    queue, queue_file, by, becomes
):
    await queue.enqueue("run", key="k", retries=2)
    with other_process("hold", queue_file, "1") as other:
        assert other.says() == "k"
        error = queue.swept_error_message if by == "swept" else by
        await queue.abort(await queue.job("k"), error=error)
        other.kill()

    await queue.schedule()

    assert (await queue.job("k")).status == becomes


async def test_a_process_that_starts_takes_over_from_one_that_was_killed(queue_file):
    queue = SqliteQueue(str(queue_file))
    await queue.connect()
    await queue.enqueue("run", key="k", retries=2)
    await queue.disconnect()
    with other_process("hold", queue_file, "1") as other:
        assert other.says() == "k"
        other.kill()

    await queue.connect()

    assert (await queue.job("k")).status == Status.QUEUED
    await queue.disconnect()


async def test_a_job_that_kills_its_process_each_time_ends_as_failed(queue_file):
    queue = SqliteQueue(str(queue_file))
    await queue.connect()
    await queue.enqueue("run", key="poison", retries=3)
    await queue.disconnect()
    for _ in range(3):
        with other_process("die", queue_file) as other:
            other.end()
            assert other.process.returncode == -signal.SIGKILL

    await queue.connect()

    job = await queue.job("poison")
    assert (job.status, job.attempts) == (Status.FAILED, 3)
    assert "(attempt 3 of 3)" in job.error
    assert await counts(queue) == [0, 0, 0]
    await queue.disconnect()


async def test_a_process_that_is_stopped_for_a_while_keeps_its_jobs(queue, queue_file):
    await queue.enqueue("run", key="k", timeout=0)
    with other_process("finish", queue_file) as other:
        assert other.says() == "k"
        other.process.send_signal(signal.SIGSTOP)
        await queue.schedule()
        await queue.sweep(abort=0.01)
        assert (await queue.job("k")).status == Status.ACTIVE
        other.process.send_signal(signal.SIGCONT)
        other.end()

    assert (await queue.job("k")).status == Status.COMPLETE


async def test_a_link_to_the_file_is_the_same_file(queue, queue_file, tmp_path):
    await queue.enqueue("run", key="k")
    await begin(queue)
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "linked.sqlite3"
    link.symlink_to(queue_file)

    with other_process("work", link) as other:  # it must see that we live
        assert other.end() == []

    assert (await queue.job("k")).status == Status.ACTIVE


async def test_what_was_accepted_survives_a_kill(queue_file):
    accepted = set()
    for prefix in "abcde":
        with other_process("enqueue", queue_file, prefix, "2000") as other:
            assert other.says() == "ready"
            other.go()
            accepted.add(other.says())
            other.kill()
            accepted.update(other.end())

    queue = SqliteQueue(str(queue_file))
    await queue.connect()
    stored = {job.key async for job in queue.iter_jobs(batch_size=1000)}
    assert accepted <= stored
    assert await queue.count("queued") == len(stored)
    await queue.disconnect()
