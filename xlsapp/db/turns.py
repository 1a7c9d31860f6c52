"""Turns at something that only so many may have at once: they go round by account, whoever asks most."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from xlsapp.errors import XlsappError


class TooManyWait(XlsappError):
    """So many of one account wait for a turn that another one has to come again later."""


class FairTurns:
    """At most `at_once` of all accounts together, and `each` of one, have a turn; the others wait.

    The next is the account that has the fewest, and of these the one whose last turn began longest ago.
    """

    def __init__(self, *, each: int, at_once: int | None = None, most_waiting: int | None = None) -> None:
        self._each = each
        self._at_once = at_once
        self._most_waiting = most_waiting
        self._taken: Counter[int] = Counter()
        self._waiting: dict[int, deque[asyncio.Future[None]]] = {}
        self._last: dict[int, int] = {}
        self._numbers = count(1)

    @asynccontextmanager
    async def turn(self, account_id: int) -> AsyncIterator[None]:
        """A turn for the length of the block. Raises TooManyWait when too many of the account wait."""
        await self._take(account_id)
        try:
            yield
        finally:
            self._give_back(account_id)

    async def short_turn(self, account_id: int, *, seconds: float) -> None:
        """A turn that begins now, and is over after so long by itself. Raises TooManyWait likewise."""
        await self._take(account_id)
        asyncio.get_running_loop().call_later(seconds, self._give_back, account_id)

    async def _take(self, account_id: int) -> None:
        if self._is_free(account_id) and account_id not in self._waiting:
            self._begin(account_id)
            return
        line = self._waiting.setdefault(account_id, deque())
        if self._most_waiting is not None and len(line) >= self._most_waiting:
            raise TooManyWait
        given = asyncio.get_running_loop().create_future()
        line.append(given)
        try:
            await given
        except asyncio.CancelledError:
            if not given.cancelled():  # it was given in the same moment
                self._give_back(account_id)
            else:
                self._leave(account_id, given)
            raise

    def _leave(self, account_id: int, given: "asyncio.Future[None]") -> None:
        line = self._waiting.get(account_id, deque())
        if given in line:
            line.remove(given)
        if not line:
            self._waiting.pop(account_id, None)

    def _give_back(self, account_id: int) -> None:
        self._taken[account_id] -= 1
        if not self._taken[account_id]:
            del self._taken[account_id]
        while self._hand_out():
            pass
        if not self._taken:
            self._last.clear()

    def _hand_out(self) -> bool:
        free = [account_id for account_id in self._waiting if self._is_free(account_id)]
        if not free:
            return False
        account_id = min(free, key=lambda account: (self._taken[account], self._last.get(account, 0)))
        given = self._waiting[account_id].popleft()
        if not self._waiting[account_id]:
            del self._waiting[account_id]
        if not given.done():
            self._begin(account_id)
            given.set_result(None)
        return True

    def _begin(self, account_id: int) -> None:
        self._taken[account_id] += 1
        self._last[account_id] = next(self._numbers)

    def _is_free(self, account_id: int) -> bool:
        is_full = self._at_once is not None and self._taken.total() >= self._at_once
        return not is_full and self._taken[account_id] < self._each
