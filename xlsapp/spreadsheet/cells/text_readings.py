"""What a text can be read as: numbers and dates under either convention, times, answers, addresses, links."""

import math
import re
from collections.abc import Callable
from datetime import time
from typing import Any

from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.spreadsheet.cells.answers import is_telling
from xlsapp.spreadsheet.cells.cell_types import (
    MAX_EXACT_INTEGER,
    Rejected,
    read_cell,
)
from xlsapp.spreadsheet.cells.conventions import PLAUSIBLE
from xlsapp.spreadsheet.cells.durations import parse_duration
from xlsapp.spreadsheet.cells.numbers import parse_number, parse_whole
from xlsapp.spreadsheet.cells.text_values import FIRST, SECOND, parse_datetime, parse_time, without_zone
from xlsapp.spreadsheet.cells.values import is_shortened
from xlsapp.visible import visible

INTEGER = (1, 2)
NUMBER = (4, 8)
DATE = (16, 32)
DATETIME = (64, 128)
"""Bits of a reading under the first and under the second convention."""
TIME, BOOLEAN, EMAIL, LINK, DURATION = 256, 512, 1024, 2048, 16_384
EITHER_WAY = 4096
"""It can be read under both conventions, and means something else under each."""
LEADING_ZERO = 8192
"""Digits that would lose a zero if they became a number: 00123."""

ALL_WHOLE = INTEGER[0] | INTEGER[1] | NUMBER[0] | NUMBER[1]

# A double keeps 15 digits; what is longer is a name made of digits, not a number.
MAX_DIGITS = 15

_PLAIN_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,14})").fullmatch
# With three decimals the point may part thousands, as in 1.234; not so in 1234.567 and 0.567.
_PLAIN_DECIMAL = re.compile(
    r"-?(?:(?:0|[1-9]\d{0,9})\.(?:\d\d?|\d{4,5})|(?:0|[1-9]\d{3,9})\.\d{3})"
).fullmatch
_POINT_AND_THREE = re.compile(r"-?[1-9]\d{0,2}\.\d{3}").fullmatch
# The shapes that parse_date knows. Most texts have none of them, and are spared its closer look.
_DATE = re.compile(
    r"\d{1,4}[-/.] ?\d{1,2}[-/.] ?\d|\d{4} ?[年년]"
    r"|\d{1,2}[^\d,/]{2,45},?[ -](?:\d{4}|\d\d)(?!\d)"
    r"|[^\W\d_][^\d/]{1,40} (?:\d{1,2}\D{1,30}(?:\d\d|\d\D{1,20}\d{4})|\d{4}\D{1,30}\d)"
    r"|\d{1,2} [^\W\d_][^\d/]{1,20} \d{1,2}\D{1,20}\d{4}"
    r"|\d{4}(?:\.?[\s-]+|\(\w{1,3}\))[^\W\d_]"
).match
_LEADING_ZERO = re.compile(r"[-+(]?0\d+").match
# What nobody would write for something else; an import knows more units.
_DURATION = re.compile(
    r"[-+\u2212]?(?:\d+:\d\d|P[T\d]|[\d.,]+ ?(?:h|min|s|sec|hrs?|hours?|minutes?|seconds?|days?)\b|\d+h\d)",
    re.IGNORECASE,
).match
_CLOCK = re.compile(r"\d{1,2}(?::\d\d| ?h ?\d\d| ?uhr|[:.]\d\d ?uhr)|kl", re.IGNORECASE).match
_DIGIT = re.compile(r"\d").search
_EMAILS, _LINKS = (TemplateColumn(0, "", kind, 0) for kind in (ColumnType.EMAIL, ColumnType.LINK))


def readings_of(text: str) -> int:
    """The bits of all that a text, which is not blank, can be read as; 0 when it is only a text."""
    text = visible(text)
    if text[:1] in "-0123456789" and (plain := _plain_number(text)):
        return plain
    return _words(text) | (_figures(text) if _DIGIT(text) else 0)


def _plain_number(text: str) -> int:
    """What a number can be read as that is written as programs do, which most are; 0 for other texts."""
    if _PLAIN_WHOLE(text):
        return ALL_WHOLE | BOOLEAN if text in ("0", "1") else ALL_WHOLE
    if _PLAIN_DECIMAL(text):
        return NUMBER[0] | (INTEGER[0] if float(text).is_integer() else 0)
    if _POINT_AND_THREE(text):
        return NUMBER[0] | NUMBER[1] | INTEGER[1] | EITHER_WAY
    return 0


def _words(text: str) -> int:
    """Which of the types a text is that need no digit."""
    found = 0
    if is_telling(text):
        found |= BOOLEAN
    if "@" in text and _can(_EMAILS, text):
        found |= EMAIL
    if ("://" in text or text[:4].lower() == "www.") and _can(_LINKS, text):
        found |= LINK
    return found


def _figures(text: str) -> int:
    """Which numbers, dates and times a text with a digit can be."""
    found = 0
    if PLAUSIBLE[ColumnType.NUMBER](text):
        found |= _numbers(text)
    if _DATE(text):
        found |= _moments(text)
    if _CLOCK(text) and _parsed(parse_time, text, FIRST) is not None:
        found |= TIME
    if _DURATION(text) and _parsed(lambda each, _: parse_duration(each), text, FIRST) is not None:
        found |= DURATION
    return found


def _numbers(text: str) -> int:
    if _LEADING_ZERO(text) and text.lstrip("-+(").rstrip(")").isdecimal():
        return LEADING_ZERO
    # “+47 12 34 56 78” is a telephone's number; of 1.23457E+15 Excel has cut the digits.
    if text.startswith("+") or sum(map(str.isdecimal, text)) > MAX_DIGITS or is_shortened(text):
        return 0
    found = 0
    values = [_parsed(parse_number, text, convention) for convention in (FIRST, SECOND)]
    for place, value in enumerate(values):
        if value is None or not math.isfinite(value):
            continue
        found |= NUMBER[place]
        whole = _parsed(parse_whole, text, place)
        if whole is not None and abs(whole) <= MAX_EXACT_INTEGER:
            found |= INTEGER[place]
    return found | _either_way(values)


def _moments(text: str) -> int:
    found = 0
    text, _ = without_zone(text)
    values = [_parsed(parse_datetime, text, convention) for convention in (FIRST, SECOND)]
    for place, value in enumerate(values):
        if value is not None:
            found |= DATETIME[place] | (DATE[place] if value.time() == time() else 0)
    return found | _either_way(values)


def _either_way(values: list[Any]) -> int:
    return EITHER_WAY if None not in values and values[0] != values[1] else 0


def _parsed(parse: Callable[[str, int], Any], text: str, convention: int) -> Any:
    try:
        return parse(text, convention)
    except (ValueError, OverflowError):
        return None


def _can(column: TemplateColumn, text: str) -> bool:
    try:
        read_cell(column, text)
    except Rejected:
        return False
    return True
