"""`make torture`: what takes too long for every change. Fails on the first broken promise."""

import argparse
import tempfile
import time
from pathlib import Path

from tests.torture.kills import torture


def main() -> None:
    parser = argparse.ArgumentParser(prog="make torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    print(f"Killing the server {options.kills} times (--seed {options.seed})", flush=True)
    with tempfile.TemporaryDirectory(prefix="xlsapp-torture-") as folder:
        outcome = torture(Path(folder), kills=options.kills, seed=options.seed)
    print(
        f"{outcome.kills} kills, {outcome.accepted} jobs accepted, {dict(outcome.states)}; "
        f"unfinished when killed: {dict(outcome.states_when_killed)}. Nothing lost, doubled, or left behind."
    )


if __name__ == "__main__":
    main()
