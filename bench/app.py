"""The app as a whole, on a real server process: its start, its memory, an upload, and pages while a job runs.

100,000 rows of 10 columns are uploaded over loopback, and another sign-in looks at pages all the while. The
upload is timed from its last byte to the redirect; where it says nothing else, memory is the server's own.
"""

from __future__ import annotations

import random
import re
import statistics
import sys
import tempfile
import threading
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import xlsxwriter

from tests.server import Server, add_template, finished, job_of

ROWS = 100_000
COLUMNS = (
    ("First name", "text"),
    ("Last name", "text"),
    ("City", "text"),
    ("Notes", "text"),
    ("Balance", "number"),
    ("Discount", "number"),
    ("Orders", "integer"),
    ("Born", "date"),
    ("Since", "date"),
    ("Active", "boolean"),
)

FIGURES = {  # name → unit
    "start": "s to the first page served, second start",
    "memory at rest": "MB",
    "of all its processes": "MB, with what they share counted once",
    "file": "MB uploaded",
    "redirect": "s from the upload's last byte",
    "job": "s from processing to completed",
    "page p50 idle": "ms",
    "page p95 idle": "ms",
    "page p50 during the job": "ms",
    "page p95 during the job": "ms",
    "slowest page during the job": "ms",
    "memory grown by the job": "MB",
}


def run(*, rounds: int) -> dict[str, Any]:
    """Medians over rounds."""
    with tempfile.TemporaryDirectory() as folder:
        book = make_book(Path(folder) / "book.xlsx", ROWS)
        measured = []
        for number in range(rounds):
            print(f"\rround {number + 1} of {rounds}", end="", file=sys.stderr, flush=True)
            measured.append(_measure(book))
        print("\r" + " " * 30, end="\r", file=sys.stderr)
    return {
        "rounds": rounds,
        "rows": ROWS,
        "median": {name: statistics.median(m[name] for m in measured) for name in FIGURES},
        "rounds measured": measured,
    }


def table(figures: dict[str, Any]) -> str:
    """The figures for people."""
    lines = [f"The app: {ROWS:,} rows × {len(COLUMNS)} imported, medians of {figures['rounds']} rounds"]
    lines += [f"  {name:30} {figures['median'][name]:9.2f}  {unit}" for name, unit in FIGURES.items()]
    return "\n".join(lines)


def make_book(path: Path, rows: int, *, seed: int = 1, are_numbered: bool = False) -> Path:
    """Mixed columns, as people have them: names, notes, amounts, days, yes and no. The same each time.

    With `are_numbered` the first column tells the rows apart, whatever the seed is.
    """
    choose = random.Random(seed)
    words = [
        "late",
        "paid",
        "calls",
        "often",
        "prefers",
        "mail",
        "asks",
        "for",
        "discount",
        "since",
        "moving",
    ]
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("Customers")
    sheet.write_row(0, 0, [name for name, _ in COLUMNS])
    for row in range(1, rows + 1):
        for column in range(3):
            name = f"{choose.choice(words).title()}{choose.randrange(5000)}"
            sheet.write_string(row, column, f"{row:08}" if are_numbered and not column else name)
        sheet.write_string(row, 3, " ".join(choose.choices(words, k=12)))
        sheet.write_number(row, 4, round(choose.uniform(0, 9999), 2))
        sheet.write_number(row, 5, choose.random())
        sheet.write_number(row, 6, choose.randrange(1000))
        for column in (7, 8):
            sheet.write_datetime(row, column, date(1950, 1, 1) + timedelta(days=choose.randrange(27000)), day)
        sheet.write_boolean(row, 9, choose.random() < 0.5)
    book.close()
    return path


def _measure(book: Path) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder, Server.started(Path(folder)) as server:
        server.stop()
        started = time.monotonic()
        server.start()
        start = time.monotonic() - started
        with server.client() as client:
            server.sign_up(client)
            template_id = add_template(client, tuple({"name": n, "type": t} for n, t in COLUMNS))
            paths = [f"/import_templates/{template_id}", "/import_templates", "/jobs"]
            idle = _visit(client, paths, until=lambda: False, most=200)
            client.get("/api/v1/openapi.json").raise_for_status()  # loaded a second after the start, or now
            at_rest, all_at_rest = resident_mb(server.pid), all_resident_mb(server.pid)
            redirect_seconds, job_id = upload_timed(server, client, template_id, book)
            during: list[float] = []
            done = threading.Event()
            with server.client() as visitor:
                visitor.cookies.update(client.cookies)
                visits = threading.Thread(
                    target=lambda: during.extend(_visit(visitor, paths, until=done.is_set, most=100_000))
                )
                visits.start()
                state = finished(client, job_id, seconds=600)
                done.set()
                visits.join()
            assert state["status"] == "completed", state
            job_seconds = _job_seconds(server, job_id)
            grown = resident_mb(server.pid) - at_rest
    return {
        "start": start,
        "memory at rest": at_rest,
        "of all its processes": all_at_rest,
        "file": book.stat().st_size / 1e6,
        "redirect": redirect_seconds,
        "job": job_seconds,
        "page p50 idle": percentile(idle, 0.5),
        "page p95 idle": percentile(idle, 0.95),
        "page p50 during the job": percentile(during, 0.5),
        "page p95 during the job": percentile(during, 0.95),
        "slowest page during the job": max(during),
        "memory grown by the job": grown,
    }


def upload_timed(
    server: Server, client: httpx.Client, template_id: int, book: Path, **fields: str
) -> tuple[float, str]:
    """Upload a workbook; seconds from its last byte to the redirect, and the job's id."""
    boundary = "----bench"
    head = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    )
    head += (
        f'--{boundary}\r\nContent-Disposition: form-data; name="workbook"; filename="{book.name}"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    sent: list[float] = []

    def body() -> Any:
        yield head.encode()
        with book.open("rb") as file:
            while piece := file.read(256 * 1024):
                yield piece
        yield f"\r\n--{boundary}--\r\n".encode()
        sent.append(time.monotonic())

    answer = client.post(
        f"/import_templates/{template_id}/imports",
        content=body(),
        headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    return time.monotonic() - sent[0], job_of(answer)


def resident_mb(pid: int) -> float:
    """A process's resident memory."""
    match = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert match
    return int(match[1]) / 1000


def all_resident_mb(pid: int) -> float:
    """A process's and its children's memory; a page that several of them share counts for a part in each."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    match = re.search(r"^Pss:\s+(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    assert match
    return int(match[1]) / 1000 + sum(all_resident_mb(int(child)) for child in children)


def _visit(client: httpx.Client, paths: list[str], *, until: Any, most: int) -> list[float]:
    """Milliseconds of one page after the other."""
    took: list[float] = []
    while not until() and len(took) < most:
        started = time.perf_counter()
        client.get(paths[len(took) % len(paths)]).raise_for_status()
        took.append((time.perf_counter() - started) * 1000)
    return took


def percentile(values: list[float], share: float) -> float:
    """The value below which this share of them lies."""
    return sorted(values)[int((len(values) - 1) * share)]


def _job_seconds(server: Server, job_id: str) -> float:
    """From processing to completed, as the log has it: statuses count whole seconds."""
    match = re.search(rf"Job {job_id} completed in ([\d.]+) s", server.log)
    assert match, server.log
    return float(match[1])
