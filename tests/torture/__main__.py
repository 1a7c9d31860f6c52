"""`make torture`: what takes too long for every change. Fails on the first broken promise."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.postgres import new_cluster, programs
from tests.torture.crowds import many_accounts
from tests.torture.disks import fill_and_free
from tests.torture.kills import torture
from tests.torture.machines.torture import torture as harm_machines
from tests.torture.moves import torture as harm_moves
from tests.torture.patience import patience
from tests.torture.queue_hosts import torture as harm_hosts
from tests.torture.sockets import crowd
from tests.web.api.schemathesis import tried

# So long that a socket which answers no ping would have been given up: 20 seconds, and 20 more.
HOLD_SECONDS = 45


def main() -> None:
    parser = argparse.ArgumentParser(prog="make torture", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--sockets", type=int, default=10_000)
    parser.add_argument("--patient", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--quick-jobs", type=int, default=1000)
    parser.add_argument("--disk-seconds", type=int, default=120)
    parser.add_argument("--accounts", type=int, default=50)
    parser.add_argument("--api-examples", type=int, default=30)
    parser.add_argument("--queue-faults", type=int, default=200)
    parser.add_argument("--host-faults", type=int, default=200)
    parser.add_argument("--move-faults", type=int, default=100)
    parser.add_argument("--samples", type=int, default=5000)
    parser.add_argument("--weird", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    if options.patient:
        _patience()
    if options.quick_jobs:
        _quick_jobs(options.quick_jobs)
    if options.disk_seconds:
        _disk(options.disk_seconds, options.seed)
    if options.accounts:
        _crowd(options.accounts, options.seed)
    if options.api_examples:
        _api(options.api_examples)
    if options.queue_faults:
        _queue(options.queue_faults, options.seed)
    if options.host_faults:
        _machines(options.host_faults, options.seed)
    if options.move_faults:
        _moves(options.move_faults, options.seed)
    if options.samples:
        _samples(options.samples)
    if options.weird:
        _weird(options.weird, options.seed)
    if options.sockets:
        _sockets(options.sockets)
    if options.kills:
        _kills(options.kills, options.seed)


def _quick_jobs(number: int) -> None:
    print(f"Watching {number:,} jobs that are over at once", flush=True)
    test = ["tests/jobs/test_status.py", "-k", "quick_jobs", "-q"]
    environment = {**os.environ, "QUICK_JOBS": str(number)}
    subprocess.run([sys.executable, "-m", "pytest", *test], env=environment, check=True)


def _patience() -> None:
    print("Giving hostile files of less than 2 MB to a server", flush=True)
    with tempfile.TemporaryDirectory(prefix="xlsapp-torture-") as folder:
        for line in patience(Path(folder)):
            print(line, flush=True)


def _disk(seconds: int, seed: int) -> None:
    print(f"Filling and freeing a disk for {seconds} seconds (--seed {seed})", flush=True)
    with tempfile.TemporaryDirectory(prefix="xlsapp-torture-") as folder:
        try:
            seen = fill_and_free(Path(folder), seconds=seconds, seed=seed)
        except PermissionError:
            print("Left out: no small file system may be mounted here.")
            return
    print(
        f"{seen.fills} times; answers: {dict(sorted(seen.answers.items()))}; jobs: {dict(seen.states)}. "
        f"Back after {seen.back_seconds:.1f} s. Nothing lost, doubled, or left behind."
    )


def _crowd(accounts: int, seed: int) -> None:
    print(f"Letting {accounts} accounts be busy, and one do harm (--seed {seed})", flush=True)
    with tempfile.TemporaryDirectory(prefix="xlsapp-torture-") as folder:
        day = many_accounts(Path(folder), accounts=accounts, seconds=120, hostile_rows=300_000, seed=seed)
    print(day.figures())


def _api(examples: int) -> None:
    print(f"Making up requests to the API, {examples} for each operation", flush=True)
    with tempfile.TemporaryDirectory(prefix="xlsapp-torture-") as folder:
        cases = tried(Path(folder), phases="coverage,fuzzing,stateful", examples=examples)
    print(f"{cases:,} cases, each answered as the document says.", flush=True)


def _queue(faults: int, seed: int) -> None:
    print(f"Harming the hosts of a queue in PostgreSQL {faults} times (--seed {seed})", flush=True)
    if programs() is None:
        print("Left out: PostgreSQL is not on this machine.")
        return
    with new_cluster() as cluster:
        outcome = harm_hosts(cluster, faults=faults, seed=seed)
    print(f"{outcome.jobs} jobs, {dict(outcome.faults)}: each was done once.")


def _machines(faults: int, seed: int) -> None:
    print(f"Harming machines over one PostgreSQL {faults} times (--seed {seed})", flush=True)
    if programs() is None:
        print("Left out: PostgreSQL is not on this machine.")
        return
    with tempfile.TemporaryDirectory(prefix="xlsapp-torture-") as folder, new_cluster() as cluster:
        print(harm_machines(cluster, Path(folder), faults=faults, seed=seed).figures())


def _moves(faults: int, seed: int) -> None:
    print(f"Moving into a PostgreSQL and back, under {faults} faults (--seed {seed})", flush=True)
    if programs() is None:
        print("Left out: PostgreSQL is not on this machine.")
        return
    with tempfile.TemporaryDirectory(prefix="xlsapp-torture-") as folder, new_cluster() as cluster:
        outcome = harm_moves(cluster, Path(folder), faults=faults, seed=seed)
    print(f"{outcome.moves} moves, {dict(outcome.faults)}: all was there each time, and in one place.")


def _samples(number: int) -> None:
    print(f"Proposing templates for {number:,} random samples, and importing these", flush=True)
    test = ["tests/spreadsheet/proposing/test_random_samples.py", "-q"]
    environment = {**os.environ, "RANDOM_SAMPLES": str(number)}
    subprocess.run([sys.executable, "-m", "pytest", *test], env=environment, check=True)


def _weird(number: int, seed: int) -> None:
    print(f"Importing, and proposing from, {number:,} spoilt files of every kind (--seed {seed})", flush=True)
    test = ["tests/services/imports/test_weird_files.py", "-q"]
    environment = {**os.environ, "WEIRD_FILES": str(number), "WEIRD_SEED": str(seed)}
    subprocess.run([sys.executable, "-m", "pytest", *test], env=environment, check=True)


def _sockets(number: int) -> None:
    silent = number // 2
    print(f"Opening {number:,} sockets, and {silent:,} connections that never ask", flush=True)
    with tempfile.TemporaryDirectory(prefix="xlsapp-torture-") as folder:
        outcome = crowd(Path(folder), sockets=number, silent=silent, hold_seconds=HOLD_SECONDS)
    each_kb = (outcome.memory_mb - outcome.memory_before_mb) / outcome.sockets * 1000
    print(
        f"All stayed open, pages and imports went on. The server took {outcome.memory_before_mb:.0f} MB "
        f"before and {outcome.memory_mb:.0f} MB with them: {each_kb:.0f} KB each."
    )


def _kills(number: int, seed: int) -> None:
    print(f"Killing the server {number} times (--seed {seed})", flush=True)
    with tempfile.TemporaryDirectory(prefix="xlsapp-torture-") as folder:
        outcome = torture(Path(folder), kills=number, seed=seed)
    print(
        f"{outcome.kills} kills, {outcome.accepted} jobs accepted, {dict(outcome.states)}; "
        f"unfinished when killed: {dict(outcome.states_when_killed)}. Nothing lost, doubled, or left behind."
    )


if __name__ == "__main__":
    main()
