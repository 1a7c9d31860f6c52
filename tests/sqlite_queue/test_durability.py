"""What has been accepted is on the disk; who waits for a job does not wait for that."""

import asyncio
import errno
import os
import sqlite3
import threading
from contextlib import closing

import pytest
from saq.job import Status

from tests.queue_contract.steps import begin, counts, take
from xlsapp.sqlite_queue.log_file import LOG_BYTES

FULL = 2


class Disk:
    """Takes the place of os.fdatasync: a disk that is slow, or broken."""

    def __init__(self) -> None:
        self.may_sync = threading.Event()
        self.broken = False

    def sync(self, descriptor: int) -> None:
        assert self.may_sync.wait(30)
        if self.broken:
            raise OSError(errno.EIO, "the disk is broken")


@pytest.fixture
def disk(queue, monkeypatch):
    disk = Disk()
    monkeypatch.setattr(os, "fdatasync", disk.sync)
    yield disk
    disk.may_sync.set()


async def test_a_waiting_worker_starts_at_once_and_an_enqueue_returns_when_its_job_is_safe(queue, disk):
    waiting = asyncio.create_task(queue.dequeue())
    await asyncio.sleep(0.02)
    enqueuing = asyncio.create_task(queue.enqueue("run", key="k"))

    assert (await asyncio.wait_for(waiting, 10)).key == "k"
    assert not enqueuing.done()
    disk.may_sync.set()
    assert (await asyncio.wait_for(enqueuing, 10)).key == "k"


async def test_a_disk_that_does_not_sync_is_an_error_for_who_stores_something(queue, disk):
    waiting = asyncio.create_task(queue.dequeue())
    await asyncio.sleep(0.02)
    disk.broken = True
    disk.may_sync.set()

    with pytest.raises(OSError, match="broken"):
        await queue.enqueue("run")

    disk.broken = False
    waiting.cancel()
    assert await queue.enqueue("run")


async def test_while_nobody_waits_each_commit_syncs_by_itself(queue):
    def synchronous(tx):
        return tx.execute("PRAGMA synchronous").fetchone()[0]

    assert await queue._shared.writer.call(synchronous) == FULL
    await queue.enqueue("run")
    await take(queue)
    assert await queue._shared.writer.call(synchronous) == FULL


async def test_the_log_is_used_again_and_stays_small(queue, queue_file):
    for _ in range(40):
        await asyncio.gather(*(queue.enqueue("run", page="x" * 1000, ttl=-1) for _ in range(50)))
        for _ in range(50):
            await (await begin(queue)).finish(Status.COMPLETE)

    assert await counts(queue) == [0, 0, 0]
    assert os.path.getsize(f"{queue_file}-wal") < 3 * LOG_BYTES
    with closing(sqlite3.connect(queue_file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
