"""How a command ended, for scripts. docs/run.md tells what each means."""

import enum

from xlsapp.errors import XlsappError


class Exit(enum.IntEnum):
    """The exit code of a command."""

    DONE = 0
    FAILED = 1
    """It could not be done, a job failed, or `check` found something wrong. Standard error has the reason."""
    WRONG_USE = 2
    """Wrong settings, or words that are no command."""
    IN_USE = 3
    """Another xlsapp works on the data folder."""
    NO_ACCESS = 4
    """The server cannot be reached, or does not let this token in."""
    PROBLEMS = 5
    """`import --check` found rows with problems. Nothing was written."""
    INTERRUPTED = 130
    """Ended by Ctrl+C."""


class Ended(XlsappError):
    """A command cannot go on: the sentence for standard error, and its exit code."""

    def __init__(self, message: str, code: Exit) -> None:
        super().__init__(message)
        self.code = code
