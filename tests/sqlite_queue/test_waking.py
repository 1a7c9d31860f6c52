"""A waiting worker is woken the moment there is work; an idle queue sleeps."""

import asyncio
import threading
from pathlib import Path

import pytest

from tests.queue_contract.steps import until
from xlsapp.sqlite_queue import writing_thread


@pytest.fixture
def sleeps_soon(monkeypatch):
    monkeypatch.setattr(writing_thread, "LIGHT_SLEEP_SECONDS", 0.05)
    monkeypatch.setattr(writing_thread, "LOOK_IN_DEEP_SLEEP_SECONDS", 3600)


@pytest.mark.parametrize("pause_seconds", [0.001, 0.3])
async def test_a_waiting_worker_starts_a_job_at_once(connected, start_worker, sleeps_soon, pause_seconds):
    queue = await connected(poll_interval=3600)
    ran = asyncio.Event()

    async def run(ctx):
        ran.set()

    await start_worker(queue, [("run", run)])
    for _ in range(3):
        await asyncio.sleep(pause_seconds)
        await queue.enqueue("run")
        await asyncio.wait_for(ran.wait(), 10)
        ran.clear()


async def test_two_queues_on_a_file_wake_each_other_without_a_look_at_it(connected, sleeps_soon):
    first, second = await connected(poll_interval=3600), await connected(poll_interval=3600)
    waiting = asyncio.create_task(first.dequeue())
    await asyncio.sleep(0.02)
    await second.enqueue("run", key="k")

    assert (await asyncio.wait_for(waiting, 10)).key == "k"


async def test_an_idle_worker_shows_itself_and_sleeps(queue, start_worker, sleeps_soon):
    async def run(ctx):
        pass

    worker = await start_worker(queue, [("run", run)])
    await until(lambda: has_one_worker(queue, worker.id))
    await asyncio.sleep(0.3)
    before = times_woken("queue-writer")
    await asyncio.sleep(1)

    assert times_woken("queue-writer") - before <= 2  # ten, if it looked every poll interval


async def has_one_worker(queue, worker_id):
    return list((await queue.info())["workers"]) == [worker_id]


def times_woken(name: str) -> int:
    """How often a thread of this process has gone to sleep so far."""
    (thread,) = [thread for thread in threading.enumerate() if thread.name == name]
    status = Path(f"/proc/self/task/{thread.native_id}/status").read_text()
    return int(status.split("voluntary_ctxt_switches:")[1].split()[0])
