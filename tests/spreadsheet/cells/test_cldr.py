"""The words that are kept out of CLDR are those that Babel knows. RECORD_CLDR=1 writes them down anew."""

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable
from itertools import product

import pytest
from babel import Locale, localedata
from babel.core import get_global
from babel.localedata import LocaleDataDict

from xlsapp.spreadsheet.cells.cldr import FILE, currencies, decimal_signs, folded, months

# What people write, and CLDR does not have.
FINNISH = (
    *("tammik", "helmik", "maalisk", "huhtik", "toukok", "kesak"),
    *("heinak", "elok", "syysk", "lokak", "marrask", "jouluk"),
)
MORE_MONTHS = {"de": {3: "mrz"}, "en": {9: "sept"}, "fi": dict(enumerate(FINNISH, 1))}
MORE_CURRENCIES = {
    "Fr.": "CHF",
    "Fr": "CHF",
    "SFr.": "CHF",
    "zl": "PLN",
    "Kc": "CZK",
    "руб.": "RUB",
    "Euro": "EUR",
}
# The units of time, and what people write for them beside what CLDR has.
UNITS = {
    "week": "",
    "day": "d j tag",
    "hour": "h hr hrs std godz",
    "minute": "min mins mn",
    "second": "s sec secs sek",
}
# One letter, or a unit of measure: “5 K” may be five thousand.
NO_CURRENCY = re.compile(r"[A-Za-z]?|Kg\.|¤|X.*")
OFFICIAL = ("official", "de_facto_official")


