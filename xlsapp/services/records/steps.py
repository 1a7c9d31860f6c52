"""Many records in steps: each a transaction of about as long as others may wait for it."""

import time
from collections.abc import Iterator

FIRST_STEP = 5_000
LEAST_STEP, MOST_STEP = 500, 200_000
STEP_SECONDS = 0.15


class Pace:
    """How many records a step may have, by how long the one before took."""

    def __init__(self) -> None:
        self._size = FIRST_STEP

    def pieces(self, ids: range) -> Iterator[range]:
        """A range of ids in parts. What is done with each lasts until the next one is asked for."""
        while ids:
            piece, ids = ids[: self._size], ids[self._size :]
            began = time.monotonic()
            yield piece
            took = max(time.monotonic() - began, 0.001)
            self._size = max(LEAST_STEP, min(int(self._size * min(STEP_SECONDS / took, 2)), MOST_STEP))
