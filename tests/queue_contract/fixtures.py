"""Workers over a queue, and SAQ's clock moved by hand: for every folder of tests of queues."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from saq.queue import Queue
from saq.worker import Worker

from tests.queue_contract.steps import QuietWorker


@pytest.fixture
async def start_worker(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Callable[..., Any]]:
    """Starts SAQ's worker over a queue; all are stopped at the end, before their queues disconnect."""
    caplog.set_level(logging.CRITICAL, logger="saq")  # it warns at each stop of what it then ends
    running: list[tuple[Worker[Any], asyncio.Task[None]]] = []

    async def start(queue: Queue, functions: list[Any], **options: Any) -> Worker[Any]:
        worker = QuietWorker(queue, functions=functions, **options)
        running.append((worker, asyncio.create_task(worker.start())))
        return worker

    yield start
    for worker, task in running:
        await worker.stop()
        await task


class Clock:
    """Takes the place of `time` in saq.utils, SAQ's only clock, and beside it of the one that never steps."""

    def __init__(self, now: float, tell: Callable[[float], None]) -> None:
        self._tell = tell  # who keeps a clock of its own
        self._stepped = 0.0
        self.now = now

    @property
    def now(self) -> float:
        return self._now

    @now.setter
    def now(self, now: float) -> None:
        self._now = now
        self._tell(now)

    def step(self, seconds: float) -> None:
        """Be another time, without any having passed."""
        self.now += seconds
        self._stepped += seconds

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now - self._stepped


@pytest.fixture
def other_clock() -> Callable[[float], None]:
    """Sets the clock of the storage, where that has one."""
    return lambda now: None


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, other_clock: Callable[[float], None]) -> Clock:
    """The time is what the test says."""
    clock = Clock(1_000_000.0, other_clock)
    monkeypatch.setattr("saq.utils.time", clock)
    monkeypatch.setattr("xlsapp.queue_parts.clock_steps.time", clock)
    return clock
