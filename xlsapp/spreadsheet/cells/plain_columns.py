"""Columns whose every cell is plain: converted at C speed, without a look at single cells."""

import math
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import Any, Protocol

from xlsapp.models import CellValue, ColumnType
from xlsapp.spreadsheet.cells.cell_types import MAX_EXACT_INTEGER
from xlsapp.spreadsheet.cells.conventions import Evidence
from xlsapp.spreadsheet.cells.durations import MOST_SECONDS
from xlsapp.spreadsheet.cells.text_values import FIRST, SECOND
from xlsapp.spreadsheet.cells.values import MAX_TEXT_LENGTH, NO_DATE

_NUMERIC_CHARACTERS = frozenset("0123456789.-+\n")
_INTEGER_CHARACTERS = frozenset("0123456789-")
# Each line is one text, and begins with its line break.
_MAY_PART_THOUSANDS = re.compile(r"\n[+-]*[^0+\n-][^.\n]*\.[^\n]{3}(?![^\n])").findall


class Shown(Protocol):
    """What a column has shown of itself in the chunks before."""

    convention: int | None
    evidence: Evidence


Fast = Callable[[Shown, Sequence[Any], set[type]], "list[CellValue] | None"]
"""Converts a chunk if every cell in it is plain; None when they must be looked at one by one."""


def _fast_text(_: Shown, values: Sequence[Any], kinds: set[type]) -> list[CellValue] | None:
    if kinds != {str} or max(map(len, values)) > MAX_TEXT_LENGTH:
        return None
    joined = "".join(values)
    if "\x00" in joined or "E+" in joined:  # the second may be a number that Excel has shortened
        return None
    if all(values) and not any(map(str.isspace, values)):
        return list(values)
    return [None if not value or value.isspace() else value for value in values]


def _fast_number(shown: Shown, values: Sequence[Any], kinds: set[type]) -> list[CellValue] | None:
    if not kinds <= {float, int}:
        return _around_blanks(shown, values, kinds, _fast_number, _typed_numbers)
    return list(values) if all(map(math.isfinite, values)) else None


def _fast_integer(shown: Shown, values: Sequence[Any], kinds: set[type]) -> list[CellValue] | None:
    if not kinds <= {float, int}:
        return _around_blanks(shown, values, kinds, _fast_integer, _typed_integers)
    if not all(map(float.is_integer, map(float, values))):
        return None
    if max(values) > MAX_EXACT_INTEGER or min(values) < -MAX_EXACT_INTEGER:
        return None
    return list(map(int, values))


def _fast_date(shown: Shown, values: Sequence[Any], kinds: set[type]) -> list[CellValue] | None:
    if kinds == {date}:
        return list(map(date.isoformat, values))
    return _around_blanks(shown, values, kinds, _fast_date, _typed_dates)


def _fast_datetime(shown: Shown, values: Sequence[Any], kinds: set[type]) -> list[CellValue] | None:
    if kinds == {date}:
        return [day.isoformat() + "T00:00:00" for day in values]
    if not kinds <= {date, datetime}:
        return _around_blanks(shown, values, kinds, _fast_datetime, None)
    if NO_DATE in values or any(getattr(v, "microsecond", 0) for v in values):
        return None
    return [_moment(v) for v in values]


def _fast_duration(shown: Shown, values: Sequence[Any], kinds: set[type]) -> list[CellValue] | None:
    if kinds != {timedelta}:
        return _around_blanks(shown, values, kinds, _fast_duration, None)
    seconds = list(map(timedelta.total_seconds, values))
    if max(map(abs, seconds)) > MOST_SECONDS:
        return None
    return [round(each, 3) + 0.0 for each in seconds]  # no -0.0


def _fast_boolean(shown: Shown, values: Sequence[Any], kinds: set[type]) -> list[CellValue] | None:
    if kinds == {bool}:
        return list(values)
    return _around_blanks(shown, values, kinds, _fast_boolean, None)


FAST: dict[ColumnType, Fast] = {
    ColumnType.TEXT: _fast_text,
    ColumnType.NUMBER: _fast_number,
    ColumnType.INTEGER: _fast_integer,
    ColumnType.DATE: _fast_date,
    ColumnType.DATETIME: _fast_datetime,
    ColumnType.DURATION: _fast_duration,
    ColumnType.BOOLEAN: _fast_boolean,
}


def _among(*kinds: type) -> Callable[[Sequence[Any]], list[bool]]:
    is_one = frozenset(kinds).__contains__
    return lambda values: list(map(is_one, map(type, values)))


def _whole(values: Sequence[Any]) -> list[bool]:
    return [type(value) is int or (type(value) is float and value.is_integer()) for value in values]


PLAIN: dict[ColumnType, Callable[[Sequence[Any]], list[bool]]] = {
    ColumnType.TEXT: _among(str),
    ColumnType.NUMBER: _among(float, int),
    ColumnType.INTEGER: _whole,
    ColumnType.DATE: _among(date),
    ColumnType.DATETIME: _among(date, datetime),
    ColumnType.DURATION: _among(timedelta),
    ColumnType.BOOLEAN: _among(bool),
}
"""Which cells may be plain, whatever the others are."""


def _around_blanks(
    shown: Shown,
    values: Sequence[Any],
    kinds: set[type],
    fast: Fast,
    typed: Callable[[Shown, list[str]], "list[CellValue] | None"] | None,
) -> list[CellValue] | None:
    """Convert what is not blank, and put the blanks back; `typed` takes cells that are all text, as in a csv
    file.
    """
    if str not in kinds and type(None) not in kinds:
        return None
    has_blanks = "" in values or None in values
    filled = [value for value in values if value not in ("", None)] if has_blanks else list(values)
    if not filled:
        return [None] * len(values)
    left = set(map(type, filled))
    if left == {str}:
        stored = typed(shown, filled) if typed else None
    elif str in left:
        return None
    else:
        stored = fast(shown, filled, left)
    if stored is None or not has_blanks:
        return stored
    following = iter(stored)
    return [None if value == "" or value is None else next(following) for value in values]


def _typed_numbers(shown: Shown, texts: list[str]) -> list[CellValue] | None:
    lines = "\n".join(("", *texts))
    if shown.convention == SECOND or not frozenset(lines) <= _NUMERIC_CHARACTERS:
        return None
    # A point with three digits after it may part thousands: only others prove that it is a decimal point.
    points = lines.count(".")
    proofs = points - len(_MAY_PART_THOUSANDS(lines)) if points else 0
    if shown.convention is None and points and not proofs:
        return None
    with suppress(ValueError):
        stored: list[CellValue] = list(map(float, texts))
        if proofs:
            shown.convention = FIRST
            shown.evidence.first_only += proofs
        elif not shown.evidence.first_only:
            shown.evidence.either += points
        return stored
    return None


def _typed_integers(_: Shown, texts: list[str]) -> list[CellValue] | None:
    if max(map(len, texts)) > 15 or not frozenset("".join(texts)) <= _INTEGER_CHARACTERS:
        return None
    with suppress(ValueError):
        return list(map(int, texts))
    return None


def _typed_dates(_: Shown, texts: list[str]) -> list[CellValue] | None:
    if set(map(len, texts)) != {10}:
        return None
    with suppress(ValueError):
        days: list[CellValue] = list(map(str, map(date.fromisoformat, texts)))
        return days if days == texts else None  # 2026-W05-3 is none that people write
    return None


def _moment(value: date | datetime) -> str:
    if type(value) is datetime:
        return value.isoformat()
    return datetime.combine(value, time()).isoformat()
