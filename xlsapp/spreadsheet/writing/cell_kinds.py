"""Stored values as the cells of a sheet, a column of a batch at a time.

A batch whose values are all ordinary is written at C speed, by `plain`. Where one is not, each cell of the
column is looked at by `careful`, which finds the lossless form that the format has for it:

whole numbers of more than 15 digits, dates before March 1900, fractions of a millisecond   their text
blanks at the ends of a text, characters that XML has no place for                          see writer_text.py
more than 32,767 characters, characters that are none (U+FFFE), infinite numbers            Unwritable
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from xlsapp.models import ColumnType
from xlsapp.spreadsheet.cells.values import no_character
from xlsapp.spreadsheet.writing.package_parts import Style
from xlsapp.spreadsheet.writing.text import MAX_CELL_UNITS, markup_escaped, text_element, units

# Excel shows and keeps 15 digits of a number.
MAX_DIGITS = 10**15
DAY_SECONDS = 86_400
DAY_ZERO = date(1899, 12, 30).toordinal()
# Excel has a 29 February 1900, which never was: LibreOffice and Excel agree from the day after it.
FIRST_SERIAL = 61
# A dictionary of all days from 1900 to 2099 has 73,000 entries.
MAX_REMEMBERED = 80_000


_BETWEEN = "<"


class Unwritable(Exception):
    """A value that no cell can hold: why, as a code, and what in it is to blame."""

    def __init__(self, reason: str, found: int | str = "") -> None:
        super().__init__(reason, found)
        self.reason, self.found = reason, found


class NotPlain(Exception):
    """A column of a batch that has to be looked at cell by cell."""


@dataclass(frozen=True, slots=True)
class CellKind:
    """How the cells of a type are written: `<c r="A1"` + before + one of plain(values) + after."""

    before: str
    after: str
    plain: Callable[[Sequence[Any]], Iterable[str]]
    """The values as text. None of them is blank. Raises NotPlain."""
    careful: Callable[[Any], str]
    """All that follows `<c r="A1"` for one value. Raises Unwritable."""
    style: Style


def text_cell(text: str) -> str:
    """The rest of a cell that holds a text, whatever is in it. Raises Unwritable."""
    if len(text) > MAX_CELL_UNITS // 2 and (length := units(text)) > MAX_CELL_UNITS:
        raise Unwritable("too_long", length)
    if strange := no_character(text):
        raise Unwritable("no_character", strange)
    style = Style.WRAPPED if "\n" in text else Style.TEXT
    return f' s="{style}" t="inlineStr"><is>{text_element(text)}</is></c>'


def _plain_texts(texts: Sequence[str]) -> Sequence[str]:
    # Joined, so that a few looks tell of all of them at once.
    joined = f"{_BETWEEN}{_BETWEEN.join(texts)}{_BETWEEN}"
    if (
        "_x" in joined
        or " <" in joined
        or "< " in joined
        or not joined.isprintable()
        or (len(joined) > MAX_CELL_UNITS // 2 and max(map(len, texts)) > MAX_CELL_UNITS // 2)
    ):
        raise NotPlain
    if "&" in joined or ">" in joined or joined.count(_BETWEEN) != len(texts) + 1:
        return list(map(markup_escaped, texts))
    return texts


def _plain_integers(numbers: Sequence[int]) -> Iterable[str]:
    if min(numbers) <= -MAX_DIGITS or max(numbers) >= MAX_DIGITS:
        raise NotPlain
    return map(str, numbers)


def _integer(number: int) -> str:
    # As text the last digits stay what they are.
    return number_cell(number, Style.INTEGER) if abs(number) < MAX_DIGITS else text_cell(str(number))


def _plain_numbers(numbers: Sequence[float]) -> Iterable[str]:
    if min(numbers) == -math.inf or max(numbers) == math.inf:
        raise NotPlain
    return map(repr, numbers)


def _number(number: float) -> str:
    if not math.isfinite(number):
        raise Unwritable("infinite")
    return number_cell(number, Style.NUMBER)


def number_cell(number: float, style: Style) -> str:
    """The rest of a cell that holds a number."""
    return f' s="{style}"><v>{number!r}</v></c>'


class _Days(dict[str, int]):
    """A day as text → its serial number. Raises NotPlain for one that Excel has no right number for."""

    def __missing__(self, text: str) -> int:
        try:
            serial = date.fromisoformat(text).toordinal() - DAY_ZERO
        except ValueError:
            raise NotPlain from None
        if serial < FIRST_SERIAL or len(text) != 10:
            raise NotPlain
        _make_room(self)
        self[text] = serial
        return serial


class _Times(dict[str, float]):
    """A time of day as text, in whole seconds → its share of a day. Raises NotPlain for any other."""

    def __missing__(self, text: str) -> float:
        if len(text) != 8:
            raise NotPlain
        _make_room(self)
        share = self[text] = _share_of_day(text)
        return share


def _make_room(known: dict[str, Any]) -> None:
    if len(known) >= MAX_REMEMBERED:
        known.clear()


def _share_of_day(text: str) -> float:
    """12:00:00 is 0.5, 12:00:00.250 a little more. Raises NotPlain when it is finer than milliseconds."""
    hours, minutes, seconds, rest = text[:2], text[3:5], text[6:8], text[8:]
    if rest and not (len(rest) in (4, 7) and rest[0] == "." and rest[4:] in ("", "000")):
        raise NotPlain
    try:
        milliseconds = ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(rest[1:4] or 0)
    except ValueError:
        raise NotPlain from None
    return milliseconds / 86_400_000


_DAYS, _TIMES = _Days(), _Times()


def _plain_dates(texts: Sequence[str]) -> Iterable[str]:
    return map(str, map(_DAYS.__getitem__, texts))


def _date(text: str) -> str:
    try:
        return number_cell(_DAYS[text], Style.DATE)
    except NotPlain:
        return text_cell(text)


def _plain_datetimes(texts: Sequence[str]) -> Iterable[str]:
    return [repr(_DAYS[text[:10]] + _TIMES[text[11:]]) for text in texts]


def _datetime(text: str) -> str:
    try:
        style = Style.DATETIME if len(text) == 19 else Style.DATETIME_MS
        return number_cell(_DAYS[text[:10]] + _share_of_day(text[11:]), style)
    except NotPlain:
        return text_cell(text.replace("T", " "))


def _plain_times(texts: Sequence[str]) -> Iterable[str]:
    return map(repr, map(_TIMES.__getitem__, texts))


def _time(text: str) -> str:
    try:
        return number_cell(_share_of_day(text), Style.TIME if len(text) == 8 else Style.TIME_MS)
    except NotPlain:
        return text_cell(text)


def _plain_durations(seconds: Sequence[float]) -> Iterable[str]:
    if not all(map(float.is_integer, map(float, seconds))):
        raise NotPlain
    return [repr(each / DAY_SECONDS) for each in seconds]


def _duration(seconds: float) -> str:
    style = Style.DURATION if float(seconds).is_integer() else Style.DURATION_MS
    return number_cell(seconds / DAY_SECONDS, style)


def _plain_booleans(values: Sequence[int]) -> Iterable[str]:
    return ["1" if value else "0" for value in values]


def _boolean(value: int) -> str:
    return f' s="{Style.BOOLEAN}" t="b"><v>{1 if value else 0}</v></c>'


def _numeric(
    style: Style, plain: Callable[[Any], Iterable[str]], careful: Callable[[Any], str], kind: str = ""
) -> CellKind:
    return CellKind(f' s="{style}"{kind}><v>', "</v></c>", plain, careful, style)


TEXTS = CellKind(
    f' s="{Style.TEXT}" t="inlineStr"><is><t>', "</t></is></c>", _plain_texts, text_cell, Style.TEXT
)
INTEGERS = _numeric(Style.INTEGER, _plain_integers, _integer)

KINDS: Mapping[ColumnType, CellKind] = {
    ColumnType.TEXT: TEXTS,
    ColumnType.INTEGER: INTEGERS,
    ColumnType.NUMBER: _numeric(Style.NUMBER, _plain_numbers, _number),
    ColumnType.DATE: _numeric(Style.DATE, _plain_dates, _date),
    ColumnType.DATETIME: _numeric(Style.DATETIME, _plain_datetimes, _datetime),
    ColumnType.TIME: _numeric(Style.TIME, _plain_times, _time),
    ColumnType.DURATION: _numeric(Style.DURATION, _plain_durations, _duration),
    ColumnType.BOOLEAN: _numeric(Style.BOOLEAN, _plain_booleans, _boolean, ' t="b"'),
    ColumnType.CHOICE: TEXTS,
    ColumnType.EMAIL: TEXTS,
    ColumnType.LINK: TEXTS,
}
