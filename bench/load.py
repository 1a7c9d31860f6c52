"""A busy day: 200 people poll the status of their jobs, 1,000 sockets wait, and somebody looks at pages.

On a real server process, over loopback. The crowd is a process of its own; each of its 200 people has an
account, a template and an import, and asks for its job every two seconds, as a page without scripts reloads
itself. Pages are looked at one after the other by one of them, on one connection, for 20 seconds.
"""

from __future__ import annotations

import asyncio
import json
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from bench.app import percentile, resident_mb
from tests.factories import make_workbook
from tests.server import ROOT, Server, add_template, run_import
from tests.torture.sockets import SPARE_FILES, open_sockets, raise_file_limit

PEOPLE = 200
POLL_SECONDS = 2.0
SOCKETS = 1_000
SECONDS = 20
RECORDS = 1_000
PAUSE_SECONDS = 0.01

FIGURES = {  # name → unit
    "page p50": "ms",
    "page p99": "ms",
    "slowest page": "ms",
    "poll p50": "ms",
    "poll p99": "ms",
    "polls": "a second",
    "memory": "MB",
}


def run(
    *, rounds: int, people: int = PEOPLE, sockets: int = SOCKETS, seconds: float = SECONDS
) -> dict[str, Any]:
    """Medians over rounds, on one server."""
    raise_file_limit(sockets + people + SPARE_FILES)
    measured = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Server.started(Path(folder), XLSAPP_SERVER__MAX_SOCKETS_PER_ACCOUNT="1000000") as server,
    ):
        print(f"\r{people} people sign up", end="", file=sys.stderr, flush=True)
        everybody = _sign_up(server, Path(folder), people)
        for number in range(rounds):
            print(f"\rround {number + 1} of {rounds}      ", end="", file=sys.stderr, flush=True)
            measured.append(_measure(server, everybody, sockets=sockets, seconds=seconds))
        print("\r" + " " * 30, end="\r", file=sys.stderr)
    return {
        "rounds": rounds,
        "people": people,
        "sockets": sockets,
        "seconds": seconds,
        "median": {name: statistics.median(m[name] for m in measured) for name in FIGURES},
        "rounds measured": measured,
    }


def table(figures: dict[str, Any]) -> str:
    """The figures for people."""
    lines = [
        f"{figures['people']} signed in and polling, {figures['sockets']:,} idle sockets, medians of "
        f"{figures['rounds']} rounds of {figures['seconds']} s"
    ]
    lines += [f"  {name:14} {figures['median'][name]:9.2f}  {unit}" for name, unit in FIGURES.items()]
    return "\n".join(lines)


def _sign_up(server: Server, folder: Path, number: int) -> list[dict[str, str]]:
    """Accounts with a template of some records and a finished import each: who they are, and their jobs."""
    rows = [["Ada", "2020-01-31", 3, 4.5, "yes"]]
    small = make_workbook(folder, ["Name", "Since", "Orders", "Balance", "Active"], *rows, name="small.xlsx")
    large = make_workbook(
        folder, ["Name", "Since", "Orders", "Balance", "Active"], *rows * RECORDS, name="large.xlsx"
    )

    def one(index: int) -> dict[str, str]:
        with server.client() as client:
            server.sign_up(client, f"person{index}@bench.example.com")
            template_id = add_template(client)
            state = run_import(client, template_id, small if index else large)
            assert state["status"] == "completed", state
            cookie = client.cookies["xlsapp_session"]
            return {"cookie": cookie, "job": state["job_id"], "template": str(template_id)}

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(one, range(number)))


def _measure(
    server: Server, people: list[dict[str, str]], *, sockets: int, seconds: float
) -> dict[str, float]:
    told = json.dumps({"port": server.port, "people": people, "sockets": sockets})
    crowd = subprocess.Popen(
        [sys.executable, "-m", "bench.load", told],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert crowd.stdout
        assert crowd.stdout.readline() == "ready\n"
        pages = _look(server, people[0], seconds)
        memory = resident_mb(server.pid)
    finally:
        crowd.send_signal(signal.SIGTERM)
        polled, _ = crowd.communicate(timeout=60)
    polls = json.loads(polled)
    return {
        "page p50": percentile(pages, 0.5),
        "page p99": percentile(pages, 0.99),
        "slowest page": max(pages),
        "poll p50": percentile(polls["took"], 0.5),
        "poll p99": percentile(polls["took"], 0.99),
        "polls": len(polls["took"]) / polls["seconds"],
        "memory": memory,
    }


def _look(server: Server, person: dict[str, str], seconds: float) -> list[float]:
    """Milliseconds of one page after the other."""
    template = f"/import_templates/{person['template']}"
    paths = [template, "/import_templates", "/jobs", f"{template}/data_records", f"{template}/imports/new"]
    took: list[float] = []
    with httpx.Client(base_url=server.url, cookies={"xlsapp_session": person["cookie"]}) as client:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            started = time.perf_counter()
            client.get(paths[len(took) % len(paths)]).raise_for_status()
            took.append((time.perf_counter() - started) * 1000)
            time.sleep(PAUSE_SECONDS)
    return took


async def _crowd(port: int, people: list[dict[str, str]], sockets: int) -> None:
    """Open the sockets and poll, until SIGTERM; then print how long the polls took."""
    raise_file_limit(sockets + len(people) + SPARE_FILES)
    held = await open_sockets(Server(Path(), port=port), people[0]["cookie"], sockets)
    took: list[float] = []
    polling = [asyncio.create_task(_poll(port, person, took)) for person in people]
    await asyncio.sleep(POLL_SECONDS)
    took.clear()
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    started = time.monotonic()
    print("ready", flush=True)
    await over.wait()
    seconds = time.monotonic() - started
    assert all(socket.is_open for socket in held)
    for task in polling:
        if task.done():
            task.result()
        task.cancel()
    print(json.dumps({"took": took, "seconds": seconds}))


async def _poll(port: int, person: dict[str, str], took: list[float]) -> None:
    """Ask for a job's status every two seconds, on one connection."""
    await asyncio.sleep(random.uniform(0, POLL_SECONDS))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = (
        f"GET /jobs/{person['job']}/status HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Cookie: xlsapp_session={person['cookie']}\r\n\r\n"
    ).encode()
    due = time.monotonic()
    while True:
        started = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        took.append((time.perf_counter() - started) * 1000)
        due += POLL_SECONDS
        await asyncio.sleep(due - time.monotonic())


if __name__ == "__main__":
    asyncio.run(_crowd(**json.loads(sys.argv[1])))
