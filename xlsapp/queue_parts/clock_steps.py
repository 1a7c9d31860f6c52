"""How long ago something was, by a clock that may step forward: a machine slept, or its time was wrong."""

from __future__ import annotations

import time
from collections import deque

from saq.job import Job

LEAST_STEP_SECONDS = 1.0
STEPS_KEPT = 100


class ClockSteps:
    """Where the clock of this machine has stepped forward since this was made, as far as somebody has looked.

    Clocks that step back need none of this: by them, everything was later.
    """

    def __init__(self, wall: float) -> None:
        self._wall, self._steady = wall, time.monotonic()
        self._steps: deque[tuple[float, float]] = deque(maxlen=STEPS_KEPT)

    def look(self, wall: float) -> bool:
        """Compare what the clock says now with the one that never steps: whether it has stepped since."""
        steady = time.monotonic()
        stepped = (wall - self._wall) - (steady - self._steady)
        if stepped > LEAST_STEP_SECONDS:
            self._steps.append((wall - stepped, stepped))
        self._wall, self._steady = wall, steady
        return stepped > LEAST_STEP_SECONDS

    def is_stuck(self, job: Job) -> bool:
        """Whether a running job has taken longer than it may, or has given no sign of life for too long,
        as of the last look."""
        return bool(job.timeout and self._seconds_since(job.started) > job.timeout) or bool(
            job.heartbeat and self._seconds_since(job.touched) > job.heartbeat
        )

    def _seconds_since(self, milliseconds: int) -> float:
        moment = milliseconds / 1000
        return self._wall - moment - sum(step for before, step in self._steps if moment <= before)
