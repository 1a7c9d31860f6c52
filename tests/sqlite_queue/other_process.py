"""Another process on the same queue file: `python -m tests.sqlite_queue.other_process COMMAND FILE …`.

Each command says on standard output, line by line, what it has done. Those that stay end with their input.
"""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from saq.job import Status

from tests.queue_contract.steps import QuietWorker, begin
from tests.server import ROOT
from xlsapp.sqlite_queue import SqliteQueue


class Other:
    """A running process, as its parent sees it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def says(self) -> str:
        """The next line it says."""
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def go(self) -> None:
        """Tell it to begin."""
        assert self.process.stdin
        self.process.stdin.write("go\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        self.process.kill()
        self.process.wait(timeout=30)

    def end(self) -> list[str]:
        """Let it come to its end; what it has said since."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        said = self.process.stdout.read().split()
        self.process.wait(timeout=60)
        return said


@contextmanager
def other_process(command: str, file: Path, *arguments: str) -> Iterator[Other]:
    """A process that carries out one of the commands below; killed at the end of the block."""
    with subprocess.Popen(
        [sys.executable, "-m", __name__, command, str(file), *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield Other(process)
        finally:
            process.kill()


def say(*words: Any) -> None:
    print(*words, flush=True)


async def _until_told() -> None:
    await asyncio.to_thread(sys.stdin.read)


async def hold(file: str, count: str) -> None:
    """Take so many jobs, and do not finish them."""
    queue = SqliteQueue(file)
    await queue.connect()
    for _ in range(int(count)):
        say((await begin(queue, "other")).key)
    await _until_told()


async def finish(file: str) -> None:
    """Take a job; finish it when told to."""
    queue = SqliteQueue(file)
    await queue.connect()
    job = await begin(queue, "other")
    say(job.key)
    await _until_told()
    await job.finish(Status.COMPLETE, result="from the other process")
    await queue.disconnect()


async def enqueue(file: str, prefix: str, count: str) -> None:
    """Say "ready"; once told to, enqueue so many jobs at once, and say each key when it is accepted."""
    queue = SqliteQueue(file)
    await queue.connect()
    say("ready")
    await asyncio.to_thread(sys.stdin.readline)

    async def one(key: str) -> None:
        if await queue.enqueue("run", key=key):
            say(key)

    await asyncio.gather(*(one(f"{prefix}{number}") for number in range(int(count))))
    await queue.disconnect()


async def work(file: str) -> None:
    """Run jobs, and say the key of each that runs, until told to stop."""

    async def run(ctx: Any) -> None:
        say(ctx["job"].key)

    queue = SqliteQueue(file)
    await queue.connect()
    worker = QuietWorker(queue, functions=[("run", run)])
    working = asyncio.create_task(worker.start())
    await _until_told()
    await worker.stop()
    await working
    await queue.disconnect()


async def die(file: str) -> None:
    """Run a job that takes its whole process along."""

    async def run(ctx: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    queue = SqliteQueue(file)
    await queue.connect()
    await QuietWorker(queue, functions=[("run", run)]).start()


async def lock(file: str) -> None:
    """Hold the write lock until told to let go."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("BEGIN IMMEDIATE")
        say("locked")
        await _until_told()
        connection.execute("ROLLBACK")


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    asyncio.run({f.__name__: f for f in (hold, finish, enqueue, work, die, lock)}[command](*arguments))
