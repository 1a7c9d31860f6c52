"""The queue beside SAQ's others, in one run: how many jobs a second, how soon one starts, what idling costs.

Rounds go through all queues in turn, in another order each time, so that whatever else the machine does hits
them alike. Ours commits with synchronous=FULL; Redis writes nothing to disk; PostgreSQL is as it comes.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import uvloop
from saq import Worker
from saq.queue import Queue

from bench.queue_peers import NOTHING, OURS, Kind, Server, all_queues

JOBS = 2_000
CONCURRENCY = 10
STARTS = 500
STARTS_ACROSS = 200
PAUSE_SECONDS = 0.002  # between two jobs on an idle queue
IDLE_SECONDS = 10.0  # what SAQ does least often, it does so often
HANG_SECONDS = 60.0
HANGS_ALLOWED = 2

FIGURES = {  # name → heading, decimals
    "enqueue": ("enqueue/s", 0),
    "noop": ("no-op jobs/s", 0),
    "start_p50": ("start p50 ms", 2),
    "start_p99": ("p99 ms", 2),
    "across_p50": ("across p50 ms", 2),
    "across_p99": ("p99 ms", 2),
    "idle_cpu": ("idle CPU %", 2),
}


def run(*, rounds: int) -> dict[str, Any]:
    """Medians over rounds, by queue."""
    logging.getLogger("saq").setLevel(logging.ERROR)
    measured: dict[str, list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as folder, all_queues(Path(folder)) as kinds:
        for number in range(rounds):
            order = list(kinds)[number % len(kinds) :] + list(kinds)[: number % len(kinds)]
            for name in order:
                print(f"\rround {number + 1} of {rounds}: {name:24}", end="", file=sys.stderr, flush=True)
                measured.setdefault(name, []).append(_measure_patiently(kinds[name], f"bench{number}"))
        print("\r" + " " * 50, end="\r", file=sys.stderr)
        median = {
            name: {figure: statistics.median(m[figure] for m in measured[name]) for figure in FIGURES}
            for name in kinds
        }
    return {"rounds": rounds, "jobs": JOBS, "median": median, "rounds measured": measured}


def table(figures: dict[str, Any]) -> str:
    """The figures for people."""
    median = figures["median"]
    lines = [
        f"The queue: {JOBS:,} jobs, worker concurrency {CONCURRENCY}, medians of {figures['rounds']} rounds",
        " " * 22 + "".join(f"{heading:>14}" for heading, _ in FIGURES.values()),
    ]
    for name, measured in median.items():
        lines.append(
            f"  {name:20}"
            + "".join(f"{measured[figure]:14,.{places}f}" for figure, (_, places) in FIGURES.items())
        )
    for name in median:
        if name not in (OURS, NOTHING):
            ratios = "".join(f"{ratio:12.2f} ×" for ratio in _ratios(median, name))
            lines.append(f"  {'ours / ' + name.removeprefix('SAQ on '):20}{ratios}")
    lines += [
        f"  {name} hung {hangs} times and was measured anew"
        for name, rounds in figures["rounds measured"].items()
        if (hangs := sum(round["hangs"] for round in rounds))
    ]
    return "\n".join(lines)


def _ratios(median: dict[str, dict[str, float]], peer: str) -> list[float]:
    return [median[OURS][figure] / median[peer][figure] for figure in FIGURES if figure != "idle_cpu"]


def _measure_patiently(kind: Kind, name: str) -> dict[str, float]:
    """SAQ's Postgres queue misses a wake-up once in many runs, and then waits for ever: measured anew."""
    for attempt in range(HANGS_ALLOWED + 1):
        with suppress(TimeoutError), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            figures = runner.run(asyncio.wait_for(_measure(kind, f"{name}-{attempt}"), HANG_SECONDS))
            return {**figures, "hangs": attempt}
    raise TimeoutError(f"{name} hung {HANGS_ALLOWED + 1} times")


