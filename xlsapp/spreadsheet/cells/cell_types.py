"""One cell's value as a column's type stores it, or why it cannot be: the careful way, a cell at a time.

`columns.py` converts whole columns at once, and comes here with the cells that need a closer look.
"""

import difflib
import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from xlsapp.models import CellValue, ColumnType, TemplateColumn
from xlsapp.problems import Message
from xlsapp.spreadsheet.cells.answers import TwoAnswers, read_answer
from xlsapp.spreadsheet.cells.calendars import OtherCalendar
from xlsapp.spreadsheet.cells.cldr import languages
from xlsapp.spreadsheet.cells.durations import parse_duration, seconds_of
from xlsapp.spreadsheet.cells.numbers import parse_number, parse_whole
from xlsapp.spreadsheet.cells.text_values import FIRST, TwoMonths, parse_datetime, parse_time, without_zone
from xlsapp.spreadsheet.cells.values import MAX_TEXT_LENGTH, NO_DATE, CellError, as_text
from xlsapp.visible import alike, visible

# Beyond this a double cannot tell neighbouring whole numbers apart (2**53).
MAX_EXACT_INTEGER = 9_007_199_254_740_992
CHOICES_IN_MESSAGE = 8
DAY_SECONDS = 86_400
HALF_A_MILLISECOND = timedelta(microseconds=500)
"""What is nearer to zero is zero, below it too: it is left of a subtraction."""

_EMAIL = re.compile(r"[^@\s,;<>()\[\]\"]+@[^@\s,;<>()\[\]\".]+(?:\.[^@\s,;<>()\[\]\".]+)*")
_NAMED_EMAIL = re.compile(r"[^<>@]*<\s*([^<>\s]+)\s*>")  # Ada L <ada@example.com>
_LINK = re.compile(r"https?://[^\s/?#<>\"]+(?:[/?#][^\s<>\"]*)?", re.IGNORECASE)


class Rejected(Exception):
    """A value that will not do.

    `rule` names what it breaks, `message` says what is wrong.
    """

    def __init__(self, rule: str, message: Message) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message


def is_blank(value: Any) -> bool:
    """Whether a cell counts as empty: nothing, or only spaces."""
    return value is None or (type(value) is str and (not value or value.isspace()))


def read_cell(column: TemplateColumn, value: Any, convention: int = FIRST) -> CellValue:
    """A cell that is not blank, as it is stored. Raises Rejected."""
    if type(value) is CellError:
        if value.is_uncalculated:
            raise Rejected("uncalculated", Message("cell.uncalculated"))
        raise Rejected("error_cell", Message("cell.error", {"error": value.code}))
    if value == NO_DATE:
        raise Rejected("error_cell", Message("cell.date_that_is_none"))
    return READERS[column.type](column, value, convention)


def _text(column: TemplateColumn, value: Any, convention: int) -> str:
    text = as_text(value)
    if len(text) > MAX_TEXT_LENGTH:
        raise Rejected(
            "text_length", Message("cell.text_too_long", {"length": len(text), "most": MAX_TEXT_LENGTH})
        )
    if "\x00" in text:
        raise Rejected("damaged_text", Message("cell.null_characters"))
    return text


def _integer(column: TemplateColumn, value: Any, convention: int) -> int:
    number = _number(column, value, convention)
    if isinstance(number, float):
        if not number.is_integer():
            raise Rejected("type", Message("cell.not_whole", {"value": _short(value)}))
        if isinstance(value, str) and not _is_whole(value, convention):
            raise Rejected(
                "type", Message("cell.perhaps_thousands", {"value": _short(value), "number": number})
            )
        number = int(number)
    if abs(number) > MAX_EXACT_INTEGER:
        raise Rejected("type", Message("cell.too_many_digits", {"value": _short(value)}))
    return number


def _is_whole(text: str, convention: int) -> bool:
    try:
        parse_whole(text.strip(), convention)
    except ValueError:
        return False
    return True


