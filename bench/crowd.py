"""Accounts that mean harm, and somebody else who looks at pages and imports one row, again and again.

On a real server process, over loopback. Each hostile account has 300,000 records. It keeps 100 exports
queued, has eight searches and sorts going on at any time, opens all the sockets it may, and uploads small
files that take long to read. They are a process of their own, which takes a tenth of a processor.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from bench.app import percentile
from tests.factories import make_workbook
from tests.server import NO_TLS, ROOT, Server, add_template, job_of, run_import, upload
from tests.spreadsheet import patient
from tests.torture.sockets import SPARE_FILES, open_sockets, raise_file_limit

RECORDS = 300_000
SECONDS = 60
HOSTILE = (0, 1, 5)
WARM_UP_SECONDS = 5
SOCKETS = 200
SEARCHERS = 8
PAUSE_SECONDS = 0.05
WORDS = ("late", "paid", "calls", "often", "prefers", "mail", "asks", "discount", "since", "moving")
FILES = (
    "an attribute of 900 MB",
    "15 million rows with one number",
    "15 million rows without a number",
    "a csv with one wide row",
)

# What must hold on two cores, by the number of hostile accounts: page p95 and an import at most, ms.
MUST_HOLD = {1: {"page p95": 150, "slowest import": 2_000, "import p50": 500}, 5: {"slowest import": 10_000}}
FIGURES = ("page p50", "page p95", "slowest page", "import p50", "slowest import")


def run(
    *,
    rounds: int,
    records: int = RECORDS,
    seconds: float = SECONDS,
    warm_up_seconds: float = WARM_UP_SECONDS,
    hostile: tuple[int, ...] = HOSTILE,
) -> dict[str, Any]:
    """By the number of hostile accounts, medians over rounds."""
    raise_file_limit(max(hostile) * (SOCKETS + SEARCHERS) + SPARE_FILES)
    measured: dict[int, list[dict[str, float]]] = {number: [] for number in hostile}
    answers: dict[int, list[dict[str, int]]] = {number: [] for number in hostile}
    for round_ in range(rounds):
        for number in hostile:
            _told(f"round {round_ + 1} of {rounds}: {number} hostile accounts")
            with tempfile.TemporaryDirectory() as folder, Server.started(Path(folder)) as server:
                took, answered = _measure(
                    server, Path(folder), number, records=records, seconds=(warm_up_seconds, seconds)
                )
            measured[number].append(took)
            answers[number].append(answered)
    _told("")
    median = {
        number: {name: statistics.median(m[name] for m in rounds_) for name in FIGURES}
        for number, rounds_ in measured.items()
    }
    return {
        "rounds": rounds,
        "records": records,
        "seconds": seconds,
        "median": {str(number): found for number, found in median.items()},
        "rounds measured": {str(number): rounds_ for number, rounds_ in measured.items()},
        "what the hostile ones were answered": {str(number): each for number, each in answers.items()},
    }


def table(figures: dict[str, Any]) -> str:
    """The figures for people."""
    lines = [
        f"Beside hostile accounts with {figures['records']:,} records each, medians of {figures['rounds']} "
        f"rounds of {figures['seconds']} s, in ms",
        " " * 12 + "".join(f"{name:>16}" for name in FIGURES),
    ]
    for number, found in figures["median"].items():
        lines.append(f"  {number + ' hostile':10}" + "".join(f"{found[name]:16,.0f}" for name in FIGURES))
        for name, most in MUST_HOLD.get(int(number), {}).items():
            held = "held" if found[name] <= most else "NOT HELD"
            lines.append(f"    {name} {found[name]:,.0f}, at most {most:,}: {held}")
    return "\n".join(lines)


def _told(what: str) -> None:
    print(f"\r{what:60}", end="" if what else "\r", file=sys.stderr, flush=True)


def _measure(
    server: Server, folder: Path, number: int, *, records: int, seconds: tuple[float, float]
) -> tuple[dict[str, float], dict[str, int]]:
    """`seconds` are those of warming up, and those that are measured."""
    book = folder / "many.csv"
    choose = random.Random(1)
    with book.open("w") as file:
        file.write("Name,Since,Orders,Balance,Active\n")
        for row in range(records):
            name = " ".join(choose.choices(WORDS, k=4))
            file.write(f"{name} {row},2020-01-31,{row},{choose.random():.3f},yes\n")
    accounts = []
    for _ in range(number):
        with server.client() as client:
            server.sign_up(client)
            template_id, small_id = add_template(client), add_template(client)
            assert run_import(client, template_id, book)["status"] == "completed"
            grid = client.get(f"/import_templates/{template_id}/data_records").text
            accounts.append(
                {
                    "cookie": client.cookies["xlsapp_session"],
                    "template": template_id,
                    "small": small_id,
                    "sorts": re.findall(r"sort=(c\d+)", grid),
                }
            )
    files = [str(make_workbook(folder, ["Name"], ["Eve"], name="small.xlsx"))]
    for index, name in enumerate(FILES):
        (folder / str(index)).mkdir()
        files.append(str(patient.write(folder / str(index), name)))
    told = json.dumps({"port": server.port, "accounts": accounts, "files": files})
    crowd = subprocess.Popen(
        [sys.executable, "-m", "bench.crowd", told], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert crowd.stdout
        assert crowd.stdout.readline() == "ready\n"
        time.sleep(seconds[0] if number else 0)
        pages, imports = _look_and_import(server, folder, seconds[1])
    finally:
        crowd.send_signal(signal.SIGTERM)
        answered, _ = crowd.communicate(timeout=60)
    return {
        "page p50": percentile(pages, 0.5),
        "page p95": percentile(pages, 0.95),
        "slowest page": max(pages),
        "import p50": percentile(imports, 0.5),
        "slowest import": max(imports),
    }, json.loads(answered)


def _look_and_import(server: Server, folder: Path, seconds: float) -> tuple[list[float], list[float]]:
    """Milliseconds of pages, and of imports of one row from upload to end, one after the other."""
    book = make_workbook(folder, ["Name"], ["Ada"])
    pages: list[float] = []
    imports: list[float] = []
    with server.client() as client:
        server.sign_up(client)
        template_id = add_template(client)
        template = f"/import_templates/{template_id}"
        paths = [
            template,
            "/import_templates",
            "/jobs",
            f"{template}/data_records",
            f"{template}/imports/new",
        ]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            started = time.perf_counter()
            job_id = job_of(upload(client, template_id, book))
            while not (state := client.get(f"/jobs/{job_id}/status").json())["is_final"]:
                time.sleep(0.02)
            imports.append((time.perf_counter() - started) * 1000)
            assert state["status"] == "completed", state
            for path in paths:
                time.sleep(PAUSE_SECONDS)
                started = time.perf_counter()
                client.get(path).raise_for_status()
                pages.append((time.perf_counter() - started) * 1000)
    return pages, imports


async def _crowd(port: int, accounts: list[dict[str, Any]], files: list[str]) -> None:
    """Do harm until SIGTERM; then print how often each kind of request was answered with which status."""
    os.nice(
        10
    )  # they would be elsewhere, and take nothing of this machine; in the server's session it counts
    raise_file_limit(len(accounts) * (SOCKETS + SEARCHERS) + SPARE_FILES)
    answered: Counter[str] = Counter()
    server = Server(Path(), port=port)
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    doing: list[asyncio.Task[None]] = []
    for account in accounts:
        # One is the page's own; all of the account's others are taken.
        await open_sockets(server, account["cookie"], SOCKETS)
        client = httpx.AsyncClient(
            base_url=server.url,
            headers={"Origin": server.url},
            cookies={"xlsapp_session": account["cookie"]},
            timeout=120,
            verify=NO_TLS,
        )
        harm = [_search(client, account, answered) for _ in range(SEARCHERS)]
        harm += [_export(client, account, answered), _upload(client, account["small"], files, answered)]
        doing += [asyncio.create_task(each) for each in harm]
    print("ready", flush=True)
    await over.wait()
    for task in doing:
        if task.done():
            task.result()
        task.cancel()
    print(json.dumps(answered))


async def _search(client: httpx.AsyncClient, account: dict[str, Any], answered: Counter[str]) -> None:
    while True:
        query = {"q": f"{random.choice(WORDS)} {random.randrange(RECORDS)}"}
        if random.random() < 0.5:
            query = {"q": random.choice(WORDS), "sort": random.choice(account["sorts"])}
        response = await client.get(f"/import_templates/{account['template']}/data_records", params=query)
        answered[f"search {response.status_code}"] += 1


async def _export(client: httpx.AsyncClient, account: dict[str, Any], answered: Counter[str]) -> None:
    number = 0
    while True:
        number += 1
        # By turns of all records, and of a template without any: those are small jobs.
        template_id = account["template"] if number % 2 else account["small"]
        form = {"kind": "view", "view": f"q={number}"}
        response = await client.post(f"/import_templates/{template_id}/exports", data=form)
        answered[f"export {response.status_code}"] += 1
        if response.status_code == 429:
            await asyncio.sleep(0.5)


async def _upload(
    client: httpx.AsyncClient, template_id: int, files: list[str], answered: Counter[str]
) -> None:
    while True:
        for name in files:
            content = await asyncio.to_thread(Path(name).read_bytes)
            with suppress(httpx.TransportError):
                response = await client.post(
                    f"/import_templates/{template_id}/imports",
                    files={"workbook": ("book.xlsx", content)},
                )
                answered[f"upload {response.status_code}"] += 1
                if response.status_code == 429:
                    await asyncio.sleep(0.2)


if __name__ == "__main__":
    asyncio.run(_crowd(**json.loads(sys.argv[1])))
