"""A pile of imports, done by one worker process and by two, each of one seat.

One such worker leaves a core idle where there are two; two share them with PostgreSQL. So it is measured,
too, what the workers and PostgreSQL used of the cores.
"""

from __future__ import annotations

import os
import signal
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg

from bench.app import make_book
from bench.imports import told
from bench.pages_grid import COLUMN_FORMS
from bench.postgres_cluster import cpu_seconds
from tests.postgres import Cluster
from tests.server import Server, add_template, finished, job_of, upload

IMPORTS, ROWS = 20, 20_000

LOOK_AGAIN_SECONDS = 0.1

ONE_SEAT = {"XLSAPP_JOBS__CONCURRENCY": "1", "XLSAPP_JOBS__SMALL_FILE_KB": "0"}


def measure(
    cluster: Cluster, folder: Path, *, rounds: int, imports: int = IMPORTS, rows: int = ROWS
) -> list[dict[str, dict[str, float]]]:
    """By the number of workers, each round over a new database: seconds, and those of the cores."""
    told(f"writing a workbook of {rows:,} rows")
    book = make_book(folder / "pile.xlsx", rows)
    measured = []
    for number in range(rounds):
        told(f"a pile of {imports} imports, round {number + 1} of {rounds}")
        numbers = (1, 2) if number % 2 == 0 else (2, 1)
        measured.append({str(workers): _work_off(cluster, book, workers, imports) for workers in numbers})
    return measured


def _work_off(cluster: Cluster, book: Path, workers: int, imports: int) -> dict[str, float]:
    with ExitStack() as stack:
        url = stack.enter_context(cluster.database())
        pages, *at_work = (
            stack.enter_context(_started(stack, url, role)) for role in ("web", *["worker"] * workers)
        )
        client = stack.enter_context(pages.client())
        pages.sign_up(client)
        for worker in at_work:  # until all is there
            os.kill(worker.pid, signal.SIGSTOP)
        jobs = []
        for number in range(imports):
            template_id = add_template(client, COLUMN_FORMS, f"Template {number}")
            jobs.append(job_of(upload(client, template_id, book)))
        before = [sum(cpu_seconds(worker.pid) for worker in at_work), cpu_seconds(cluster.pid)]
        started = time.perf_counter()
        for worker in at_work:
            os.kill(worker.pid, signal.SIGCONT)
        while _unfinished(url):
            time.sleep(LOOK_AGAIN_SECONDS)
        seconds = time.perf_counter() - started
        after = [sum(cpu_seconds(worker.pid) for worker in at_work), cpu_seconds(cluster.pid)]
        states = [finished(client, job) for job in jobs]
        assert {state["status"] for state in states} == {"completed"}, states
    of_workers, of_postgres = (end - begin for begin, end in zip(before, after, strict=True))
    return {"seconds": seconds, "workers": of_workers, "postgres": of_postgres}


def _unfinished(url: str) -> int:
    """How many jobs have not ended. It takes less of the cores than asking for each of them."""
    with psycopg.connect(url, autocommit=True) as conn:
        found = conn.execute(
            "SELECT count(*) FROM status.entries WHERE starts_with(key, 'job_status:') AND NOT is_final"
        )
        return int((found.fetchone() or (0,))[0])


def _started(stack: ExitStack, url: str, role: str) -> Server:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    return Server.started(folder, XLSAPP_DATABASE__URL=url, XLSAPP_SERVER__ROLE=role, **ONE_SEAT)
