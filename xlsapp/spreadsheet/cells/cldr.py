"""Words of all languages, out of Unicode's CLDR: names of months, days and units of time, the signs and codes
of currencies and the decimal signs of their countries.

`cldr.json` is what Babel knows of them, as `RECORD_CLDR=1 pytest tests/spreadsheet/cells/test_cldr.py` wrote
it down: to ask Babel itself takes 2.3 s and 228 MB, and no import should wait for that.
"""

import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache, reduce
from operator import or_
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("cldr.json")

# Accents of Latin, Greek and Cyrillic letters. Vowel signs of other scripts are no accents.
_ACCENTS = re.compile("[\u0300-\u036f]")


def folded(word: str) -> str:
    """A month's name as it is looked up: whatever its case, its accents, and a point behind it."""
    word = word.rstrip(".").casefold()
    return word if word.isascii() else _ACCENTS.sub("", unicodedata.normalize("NFD", word))


@cache
def months() -> Mapping[str, Mapping[int, int]]:
    """A folded name or abbreviation → the months that it means, each with the languages as bits."""
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for bit, names in enumerate(_read()["months"].values()):
        for month, words in enumerate(names.split("|"), 1):
            for word in filter(None, words.split(",")):
                found[word][month] = found[word].get(month, 0) | 1 << bit
    return dict(found)


def languages_of(words: Iterable[str]) -> int:
    """The languages, as bits, in which all of these words are months. Unknown words do not count."""
    common = -1
    for word in words:
        if meant := months().get(folded(word)):
            common &= reduce(or_, meant.values())
    return max(common, 0)


@cache
def languages() -> Mapping[str, str]:
    """A language that has names for months → what it is called; those that are official somewhere first."""
    return dict(_read()["languages"])


@cache
def bit_of(language: str) -> int:
    """A language as a bit of `months`; 0 for one that has none."""
    codes = list(_read()["months"])
    return 1 << codes.index(language) if language in codes else 0


@cache
def day_names() -> Mapping[str, frozenset[int]]:
    """A folded name or abbreviation of a day of the week → the days that it means somewhere, Monday is 0."""
    found: dict[str, set[int]] = defaultdict(set)
    for day, words in enumerate(_read()["days"]):
        for word in words.split("|"):
            found[word].add(day)
    return {word: frozenset(days) for word, days in found.items()}


@cache
def date_words() -> tuple[str, ...]:
    """What stands in dates beside numbers and names: г., gada, (e)ko."""
    return tuple(_read()["date_words"].split("|"))


@cache
def units() -> Mapping[str, str]:
    """A folded word for a unit of time, of more than one letter or without another meaning → week, day, hour,
    minute, second.
    """
    return {word: unit for unit, words in _read()["units"].items() for word in words.split("|")}


@cache
def currencies() -> Mapping[str, frozenset[str]]:
    """A currency's sign or code → the codes that it stands for."""
    return {sign: frozenset(codes.split()) for sign, codes in _read()["currencies"].items()}


@cache
def decimal_signs() -> Mapping[str, str]:
    """The code of a currency that is in use → the decimal sign of its countries; "" where they have both."""
    return {code: sign for sign, codes in _read()["decimal_signs"].items() for code in codes.split()}


def _read() -> Any:
    return json.loads(FILE.read_text(encoding="utf-8"))