def _number(column: TemplateColumn, value: Any, convention: int) -> float | int:
    match value:
        case bool():
            raise Rejected("type", _not_a_number(column, value))
        case int() | float():
            number: float | int = value
        case str():
            try:
                number = parse_number(value.strip(), convention)
            except (ValueError, OverflowError):
                raise Rejected("type", _not_a_number(column, value)) from None
        case _:
            raise Rejected("type", _not_a_number(column, value))
    if isinstance(number, int) and column.type is ColumnType.NUMBER and abs(number) > MAX_EXACT_INTEGER:
        number = _nearest_float(number)  # a whole number of any length; a database's has 64 bits
    if isinstance(number, float) and not math.isfinite(number):
        raise Rejected("type", Message("cell.number_too_large", {"value": _short(value)}))
    return number


def _nearest_float(number: int) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf


def _date(column: TemplateColumn, value: Any, convention: int) -> str:
    match value:
        case datetime():
            moment = value
        case date():
            return value.isoformat()
        case str():
            moment = _written_moment(column, value, convention)
        case _:
            raise Rejected("type", _not_a_date(column, value))
    if moment.time() != time():
        raise Rejected("type", Message("cell.date_with_time", {"value": _short(value)}))
    return moment.date().isoformat()


def _datetime(column: TemplateColumn, value: Any, convention: int) -> str:
    match value:
        case datetime():
            moment = value
        case date():
            moment = datetime.combine(value, time())
        case str():
            moment = _written_moment(column, value, convention)
        case _:
            raise Rejected("type", _not_a_date(column, value))
    return _to_milliseconds(moment).isoformat()


def _written_moment(column: TemplateColumn, text: str, convention: int) -> datetime:
    try:
        return parse_datetime(text.strip(), convention)
    except OtherCalendar:
        raise Rejected("type", Message("cell.other_calendar", {"value": _short(text)})) from None
    except TwoMonths as error:
        about = {"value": _short(text), "word": error.word, "months": error.months}
        raise Rejected("type", Message("cell.two_months", about)) from None
    except (ValueError, OverflowError):
        raise Rejected("type", _not_a_date(column, text)) from None


def _time(column: TemplateColumn, value: Any, convention: int) -> str:
    match value:
        case time():
            moment = value
        case timedelta() if -HALF_A_MILLISECOND < value < timedelta(days=1):
            moment = (datetime.min + max(value, timedelta(0))).time()
        case str():
            try:
                moment = parse_time(value.strip(), convention)
            except ValueError:
                raise Rejected("type", _not_a_time(value)) from None
        case _:
            raise Rejected("type", _not_a_time(value))
    return _to_milliseconds(datetime.combine(date(2000, 1, 1), moment)).time().isoformat()


def _duration(column: TemplateColumn, value: Any, convention: int) -> float:
    try:
        match value:
            case timedelta():
                return seconds_of(value)
            case time():
                return seconds_of(datetime.combine(datetime.min, value) - datetime.min)
            case str():
                return parse_duration(value)
    except (ValueError, OverflowError):
        pass
    raise Rejected("type", _not_a_duration(value))


def _boolean(column: TemplateColumn, value: Any, convention: int) -> bool:
    if isinstance(value, bool):
        return value
    try:
        return read_answer(as_text(value))
    except TwoAnswers as doubt:
        raise Rejected("type", two_answers(value, doubt)) from None
    except ValueError:
        raise Rejected("type", Message("cell.neither_yes_nor_no", {"value": _short(value)})) from None


