"""A bell that wakes one sleeping thread."""

from __future__ import annotations

import os
import select
import threading
from contextlib import suppress


class Bell:
    """Rung from any thread and event loop, heard by one thread. A ring is never lost.

    The sleeper calls `answered` before it looks for what it was rung for: whoever finds the bell rung already
    came before that look.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()
        self._rung = False
        self._asleep_on_descriptors = False
        self._wakeup = -1

    def ring(self) -> None:
        """Wake the thread. Cheap when it is awake, and keeps Python's lock: whoever rings goes on first."""
        if not self._rung:
            self._rung = True
            with suppress(RuntimeError):  # another thread was faster
                self._lock.release()
            if self._asleep_on_descriptors:
                os.eventfd_write(self._wakeup, 1)

    def sleep(self, seconds: float) -> bool:
        """Sleep until the bell rings; False after `seconds` without it. -1: for ever."""
        return self._lock.acquire(timeout=seconds)

    def sleep_on(self, descriptor: int, seconds: float) -> bool:
        """Sleep until the bell rings, or the descriptor has something to read; whether it has."""
        if self._wakeup < 0:
            self._wakeup = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        poll = select.poll()
        poll.register(self._wakeup, select.POLLIN)
        poll.register(descriptor, select.POLLIN)
        # Set before the look at the lock: who rings after the look finds it set, and wakes us by descriptor.
        self._asleep_on_descriptors = True
        woken_by: list[tuple[int, int]] = []
        if not self._lock.acquire(blocking=False):
            woken_by = poll.poll(seconds * 1000)
            self._lock.acquire(blocking=False)
        self._asleep_on_descriptors = False
        with suppress(BlockingIOError):
            os.eventfd_read(self._wakeup)
        return descriptor in dict(woken_by)

    def answered(self) -> None:
        """From now on a ring counts anew."""
        self._rung = False

    def close(self) -> None:
        """Give back what the system lent. Nobody sleeps any more."""
        if self._wakeup >= 0:
            os.close(self._wakeup)
            self._wakeup = -1
