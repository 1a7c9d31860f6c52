"""`make bench`: how fast it is. Prints tables, and keeps the figures as JSON in bench/results/."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sqlite3
import sys
from datetime import UTC, datetime
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
PARTS = (
    *("queue", "live", "app", "load", "crowd", "exports", "imports", "imports_large", "pages"),
    *("first_paint", "postgres", "files", "review", "marking"),
)


def main() -> None:
    """Run the parts that were asked for, or all there are."""
    known = [part for part in PARTS if find_spec(f"bench.{part}")]
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(known)}; none means all")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured (default: 3)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers it has started are stopped
    if unknown := set(options.parts) - set(known):
        parser.error(f"there is no {', '.join(sorted(unknown))} here, but {', '.join(known)}")

    results = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": _machine(), "parts": {}}
    path = RESULTS / f"{results['at'].replace(':', '')}.json"
    RESULTS.mkdir(exist_ok=True)
    for part in options.parts or known:
        module = import_module(f"bench.{part}")
        figures = module.run(rounds=options.rounds)
        print(module.table(figures), end="\n\n", flush=True)
        results["parts"][part] = figures
        path.write_text(json.dumps(results, indent=2), encoding="utf-8")  # each part as it comes
    print(f"All figures: bench/results/{path.name}")


def _machine() -> dict[str, str | int | None]:
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }


if __name__ == "__main__":
    main()
