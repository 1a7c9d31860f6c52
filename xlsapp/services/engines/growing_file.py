"""A file that another process writes, read while it grows."""

import io
import os
import threading
from pathlib import Path
from typing import IO

LOOK_AGAIN_SECONDS = 0.02


class StartedAgain(Exception):
    """What was read so far is of no use: there is another file of that name, to be read from its start."""


class GivenUp(Exception):
    """Nobody wants it any more."""


class GrowingFile:
    """It is read by one thread, and ended or given up by another.

    What is written in pieces is read in pieces: a line may have come in half, but for the first one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[bytes] = io.BytesIO()
        self._has_ended = self._is_given_up = False
        self._news = threading.Event()

    def end(self) -> None:
        """All of it has been written."""
        self._has_ended = True
        self._news.set()

    def give_up(self) -> None:
        """Read no further."""
        self._is_given_up = True
        self._news.set()

    def readline(self) -> bytes:
        """The first line. Raises GivenUp."""
        self.close()
        while True:
            has_ended = self._has_ended
            try:
                self._file = self._path.open("rb")
            except FileNotFoundError:
                if has_ended:
                    raise
            else:
                line = self._file.readline()
                if line.endswith(b"\n") or has_ended:
                    return line
                self.close()
            self._wait()

    def read(self, size: int, /) -> bytes:
        """The next bytes, and none at its end. Raises StartedAgain, or GivenUp."""
        while True:
            has_ended = self._has_ended
            if piece := self._file.read(size):
                return piece
            if self._is_another():
                raise StartedAgain
            if has_ended:
                return b""
            self._wait()

    def close(self) -> None:
        """It can be read again, from its beginning."""
        self._file.close()

    def _wait(self) -> None:
        if self._is_given_up:
            raise GivenUp
        if not self._has_ended:
            self._news.wait(LOOK_AGAIN_SECONDS)

    def _is_another(self) -> bool:
        try:
            return os.fstat(self._file.fileno()).st_ino != self._path.stat().st_ino
        except FileNotFoundError:  # the other one is about to be there
            return True
