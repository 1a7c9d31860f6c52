"""Tighter limits for a part of what a child does."""

import contextlib
import resource
import signal
from collections.abc import Iterator


@contextlib.contextmanager
def bounds(*, seconds: float, memory_bytes: int) -> Iterator[None]:
    """Until this is left, the child ends with TimedOut or OutOfMemory when it takes more than that.

    A parser in C or Rust does not come back to Python to be asked: SIGALRM, which nobody handles, ends it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    ceiling = memory_bytes if hard == resource.RLIM_INFINITY else min(memory_bytes, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (ceiling, hard))
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))
