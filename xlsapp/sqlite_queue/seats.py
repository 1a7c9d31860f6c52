"""Who waits for jobs: a seat for each connected queue, and what a transaction takes for it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from xlsapp.queue_parts.rows import JobRow
from xlsapp.sqlite_queue.threads import Reply


@dataclass(slots=True, eq=False)
class Seat:
    """A connected queue's place at the writer."""

    queue: str
    priorities: tuple[int, int]
    lease: int
    small_only: bool = False
    waiting: deque[Reply[JobRow | None]] = field(default_factory=deque)
    # There may be work. Cleared only by a claim that ran and found less than was asked for.
    ready: bool = True
    left: bool = False

    def take_waiting(self) -> list[Reply[JobRow | None]]:
        """Everybody who still waits; they leave the line. In the writer's thread alone."""
        replies = []
        while self.waiting:
            reply = self.waiting.popleft()
            if not (reply.future.done() or reply.loop.is_closed()):
                replies.append(reply)
        return replies

    def put_back(self, replies: list[Reply[JobRow | None]]) -> None:
        """They go on waiting, before those who came meanwhile."""
        self.waiting.extendleft(reply for reply in reversed(replies) if not reply.future.done())


@dataclass(slots=True, eq=False)
class Claim:
    """What one seat takes in one transaction."""

    seat: Seat
    replies: list[Reply[JobRow | None]]
    rows: list[JobRow] = field(default_factory=list)
