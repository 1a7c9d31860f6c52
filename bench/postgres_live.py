"""From a status that one process stores to a browser that watches it at another; 50 web processes listen.

One of these is the program itself; the other 49 are as much of it as listens, without its pages: they hear
whatever is told, and nobody watches there.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bench.app import percentile
from bench.live import FAR_FUTURE, Watcher
from tests.postgres import Cluster
from tests.server import Server
from xlsapp.config import DatabaseSettings, DataSettings, Settings
from xlsapp.db.postgres.database import PostgresDatabase
from xlsapp.db.postgres.expiring_store import PostgresExpiringStore
from xlsapp.jobs.live.announcing import Announcer
from xlsapp.jobs.live.hub import Hub
from xlsapp.jobs.live.postgres_bus import PostgresBus
from xlsapp.jobs.status import JobKind, JobStatus, JobStatusService, new_job_id
from xlsapp.metrics import Metrics
from xlsapp.problems import sentence
from xlsapp.rendering import Renderer
from xlsapp.storage import Purpose, Storage, engine_of
from xlsapp.web.http.access import SESSION_COOKIE

LISTENING = 50
JOBS = 20
UPDATES = 600
PAUSE_SECONDS = 0.05
SETTLED_SECONDS = 2.0
A_DAY = 86_400


def measure(cluster: Cluster, *, listening: int = LISTENING, updates: int = UPDATES) -> list[float]:
    """Milliseconds from storing to receipt, one for each update."""
    with (
        cluster.database() as url,
        tempfile.TemporaryDirectory() as folder,
        Server.started(Path(folder), XLSAPP_DATABASE__URL=url, XLSAPP_SERVER__ROLE="web") as server,
        server.client() as client,
        _listeners(url, listening - 1),
    ):
        email = server.sign_up(client)
        cookie = client.cookies[SESSION_COOKIE]
        return asyncio.run(_watch(server, url, email, cookie, updates))


async def _watch(server: Server, url: str, email: str, cookie: str, updates: int) -> list[float]:
    settings = Settings(
        database=DatabaseSettings(url=url), data=DataSettings(dir=str(server.folder / "elsewhere"))
    )
    settings.data_dir.mkdir()
    async with engine_of(settings).opened(settings, Purpose.COMMAND) as storage:
        await storage.queue.connect()
        statuses = JobStatusService(storage.store, A_DAY, _tell_nobody)
        jobs = await _add_jobs(storage, statuses, email)
        latencies: list[float] = []
        ready = {"port": server.port, "cookie": f"{SESSION_COOKIE}={cookie}"}
        watching = [await _watch_one(ready, job_id, latencies) for job_id in jobs]
        await asyncio.sleep(SETTLED_SECONDS)
        latencies.clear()
        for number in range(updates):
            words = sentence(f"sent at {time.monotonic():.6f}")
            await statuses.update_progress(jobs[number % len(jobs)], words)
            await asyncio.sleep(PAUSE_SECONDS)
        await asyncio.sleep(SETTLED_SECONDS)
        for transport in watching:
            transport.abort()
        await storage.queue.disconnect()
    assert len(latencies) >= 0.9 * updates, (len(latencies), updates)
    return [seconds * 1000 for seconds in latencies]


async def _tell_nobody(status: JobStatus, running_jobs: int | None) -> None:
    """PostgreSQL has told everybody already."""


async def _add_jobs(storage: Storage, statuses: JobStatusService, email: str) -> list[str]:
    async with storage.db.read() as conn:
        user_id = await conn.value("SELECT id FROM users WHERE email = :email", email=email)
    jobs = [new_job_id() for _ in range(JOBS)]
    for job_id in jobs:
        await statuses.create(
            job_id=job_id,
            kind=JobKind.IMPORT,
            import_template_id=1,
            user_id=user_id,
            template_name="Bench",
            file_name="bench.xlsx",
        )
        # A job that is not in the queue would be given up; one of the far future is not run.
        await storage.queue.enqueue("bench", key=job_id, scheduled=FAR_FUTURE)
    return jobs


async def _watch_one(ready: dict[str, Any], job_id: str, latencies: list[float]) -> asyncio.WriteTransport:
    loop = asyncio.get_running_loop()
    opened = loop.create_future()
    transport, _ = await loop.create_connection(
        lambda: Watcher(ready, job_id, opened, latencies), "127.0.0.1", ready["port"]
    )
    await opened
    return transport


@contextmanager
def _listeners(url: str, number: int) -> Iterator[None]:
    """So many processes that listen, as long as the block lasts."""
    command = [sys.executable, "-m", "bench.postgres_live", url, str(number)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout
    try:
        for _ in range(number):
            line = process.stdout.readline()
            assert line == "ready\n", line
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.communicate(timeout=30)


def summary(latencies: list[float]) -> dict[str, float]:
    """Of all updates."""
    return {
        "p50": percentile(latencies, 0.5),
        "p99": percentile(latencies, 0.99),
        "slowest": max(latencies),
        "updates": float(len(latencies)),
    }


async def _listen(url: str) -> None:
    """As a web process does, for ever."""
    db = await PostgresDatabase.open(url)
    statuses = JobStatusService(PostgresExpiringStore(db), A_DAY, _tell_nobody)
    announcer = Announcer(Hub(), Renderer(lambda name, **_: name), Metrics())

    async def nobody() -> list[str]:
        return []

    async with PostgresBus(url, announcer, nobody).hearing(statuses):
        await asyncio.sleep(1)
        print("ready", flush=True)
        await asyncio.Event().wait()


def _listen_often(url: str, number: int) -> None:
    """So many forks of this process, which has loaded all of it."""
    for _ in range(number):
        if not os.fork():
            asyncio.run(_listen(url))
            return
    with suppress(ChildProcessError):
        while True:
            os.wait()


if __name__ == "__main__":
    _listen_often(sys.argv[1], int(sys.argv[2]))
