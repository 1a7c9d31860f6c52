"""How far a command is, on standard error: one line, written over, on a terminal; plain lines elsewhere."""

import re
import sys
from typing import Self

# A terminal obeys some of these, and a server's words quote what anybody wrote into a workbook.
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """A text without what a terminal would obey instead of showing it."""
    return _CONTROLS.sub("\ufffd", text)


class Progress:
    """Says what is going on, until the end of its `with`, where it makes room for what comes next."""

    def __init__(self) -> None:
        self.is_on_terminal = sys.stderr.isatty()
        self._said = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def say(self, text: str) -> None:
        """Say something, once."""
        text = printable(text)
        if text == self._said:
            return
        if self.is_on_terminal:
            self._write_over(text)
        else:
            print(text, file=sys.stderr, flush=True)
        self._said = text

    def count(self, text: str, done: int, total: int) -> None:
        """Say how many megabytes have gone: on a terminal only, where it is written over."""
        if self.is_on_terminal:
            self._write_over(f"{text}: {done / 1e6:.1f} of {total / 1e6:.1f} MB")

    def clear(self) -> None:
        """Make room for what comes next."""
        if self.is_on_terminal:
            self._write_over("")

    def _write_over(self, text: str) -> None:
        sys.stderr.write(f"\r\x1b[K{printable(text)}")
        sys.stderr.flush()
