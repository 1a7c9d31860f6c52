"""Numbers that were written as text, read under one of two conventions: decimal point, or decimal comma."""

import re
from collections.abc import Iterable
from functools import lru_cache

from xlsapp.spreadsheet.cells.cldr import currencies, decimal_signs
from xlsapp.spreadsheet.cells.text_values import FIRST
from xlsapp.visible import DASHES, ascii_digits, plainly

# Blanks of every width are one blank, dashes before a number are a minus. Arabic has signs of its own for
# both separators, which mean the same under either convention.
_BLANKS = re.compile(r"[\s\u00a0\u2000-\u200a\u202f\u3000]+")
_FIRST_DASH = re.compile(rf"^([^\d]*?)[{DASHES}](?=[^\d]*\d)")
_SIGNS = (
    str.maketrans({"\u2019": "'", "\u066b": ".", "\u066c": ",", "\u066a": "%", "\u2212": "-"}),
    str.maketrans({"\u2019": "'", "\u066b": ",", "\u066c": ".", "\u066a": "%", "\u2212": "-"}),
)


def _notation(decimal: str, thousands: str) -> re.Pattern[str]:
    """Digits as one convention writes them.

    A first group of thousands never begins with 0: 0,310 is no thousand. Groups are parted by one sign
    throughout, and blanks and apostrophes stand nowhere else. A dash in the place of the decimals says that
    there are none: 5,- is 5. With a power of ten nothing is parted: 1.000E+03 is a thousand, and no million.
    """
    decimals = rf"(?:\{decimal}(?:\d*|--?|[\u2013\u2014]))?"
    return re.compile(
        rf"[1-9]\d{{0,2}}([{thousands} '])\d{{3}}(?:\1\d{{3}})*{decimals}"
        rf"|\d+{decimals}"
        rf"|\d*(?:\{decimal}\d*)?(?:[eE][+-]?\d{{1,3}})?"
    )


_NOTATIONS = (_notation(".", ","), _notation(",", "."))
_WHOLE_AMOUNT = re.compile(r"[-\u2013\u2014]+$")
_LEADING_WORD = re.compile(r"[^\d(+\-%']+")
_TRAILING_WORD = re.compile(r"(?<=[\d)\-\u2013\u2014.,%]) ?([^\d\s()%+\-\u2013\u2014,.'][^\d()%]*)$")
_TRAILING_MINUS = re.compile(r"\d-$").search

MOST_USED = frozenset("€$£¥")
"""Signs for which the table of all is not asked."""
LONGEST_CURRENCY = 8


def parse_number(text: str, convention: int) -> float | int:
    """A number; a whole one is an int.

    Takes groups of three, a currency's sign or code, a percent sign, 5,- for 5, (12) and 12- for -12.

    Raises ValueError.
    """
    number, negative, percent, _ = _taken_apart(text, convention)
    if not _NOTATIONS[convention].fullmatch(number) or not any(map(str.isdigit, number)):
        raise ValueError(text)
    plain = _WHOLE_AMOUNT.sub("", number) if "e" not in number.lower() else number
    decimal, thousands = ".,"[convention], ",."[convention]
    plain = plain.replace(" ", "").replace("'", "").replace(thousands, "").removesuffix(decimal)
    plain = plain.replace(decimal, ".")
    value: float | int = int(plain) if plain.isdigit() else float(plain)
    if percent:
        value = float(plain + "e-2") if "e" not in plain.lower() else value / 100
    return -value if negative else value


def parse_whole(text: str, convention: int) -> int:
    """A whole number.

    “1.000” is never 1, which would lose a thousand in silence: its point parts thousands, or it is no whole
    number.

    Raises ValueError.
    """
    number = parse_number(text, convention)
    if isinstance(number, int):
        return number
    if not number.is_integer() or _may_be_thousands(text, number, 1 - convention):
        raise ValueError(text)
    return int(number)


def currency_of(text: str) -> str:
    """The sign or code of a currency beside a number; "" where there is none."""
    try:
        return _taken_apart(text, FIRST)[3]
    except ValueError:
        return ""


def are_of_several_countries(signs: Iterable[str]) -> bool:
    """Whether no currency is meant by all of these signs: $ and US$ may be the same, US$ and A$ are not."""
    meant = [currencies().get(sign, frozenset([sign])) for sign in signs]
    return len(meant) > 1 and not frozenset.intersection(*meant)


def convention_of_currencies(signs: Iterable[str]) -> int | None:
    """The convention of all the countries that these signs may mean; None where they have not one."""
    codes = {code for sign in signs for code in currencies().get(sign, ())}
    used = {decimal_signs()[code] for code in codes if code in decimal_signs()}
    return ".,".index(used.pop()) if len(used) == 1 and "" not in used else None


def _may_be_thousands(text: str, number: float, other_convention: int) -> bool:
    try:
        other = parse_number(text, other_convention)
    except ValueError:
        return False
    return other != number and float(other).is_integer()


def _taken_apart(text: str, convention: int) -> tuple[str, bool, bool, str]:
    """The bare digits, whether they are negative or hundredths, and the currency. Raises ValueError."""
    text = text.strip()
    if not text.isascii():
        text = _FIRST_DASH.sub(r"\1-", ascii_digits(plainly(text)))
    text = _BLANKS.sub(" ", text.translate(_SIGNS[convention]))
    if text[:1].isdecimal() and text[-1:].isdecimal():
        return text, False, False, ""
    signs, text = _sign(text)
    before, text = _currency_before(text)
    more_signs, text = _sign(text)
    signs += more_signs
    after, text = ("", text) if before else _currency_after(text)
    text = text.removesuffix("%").rstrip() if (percent := text.endswith("%")) else text
    if text.startswith("(") and text.endswith(")"):
        text, signs = text[1:-1].strip(), signs + "()"
        if text.endswith("%") and not percent:
            text, percent = text[:-1].rstrip(), True
        if not before + after:
            before, text = _currency_before(text)
            after, text = ("", text) if before else _currency_after(text)
    elif _TRAILING_MINUS(text):
        text, signs = text[:-1], signs + "-"
    if len(signs.replace("()", "-")) > 1:  # twice negative, or not: nobody knows
        raise ValueError(text)
    return text, signs in ("-", "()"), percent, before or after


def _sign(text: str) -> tuple[str, str]:
    return (text[0], text[1:].lstrip()) if text[:1] in ("+", "-") else ("", text)


def _currency_before(text: str) -> tuple[str, str]:
    """A currency in front, and what follows it."""
    match = _LEADING_WORD.match(text)
    if match is None:
        return "", text
    word = match[0].rstrip()
    for name in (word, word.rstrip(".,")):  # “Fr.15” and “€.5”
        if is_currency(name):
            return name, text[len(name) :].lstrip()
    return "", text


def _currency_after(text: str) -> tuple[str, str]:
    match = _TRAILING_WORD.search(text)
    if match is None or not is_currency(match[1]):
        return "", text
    return match[1], text[: match.start()]


@lru_cache(maxsize=1000)
def is_currency(word: str) -> bool:
    """Whether a word is a currency's sign or code."""
    return word in MOST_USED or (0 < len(word) <= LONGEST_CURRENCY and word in currencies())