async def _measure(kind: Kind, name: str) -> dict[str, float]:
    queue = kind.make(name)
    await queue.connect()
    try:
        enqueue = await _enqueue_all(queue)
        noop = await _work_off(queue)
        starts = sorted(await starts_here(queue))
        across = sorted(await starts_across(queue, kind.address))
        idle = await _idle(queue, kind.server)
    finally:
        await queue.disconnect()
    return {
        "enqueue": JOBS / enqueue,
        "noop": JOBS / noop,
        "start_p50": starts[len(starts) // 2] * 1000,
        "start_p99": starts[int(len(starts) * 0.99)] * 1000,
        "across_p50": across[len(across) // 2] * 1000,
        "across_p99": across[int(len(across) * 0.99)] * 1000,
        "idle_cpu": idle * 100,
    }


async def _enqueue_all(queue: Queue) -> float:
    """Seconds until so many enqueues, all begun at once, have returned."""
    started = time.perf_counter()
    await asyncio.gather(*(queue.enqueue("noop", number=number) for number in range(JOBS)))
    return time.perf_counter() - started


async def _work_off(queue: Queue) -> float:
    """Seconds until a worker has finished them all."""
    done, left = asyncio.Event(), JOBS

    async def noop(ctx: Any, *, number: int) -> int:
        return number

    async def count(ctx: Any) -> None:
        nonlocal left
        left -= 1
        if not left:
            done.set()

    started = time.perf_counter()
    async with _worker(queue, noop, after_process=count):
        await done.wait()
        return time.perf_counter() - started


async def starts_here(queue: Queue) -> list[float]:
    """Seconds from enqueue to the job's first line, for one job after the other on an idle queue."""
    taken: list[float] = []
    begun = asyncio.Event()

    async def noop(ctx: Any, *, sent: float) -> None:
        taken.append(time.perf_counter() - sent)

    async def end(ctx: Any) -> None:
        begun.set()

    async with _worker(queue, noop, after_process=end):
        await asyncio.sleep(0.2)
        for _ in range(STARTS):
            begun.clear()
            await queue.enqueue("noop", sent=time.perf_counter())
            await begun.wait()
            await asyncio.sleep(PAUSE_SECONDS)
    return taken


async def starts_across(queue: Queue, address: str) -> list[float]:
    """The same for jobs that another process enqueues; what in-process starts take where no other can."""
    if not address:
        return await starts_here(queue)
    taken: list[float] = []
    begun = asyncio.Event()

    async def noop(ctx: Any, *, sent: float) -> None:
        taken.append(time.monotonic() - sent)

    async def end(ctx: Any) -> None:
        begun.set()

    other = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.queue_enqueuer", address, queue.name),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert other.stdin
    assert other.stdout
    async with _worker(queue, noop, after_process=end):
        await other.stdout.readline()
        for _ in range(STARTS_ACROSS):
            begun.clear()
            other.stdin.write(b"go\n")
            await begun.wait()
            await asyncio.sleep(PAUSE_SECONDS)
    other.stdin.close()
    await other.wait()
    return taken


async def _idle(queue: Queue, server: Server | None) -> float:
    """The share of one core that a worker which waits for nothing costs, with the server it waits on."""

    def used() -> float:
        return time.process_time() + (server.cpu_seconds() if server else 0.0)

    async def noop(ctx: Any) -> None:
        pass

    async with _worker(queue, noop):
        await asyncio.sleep(0.5)
        before = used()
        await asyncio.sleep(IDLE_SECONDS)
        return (used() - before) / IDLE_SECONDS


class QuietWorker(Worker[Any]):
    """SAQ's worker as our app runs it."""

    SIGNALS: list[Any] = []  # noqa: RUF012 (declared by SAQ)


@asynccontextmanager
async def _worker(queue: Queue, function: Callable[..., Any], **options: Any) -> AsyncIterator[None]:
    worker = QuietWorker(queue, [("noop", function)], concurrency=CONCURRENCY, **options)
    task = asyncio.create_task(worker.start())
    try:
        yield
    finally:
        await worker.stop()
        await task
