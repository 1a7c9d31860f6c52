"""Imports on a real server process, and its pages all the while."""

from __future__ import annotations

import re
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from bench.app import COLUMNS, resident_mb, upload_timed
from tests.server import Server, add_template, finished

VISITS = 300
"""How many pages are looked at while nothing runs, each round."""


def import_on_server(book: Path, *, visits: int = VISITS) -> dict[str, Any]:
    """Seconds of the job, the server's growth, and milliseconds of pages: so many idle, others meanwhile."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Server.started(Path(folder)) as server,
        server.client() as client,
        server.client() as visitor,
    ):
        server.sign_up(client)
        visitor.cookies.update(client.cookies)
        template_id = add_template(client, tuple({"name": n, "type": t} for n, t in COLUMNS))
        paths = [f"/import_templates/{template_id}", "/import_templates", "/jobs"]
        _visit(visitor, paths, lambda made: made < min(30, visits))
        idle = _visit(visitor, paths, lambda made: made < visits)
        at_rest = resident_mb(server.pid)
        # What the upload itself costs is bench.app's to tell: pages are looked at once it has arrived.
        _, job_id = upload_timed(server, client, template_id, book)
        during: list[float] = []
        done = threading.Event()
        visiting = threading.Thread(
            target=lambda: during.extend(_visit(visitor, paths, lambda _: not done.is_set()))
        )
        visiting.start()
        try:
            state = finished(client, job_id, seconds=1200)
        finally:
            done.set()
            visiting.join()
        assert state["status"] == "completed", state
        return {
            "seconds": _job_seconds(server, job_id),
            "growth": resident_mb(server.pid) - at_rest,
            "idle": idle,
            "during": during,
        }


def _visit(client: httpx.Client, paths: list[str], more: Callable[[int], bool]) -> list[float]:
    """Milliseconds of one page after the other."""
    took: list[float] = []
    while more(len(took)):
        started = time.perf_counter()
        client.get(paths[len(took) % len(paths)]).raise_for_status()
        took.append((time.perf_counter() - started) * 1000)
    return took


def _job_seconds(server: Server, job_id: str) -> float:
    """As the log has it: statuses count whole seconds."""
    match = re.search(rf"Job {job_id} completed in ([\d.]+) s", server.log)
    assert match, server.log
    return float(match[1])
