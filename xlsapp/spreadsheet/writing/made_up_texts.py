"""Texts that match a pattern, for samples. Whether they do is asked of RE2, which knows what patterns mean.

Patterns are taken apart by Python's own parser of regular expressions, which no public name leads to. Where
it does not know a pattern, or another version has another parser, there are no such texts.
"""

import re
import string
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

# More repetitions than the fewest, where there may be any number.
MORE = 12
# What a text may be made of: rules about its length are kept by the shorter ones, or not at all.
LONGEST = 1_000
CANDIDATES = 300

LETTERS, DIGITS = string.ascii_uppercase + string.ascii_lowercase, string.digits
ANYTHING = LETTERS + DIGITS + "-_ ."
CATEGORIES = {
    "CATEGORY_DIGIT": DIGITS,
    "CATEGORY_SPACE": " ",
    "CATEGORY_WORD": LETTERS + DIGITS,
    "CATEGORY_NOT_DIGIT": LETTERS,
    "CATEGORY_NOT_SPACE": LETTERS + DIGITS,
    "CATEGORY_NOT_WORD": "-. ",
}
# Classes that RE2 knows, and Python's parser does not.
CLASSES = {
    **{"Lu": "A-Z", "Ll": "a-z", "L": "A-Za-z", "Nd": "0-9", "N": "0-9"},
    **{"alpha": "A-Za-z", "digit": "0-9", "alnum": "A-Za-z0-9", "upper": "A-Z", "lower": "a-z"},
}
_CLASS = re.compile(r"\\p(?:\{(\w+)\}|(\w))|\[:(\w+):\]|\\z|\\.|\[\^?\]?|\]")


def made_up_texts(pattern: str) -> Iterator[str]:
    """Texts that probably match a pattern as a whole, some of them twice: the shorter ones first."""
    try:
        from re import _parser  # type: ignore[attr-defined]

        parts = _parser.parse(_for_python(pattern))
    except (ImportError, re.error, OverflowError, RecursionError, KeyError):
        return
    for number in range(CANDIDATES):
        try:
            yield _text(parts, Random(number), min(number // 20, MORE))  # noqa: S311 (the same each time)
        except (LookupError, TypeError, ValueError, RecursionError):
            return


def _for_python(pattern: str) -> str:
    """A pattern of RE2's as Python's parser takes it. Raises KeyError for a class that is not known here."""
    inside = False

    def meant(match: re.Match[str]) -> str:
        nonlocal inside
        name = match[1] or match[2] or match[3]
        if name:
            return CLASSES[name] if inside else f"[{CLASSES[name]}]"
        if match[0][0] == "[":
            inside, was = True, inside
            return f"\\{match[0]}" if was else match[0]
        if match[0] == "]":
            inside = False
        return r"\Z" if match[0] == r"\z" else match[0]

    return _CLASS.sub(meant, pattern)


def _text(parts: Any, chance: Random, more: int) -> str:
    """One text for what the parser found: pairs of an operation and what it is about."""
    text = ""
    for operation, about in parts:
        text += _part(str(operation), about, chance, more)
        if len(text) > LONGEST:
            raise ValueError("too long")
    return text


def _part(operation: str, about: Any, chance: Random, more: int) -> str:
    match operation:
        case "LITERAL":
            return chr(about)
        case "NOT_LITERAL":
            return chance.choice(ANYTHING.replace(chr(about), ""))
        case "ANY":
            return chance.choice(ANYTHING)
        case "IN":
            return chance.choice(_one_of(about))
        case "BRANCH":
            return _text(chance.choice(about[1]), chance, more)
        case "SUBPATTERN":
            return _text(about[-1], chance, more)
        case "MAX_REPEAT" | "MIN_REPEAT":
            fewest, most, what = about
            times = fewest + chance.randint(0, max(0, min(int(most) - fewest, more)))
            return "".join(_text(what, chance, more) for _ in range(min(times, LONGEST)))
        case "AT":
            return ""
        case _:
            raise ValueError(operation)


def _one_of(items: Sequence[tuple[Any, Any]]) -> str:
    """The characters of a class; of large ones, a part."""
    found = ""
    for operation, about in items:
        match str(operation):
            case "LITERAL":
                found += chr(about)
            case "RANGE":
                found += "".join(map(chr, range(about[0], min(about[1], about[0] + 100) + 1)))
            case "CATEGORY":
                found += CATEGORIES[str(about)]
    if str(items[0][0]) == "NEGATE":
        return "".join(sign for sign in ANYTHING if sign not in found)
    return found
