"""A million rows of 10 columns: time beside the floor, flat memory, and how long others are kept waiting.

Beside 100,000 rows in the same run. The service and the floor by turns; the server once.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from bench.app import COLUMNS, make_book
from bench.imports import Figures, held, medians, run_peer, told
from bench.imports_ours import import_once
from bench.imports_peers import FLOOR
from bench.imports_server import VISITS, import_on_server

FEW, MANY = 100_000, 1_000_000
OURS, FEW_OURS = "ours", "ours, a tenth of it"


def run(*, rounds: int, rows: int = MANY, visits: int = VISITS) -> dict[str, Any]:
    """Medians over rounds."""
    with tempfile.TemporaryDirectory() as folder:
        told("writing the workbooks")
        few = make_book(Path(folder) / "few.xlsx", rows * FEW // MANY)
        many = make_book(Path(folder) / "many.xlsx", rows)
        measured: list[Figures] = []
        for number in range(rounds):
            told(f"round {number + 1} of {rounds}")
            figures = {FLOOR: run_peer(FLOOR, many), OURS: import_once(many), FEW_OURS: import_once(few)}
            assert figures[OURS]["rows"] == rows, figures
            measured.append(figures)
        server = import_on_server(many, visits=visits)
        told("")
    return {
        "rounds": rounds,
        "rows": rows,
        "median": medians(measured),
        "server": {name: server[name] for name in ("seconds", "growth")},
        "rounds measured": measured,
    }


def table(figures: dict[str, Any]) -> str:
    """The figures for people."""
    median, rows, server = figures["median"], figures["rows"], figures["server"]
    floor, ours, few = (median[name] for name in (FLOOR, OURS, FEW_OURS))
    lines = [f"Imports: {rows:,} rows × {len(COLUMNS)}, medians of {figures['rounds']} rounds"]
    lines += [
        f"  {name:24}{found['seconds']:8.2f} s{found['memory']:7.0f} MB" for name, found in median.items()
    ]
    lines += [
        f"  {'through the server':24}{server['seconds']:8.2f} s",
        held(ours["seconds"] / floor["seconds"], 1.25, "× the floor"),
        held(ours["memory"] / few["memory"], 1.2, "× the child's memory for a tenth of the rows"),
        held(max(ours["growth"], server["growth"]), 30, "MB that the server grows by"),
        held(ours["wait"], 3, "s that another writer waits while rows are merged"),
    ]
    return "\n".join(lines)
