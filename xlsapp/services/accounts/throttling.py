"""How often something may be tried: sign-ins that fail, by account and by address; accounts made.

It is the generic cell rate algorithm: of a key, only the moment is kept when all its tries are back.
"""

import asyncio
import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol, Self

from xlsapp.config import AuthSettings
from xlsapp.errors import TooMany
from xlsapp.problems import Message

FAILURES_SECONDS = 15 * 60
SIGN_UPS_SECONDS = 60 * 60

# Some 200 bytes each. Those that are forgotten first are those not seen for longest.
MOST_KEYS = 50_000


TooOften = Callable[[int], Message]
"""From how many seconds to wait to what to say."""


@dataclass(frozen=True, slots=True)
class Throttle:
    """`most` tries at once, won back one by one over `period_seconds`. In memory: a restart forgets them."""

    most: int
    period_seconds: float
    now: Callable[[], float] = time.monotonic
    _back_at: OrderedDict[str, float] = field(default_factory=OrderedDict)

    def take(self, key: str) -> int:
        """Count a try. Returns 0, or in how many seconds to come back; then it was not counted."""
        now = self.now()
        back_at = max(self._back_at.get(key, now), now) + self.period_seconds / self.most
        # The last try of a full set ends exactly at the period's end, give or take a float's rounding.
        wait = back_at - now - self.period_seconds
        if wait > 1e-6:
            return math.ceil(wait)
        self._back_at[key] = back_at
        self._back_at.move_to_end(key)
        self._forget(now)
        return 0

    def require(self, key: str, too_often: TooOften) -> None:
        """Count a try. Raises TooMany, with what was too often and how long to wait, when none is left."""
        if wait := self.take(key):
            raise TooMany(too_often(wait), retry_after_seconds=wait)

    def give_back(self, key: str) -> None:
        """The try was none: undo its `take`."""
        if key in self._back_at:
            self._back_at[key] -= self.period_seconds / self.most

    def _forget(self, now: float) -> None:
        while self._back_at:
            oldest = next(iter(self._back_at))
            if self._back_at[oldest] > now and len(self._back_at) <= MOST_KEYS:
                return
            del self._back_at[oldest]


class Tries(Protocol):
    """What counts tries, for one process or for all that share a database."""

    async def take(self, key: str) -> int:
        """Count a try. Returns 0, or in how many seconds to come back; then it was not counted."""

    async def give_back(self, key: str) -> None:
        """The try was none: undo its `take`."""


@dataclass(frozen=True, slots=True)
class TriesHere:
    """Where one process sees them all."""

    throttle: Throttle

    async def take(self, key: str) -> int:
        """See Tries."""
        return self.throttle.take(key)

    async def give_back(self, key: str) -> None:
        """See Tries."""
        self.throttle.give_back(key)


def counted_here(name: str, most: int, period_seconds: float) -> Tries:
    """`most` tries at once, won back one by one over `period_seconds`, counted by this process alone."""
    return TriesHere(Throttle(most, period_seconds))


@dataclass(frozen=True, slots=True)
class Throttles:
    """What is throttled about accounts."""

    failures_by_account: Tries
    failures_by_address: Tries
    sign_ups_by_address: Tries

    @classmethod
    def of(cls, settings: AuthSettings, counted: Callable[[str, int, float], Tries] = counted_here) -> Self:
        """As the settings say. `counted` is given a name, how many, and in how many seconds."""
        return cls(
            counted("account", settings.max_failures_per_account, FAILURES_SECONDS),
            counted("address", settings.max_failures_per_address, FAILURES_SECONDS),
            counted("sign_up", settings.max_sign_ups_per_address, SIGN_UPS_SECONDS),
        )


async def require(tries: Tries, key: str, too_often: TooOften) -> None:
    """Count a try. Raises TooMany, with what was too often and how long to wait, when none is left."""
    if wait := await tries.take(key):
        raise TooMany(too_often(wait), retry_after_seconds=wait)


@asynccontextmanager
async def attempt(*tries: tuple[Tries, str], too_often: TooOften) -> AsyncIterator[Callable[[], None]]:
    """Count a failure for each throttle and key, unless the block calls what it is given, or raises.

    Counted before it is known, so that a thousand attempts at once are not all let through. Raises TooMany.
    """
    failed = True

    def succeeded() -> None:
        nonlocal failed
        failed = False

    taken: list[tuple[Tries, str]] = []
    try:
        for each, key in tries:
            await require(each, key, too_often)
            taken.append((each, key))
        yield succeeded
    except BaseException:
        failed = False
        raise
    finally:
        if not failed:
            for each, key in taken:
                await asyncio.shield(each.give_back(key))


def network_of(address: str) -> str:
    """Who stands behind an address: itself, or the /64 network of an IPv6 address, which one customer has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return address if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))
