"""Numbers, dates and times that were written as text, read under one of two conventions.

“1,234” is a thousand or a little more than one, “03/04/2026” is in March or in April. A convention is chosen
for
a whole column, never cell by cell: `conventions_of` says which of the two a text can be read under.
"""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

FIRST, SECOND = 0, 1
"""Numbers: decimal point, decimal comma. Dates: day first, month first."""

LONGEST_MOMENT = 60

# Spaces between thousands go, and a minus sign as printers know it is one.
_PLAIN = str.maketrans("\u2212", "-", " \u00a0\u2009\u202f'\u2019")
_CURRENCY = re.compile(r"^([+-]?)[€$£¥]|[€$£¥]$")
# Thousands are parted, or there is a power of ten: 1.000E+03 is a thousand, and no million.
_NUMBERS = (
    re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d*(?:\.\d*)?(?:[eE][+-]?\d{1,3})?)"),
    re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+(?:,\d*)?|\d*(?:,\d*)?(?:[eE][+-]?\d{1,3})?)"),
)
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_NUMERIC = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})")
_DAY_MONTH = re.compile(r"(\d{1,2})[. -]*([A-Za-z]{3,9})\.?,?[ -]+(\d{4}|\d{2})")
_MONTH_DAY = re.compile(r"([A-Za-z]{3,9})\.? +(\d{1,2})(?:st|nd|rd|th)?,? +(\d{4})")
_MOMENT = re.compile(r"(.+?)(?:,? +|T)(\d{1,2}:.+)")
_ZONED = re.compile(r"(.*\d:\d\d.*?) ?(?:Z|(?:UTC|GMT)?([+-]\d\d)(?::?(\d\d))?|UTC|GMT)", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?\s*([AaPp])?\.?(?:[Mm]\.?)?")


def conventions_of(parse: Callable[[str, int], Any], text: str) -> tuple[bool, bool]:
    """Under which of the two conventions a text can be read."""
    return _can(parse, text, FIRST), _can(parse, text, SECOND)


def parse_number(text: str, convention: int) -> float | int:
    """A number; a whole one is an int.

    Takes spaces between thousands, a currency sign, a percent sign, (12) and 12- for -12.

    Raises ValueError.
    """
    bare, negative = _without_brackets(text.translate(_PLAIN))
    bare = _CURRENCY.sub(r"\1", bare)
    percent = bare.endswith("%")
    bare = bare.removesuffix("%")
    if not _NUMBERS[convention].fullmatch(bare) or not any(c.isdigit() for c in bare):
        raise ValueError(text)
    plain = bare.replace(",", "") if convention == FIRST else bare.replace(".", "").replace(",", ".")
    number: float | int = float(plain) if not plain.lstrip("+-").isdigit() else int(plain)
    if percent:
        number = float(plain + "e-2") if "e" not in plain.lower() else number / 100
    return -number if negative else number


def _without_brackets(text: str) -> tuple[str, bool]:
    """What is within brackets, or before a minus, which make a number negative; whether there are any."""
    if text.startswith("(") and text.endswith(")"):
        text, negative = text[1:-1], True
    elif text.endswith("-"):
        text, negative = text[:-1], True
    else:
        return text, False
    if "-" in text or "+" in text:  # twice negative, or not: nobody knows
        raise ValueError(text)
    return text, negative


def parse_whole(text: str, convention: int) -> int:
    """A whole number.

    “1.000” is never 1, which would lose a thousand in silence: its point parts thousands, or it is no whole
    number.

    Raises ValueError.
    """
    number = parse_number(text, convention)
    if isinstance(number, int):
        return number
    if not number.is_integer() or _may_be_thousands(text, number, 1 - convention):
        raise ValueError(text)
    return int(number)


def _may_be_thousands(text: str, number: float, other_convention: int) -> bool:
    try:
        other = parse_number(text, other_convention)
    except ValueError:
        return False
    return other != number and float(other).is_integer()


def parse_date(text: str, convention: int) -> date:
    """A day: 2026-01-31, 31/01/2026 or 01/31/2026 by the convention, 31 Jan 2026. Raises ValueError."""
    if match := _ISO.fullmatch(text):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := _NUMERIC.fullmatch(text):
        first, second, year = int(match[1]), int(match[3]), _year(match[4])
        return date(year, second, first) if convention == FIRST else date(year, first, second)
    if match := _DAY_MONTH.fullmatch(text):
        return date(_year(match[3]), _month(match[2]), int(match[1]))
    if match := _MONTH_DAY.fullmatch(text):
        return date(int(match[3]), _month(match[1]), int(match[2]))
    raise ValueError(text)


def parse_datetime(text: str, convention: int) -> datetime:
    """A day, and a time of day after a blank or a T; without one, midnight. Raises ValueError."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        return datetime.combine(parse_date(text, convention), time())
    return datetime.combine(parse_date(match[1], convention), parse_time(match[2]))


def without_zone(text: str) -> tuple[str, str]:
    """A moment's text without its time zone, and the zone as UTC, UTC+02:00; "" when it names none."""
    text = text.strip()
    match = _ZONED.fullmatch(text) if ":" in text and len(text) <= LONGEST_MOMENT else None
    if match is None:
        return text, ""
    hours, minutes = match[2] or "+00", match[3] or "00"
    offset = "" if hours[1:] + minutes == "0000" else f"{hours}:{minutes}"
    return match[1], f"UTC{offset}"


def parse_time(text: str, convention: int = FIRST) -> time:
    """A time of day: 9:30, 09:30:15, 9:30 PM. Raises ValueError."""
    match = _CLOCK.fullmatch(text)
    if not match:
        raise ValueError(text)
    hour, half = int(match[1]), (match[5] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(text)
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, int(match[2]), int(match[3] or 0), int((match[4] or "0").ljust(6, "0")))


def _can(parse: Callable[[str, int], Any], text: str, convention: int) -> bool:
    try:
        parse(text, convention)
    except (ValueError, OverflowError):
        return False
    return True


def _year(digits: str) -> int:
    # Excel's own rule for two digits: 00 to 29 are this century, 30 to 99 the last one.
    year = int(digits)
    return year if len(digits) == 4 else year + (2000 if year < 30 else 1900)


def _month(name: str) -> int:
    if name[:3].lower() not in _MONTHS:
        raise ValueError(name)
    return _MONTHS[name[:3].lower()]
