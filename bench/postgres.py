"""PostgreSQL: what several machines are promised, beside SQLite where it is a matter of engines; in one run.

Over a PostgreSQL of its own, as durable as one that people rely on. It shares the cores with all that is
measured, and with nothing else, if the figures are to be of use.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import uvloop

from bench import postgres_grid as grid
from bench import postgres_imports as imports
from bench import postgres_live as live
from bench import postgres_pile as pile
from bench.app import COLUMNS, percentile
from bench.imports import held, told
from bench.postgres_cluster import durable_cluster
from bench.queue import starts_across, starts_here
from bench.queue_peers import queue_of

SIZES = (100_000, 1_000_000)
LARGE_ROUNDS = 1  # of a million rows, for as many of the others
BOUNDS = {100_000: 1.4, 1_000_000: 1.3}
CHANGED_BOUND = 3.0


def run(
    *,
    rounds: int,
    sizes: Sequence[int] = SIZES,
    records: int = grid.RECORDS,
    pile_of: tuple[int, int] = (pile.IMPORTS, pile.ROWS),
    listening: int = live.LISTENING,
    updates: int = live.UPDATES,
    times: int = grid.TIMES,
) -> dict[str, Any]:
    """Medians over rounds; of what is measured often, percentiles over all of it. The largest import once."""
    with tempfile.TemporaryDirectory() as name, durable_cluster() as cluster:
        folder = Path(name)
        taken = {
            rows: imports.measure(cluster, folder, rows, rounds=rounds if rows < max(sizes) else LARGE_ROUNDS)
            for rows in sizes
        }
        piles = pile.measure(cluster, folder, rounds=rounds, imports=pile_of[0], rows=pile_of[1])
        told("starting jobs")
        logging.getLogger("saq").setLevel(logging.ERROR)
        with cluster.database() as url, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            starts = runner.run(_starts(url))
        told(f"{listening} web processes listen")
        told_to_browsers = live.summary(live.measure(cluster, listening=listening, updates=updates))
        looked = grid.measure(cluster, records=records, times=times)
        told("")
    return {
        "rounds": rounds,
        "imports": {rows: _medians(measured) for rows, measured in taken.items()},
        "pile": {**_medians(piles), "imports": pile_of[0], "rows": pile_of[1]},
        "starts": starts,
        "live": {**told_to_browsers, "listening": listening},
        "grid": {**looked, "records": records},
        "rounds measured": {"imports": taken, "pile": piles},
    }


def table(figures: dict[str, Any]) -> str:
    """The figures for people."""
    lines = [f"PostgreSQL, medians of {figures['rounds']} rounds; all on this machine, PostgreSQL among it"]
    lines += _imports_table(figures["imports"])
    lines += _pile_table(figures["pile"])
    starts, told_to = figures["starts"], figures["live"]
    lines += [
        f"  start of a job: p50 {starts['here']:.1f} ms, from another process {starts['across']:.1f} ms",
        held(starts["here"], 10, "ms, p50 from enqueueing to a job's first line"),
        held(starts["across"], 15, "ms, the same from another process"),
        f"  a status at another web process, {told_to['listening']} of which listen: "
        f"p50 {told_to['p50']:.1f} ms, p99 {told_to['p99']:.1f} ms",
        held(told_to["p99"], 50, "ms, p99 from storing a status to a browser elsewhere"),
    ]
    return "\n".join(lines + _grid_table(figures["grid"]))


def _imports_table(figures: dict[int, dict[str, dict[str, float]]]) -> list[str]:
    lines = []
    for rows, found in figures.items():
        ratios = {}
        for kind in (imports.NEW, imports.CHANGED):
            ours, theirs = found[imports.SQLITE][kind], found[imports.POSTGRES][kind]
            ratios[kind] = theirs / ours
            lines.append(
                f"  import of {rows:,} rows × {len(COLUMNS)}, {kind}: SQLite {ours:.2f} s, "
                f"PostgreSQL {theirs:.2f} s"
            )
        bound = BOUNDS.get(rows, min(BOUNDS.values()))
        lines.append(held(ratios[imports.NEW], bound, "× SQLite, all new"))
        lines.append(held(ratios[imports.CHANGED], CHANGED_BOUND, "× SQLite, all changed"))
    return lines


def _pile_table(figures: dict[str, Any]) -> list[str]:
    one, two = figures["1"], figures["2"]
    lines = [
        f"  {figures['imports']} imports of {figures['rows']:,} rows, {workers} of one seat: "
        f"{found['seconds']:.1f} s; of the cores the workers took {found['workers']:.1f} s, "
        f"PostgreSQL {found['postgres']:.1f} s"
        for workers, found in (("one worker", one), ("two workers", two))
    ]
    return [*lines, at_least(one["seconds"] / two["seconds"], 1.6, "× as fast with two workers")]


def _grid_table(figures: dict[str, Any]) -> list[str]:
    pages, waited = figures["pages"], figures["seconds until an index is there"]
    lines = [
        f"  grid of {figures['records']:,} records; milliseconds{'':9}{'p50':>8}{'p95':>8}{'slowest':>9}"
    ]
    lines += [
        f"    {name:40}{found['p50']:8.1f}{found['p95']:8.1f}{found['slowest']:9.1f}"
        for name, found in pages.items()
    ]
    filters = [name for name in pages if name.startswith(grid.FILTERS)]
    bounds = (
        (50, "p95", (grid.FIRST, grid.NEXT, grid.SORTS, grid.SORTS_NEXT)),
        (200, "p50", (*filters, grid.RARE, grid.FREQUENT, grid.NONE)),
        (3000, "p95", (grid.BEFORE_SORT, grid.BEFORE_SEARCH)),
    )
    lines += [
        held(
            max(pages[name][figure] for name in names),
            bound,
            f"ms, the slowest {figure} of: {', '.join(names)}",
        )
        for bound, figure, names in bounds
    ]
    said = "holds" if figures["said that it is being prepared"] else "FAILS"
    lines.append(f"  {said}: pages before an index say that it is being prepared")
    lines += [f"    {seconds:.1f} s until the index of a {what} is there" for what, seconds in waited.items()]
    return lines


def at_least(value: float, least: float, words: str) -> str:
    """Whether a promise holds that is the better the larger it is."""
    return f"  {'holds' if value >= least else 'FAILS'}: {value:.3g} {words} (wanted: at least {least:.3g})"


async def _starts(url: str) -> dict[str, float]:
    """Medians in milliseconds: of jobs that the worker's own process enqueues, and of those of another."""
    address = f"ours+{url}"
    queue = queue_of(address, "bench")
    await queue.connect()
    try:
        here, across = await starts_here(queue), await starts_across(queue, address)
    finally:
        await queue.disconnect()
    return {"here": percentile(here, 0.5) * 1000, "across": percentile(across, 0.5) * 1000}


def _medians(measured: Sequence[dict[str, dict[str, float]]]) -> dict[str, dict[str, float]]:
    return {
        name: {figure: statistics.median(m[name][figure] for m in measured) for figure in found}
        for name, found in measured[0].items()
    }
