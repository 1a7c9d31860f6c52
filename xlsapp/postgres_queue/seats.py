"""Who waits for jobs: a seat for each connected queue."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field

from xlsapp.queue_parts.rows import JobRow


@dataclass(slots=True, eq=False)
class Waiting:
    """One who waits for a job. None ends the wait; but nobody leaves before there was a look for work."""

    future: asyncio.Future[JobRow | None]
    was_looked: bool
    leaves: bool = False

    def leave(self) -> None:
        """Wait no longer, unless a look is under way or still to come."""
        self.leaves = True
        if self.was_looked:
            self.end()

    def looked(self) -> None:
        """There was a look, and nothing for this one."""
        self.was_looked = True
        if self.leaves:
            self.end()

    def end(self) -> None:
        """No job."""
        if not self.future.done():
            self.future.set_result(None)


@dataclass(slots=True, eq=False)
class Seat:
    """A connected queue's place in the line of those who wait for jobs."""

    queue: str
    priorities: tuple[int, int]
    holder: str
    small_only: bool = False
    waiting: deque[Waiting] = field(default_factory=deque)
    # There may be work. Cleared only by a claim that ran and found less than was asked for.
    ready: bool = True

    def take_waiting(self) -> list[Waiting]:
        """Everybody who still waits; they leave the line."""
        still = [one for one in self.waiting if not one.future.done()]
        self.waiting.clear()
        return still

    def put_back(self, waiting: list[Waiting]) -> None:
        """They go on waiting, before those who came meanwhile."""
        for one in waiting:
            one.looked()
        self.waiting.extendleft(one for one in reversed(waiting) if not one.future.done())
