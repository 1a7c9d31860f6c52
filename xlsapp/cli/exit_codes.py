"""How a command ended, for scripts. docs/run.md tells what each means."""

import enum


class Exit(enum.IntEnum):
    """The exit code of a command."""

    DONE = 0
    FAILED = 1
    """It could not be done, or `check` found something wrong; the reason is on standard error."""
    WRONG_USE = 2
    """Wrong settings, or words that are no command."""
    IN_USE = 3
    """Another xlsapp works on the data folder."""
    INTERRUPTED = 130
    """Ended by Ctrl+C."""
