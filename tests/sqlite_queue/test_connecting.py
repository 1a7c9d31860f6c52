"""A queue file is opened, closed and opened again."""

import asyncio
import subprocess
import sys
import threading

import pytest
from saq.errors import InvalidUrlError
from saq.job import Status

from tests.queue_contract.steps import take
from xlsapp.sqlite_queue import SqliteQueue


async def test_a_url_names_a_relative_or_an_absolute_path(tmp_path):
    assert SqliteQueue.from_url("sqlite:///data/queue.sqlite3").path == "data/queue.sqlite3"
    assert SqliteQueue.from_url(f"sqlite:///{tmp_path}/my%20queue.db").path == f"{tmp_path}/my queue.db"
    assert SqliteQueue.from_url("sqlite:///q.db", name="slow").name == "slow"
    for url in (
        "redis://localhost",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite://host/q.db",
        "sqlite:///q?mode=ro",
    ):
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


def test_a_queue_left_connected_does_not_keep_its_process_alive(queue_file):
    code = f"""
import asyncio
from xlsapp.sqlite_queue import SqliteQueue
async def main():
    queue = SqliteQueue({str(queue_file)!r})
    await queue.connect()
    await queue.enqueue("echo", key="k")
asyncio.run(main())
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20)

    async def look():
        queue = SqliteQueue(queue_file)
        await queue.connect()
        assert await queue.job("k")
        await queue.disconnect()

    asyncio.run(look())


async def test_who_still_asks_while_a_queue_disconnects_gets_an_answer(queue):
    shared = queue._shared
    listening = asyncio.create_task(queue.listen(["k"], lambda key, status: True, timeout=None))
    await asyncio.sleep(0.02)
    await queue.disconnect()

    with pytest.raises(RuntimeError, match="not connected"):
        await listening
    with pytest.raises(RuntimeError, match="disconnected before"):
        await shared.writer.call(lambda tx: None)


def test_a_forked_child_connects_for_itself(queue_file):
    code = f"""
import asyncio, os, time
from xlsapp.sqlite_queue import SqliteQueue
queue = SqliteQueue({str(queue_file)!r})
async def enqueue(key):
    await queue.connect()
    await queue.enqueue("echo", key=key)
asyncio.run(enqueue("parent"))
time.sleep(0.2)  # what a thread holds at the moment of a fork, the child waits for in vain
child = os.fork()
if not child:
    asyncio.run(enqueue("child"))
    asyncio.run(queue.disconnect())
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
async def look():
    assert len(await queue.jobs(["parent", "child"])) == 2 and await queue.count("queued") == 2
    await queue.disconnect()
asyncio.run(look())
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20)
