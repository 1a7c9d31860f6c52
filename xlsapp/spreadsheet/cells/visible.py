"""What a reader sees of a text: without the characters that show nothing, and come along in copied cells."""

import re

# Zero-width blanks and joiners, marks of writing direction, byte order marks, soft hyphens.
INVISIBLE = "\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
DASHES = "\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
"""Dashes and minus signs that are no ASCII hyphen."""

_INVISIBLE = re.compile(f"[{INVISIBLE}]+")
_DASHES = re.compile(f"[{DASHES}]")
_BLANKS = re.compile(r"\s+")


def visible(text: str) -> str:
    """The text without invisible characters and outer blanks."""
    return text.strip() if text.isascii() else _INVISIBLE.sub("", text).strip()


def with_plain_blanks(text: str) -> str:
    """The text with an ordinary blank for each blank of another kind, as no-break ones are."""
    return text if text.isascii() else re.sub(r"\s", " ", text)


def alike(text: str) -> str:
    """A form that is the same for texts which look the same: case, kinds of blanks and of dashes make no
    difference.
    """
    text = visible(text)
    if not text.isascii():
        text = _DASHES.sub("-", text)
    return _BLANKS.sub(" ", text).casefold()


def ascii_digits(text: str) -> str:
    """The text with the digits of every script as 0 to 9. Superscripts and fractions are none of them."""
    if text.isascii():
        return text
    return "".join(str(int(c)) if not c.isascii() and c.isdecimal() else c for c in text)
