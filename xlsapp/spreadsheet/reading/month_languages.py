"""Months whose word means another month in another language: lip is June in Croatia, and July in Poland."""

from collections.abc import Collection, Iterable, Sequence

from xlsapp.spreadsheet.cells.cldr import bit_of, folded, languages, languages_of, months
from xlsapp.spreadsheet.cells.text_values import (
    FIRST,
    is_doubtful_month,
    parse_datetime,
    with_month_of,
    without_zone,
)

ALL = -1


def meant_languages(words: Collection[str], elsewhere: Iterable[Collection[str]]) -> int | tuple[str, ...]:
    """The languages of a column's months as bits, or those of which nothing shows which is meant.

    0 where no word means two months, or no language helps. `elsewhere` are the months of other columns.
    """
    doubtful = [word for word in words if is_doubtful_month(word)]
    if not doubtful:
        return 0
    spoken = languages_of(words) or ALL
    if are_clear(doubtful, spoken):
        return spoken
    in_all = spoken
    for others in elsewhere:
        in_all &= languages_of(others) if others else ALL
    if in_all and are_clear(doubtful, in_all):
        return in_all
    possible = tuple(
        code for code in languages() if bit_of(code) & spoken and _means_one(doubtful, bit_of(code))
    )
    readings = {tuple(_meant(word, bit_of(code)) for word in doubtful) for code in possible}
    return possible if len(readings) > 1 else bit_of(possible[0]) if possible else 0


def are_clear(words: Iterable[str], spoken: int) -> bool:
    """Whether each word that means two months is one of them in these languages."""
    return all(len(_meant(word, spoken)) == 1 for word in words if is_doubtful_month(word))


def dates_under(text: str, codes: Sequence[str]) -> tuple[str, ...]:
    """What a date's text is in each of some languages."""
    bare, _ = without_zone(text)
    return tuple(_date(with_month_of(bare, bit_of(code))) for code in codes)


def _date(text: str) -> str:
    try:
        return parse_datetime(text, FIRST).date().isoformat()
    except (ValueError, OverflowError):
        return "–"


def _means_one(words: Iterable[str], language: int) -> bool:
    """Whether a language knows one of these words, and none as two months."""
    counts = [len(_meant(word, language)) for word in words]
    return max(counts) == 1


def _meant(word: str, spoken: int) -> tuple[int, ...]:
    return tuple(number for number, bits in months().get(folded(word), {}).items() if bits & spoken)
