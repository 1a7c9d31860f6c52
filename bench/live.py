"""From a stored status to the browsers that watch: 5,000 sockets over 100 jobs, on a real server process.

The server runs the app as it is. Beside it, in the same process, a task stores a progress sentence for
one job after another; the sentence carries the time. The sockets are in a process of their own; both
read the system's one monotonic clock.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import resource
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

WATCHERS = 5_000
JOBS = 100
UPDATES = 1_000
PAUSE_SECONDS = 0.02  # 50 updates a second, each to 50 watchers
FAR_FUTURE = 2**33
SETTLED_SECONDS = 4  # by then the server has loaded its API as well, which is no watcher's memory

PING, PONG, MASKED, NO_MASK = 0x89, 0x8A, 0x80, bytes(4)  # RFC 6455, section 5.2

FIGURES = {"p50": "ms", "p99": "ms", "memory": "KB a watcher"}


def run(*, rounds: int) -> dict[str, Any]:
    """Medians over rounds, each with a server of its own."""
    measured = []
    for number in range(rounds):
        print(f"\rround {number + 1} of {rounds}", end="", file=sys.stderr, flush=True)
        measured.append(_measure())
    print("\r" + " " * 30, end="\r", file=sys.stderr)
    return {
        "rounds": rounds,
        "watchers": WATCHERS,
        "jobs": JOBS,
        "median": {name: statistics.median(m[name] for m in measured) for name in (*FIGURES, "received")},
        "rounds measured": measured,
    }


def table(figures: dict[str, Any]) -> str:
    """The figures for people."""
    median = figures["median"]
    return (
        f"Status update to websocket receipt, {WATCHERS:,} watchers over {JOBS} jobs, "
        f"medians of {figures['rounds']} rounds\n"
        f"  p50 {median['p50']:6.2f} ms   p99 {median['p99']:6.2f} ms   "
        f"{median['memory']:5.1f} KB a watcher   {median['received']:,.0f} messages received"
    )


def _measure() -> dict[str, float]:
    _raise_file_limit()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bench.live", folder]
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert server.stdin and server.stdout
        try:
            ready = json.loads(server.stdout.readline())
            return asyncio.run(_watch(ready, server))
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=60)


async def _watch(ready: dict[str, Any], server: subprocess.Popen[str]) -> dict[str, float]:
    assert server.stdin and server.stdout
    latencies: list[float] = []
    await asyncio.sleep(SETTLED_SECONDS)
    before = _resident_kb(server.pid)
    loop = asyncio.get_running_loop()
    transports = []
    for number in range(WATCHERS):
        job_id = ready["jobs"][number % JOBS]
        opened = loop.create_future()
        transport, _ = await loop.create_connection(
            lambda job_id=job_id, opened=opened: Watcher(ready, job_id, opened, latencies),
            "127.0.0.1",
            ready["port"],
        )
        transports.append(transport)
        await opened
    await asyncio.sleep(1)
    memory = (_resident_kb(server.pid) - before) / WATCHERS
    latencies.clear()
    server.stdin.write("go\n")
    server.stdin.flush()
    await asyncio.to_thread(server.stdout.readline)
    await asyncio.sleep(1)
    for transport in transports:
        transport.abort()
    latencies.sort()
    return {
        "p50": latencies[len(latencies) // 2] * 1000,
        "p99": latencies[int(len(latencies) * 0.99)] * 1000,
        "memory": memory,
        "received": len(latencies),
    }


class Watcher(asyncio.Protocol):
    """A browser's socket, as small as it can be: notes how old each sentence is when it arrives."""

    def __init__(
        self, ready: dict[str, Any], job_id: str, opened: asyncio.Future[None], latencies: list[float]
    ) -> None:
        self._ready, self._job_id, self._opened, self._latencies = ready, job_id, opened, latencies
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        transport.write(
            (
                f"GET /jobs/{self._job_id}/live HTTP/1.1\r\nHost: 127.0.0.1:{self._ready['port']}\r\n"
                "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                f"Sec-WebSocket-Key: {key}\r\nOrigin: http://127.0.0.1:{self._ready['port']}\r\n"
                f"Cookie: {self._ready['cookie']}\r\n\r\n"
            ).encode()
        )

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        if data[0] == PING:  # who does not answer is taken for dead after 40 seconds
            assert self._transport
            self._transport.write(bytes([PONG, MASKED | data[1]]) + NO_MASK + data[2 : 2 + data[1]])
        if not self._opened.done() and b"turbo-stream" in data:
            self._opened.set_result(None)
        self._latencies += [now - float(sent) for sent in re.findall(rb"sent at ([\d.]+)", data)]


def _resident_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])  # type: ignore[index]


def _raise_file_limit() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = WATCHERS + 1000
    if most != resource.RLIM_INFINITY and most < wanted:
        raise SystemExit(f"this needs {wanted} open files; the limit here is {most}: raise it with ulimit -n")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _serve(folder: str) -> None:
    """The server's side: the app, and the task that stores statuses."""

    from tests.server import free_port
    from xlsapp.app import create_asgi_app
    from xlsapp.cli.serve import Server, uvicorn_config
    from xlsapp.config import DataSettings, ServerSettings, Settings
    from xlsapp.context import App
    from xlsapp.jobs.status import JobKind, new_job_id
    from xlsapp.problems import sentence
    from xlsapp.storage.on_sqlite import prepare
    from xlsapp.web.http.access import SESSION_COOKIE, sign_token

    _raise_file_limit()
    settings = Settings(
        data=DataSettings(dir=folder),
        server=ServerSettings(port=free_port(), max_sockets_per_account=1_000_000),
    )
    prepare(settings)
    asgi_app = create_asgi_app(settings)
    found: dict[str, App] = {}

    async def with_app(scope: Any, receive: Any, send: Any) -> None:
        if "state" in scope and "app" in scope["state"]:
            found["app"] = scope["state"]["app"]
        await asgi_app(scope, receive, send)

    async def drive(server: Server) -> None:
        while not server.started:
            await asyncio.sleep(0.01)
        reader, writer = await asyncio.open_connection("127.0.0.1", settings.server.port)
        writer.write(b"GET /up HTTP/1.0\r\n\r\n")
        await reader.read()
        writer.close()
        app = found["app"]
        user = await app.accounts.add("bench@example.com", "correct horse")
        token = await app.sessions.start(user.id, user_agent="bench")
        jobs = [new_job_id() for _ in range(JOBS)]
        for job_id in jobs:
            await app.statuses.create(
                job_id=job_id,
                kind=JobKind.IMPORT,
                import_template_id=1,
                user_id=user.id,
                template_name="Bench",
                file_name="bench.xlsx",
            )
            # A job that is not in the queue would be given up; one of the far future is not run.
            await app.queue.enqueue("bench", key=job_id, scheduled=FAR_FUTURE)
        cookie = f"{SESSION_COOKIE}={sign_token(app, token)}"
        print(json.dumps({"port": settings.server.port, "cookie": cookie, "jobs": jobs}), flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        for number in range(UPDATES):
            await app.statuses.update_progress(
                jobs[number % JOBS], sentence(f"sent at {time.monotonic():.6f}")
            )
            await asyncio.sleep(PAUSE_SECONDS)
        print("done", flush=True)

    async def main() -> None:
        server = Server(uvicorn_config(settings, with_app))
        driving = asyncio.create_task(drive(server))
        await server.serve([socket.create_server(("127.0.0.1", settings.server.port), backlog=2048)])
        await driving

    asyncio.run(main())


if __name__ == "__main__":
    _serve(sys.argv[1])
