"""What our queue is measured beside: SAQ on Redis and on PostgreSQL, and SAQ over no storage at all.

The servers are this machine's own programs, started for the run on spare ports of the loopback address, in a
temporary folder. One that is not installed is left out.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from saq.job import Job, Status
from saq.queue import Queue
from saq.types import CountKind, QueueInfo, WorkerInfo

from tests.server import free_port
from xlsapp.sqlite_queue import SqliteQueue

OURS, OURS_ON_POSTGRES = "SqliteQueue", "PostgresQueue"
REDIS, POSTGRES, NOTHING = "SAQ on Redis", "SAQ on Postgres", "SAQ over no storage"
START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Server:
    """Where a queue is kept when that is a program of its own."""

    url: str
    pid: int

    def cpu_seconds(self) -> float:
        """What it and its children have used. Linux alone tells."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        tasks = [task for pid in (self.pid, *children) for task in Path(f"/proc/{pid}/task").iterdir()]
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of queue: how to make one of a name, and its server if it has one."""

    make: Callable[[str], Queue]
    server: Server | None = None
    address: str = ""
    """What another process has to know to make the same: see `queue_of`. "": nobody else can."""


@contextmanager
def all_queues(folder: Path) -> Iterator[dict[str, Kind]]:
    """The kinds of queues by what they are kept in."""
    with ExitStack() as stack:
        kinds = {OURS: _kind(f"sqlite:///{folder / 'queue.sqlite3'}", None)}
        if redis := stack.enter_context(redis_server(folder)):
            kinds[REDIS] = _kind(redis.url, redis)
        if postgres := stack.enter_context(postgres_server(folder)):
            kinds[POSTGRES] = _kind(postgres.url, postgres)
            kinds[OURS_ON_POSTGRES] = _kind(f"ours+{postgres.url}", postgres)
        kinds[NOTHING] = Kind(lambda name: NoStorage(name, None, None))
        yield kinds


def _kind(address: str, server: Server | None) -> Kind:
    return Kind(partial(queue_of, address), server, address)


def queue_of(address: str, name: str) -> Queue:
    """A queue by its address: SAQ's own, or with `sqlite:` or `ours+postgresql:` ours."""
    if address.startswith("sqlite:"):
        return SqliteQueue.from_url(address, name=name)
    if address.startswith("ours+"):
        from xlsapp.postgres_queue import PostgresQueue

        return PostgresQueue.from_url(address.removeprefix("ours+"), name=name)
    return Queue.from_url(address, name=name)


@contextmanager
def redis_server(folder: Path) -> Iterator[Server | None]:
    """A Redis at its fastest: it writes nothing to disk. None if it, or its client, is missing."""
    program = shutil.which("redis-server")
    if program is None or not _can_import("redis"):
        yield None
        return
    port = free_port()
    command = [program, "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)]
    with _running([*command, "--save", "", "--appendonly", "no"], port) as pid:
        yield Server(f"redis://127.0.0.1:{port}", pid)


@contextmanager
def postgres_server(folder: Path) -> Iterator[Server | None]:
    """A PostgreSQL as it comes: durable. None if it, or its client, is missing."""
    programs = _postgres_programs()
    if programs is None or not _can_import("psycopg_pool"):
        yield None
        return
    data, port = folder / "postgres", free_port()
    data.mkdir(mode=0o700)
    options: dict[str, Any] = {}
    if os.geteuid() == 0:  # it refuses to run as root; Debian's package makes a user for it
        shutil.chown(data, "postgres", "postgres")
        folder.chmod(0o711)
        options = {"user": "postgres", "group": "postgres", "extra_groups": [], "cwd": data}
    subprocess.run(
        [programs / "initdb", "--pgdata", data, "--auth", "trust", "--username", "bench", "--no-sync"],
        check=True,
        stdout=subprocess.DEVNULL,
        **options,
    )
    command = [str(programs / "postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(port)]
    with _running([*command, "-k", str(data)], port, stop=signal.SIGINT, **options) as pid:
        yield Server(f"postgresql://bench@127.0.0.1:{port}/postgres", pid)


def _postgres_programs() -> Path | None:
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders else None


def _can_import(module: str) -> bool:
    with suppress(ImportError):
        __import__(module)
        return True
    return False


@contextmanager
def _running(
    command: list[str], port: int, *, stop: signal.Signals = signal.SIGTERM, **options: Any
) -> Iterator[int]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    try:
        _until_it_listens(process, port)
        yield process.pid
    finally:
        process.send_signal(stop)
        process.wait(timeout=30)


def _until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    end = monotonic() + START_SECONDS
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if process.poll() is not None or monotonic() > end:
            raise RuntimeError(f"{process.args!r} did not start")
        sleep(0.05)


class NoStorage(Queue):
    """As little as SAQ's worker gets by with, in memory: what SAQ itself costs, a floor for every queue."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._line: deque[Job] = deque()
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def disconnect(self) -> None:
        for waiting in self._waiting:
            waiting.cancel()

    async def _enqueue(self, job: Job) -> Job:
        self._line.append(job)
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():
                waiting.set_result(None)
                break
        return job

    async def dequeue(self, timeout: float = 0.0, poll_interval: float = 0.0) -> Job | None:
        while not self._line:
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            await waiting
        return self._line.popleft()

    async def _update(self, job: Job, status: Status | None = None, **kwargs: Any) -> None:
        pass

    async def _finish(self, job: Job, status: Status, **kwargs: Any) -> None:
        pass

    async def _retry(self, job: Job, error: str | None) -> None:
        self._line.append(job)

    async def abort(self, job: Job, error: str, ttl: float = 5) -> None:
        pass

    async def sweep(self, lock: int = 60, abort: float = 5.0) -> list[str]:
        return []

    async def job(self, job_key: str) -> Job | None:
        return None

    async def jobs(self, job_keys: Iterable[str]) -> list[Job | None]:
        return [None for _ in job_keys]

    async def iter_jobs(self, statuses: Any = (), batch_size: int = 100) -> AsyncIterator[Job]:
        for job in self._line:
            yield job

    async def count(self, kind: CountKind) -> int:
        return len(self._line)

    async def info(self, jobs: bool = False, offset: int = 0, limit: int = 10) -> QueueInfo:
        raise NotImplementedError

    async def write_worker_info(self, worker_id: str, info: WorkerInfo, ttl: int) -> None:
        pass
