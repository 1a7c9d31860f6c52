"""Imports: 100,000 rows of 10 columns through the app's service and its server, beside others and the floor.

The floor is python-calamine's rows into one executemany, unchecked. Then the same workbook with one cell in a
hundred spoilt, and with every cell spoilt: all of it must be found, and in little more time. All are measured
by turns, round after round. A million rows: bench/imports_large.py.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bench.app import COLUMNS, make_book
from bench.imports_books import plant_defects
from bench.imports_ours import import_once
from bench.imports_peers import DJANGO, FLOOR, NEEDS
from bench.imports_server import VISITS, import_on_server

ROWS = 100_000
OURS, SOME_BAD, ALL_BAD, DJANGO_BAD = "ours", "1 cell in 100 bad", "every cell bad", f"{DJANGO}, some bad"

Figures = dict[str, dict[str, float]]
"""What was measured → seconds, memory, rows, problems found …"""


def run(*, rounds: int, rows: int = ROWS, visits: int = VISITS) -> dict[str, Any]:
    """Medians over rounds."""
    with tempfile.TemporaryDirectory() as folder:
        clean = make_book(Path(folder) / "clean.xlsx", rows)
        some, every = Path(folder) / "some.xlsx", Path(folder) / "every.xlsx"
        planted = {SOME_BAD: plant_defects(clean, some, 0.01), ALL_BAD: plant_defects(clean, every, 1.0)}
        measured, pages = [], []
        for number in range(rounds):
            told(f"round {number + 1} of {rounds}")
            figures: Figures = {name: run_peer(name, clean) for name in NEEDS if find_spec(NEEDS[name])}
            figures |= {OURS: import_once(clean), SOME_BAD: import_once(some), ALL_BAD: import_once(every)}
            if DJANGO in figures:
                figures[DJANGO_BAD] = run_peer(DJANGO, some)
            _check(figures, rows, planted)
            measured.append(figures)
            pages.append(import_on_server(clean, visits=visits))
        told("")
    return {
        "rounds": rounds,
        "rows": rows,
        "planted": planted,
        "median": medians(measured),
        "server": _server(pages),
        "rounds measured": measured,
    }


def table(figures: dict[str, Any]) -> str:
    """The figures for people."""
    median, rows, planted, server = (figures[name] for name in ("median", "rows", "planted", "server"))
    floor, ours = median[FLOOR]["seconds"], median[OURS]["seconds"]
    lines = [
        f"Imports: {rows:,} rows × {len(COLUMNS)}, medians of {figures['rounds']} rounds",
        f"  {'':28}{'seconds':>9}{'rows/s':>10}{'× floor':>9}{'× ours':>8}{'MB':>6}{'problems':>10}",
    ]
    for name, found in median.items():
        seconds = found["seconds"]
        lines.append(
            f"  {name:28}{seconds:9.2f}{rows / seconds:10,.0f}{seconds / floor:9.2f}{seconds / ours:8.2f}"
            f"{found['memory']:6.0f}{found['found']:10,.0f}"
        )
    lines += [f"  not installed here: {name}" for name in NEEDS if name not in median]
    seconds = server["seconds"]
    lines += [
        f"  through the server {seconds:18.2f}{rows / seconds:10,.0f}{seconds / floor:9.2f}"
        f"   it grows by {server['growth']:.0f} MB",
        f"  pages: p50 {server['p50 idle']:.1f} ms and p99 {server['p99 idle']:.1f} ms idle, "
        f"{server['p50 during']:.1f} and {server['p99 during']:.1f} meanwhile",
        held(ours / floor, 1.25, "× the floor"),
        *([held(ours / median[DJANGO]["seconds"], 1 / 12, f"× {DJANGO}")] if DJANGO in median else []),
        held(median[SOME_BAD]["seconds"] / ours, 1.3, f"× the clean one, {planted[SOME_BAD]:,} planted"),
        held(median[ALL_BAD]["seconds"] / ours, 2, f"× the clean one, {planted[ALL_BAD]:,} planted"),
        held(median[OURS]["wait"], 0.3, "s that another writer waits while rows are merged"),
        held(server["p99 during"] / server["p99 idle"], 2, "× the idle p99 of a page"),
    ]
    return "\n".join(lines)


def run_peer(name: str, book: Path) -> dict[str, float]:
    """What another importer takes, in a process of its own."""
    command = [sys.executable, "-m", "bench.imports_peers", name, str(book)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    found: dict[str, float] = json.loads(answer.stdout.splitlines()[-1])
    return found


def medians(measured: list[Figures]) -> Figures:
    """Of each figure over the rounds."""
    return {
        name: {figure: statistics.median(m[name][figure] for m in measured) for figure in found}
        for name, found in measured[0].items()
    }


def told(words: str) -> None:
    """Say on the terminal how far it is."""
    print(f"\r{words:40}", end="" if words else "\r", file=sys.stderr, flush=True)


def held(value: float, most: float, words: str) -> str:
    """Whether a promise of the import holds here."""
    return f"  {'holds' if value <= most else 'FAILS'}: {value:.3g} {words} (wanted: at most {most:.3g})"


def _check(figures: Figures, rows: int, planted: dict[str, int]) -> None:
    """All rows of the clean file arrived, and exactly what was planted is found in the others."""
    for name, found in figures.items():
        if name in planted:
            assert (found["found"], found["rows"]) == (planted[name], 0), (name, found)
        elif name != DJANGO_BAD:
            assert (found["found"], found["rows"]) == (0, rows), (name, found)


def _server(pages: list[dict[str, Any]]) -> dict[str, float]:
    """Medians over rounds; of pages, percentiles over all visits."""
    found = {name: statistics.median(p[name] for p in pages) for name in ("seconds", "growth")}
    for when in ("idle", "during"):
        visits = sorted(took for page in pages for took in page[when])
        for percent in (50, 99):
            found[f"p{percent} {when}"] = visits[(len(visits) - 1) * percent // 100]
    return found
