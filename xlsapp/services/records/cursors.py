"""A place in an order of records as one short text, for addresses and for programs to come back with."""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, time

from xlsapp.models import ColumnType
from xlsapp.repositories.records.selection import Cursor, Selection

MOST_IN_TOKEN = 200
LONG = "\x00"
"""In the place of a text that is too long for an address."""

_DAY, _TIME = r"\d{4}-\d\d-\d\d", r"\d\d:\d\d:\d\d(\.\d{6})?"
_MOMENTS: Mapping[ColumnType, tuple[re.Pattern[str], Callable[[str], object]]] = {
    ColumnType.DATE: (re.compile(_DAY, re.ASCII), date.fromisoformat),
    ColumnType.DATETIME: (re.compile(f"{_DAY}T{_TIME}", re.ASCII), datetime.fromisoformat),
    ColumnType.TIME: (re.compile(_TIME, re.ASCII), time.fromisoformat),
}


def to_token(cursor: Cursor) -> str:
    """A cursor as addresses have it."""
    is_long = isinstance(cursor.value, str) and len(cursor.value) > MOST_IN_TOKEN
    content = json.dumps([LONG if is_long else cursor.value, cursor.id, cursor.place], ensure_ascii=False)
    return base64.urlsafe_b64encode(content.encode()).decode().rstrip("=")


def from_token(token: str, *, backwards: bool) -> Cursor | None:
    """What `to_token` gave, with LONG for a long text. None when it is no such thing."""
    try:
        content = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        value, record_id, place = content
        str(value).encode()  # half a surrogate pair is no text
    except (ValueError, TypeError, RecursionError):
        return None
    if type(record_id) is not int or type(place) is not int or abs(record_id) >= 1 << 63:
        return None
    if not isinstance(value, str | int | float | None) or (type(value) is int and abs(value) >= 1 << 63):
        return None
    return Cursor(value, record_id, backwards, place)


def place_in(selection: Selection, cursor: Cursor) -> Cursor | None:
    """A cursor, if its value can stand in a selection's order: of the column's type, or None."""
    value = cursor.value
    kind = selection.sort.type if selection.sort else ColumnType.INTEGER
    if value is None:
        return cursor if selection.sort else None
    match kind:
        case ColumnType.BOOLEAN:
            return replace(cursor, value=bool(value)) if value in (0, 1) else None
        case ColumnType.INTEGER:
            fits = type(value) is int
        case ColumnType.NUMBER | ColumnType.DURATION:
            fits = type(value) in (int, float)
        case ColumnType.DATE | ColumnType.DATETIME | ColumnType.TIME:
            fits = isinstance(value, str) and _is_moment(kind, value)
        case _:
            fits = isinstance(value, str) and "\0" not in value
    return cursor if fits else None


def _is_moment(kind: ColumnType, text: str) -> bool:
    pattern, parse = _MOMENTS[kind]
    try:
        return bool(pattern.fullmatch(text) and parse(text))
    except ValueError:
        return False
