"""Python reads this at the start of a test's server, whose wall clock is off by the seconds in CLOCK_OFFSET.

Passwords are as cheap as with tests/cheap_passwords, which this takes the place of.
"""

import os
import time
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Self

import argon2.profiles

import xlsapp.clock

argon2.profiles.RFC_9106_LOW_MEMORY = argon2.profiles.CHEAPEST

OFFSET = Path(os.environ["CLOCK_OFFSET"])
_true_time = time.time


def stepped() -> float:
    """Seconds since 1970, as this clock has them."""
    return _true_time() + float(OFFSET.read_text())


class Stepped(datetime):
    """The same as a date."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls.fromtimestamp(stepped(), tz)


time.time = stepped
xlsapp.clock.datetime = Stepped  # type: ignore[misc]
