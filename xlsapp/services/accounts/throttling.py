"""How often something may be tried: sign-ins that fail, by account and by address; accounts made."""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

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
    """`most` tries at once, won back one by one over `period_seconds`. In memory: a restart forgets them.

    This is the generic cell rate algorithm: of a key, only the moment is kept when all its tries are back.
    """

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


@dataclass(frozen=True, slots=True)
class Throttles:
    """What is throttled about accounts."""

    failures_by_account: Throttle
    failures_by_address: Throttle
    sign_ups_by_address: Throttle

    @classmethod
    def of(cls, settings: AuthSettings) -> Self:
        """As the settings say."""
        return cls(
            Throttle(settings.max_failures_per_account, FAILURES_SECONDS),
            Throttle(settings.max_failures_per_address, FAILURES_SECONDS),
            Throttle(settings.max_sign_ups_per_address, SIGN_UPS_SECONDS),
        )


@contextmanager
def attempt(*tries: tuple[Throttle, str], too_often: TooOften) -> Iterator[Callable[[], None]]:
    """Count a failure for each throttle and key, unless the block calls what it is given, or raises.

    Counted before it is known, so that a thousand attempts at once are not all let through. Raises TooMany.
    """
    failed = True

    def succeeded() -> None:
        nonlocal failed
        failed = False

    taken: list[tuple[Throttle, str]] = []
    try:
        for throttle, key in tries:
            throttle.require(key, too_often)
            taken.append((throttle, key))
        yield succeeded
    except BaseException:
        failed = False
        raise
    finally:
        if not failed:
            for throttle, key in taken:
                throttle.give_back(key)


def network_of(address: str) -> str:
    """Who stands behind an address: itself, or the /64 network of an IPv6 address, which one customer has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return address if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))
