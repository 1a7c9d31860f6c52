"""The time as we store it: UTC text, 2026-01-31T09:30:00Z, which sorts as it reads.

It is this machine's, or that of a database which several machines share: then theirs do not count.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

FORMAT = "%Y-%m-%dT%H:%M:%SZ"
STAMP_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


class Clock:
    """What gives the time to all of this process."""

    def __init__(self) -> None:
        self._present: Callable[[], float] = time.time

    def now(self) -> float:
        """Seconds since 1970."""
        return self._present()

    def follow(self, epoch_seconds: float) -> None:
        """It is so many seconds after 1970 now, whatever the machine says, and goes on from there."""
        ahead = epoch_seconds - time.monotonic()
        self._present = lambda: ahead + time.monotonic()

    def follow_machine(self) -> None:
        """The machine's clock counts again."""
        self._present = time.time


CLOCK = Clock()


def now() -> float:
    """Seconds since 1970."""
    return CLOCK.now()


def utc_now() -> str:
    """The present second."""
    return utc_text(now())


def utc_stamp() -> str:
    """The present microsecond, 2026-01-31T09:30:00.123456Z: for what must differ after every change."""
    return datetime.fromtimestamp(now(), UTC).strftime(STAMP_FORMAT)


def utc_text(epoch_seconds: float) -> str:
    """A time in seconds since 1970, as text."""
    return datetime.fromtimestamp(epoch_seconds, UTC).strftime(FORMAT)


def to_second(stamp: str) -> str:
    """The second of a stamp, or of a time, as text."""
    return stamp[: len("2026-01-31T09:30:00")] + "Z"


def parse_utc(text: str) -> datetime:
    """The moment that `utc_now` wrote. Raises ValueError on anything else."""
    return datetime.strptime(text, FORMAT).replace(tzinfo=UTC)
