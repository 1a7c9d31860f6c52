"""A place in an order of records as one short text, for addresses and for programs to come back with."""

import base64
import json

from xlsapp.repositories.records.selection import Cursor

MOST_IN_TOKEN = 200
LONG = "\x00"
"""In the place of a text that is too long for an address."""


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
