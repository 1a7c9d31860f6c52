"""Threads that let others go first: those that look at many records, beside those that serve pages."""

import os
import sys

# The kernel gives such a thread a tenth of what one of ours gets that also wants a processor.
STEPS = 10


def let_others_go_first() -> None:
    """Lower the calling thread's priority, where the system knows one for threads."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, 0, min(os.getpriority(os.PRIO_PROCESS, 0) + STEPS, 19))
