"""Dates and times that were written as text, read under one of two conventions.

“03/04/2026” is in March or in April, as “1,234” is a thousand or a little more than one (`numbers.py`). A
convention is chosen for a whole column, never cell by cell: `conventions_of` says which of the two a text can
be read under.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from xlsapp.spreadsheet.cells.calendars import in_gregorian_years
from xlsapp.spreadsheet.cells.cldr import folded, months
from xlsapp.spreadsheet.cells.date_words import bare_date
from xlsapp.visible import plainly

FIRST, SECOND = 0, 1
"""Numbers: decimal point, decimal comma. Dates: day first, month first."""

LONGEST_MOMENT = 60

_ENGLISH = {
    name: number
    for number, names in enumerate(
        (
            *("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul"),
            *("august aug", "september sep sept", "october oct", "november nov", "december dec"),
        ),
        1,
    )
    for name in names.split()
}
_ENGLISH_NAMES = {number: name for name, number in reversed(_ENGLISH.items())}
_WORD = r"([^\W\d_][^\d,/]*?)"
_YEAR = r"(\d{4}|\d{2})"
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_POINTED = re.compile(r"(\d{4})\. ?(\d{1,2})\. ?(\d{1,2})\.?")
_EASTERN = re.compile(r"(\d{4}) ?[年년] ?(\d{1,2}) ?[月월] ?(\d{1,2}) ?[日일]")
_VIETNAMESE = re.compile(r"(?:ngày )?(\d{1,2}) tháng (\d{1,2}),?(?: năm)? (\d{4})", re.IGNORECASE)
_NUMERIC = re.compile(rf"(\d{{1,2}})([-/.]) ?(\d{{1,2}})\2 ?{_YEAR}(?:(?<=\.\d{{4}})\.|(?<=\. \d{{4}})\.)?")
# 31 Jan 2026, 5. März 2024, 1er mai 2024, 3 de mayo de 2024, 5 марта 2024 г.
_DAY_MONTH = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th|er|º|ª)?[. -]*(?:de |d['’])?{_WORD}\.?,?(?: del?)?[ -]+{_YEAR}(?: г\.?|\.)?"
)
_MONTH_DAY = re.compile(rf"{_WORD}\.? +(\d{{1,2}})(?:st|nd|rd|th)?,? +(\d{{4}})")
_YEAR_MONTH = re.compile(rf"(\d{{4}})\.?[ -]+{_WORD}\.?[ -]+(\d{{1,2}})\.?")
_YEAR_DAY_MONTH = re.compile(rf"(\d{{4}})\.? +(\d{{1,2}})\.? +{_WORD}")
_MOMENT = re.compile(r"(.+?)(?:,? +|T)(\d{1,2}:.+)")
_ZONED = re.compile(r"(.*\d:\d\d.*?) ?(?:Z|(?:UTC|GMT)?([+-]\d\d)(?::?(\d\d))?|UTC|GMT)", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6}))?)?\s*([AaPp])?\.?(?:[Mm]\.?)?")

# 11h22, 11 h, 9 Uhr 30; 9:30 Uhr, 9.30 Uhr, kl. 9.30
_WORDED_CLOCK = re.compile(
    r"(\d{1,2}) ?(?:h|uhr) ?(\d\d)?(?: ?(?:m|min|minuten)\.?)?"
    r"|(\d{1,2})[:.](\d\d) ?(?:h|uhr)|kl\.? ?(\d{1,2})[:.](\d\d)",
    re.IGNORECASE,
)
# 9.30 and 0930 are numbers as well: only a whole column of them is one of times.
_BARE_CLOCK = re.compile(r"(\d{1,2})\.([0-5]\d)|(\d\d)([0-5]\d)")


class TwoMonths(ValueError):
    """A month's name that means another month in another language: listopad is October and November."""

    def __init__(self, word: str, months: Sequence[int]) -> None:
        super().__init__(word)
        self.word = word
        self.months = tuple(sorted(months))


def conventions_of(parse: Callable[[str, int], Any], text: str) -> tuple[bool, bool]:
    """Under which of the two conventions a text can be read."""
    return _can(parse, text, FIRST), _can(parse, text, SECOND)


def parse_date(text: str, convention: int) -> date:
    """A day: 2026-01-31, 31/01/2026 or 01/31/2026 by the convention, 31 Jan 2026. Raises ValueError."""
    if match := _ISO.fullmatch(text) or _EASTERN.fullmatch(text):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := _NUMERIC.fullmatch(text):
        first, second, year = int(match[1]), int(match[3]), _year(match[4])
        return date(year, second, first) if convention == FIRST else date(year, first, second)
    if match := _POINTED.fullmatch(text):
        return date(int(match[1]), int(match[2]), int(match[3]))
    if match := _VIETNAMESE.fullmatch(text):
        return date(int(match[3]), int(match[2]), int(match[1]))
    if year_month_day := _named(text):
        year_text, month, day = year_month_day
        return date(_year(year_text), _month(month), int(day))
    bare, days = bare_date(text)
    if bare == text:
        raise ValueError(text)
    found = parse_date(bare, convention)
    if days and found.weekday() not in days and bare[-1:].isdecimal() and not _named(bare):
        raise ValueError(text)  # Mon 03/04/2026 is in the month in which that is a Monday
    return found


