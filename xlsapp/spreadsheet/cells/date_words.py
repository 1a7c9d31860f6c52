"""What stands around a date whose month is named: the day of the week, and words such as г. and gada."""

import re
from functools import cache, lru_cache

from xlsapp.spreadsheet.cells.cldr import date_words, day_names, folded

LONGEST_NAME_WORDS = 3
_AROUND = " ,.،()（）"
_HEAD = re.compile(r"\D+")
_TAIL = re.compile(r"\D+$")
_SPACES = re.compile(r" {2,}")


@lru_cache(maxsize=1000)
def bare_date(text: str) -> tuple[str, frozenset[int]]:
    """A date's text without the words around it, and what its day of the week may be, from 0 for Monday.

    No day of the week where none is named.
    """
    text, days = _without_first(_words().sub(" ", text).strip())
    if not days:
        text, days = _without_last(text)
    return _SPACES.sub(" ", text).strip(" ,،"), days


def _without_first(text: str) -> tuple[str, frozenset[int]]:
    head = _HEAD.match(text)
    words = head[0].split() if head else []
    for count in range(min(LONGEST_NAME_WORDS, len(words)), 0, -1):
        if days := day_names().get(folded(" ".join(words[:count]).strip(_AROUND))):
            return " ".join([*words[count:], text[len(head[0]) :]]), days  # type: ignore[index]
    return text, frozenset()


def _without_last(text: str) -> tuple[str, frozenset[int]]:
    tail = _TAIL.search(text)
    if tail is None:
        return text, frozenset()
    # 2021年1月5日火曜日, 2021年1月5日(火): the first sign ends the date.
    end = 1 if tail[0][0] in "日일" else 0
    name = tail[0][end:].strip(_AROUND)
    if days := day_names().get(folded(name)):
        in_brackets = name in "日月火水木金土" and tail[0][-1] in ")）"
        if len(name) > 1 or in_brackets:
            return text[: tail.start() + end], days
    return text, frozenset()


@cache
def _words() -> re.Pattern[str]:
    words = "|".join(sorted(map(re.escape, date_words()), key=len, reverse=True))
    return re.compile(rf"(?<![^\W\d_])(?:{words})(?![^\W\d_])\.?", re.IGNORECASE)