@lru_cache(maxsize=500)
def _matched(matches: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    """How a text looks that means a choice → the choice, which may be none any more."""
    return {alike(found): choice for found, choice in matches}


def two_answers(value: Any, doubt: TwoAnswers) -> Message:
    """What is said of a word that is yes and no, where its column does not show which is meant."""
    yes, no = ([languages().get(code, code) for code in codes][:3] for codes in (doubt.yes, doubt.no))
    return Message("cell.two_answers", {"value": _short(value), "yes": yes, "no": no})


def _choice(column: TemplateColumn, value: Any, convention: int) -> str:
    text = visible(as_text(value))
    choices = column.rules.choices
    if text in choices:
        return text
    looks = alike(text)
    choice = _by_looks(choices).get(looks)
    if choice is None and column.remembered.matches:
        choice = _matched(column.remembered.matches).get(looks)
    if choice in choices:
        return choice
    if "choices" in column.rules.warnings:
        return _text(column, text, convention)
    raise Rejected("choices", _not_a_choice(text, choices))


@lru_cache(maxsize=500)
def _by_looks(choices: tuple[str, ...]) -> Mapping[str, str]:
    """How a choice looks → the first that looks so."""
    return {alike(choice): choice for choice in reversed(choices)}


def _email(column: TemplateColumn, value: Any, convention: int) -> str:
    text = visible(as_text(value)).removeprefix("mailto:")
    if named := _NAMED_EMAIL.fullmatch(text):
        text = named[1]
    if len(text) > 254 or not _EMAIL.fullmatch(text):
        raise Rejected("type", Message("cell.not_an_address", {"value": _short(value)}))
    return text


def _link(column: TemplateColumn, value: Any, convention: int) -> str:
    text = visible(as_text(value))
    if text[:4].lower() == "www.":
        text = f"https://{text}"
    if len(text) > MAX_TEXT_LENGTH or not _LINK.fullmatch(text):
        raise Rejected("type", Message("cell.not_a_link", {"value": _short(value)}))
    return text


READERS: Mapping[ColumnType, Callable[[TemplateColumn, Any, int], CellValue]] = {
    ColumnType.TEXT: _text,
    ColumnType.INTEGER: _integer,
    ColumnType.NUMBER: _number,
    ColumnType.DATE: _date,
    ColumnType.DATETIME: _datetime,
    ColumnType.TIME: _time,
    ColumnType.DURATION: _duration,
    ColumnType.BOOLEAN: _boolean,
    ColumnType.CHOICE: _choice,
    ColumnType.EMAIL: _email,
    ColumnType.LINK: _link,
}


def _to_milliseconds(moment: datetime) -> datetime:
    # Excel keeps times as fractions of a day: a microsecond is below what these can tell.
    return moment.replace(microsecond=0) + timedelta(milliseconds=round(moment.microsecond / 1000))


def _not_a_number(column: TemplateColumn, value: Any) -> Message:
    about = {"value": _short(value), "whole": column.type is ColumnType.INTEGER}
    if isinstance(value, date | time | timedelta):
        return Message("cell.moment_for_number", about)
    return Message("cell.not_a_number", about)


def _not_a_date(column: TemplateColumn, value: Any) -> Message:
    about = {"value": _short(value), "with_time": column.type is ColumnType.DATETIME}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Message("cell.number_for_date", about)
    if isinstance(value, str) and without_zone(value)[1]:
        return Message("cell.time_zone", about)
    return Message("cell.not_a_date", about)


def _not_a_time(value: Any) -> Message:
    about = {"value": _short(value)}
    # A whole day in a cell is Excel's 1, which is also the first day that it counts, in either system.
    is_one = value in (1, date(1900, 1, 1), date(1904, 1, 2)) and not isinstance(value, bool)
    if is_one or isinstance(value, timedelta):
        return Message("cell.duration_for_time", {**about, "is_one": is_one})
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Message("cell.number_for_time", about)
    with suppress(ValueError):
        if isinstance(value, str) and ":" in value and not 0 <= parse_duration(value) < DAY_SECONDS:
            return Message("cell.duration_for_time", {**about, "is_one": False})
    return Message("cell.not_a_time", about)


def _not_a_duration(value: Any) -> Message:
    about = {"value": _short(value)}
    if isinstance(value, date):
        return Message("cell.date_for_duration", about)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Message("cell.number_for_duration", about)
    if isinstance(value, str):
        with suppress(ValueError, OverflowError):
            parse_number(value, FIRST)
            return Message("cell.number_for_duration", about)
    return Message("cell.not_a_duration", about)


def _not_a_choice(text: str, choices: tuple[str, ...]) -> Message:
    near = difflib.get_close_matches(text, choices[:200], n=1, cutoff=0.7)
    if near:
        return Message("cell.near_a_choice", {"value": _short(text), "near": near[0]})
    shown = list(choices[:CHOICES_IN_MESSAGE])
    return Message(
        "cell.not_a_choice", {"value": _short(text), "choices": shown, "more": len(choices) - len(shown)}
    )


def _short(value: Any) -> str:
    text = as_text(value)
    return text if len(text) <= 60 else text[:59] + "…"
