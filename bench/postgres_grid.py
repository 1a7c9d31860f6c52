"""A grid of 1,000,000 records on PostgreSQL, as its reader sees it: before an index is there, and with it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psycopg

from bench.imports import told
from bench.pages import make_csv
from bench.pages_grid import COLUMN_FORMS, TIMES, GridVisits, summary
from tests.postgres import Cluster
from tests.server import Server, add_template, finished, job_of, upload

RECORDS = 1_000_000
SORTED = (0, 4, 6, 7)
"""Places of the columns that are sorted by: a text, a number, an integer, a day."""
PATIENCE_SECONDS = 600

WORD = "being prepared"
"""Of the sentence that says that the next time it will be quicker."""

BEFORE_SORT, BEFORE_SEARCH = "sort, before its index", "search, before its index"
FIRST, NEXT = "first page", "next page"
SORTS, SORTS_NEXT = "sort, after its index", "sort after its index, next page"
FILTERS, FEW, MANY = "filter with its count", "few found", "many found"
RARE, FREQUENT, NONE = "search, after its index", "search, frequent", "search, none"


def measure(cluster: Cluster, *, records: int = RECORDS, times: int = TIMES) -> dict[str, Any]:
    """Milliseconds by kind of page, how long the indexes took, and whether pages said that they will come."""
    with (
        cluster.database() as url,
        tempfile.TemporaryDirectory() as name,
        Server.started(Path(name), XLSAPP_DATABASE__URL=url, XLSAPP_IMPORTS__MAX_UPLOAD_MB="1000") as server,
        server.client() as client,
    ):
        client.timeout = httpx.Timeout(300)
        server.sign_up(client)
        template_id = add_template(client, COLUMN_FORMS, "Customers")
        told(f"importing {records:,} records into PostgreSQL")
        book = make_csv(Path(name) / "many.csv", records)
        state = finished(client, job_of(upload(client, template_id, book)), seconds=1200)
        assert state["status"] == "completed", state
        with psycopg.connect(url, autocommit=True) as conn:  # as autovacuum does it within a minute
            conn.execute(f"VACUUM ANALYZE data.records_{template_id}")
        return _look(url, GridVisits(client, template_id, records, times=times), template_id, times)


def _look(url: str, grid: GridVisits, template_id: int, times: int) -> dict[str, Any]:
    told("looking at the grid")
    keys = [grid.keys[place] for place in SORTED]
    kinds: dict[str, Callable[[], list[float]]] = {
        FIRST: lambda: grid.times([""] * times),
        NEXT: lambda: grid.walk(""),
    }
    taken = {name: look() for name, look in kinds.items()}
    words, waited = [], {}
    taken[BEFORE_SORT] = []
    for key in keys:
        told(f"sorting by {key}")
        milliseconds, page = grid.timed(f"{grid.records}?sort={key}")
        taken[BEFORE_SORT].append(milliseconds)
        words.append(WORD in page.text)
        waited[f"sort by {key}"] = _until_there(url, template_id, f"sorted_{key}")
    taken[SORTS] = grid.times(f"?sort={key}&dir={way}" for key in keys * 5 for way in ("asc", "desc"))
    taken[SORTS_NEXT] = [took for key in keys for took in grid.walk(f"?sort={key}")]
    told("searching")
    milliseconds, page = grid.timed(f"{grid.records}?q=late0")
    taken[BEFORE_SEARCH] = [milliseconds]
    words.append(WORD in page.text)
    taken[BEFORE_SEARCH] += grid.times(f"?q={word}" for word in ("paid77", "zq1x", "mail"))
    waited["search"] = _until_there(url, template_id, "search_")
    taken[RARE] = grid.rare_searches()
    taken[NONE] = grid.times(f"?q=zq{n}x" for n in range(times))
    taken[FREQUENT] = grid.times(f"?q={text}" for text in grid.frequent())
    told("filtering")  # by letters, too, which has the same index made
    taken[f"{FILTERS}, {FEW}"] = grid.times(grid.filters(few=True))
    taken[f"{FILTERS}, {MANY}"] = grid.times(grid.filters(few=False))
    return {
        "pages": {name: summary(values) for name, values in taken.items()},
        "seconds until an index is there": waited,
        "said that it is being prepared": all(words),
    }


def _until_there(url: str, template_id: int, beginning: str) -> float:
    """Seconds until an index of the template whose name goes on so can be used."""
    started = time.monotonic()
    with psycopg.connect(url, autocommit=True) as conn:
        while time.monotonic() - started < PATIENCE_SECONDS:
            found = conn.execute(
                "SELECT 1 FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
                " WHERE starts_with(relname, %s) AND indisvalid AND NOT EXISTS"
                " (SELECT 1 FROM pg_stat_activity WHERE query LIKE 'ANALYZE%%' AND state = 'active')",
                [f"records_{template_id}_{beginning}"],
            ).fetchone()
            if found:
                return time.monotonic() - started
            time.sleep(0.05)
    raise AssertionError(f"no index {beginning} was made")