def test_the_names_of_months_and_currencies_are_those_of_babel():
    locales = [Locale.parse(identifier) for identifier in localedata.locale_identifiers()]
    months_of = _months(locales)
    known = {
        "months": months_of,
        "languages": _languages(months_of),
        "days": _days(locales),
        "date_words": _date_words(locales),
        "units": _units(locales),
        "currencies": _currencies(locales),
        "decimal_signs": _decimal_signs(locales),
    }
    if os.environ.get("RECORD_CLDR"):
        FILE.write_text(json.dumps(known, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")

    assert json.loads(FILE.read_text(encoding="utf-8")) == known


@pytest.mark.parametrize(
    ("word", "month"),
    [
        *(
            ("März", 3),
            ("Mrz", 3),
            ("janv.", 1),
            ("févr.", 2),
            ("AOÛT", 8),
            ("fevereiro", 2),
            ("sierpnia", 8),
        ),
        *(("marrask.", 11), ("marraskuuta", 11), ("марта", 3), ("Ιανουαρίου", 1), ("Şub", 2), ("जनवरी", 1)),
    ],
)
def test_a_month_is_found_by_its_name_and_its_abbreviation(word, month):
    assert list(months()[folded(word)]) == [month]


@pytest.mark.parametrize("word", ["Decimals", "apricots", "Marketing", "mayor", "decision", "janitor", ""])
def test_a_word_that_begins_like_a_month_is_none(word):
    assert folded(word) not in months()


def test_a_sign_of_several_currencies_names_them_all_and_a_single_letter_is_no_currency():
    assert currencies()["kr"] >= {"SEK", "NOK", "DKK"}
    assert currencies()["US$"] == {"USD"}
    assert not {"K", "M", "L", "Kg.", ""} & currencies().keys()


def test_a_currency_shows_the_decimal_sign_where_all_its_countries_have_one():
    assert [decimal_signs().get(code) for code in ("INR", "BRL", "USD", "EUR")] == [".", ",", "", ""]


def _months(locales: list[Locale]) -> dict[str, str]:
    """A language → its twelve months parted by |, each with its names, which are parted by commas."""
    found: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for locale in locales:
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in locale.months[context][width].items():
                    found[locale.language][number].add(folded(name))
                    if context == "format" and width == "wide":
                        found[locale.language][number] |= set(map(folded, _inflected(locale, name)))
    for language, names in MORE_MONTHS.items():
        for number, name in names.items():
            found[language][number].add(name)
    meanings: dict[str, dict[int, bool]] = defaultdict(lambda: defaultdict(bool))
    official = _official_languages()
    for language, numbers in found.items():
        for number, names in numbers.items():
            for name in names:
                meanings[name][number] |= language in official
    return {
        language: "|".join(
            ",".join(
                sorted(
                    name
                    for name in found[language][number]
                    if _is_kept(name, number, language in official, meanings[name])
                )
            )
            for number in range(1, 13)
        )
        for language in sorted(found)
        if any(map(_is_word, found[language][1]))
    }


def _is_kept(name: str, number: int, official: bool, meanings: dict[int, bool]) -> bool:
    """A word of an official language does not become doubtful by one of a language that is none."""
    return _is_word(name) and (
        official or not any(claimed for other, claimed in meanings.items() if other != number)
    )


def _is_word(name: str) -> bool:
    """Months that are numbers, “3月”, are no words; nor can those with commas be kept."""
    return len(name) > 1 and not re.search(r"[\d,|]", name)


def _official_languages() -> set[str]:
    return {
        language.split("_")[0]
        for languages in get_global("territory_languages").values()
        for language, about in languages.items()
        if about["official_status"] in OFFICIAL
    }


def _days(locales: list[Locale]) -> list[str]:
    """From Monday on: its names and abbreviations in the official languages, parted by |."""
    found: list[set[str]] = [set() for _ in range(7)]
    official = _official_languages()
    for locale, context in product(locales, ("format", "stand-alone")):
        for width in ("wide", "abbreviated", "short") if locale.language in official else ():
            for day, name in locale.days[context].get(width, {}).items():
                word = folded(name)
                if not re.search(r"[\d|]", word) and (len(word) > 1 or locale.language == "ja"):
                    found[day].add(word)
    return ["|".join(sorted(words)) for words in found]


def _patterns(locale: Locale) -> list[str]:
    return [str(locale.date_formats[width]) for width in ("full", "long", "medium")]


def _date_words(locales: list[Locale]) -> str:
    """What the official languages write in dates beside numbers and names, parted by |."""
    found, official = {"of", "the", "(e)ko", "(a)"}, _official_languages()
    for locale in locales:
        for pattern in _patterns(locale) if locale.language in official else ():
            for literal in re.sub(r"[GyMLdEc]+", " ", re.sub(r"'([^']*)'", _spelt, pattern)).split():
                word = folded(literal.translate(_SPELT_BACK).strip(",.-/،"))
                if re.search(r"[^\W\d_]", word) and word not in EASTERN:
                    found.add(word)
    return "|".join(sorted(found - set(months())))


def _spelt(quoted: re.Match[str]) -> str:
    """A pattern's quoted text, in letters that are no field."""
    return quoted[1].translate(_SPELT)


_SPELT = {ord(letter): 0xE000 + ord(letter) for letter in "GyMLdEc"}
_SPELT_BACK = {mapped: letter for letter, mapped in _SPELT.items()}
EASTERN = frozenset("年月日년월일号號")


def _inflected(locale: Locale, name: str) -> set[str]:
    """A month with what is written together with it in dates: urtarrilaren, בינואר."""
    found = set()
    for pattern in _patterns(locale):
        spelt = re.sub(r"'([^']*)'", _spelt, pattern)
        if match := re.search(r"([^\W\dGyMLdEc]*)(?:MMMM|LLLL)([^\W\dGyMLdEc]*)", spelt):
            before, after = (part.translate(_SPELT_BACK) for part in match.groups())
            found.add(f"{before}{name}{after}")
    return found


def _units(locales: list[Locale]) -> dict[str, str]:
    """A unit of time → its names and abbreviations, parted by |. A single letter is one in English alone."""
    found: dict[str, set[str]] = defaultdict(set)
    official = _official_languages()
    for locale in locales:
        if locale.language not in official:
            continue
        patterns = LocaleDataDict(localedata.load(str(locale)))["unit_patterns"]
        for unit, width in product(UNITS, ("long", "short", "narrow")):
            for form, pattern in dict(patterns.get(f"duration-{unit}", {}).get(width, {})).items():
                word = folded(pattern.replace("{0}", "").replace("\u200f", "").strip())
                if form != "per" and "{0}" in pattern and _is_unit(word):
                    found[word].add(unit)
    for unit, words in UNITS.items():
        for word in words.split():
            found[word] = {unit}
    return {
        unit: "|".join(sorted(word for word, meant in found.items() if meant == {unit})) for unit in UNITS
    }


def _is_unit(word: str) -> bool:
    return bool(re.fullmatch(r"[^\W\d_]+", word)) and (len(word) > 1 or not word.isascii())


def _currencies(locales: list[Locale]) -> dict[str, str]:
    found: dict[str, set[str]] = defaultdict(set)
    for locale in locales:
        for code, sign in locale.currency_symbols.items():
            found[re.sub(r"[\u200b-\u200f]", "", sign).replace("\xa0", " ")].add(code)
    for code in Locale.parse("en").currencies:
        found[code].add(code)
    for sign, code in MORE_CURRENCIES.items():
        found[sign].add(code)
    return {sign: " ".join(sorted(found[sign])) for sign in sorted(found) if not NO_CURRENCY.fullmatch(sign)}


def _decimal_signs(locales: list[Locale]) -> dict[str, str]:
    """A decimal sign → the currencies whose countries use no other one, in any of their official languages;
    under "" those whose countries use both.
    """
    territories, languages = get_global("territory_currencies"), get_global("territory_languages")
    found: dict[str, set[str]] = defaultdict(set)
    for locale in locales:
        spoken = languages.get(locale.territory, {}).get(locale.language, {})
        sign = locale.number_symbols.get("latn", {}).get("decimal")
        if not spoken.get("official_status") or not sign:
            continue
        for code, _, ended, is_tender in territories.get(locale.territory, ()):
            if is_tender and not ended:
                found[code].add(sign)
    agreed = {code: next(iter(signs)) if len(signs) == 1 else "" for code, signs in found.items()}
    return {sign: " ".join(sorted(code for code in agreed if agreed[code] == sign)) for sign in (*".,", "")}


def _languages(codes: Iterable[str]) -> dict[str, str]:
    """A language → its name in English; those that are official somewhere first, by their names."""
    names, official = Locale.parse("en").languages, _official_languages()
    known = sorted(codes, key=lambda code: (code not in official, names.get(code, code)))
    return {code: names.get(code, code) for code in known}
