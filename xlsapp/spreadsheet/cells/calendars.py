"""Years of other calendars in dates that were written as text: Thai ones are converted, others refused."""

import re
from collections.abc import Sequence

from xlsapp.models import CellValue

BUDDHIST_YEARS = 543
"""How far Thailand's years are ahead. Its months and days have been the Gregorian ones since 1941."""
FIRST_BUDDHIST = 2484
FIRST_LIKELY, LAST_LIKELY = 1700, 2399
"""Beyond these, a year beside letters or digits of such a script is hardly a Gregorian one: in 2026 it is
1404 in Iran, 1447 by the Islamic calendar, 5786 by the Hebrew one.
"""
FIRST_OF_NEPAL, LAST_LIKELY_IN_NEPALS_SCRIPT = "1957", 2049
"""Nepal is 57 years ahead: 2083 in 2026, 1957 in 1900. From 2050 on, a year in this script is hardly an
Indian one; before, nobody can tell.
"""

_THAI = re.compile("[\u0e00-\u0e7f]").search
# Hebrew, Arabic, Syriac, Devanagari, Bengali, Lao.
_OF_OTHER_CALENDARS = re.compile("[\u0590-\u077f\u0900-\u09ff\u0e80-\u0eff]").search
_DEVANAGARI = re.compile("[\u0900-\u097f]").search
_OF_DEVANAGARI_DIGITS = re.compile(r"[\u0966-\u096f][\W\d]*").fullmatch
_PERSIAN_DIGIT = re.compile("[\u06f0-\u06f9]").search
_BUDDHIST_ERA = re.compile(r"พ\.? ?ศ\.? ?")
_ODD_YEAR = re.compile(r"1[34]\d\d-|2[4-6]\d\d-").match
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")


class OtherCalendar(ValueError):
    """A date whose year is none of the Gregorian calendar, as far as can be told."""


def in_gregorian_years(text: str) -> str:
    """A date's text with the Gregorian year, where it is of Thailand; otherwise as it is.

    Raises OtherCalendar where the year may be of another calendar, and nobody knows.
    """
    if text.isascii():
        return text
    if _THAI(text):
        return _from_thai(text)
    if _OF_OTHER_CALENDARS(text):
        match = _YEAR.search(text)
        if match is None and _PERSIAN_DIGIT(text):
            raise OtherCalendar(text)
        last = LAST_LIKELY_IN_NEPALS_SCRIPT if _DEVANAGARI(text) else LAST_LIKELY
        _check(text, int(match[0]) if match else FIRST_LIKELY, last)
    return text


def may_be_nepals(text: str, stored: str) -> bool:
    """Whether a date is written in nothing but the digits of Nepal and India: 2045 may be 1989.

    A month's word shows which is meant, as each calendar has its own.
    """
    return stored >= FIRST_OF_NEPAL and not text.isascii() and _OF_DEVANAGARI_DIGITS(text) is not None


def of_odd_years(days: Sequence[CellValue]) -> dict[str, list[int]]:
    """The places of days, as they are stored, whose year is one of our time in Iran, Islam or Thailand."""
    filled: list[str] = list(filter(None, days))  # type: ignore[arg-type]  # they are texts
    if not filled or (min(filled) >= "1500" and max(filled) < "2400"):
        return {}
    found = [place for place, day in enumerate(days) if day and _ODD_YEAR(str(day))]
    return {"odd_year": found} if found else {}


def _from_thai(text: str) -> str:
    bare = _BUDDHIST_ERA.sub("", text)
    match = _YEAR.search(bare)
    if match is None:  # 67 is 2024 or 1967
        raise OtherCalendar(text)
    year = int(match[0])
    if bare != text or year > LAST_LIKELY:
        if year < FIRST_BUDDHIST:
            raise OtherCalendar(text)
        return f"{bare[: match.start()]}{year - BUDDHIST_YEARS}{bare[match.end() :]}"
    _check(text, year, LAST_LIKELY)
    return text


def _check(text: str, year: int, last: int) -> None:
    if not FIRST_LIKELY <= year <= last:
        raise OtherCalendar(text)
