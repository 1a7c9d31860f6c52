"""A call that is made again and again."""

import asyncio
from collections.abc import Callable


class Repeating:
    """Calls something again and again, from now on until it is cancelled."""

    def __init__(self, seconds: float, call: Callable[[], object]) -> None:
        self._seconds = seconds
        self._call = call
        self._again()

    def _again(self) -> None:
        self._call()
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._again)

    def cancel(self) -> None:
        """Call it no more."""
        self._timer.cancel()
