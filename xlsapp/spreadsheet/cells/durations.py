"""Lengths of time, stored as seconds: 1:30:00 as Excel shows them, and as people and programs write them."""

import re
from collections.abc import Callable
from datetime import timedelta

from xlsapp.spreadsheet.cells.cldr import folded, units
from xlsapp.visible import DASHES, ascii_digits, plainly

MOST_SECONDS = 2_958_465 * 86_400
"""As many days as Excel counts, to the end of 9999."""
LONGEST_DURATION = 60

SECONDS = {"week": 604_800, "day": 86_400, "hour": 3600, "minute": 60, "second": 1}
# By themselves these may be metres, tonnes, grams or months: “12 m” says nothing, “1 h 12 m” does.
WEAK = {"m": "minute", "t": "hour", "u": "hour", "g": "day", "w": "week"}

_DASH = re.compile(f"^[{DASHES}]")
_CLOCK = re.compile(r"(\d{1,8}):(\d\d)(?::(\d\d)(?:[.,](\d{1,6}))?)?(?: ?([^\W\d_]+)\.?)?")
_ISO = re.compile(
    r"P(?!$)(?:([\d.,]+)W)?(?:([\d.,]+)D)?(?:T(?!$)(?:([\d.,]+)H)?(?:([\d.,]+)M)?(?:([\d.,]+)S)?)?",
    re.IGNORECASE,
)
# 1.5 and 0.125, but not 1.500, which may be a thousand and a half.
_NUMBER = re.compile(r"\d{1,9}|\d{1,9}[.,]\d{1,2}|0[.,]\d+").fullmatch
# In ISO's notation a point and a comma are both decimal signs: PT1.500S is no thousand.
_ISO_NUMBER = re.compile(r"\d{1,9}(?:[.,]\d{1,9})?").fullmatch
_PART = re.compile(r"([\d.,]*\d) ?([^\W\d_]+)\.?(?:, ?| and | )?|(\d\d)$")


def parse_duration(text: str) -> float:
    """Seconds: of 36:00 (hours and minutes), 1500:00:00, -6:00, 1 h 30 min, 90 min, 1.5 h, PT1H30M.

    Raises ValueError, for numbers without a unit, too: nobody knows which is meant.
    """
    text = plainly(ascii_digits(text))
    if len(text) > LONGEST_DURATION:
        raise ValueError(text)
    text = _DASH.sub("-", text)
    bare = text.lstrip("+-").lstrip()
    sign = -1 if text.startswith("-") else 1
    if len(text) - len(bare) > 2:
        raise ValueError(text)
    return checked_seconds(sign * (_of_clock(bare) if ":" in bare else _of_units(bare)))


def checked_seconds(seconds: float) -> float:
    """Seconds in whole milliseconds. Raises ValueError beyond what Excel counts."""
    if not abs(seconds) <= MOST_SECONDS:
        raise ValueError(seconds)
    return round(float(seconds), 3) + 0.0  # no -0.0


def seconds_of(span: timedelta) -> float:
    """The same for what a reader has made of a cell."""
    return checked_seconds(span.total_seconds())


def duration_text(seconds: float) -> str:
    """As Excel shows it under [h]:mm:ss, with milliseconds where there are some: 36:00:00, -0:00:01.500."""
    milliseconds = round(abs(seconds) * 1000)
    whole, rest = divmod(milliseconds, 1000)
    sign = "-" if seconds < 0 and milliseconds else ""
    fraction = f".{rest:03}" if rest else ""
    return f"{sign}{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}{fraction}"


def _of_clock(text: str) -> float:
    """Hours, minutes and perhaps seconds, perhaps with “h” behind them."""
    match = _CLOCK.fullmatch(text)
    if match is None or int(match[2]) > 59 or int(match[3] or 0) > 59:
        raise ValueError(text)
    if match[5] and _unit(match[5]) != "hour":
        raise ValueError(text)
    fraction = float(f"0.{match[4] or 0}")
    return int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3] or 0) + fraction


def _of_units(text: str) -> float:
    if match := _ISO.fullmatch(text):
        parts = [(number, unit) for number, unit in zip(match.groups(), SECONDS, strict=True) if number]
        return _sum(parts, text, _ISO_NUMBER)
    parts, place = [], 0
    while place < len(text):
        match = _PART.match(text, place)
        if match is None:
            raise ValueError(text)
        place = match.end()
        if match[3]:  # 1h30
            if not parts or parts[-1][1] != "hour":
                raise ValueError(text)
            parts.append((match[3], "minute"))
        else:
            parts.append((match[1], _unit(match[2], alone=text.startswith(match[0]) and place == len(text))))
    return _sum(parts, text)


def _unit(word: str, *, alone: bool = True) -> str:
    name = folded(word)
    if name in WEAK:
        return "" if alone else WEAK[name]
    return units().get(name, "")


def _sum(parts: list[tuple[str, str]], text: str, is_number: Callable[[str], object] = _NUMBER) -> float:
    """The parts together, where they are units from the largest to the smallest, each of them once."""
    order = [list(SECONDS).index(unit) if unit else -1 for _, unit in parts]
    if not parts or -1 in order or order != sorted(set(order)):
        raise ValueError(text)
    if not all(map(is_number, (number for number, _ in parts))):
        raise ValueError(text)
    if any("." in number or "," in number for number, _ in parts[:-1]):
        raise ValueError(text)
    return sum(float(number.replace(",", ".")) * SECONDS[unit] for number, unit in parts)