def has_another_day_name(text: str, stored: str) -> bool:
    """Whether a date's text names a day of the week that it is not, as it is stored."""
    if text[0].isdecimal() and text[-1].isdecimal():
        return False
    match = _MOMENT.fullmatch(text)
    text = match[1] if match else text
    found, days = _parts(text), bare_date(text)[1]
    is_month = found is not None and _is_month(found[1])  # Mar 5 2021 names no Tuesday
    return bool(days) and not is_month and datetime.fromisoformat(stored).weekday() not in days


def _named(text: str) -> tuple[str, str, str] | None:
    """Year, month and day of a date whose month is a word."""
    found = _parts(text)
    if (found and not _is_month(found[1])) or (found is None and not text.isdecimal()):
        bare, _ = bare_date(text)
        return _parts(bare) or found
    return found


def _is_month(word: str) -> bool:
    return folded(word) in _ENGLISH or folded(word) in months()


def _parts(text: str) -> tuple[str, str, str] | None:
    if match := _DAY_MONTH.fullmatch(text):
        return match[3], match[2], match[1]
    if match := _MONTH_DAY.fullmatch(text):
        return match[3], match[1], match[2]
    if match := _YEAR_MONTH.fullmatch(text):
        return match[1], match[2], match[3]
    match = _YEAR_DAY_MONTH.fullmatch(text)
    return (match[1], match[3], match[2]) if match else None


def parse_datetime(text: str, convention: int) -> datetime:
    """A day, and a time of day after a blank or a T; without one, midnight. Raises ValueError."""
    if len(text) > LONGEST_MOMENT:
        raise ValueError(text)
    text = in_gregorian_years(plainly(text))
    match = _MOMENT.fullmatch(text) if ":" in text else None
    if match is None:
        return datetime.combine(parse_date(text, convention), time())
    return datetime.combine(parse_date(match[1], convention), parse_time(match[2]))


def is_doubtful_month(word: str) -> bool:
    """Whether a word means two months. What is one in English is meant so: no other language is asked."""
    name = folded(word)
    return name not in _ENGLISH and len(months().get(name, ())) > 1


def month_word(text: str) -> str:
    """The month of a moment's text where it is a word; "" where it is none."""
    match = _MOMENT.fullmatch(text := plainly(text))
    found = _named(match[1] if match else text)
    return found[1] if found else ""


def with_month_of(text: str, languages: int) -> str:
    """The text with an English month for a word that means two, but only one in these languages."""
    word = month_word(text)
    meant = months().get(folded(word), {}) if word else {}
    possible = [number for number, spoken in meant.items() if spoken & languages]
    return text.replace(word, _ENGLISH_NAMES[possible[0]]) if len(meant) > 1 and len(possible) == 1 else text


def without_zone(text: str) -> tuple[str, str]:
    """A moment's text without its time zone, and the zone as UTC, UTC+02:00; "" when it names none."""
    text = plainly(text)
    match = _ZONED.fullmatch(text) if ":" in text and len(text) <= LONGEST_MOMENT else None
    if match is None:
        return text, ""
    hours, minutes = match[2] or "+00", match[3] or "00"
    offset = "" if hours[1:] + minutes == "0000" else f"{hours}:{minutes}"
    return match[1], f"UTC{offset}"


def offset_of(zone: str) -> timedelta:
    """How far a zone is ahead of UTC: UTC+02:00 is two hours."""
    sign, hours, minutes = zone[3:4], zone[4:6] or "0", zone[7:9] or "0"
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return -offset if sign == "-" else offset


def parse_time(text: str, convention: int = FIRST) -> time:
    """A time of day: 9:30, 09:30:15, 9:30 PM, 11h22, 9:30 Uhr; by the second convention 9.30 and 0930.

    Raises ValueError.
    """
    text = plainly(text)
    match = _CLOCK.fullmatch(text)
    if not match:
        return _other_clock(text, convention)
    hour, half = int(match[1]), (match[5] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(text)
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, int(match[2]), int(match[3] or 0), int((match[4] or "0").ljust(6, "0")))


def _other_clock(text: str, convention: int) -> time:
    match = _WORDED_CLOCK.fullmatch(text) or (_BARE_CLOCK.fullmatch(text) if convention == SECOND else None)
    if match is None:
        raise ValueError(text)
    hour, *minute = filter(None, match.groups())
    return time(int(hour), int(minute[0]) if minute else 0)


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
    """A month by its name or its usual abbreviation in some language, and nothing longer."""
    word = folded(name)
    if number := _ENGLISH.get(word):
        return number
    meant = months().get(word, {})
    if len(meant) > 1:
        raise TwoMonths(name, list(meant))
    for number in meant:
        return number
    raise ValueError(name)
