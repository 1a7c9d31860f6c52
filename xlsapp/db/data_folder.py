"""The data folder as a whole: who works on it, what may be in it, and who may look."""

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xlsapp.errors import InUse
from xlsapp.problems import Message

# A file that a killed process leaves behind locks nothing: the lock belongs to the process, not to the file.
LOCK = "lock"

LOOK_EVERY_SECONDS = 0.05


@contextmanager
def sole_use(folder: Path, *, patience_seconds: float = 0.0) -> Iterator[None]:
    """Nobody else serves, upgrades or restores this data folder while the block lasts.

    The folder is made if need be. Raises InUse when somebody does after `patience_seconds`.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / LOCK
    path.touch(mode=0o600)
    with path.open("rb") as file:
        end = time.monotonic() + patience_seconds
        while not _locked(file.fileno()):
            if time.monotonic() >= end:
                raise InUse(Message("folder.in_use", {"folder": str(folder)}))
            time.sleep(LOOK_EVERY_SECONDS)
        yield


def is_in_use(folder: Path) -> bool:
    """Whether somebody serves, upgrades or restores this data folder now. Makes nothing."""
    try:
        with (folder / LOCK).open("rb") as file:
            return not _locked(file.fileno())
    except FileNotFoundError:
        return False


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
