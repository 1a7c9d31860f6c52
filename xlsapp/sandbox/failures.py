"""How a child can end without a result.

SandboxError
├── ChildLost        killed from outside, or vanished: another try may well succeed
├── OutOfMemory      its work needs more memory than it may have
├── TimedOut         its work takes longer than it may
└── Crashed          it died of its work: a signal, a panic, an exit in the middle of it
    └── OutOfRoom    a file that it wrote became larger than it may
"""

import os
import re
import signal


class SandboxError(Exception):
    """A child ended without a result."""


class ChildLost(SandboxError):
    """The child was killed from outside, or the process that starts children was. Try again."""


class OutOfMemory(SandboxError):
    """The child needed more memory than it may have."""


class TimedOut(SandboxError):
    """The child took longer than it may."""


class Crashed(SandboxError):
    """The child died of what it was doing."""


class OutOfRoom(Crashed):
    """The child wrote a larger file than it may, or there is no room left for it."""


FROM_OUTSIDE = {signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP}

# Rust's allocator, C++'s, the C library's and Python's own last words.
MEMORY_WORDS = re.compile(
    rb"memory allocation|bad_alloc|out of memory|cannot allocate memory|MemoryError", re.I
)


def failure(wait_status: int | None, stderr: bytes) -> SandboxError:
    """What became of a child that sent no result. `wait_status` is None when nobody is left to know."""
    if wait_status is None:
        return ChildLost("the process that starts children has ended")
    code = os.waitstatus_to_exitcode(wait_status)
    if code < 0 and -code in FROM_OUTSIDE:
        return ChildLost(f"killed by {_name(-code)}")
    if -code == signal.SIGXCPU:
        return TimedOut("used up its processor time")
    if -code == signal.SIGXFSZ:
        return OutOfRoom("died of SIGXFSZ")
    if -code == signal.SIGALRM:
        return TimedOut("took longer than this part of its work may")
    if code in (-signal.SIGABRT, 1) and MEMORY_WORDS.search(stderr):
        return OutOfMemory("ran out of memory")
    return Crashed(f"died of {_name(-code)}" if code < 0 else f"ended with exit code {code} and no result")


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
