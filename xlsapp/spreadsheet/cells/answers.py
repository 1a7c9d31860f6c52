"""Words for yes and no in many languages: in pairs, as a word may be yes in one language and no in another.
The other words of its column decide that.

The first pair of a language is what Excel itself shows there for TRUE and FALSE, where it has words of its
own (the names of its functions TRUE() and FALSE(): WAHR, FALSCH), and otherwise true and false; then come
those of LibreOffice, yes and no, and letters that stand for them.

Proof-read against LibreOffice 7.4's locale data (trueWord, falseWord), which agree or are here beside
Excel's; against glibc 2.36's yesstr and nostr in all of these languages; and for some against CLDR itself
(`posix/messages`, which Babel leaves out) and OnlyOffice's names of Excel's functions. Letters of CLDR that
are no in English and yes in Swahili (N), or the other way round in Azerbaijani (Y), are left out: a column of
them would be read the wrong way.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import cache, reduce
from operator import and_, or_

from xlsapp.spreadsheet.cells.cldr import folded
from xlsapp.visible import DASHES, ascii_digits, visible

EVERYWHERE = "1 -1 x", "0"
"""So in all languages. -1 is what Access and Basic store for true."""
UNIVERSAL = frozenset(" ".join(EVERYWHERE).split())

LANGUAGES: Mapping[str, tuple[str, str]] = {
    "en": ("true yes y t on", "false no n f off"),
    "af": ("waar ja j", "onwaar vals nee n"),
    "ar": ("صحيح صح نعم", "خطأ خاطئ لا"),
    "az": ("doğru düz bəli hə", "yanlış xeyr yox"),
    "be": ("ісціна сапраўдна так", "хлусня несапраўдна не"),
    "bg": ("истина вярно да д", "лъжа невярно не н"),
    "bs": ("tačno da d", "netačno ne n"),
    "ca": ("cert veritat sí s", "fals no n"),
    "cs": ("pravda ano a", "nepravda ne n"),
    "da": ("sand ja j", "falsk nej n"),
    "de": ("wahr ja j w", "falsch nein n f"),
    "el": ("αληθής σωστό αληθές ναι ν", "ψευδής λάθος ψευδές όχι ο"),
    "es": ("verdadero sí s v", "falso no n f"),
    "et": ("tõene jah j", "väär ei e"),
    "eu": ("egia egiazkoa bai", "gezurra faltsua ez"),
    "fa": ("درست آری بله بلی", "نادرست نه خیر"),
    "fi": ("tosi kyllä k", "epätosi ei e"),
    "fo": ("satt sonn ja", "ósatt ósonn nei"),
    "fr": ("vrai oui o v", "faux non n f"),
    "gl": ("verdadeiro si s", "falso non n"),
    "he": ("אמת כן", "שקר לא"),
    "hi": ("सत्य सही हाँ हां", "असत्य गलत ग़लत नहीं"),
    "hr": ("istina točno da d", "neistina netočno ne n"),
    "hu": ("igaz igen i", "hamis nem n"),
    "hy": ("այո ճշմարիտ", "ոչ կեղծ"),
    "id": ("benar ya y", "salah tidak t"),
    "is": ("satt rétt já j", "ósatt rangt nei n"),
    "it": ("vero sì s v", "falso no n f"),
    "ja": ("真 はい", "偽 いいえ"),
    "ka": ("კი ჭეშმარიტი დიახ", "არა მცდარი"),
    "kk": ("ақиқат иә", "жалған жоқ"),
    "ko": ("참 예 네", "거짓 아니요 아니오"),
    "lt": ("tiesa teisingai taip t", "netiesa neteisingai ne n"),
    "lv": ("patiess jā j", "aplams nē n"),
    "mk": ("точно да д", "неточно не н"),
    "ms": ("benar ya y", "palsu tidak t"),
    "nb": ("sann ja j", "usann nei n"),
    "nl": ("waar ja j w", "onwaar nee n o"),
    "pl": ("prawda tak t p", "fałsz nie n f"),
    "pt": ("verdadeiro sim s v", "falso não n f"),
    "ro": ("adevărat da d", "fals nu n"),
    "ru": ("истина да д", "ложь нет н"),
    "sk": ("pravda áno a", "nepravda nie n"),
    "sl": ("res da d", "napačno ne n"),
    "sq": ("vërtetë po", "gabim jo"),
    "sr": ("тачно да д tačno da d", "нетачно не н netačno ne n"),
    "sv": ("sant ja jo j", "falskt nej n"),
    "sw": ("kweli ndiyo", "uongo sikweli hapana"),
    "th": ("จริง ใช่", "เท็จ ไม่ใช่ ไม่"),
    "tr": ("doğru evet e", "yanlış hayır h"),
    "uk": ("істина так т", "хибність брехня ні н"),
    "uz": ("ha ҳа haqiqiy", "yoʻq soxta yo‘q йўқ yo'q"),
    "vi": ("đúng có", "sai không"),
    "zh": ("真 是 对 對", "假 否 错 錯 不是"),
}

MARKS: Mapping[str, tuple[str, str]] = {
    "ticks and crosses": ("✓ ✔ √ ☑ ✅ ○ ◯ 〇 o", "✗ ✘ ✕ ✖ ❌ × x ☒ ☐ □"),
    "ticked boxes": ("✓ ✔ ☑", "☐ □"),
    "crossed boxes": ("☒", "☐ □"),
    "crosses": ("× x", ""),
}
"""Marks are read as the words of a language are: a cross beside ticks is no."""

NOBODYS = 1 << (len(LANGUAGES) + len(MARKS))
"""The language of a column whose words do not show theirs: in it, no word that means two means one."""


class TwoAnswers(ValueError):
    """A word that is yes in some languages and no in others, as their codes say."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        meant = _words()[folded_answer(word)]
        self.yes, self.no = (tuple(_codes(meant[answer])) for answer in (True, False))


def folded_answer(text: str) -> str:
    """An answer as it is looked up: whatever its case, accents, width, kind of digits and dash."""
    text = visible(text)
    if text.isascii():
        return text.rstrip(".").casefold()
    text = folded(unicodedata.normalize("NFKC", text)).translate(_SAME)
    return _DASHES.sub("-", ascii_digits(text))


def is_answer(text: str) -> bool:
    """Whether a text is a word for yes or no, or a mark."""
    return len(text) <= LONGEST_TEXT and folded_answer(text) in _words()


def read_answer(text: str, languages: int = 0) -> bool:
    """Yes or no.

    A word that means both is what it means in English, or in its column's languages where these are known.
    Raises ValueError, and of it TwoAnswers.
    """
    meant = _words().get(folded_answer(text))
    if meant is None:
        raise ValueError(text)
    if len(meant) == 1:
        return next(iter(meant))
    possible = [answer for answer, bits in meant.items() if bits & (languages or ENGLISH)]
    if len(possible) != 1:
        raise TwoAnswers(text)
    return possible[0]


def is_telling(text: str) -> bool:
    """Whether a text without blanks around it shows that answers are meant. T or S may be anything."""
    if len(text) > LONGEST_ANSWER or not is_answer(text):
        return False
    return len(text) > 1 or not text.isalpha() or text in "yYnNxX" or text > _LAST_ALPHABET


def is_doubtful_answer(text: str) -> bool:
    """Whether a word is yes in one language and no in another."""
    return len(_words().get(folded_answer(text), ())) > 1


def languages_of_answers(texts: Collection[str]) -> int:
    """The languages, as bits, by which a column's words are to be read; 0 where that makes no difference.

    They are those that all of its words belong to or, where there are none, those of its clear words. NOBODYS
    where that does not decide what a word means.
    """
    words = {word: _words()[word] for word in map(folded_answer, texts) if word in _words()}
    doubtful = [meant for meant in words.values() if len(meant) > 1]
    if not doubtful:
        return 0
    special = [meant for word, meant in words.items() if word not in UNIVERSAL]
    in_common = spoken = reduce(and_, (reduce(or_, meant.values()) for meant in words.values()))
    if not spoken:
        spoken = reduce(or_, (bits for meant in special if len(meant) == 1 for bits in meant.values()), 0)
    # Of O and N, which are both no in Dutch, French makes both answers.
    telling = sum(bit for bit in _bits(spoken) if len(_answers(special, bit)) > 1)
    if in_common & ENGLISH and all(_answers([meant], ENGLISH) for meant in doubtful):
        # T is true, and x is yes; but beside Y, T may be no as in Indonesian.
        return 0 if not telling or telling & ENGLISH else NOBODYS
    for languages in (telling, spoken):
        if all(len(_answers([meant], languages)) == 1 for meant in doubtful):
            return languages
    return NOBODYS


def _bits(languages: int) -> Iterable[int]:
    return (1 << place for place in range(languages.bit_length()) if languages >> place & 1)


def _answers(words: Iterable[Mapping[bool, int]], languages: int) -> set[bool]:
    return {answer for meant in words for answer, bits in meant.items() if bits & languages}


@cache
def _words() -> Mapping[str, Mapping[bool, int]]:
    """A folded word → what it means, each with the languages as bits."""
    found: dict[str, dict[bool, int]] = defaultdict(dict)
    for place, (name, pair) in enumerate([*LANGUAGES.items(), *MARKS.items()]):
        for answer, words, common in zip((True, False), pair, EVERYWHERE, strict=True):
            for word in words.split() + (common.split() if name in LANGUAGES else []):
                known = found[folded_answer(word)]
                known[answer] = known.get(answer, 0) | 1 << place
    return dict(found)


def _codes(bits: int) -> Iterable[str]:
    return (code for place, code in enumerate(LANGUAGES) if bits >> place & 1)


ENGLISH = 1 << list(LANGUAGES).index("en")
LONGEST_ANSWER = max(len(word) for pair in LANGUAGES.values() for word in " ".join(pair).split())
LONGEST_TEXT = 100
"""With blanks and what nobody sees around a word."""
_LAST_ALPHABET = "\u2e7f"
"""Behind it are Chinese signs, of which one is a word."""
_DASHES = re.compile(f"[{DASHES}]")
# A Turkish i without its dot is what İ and I become; U+FE0F makes a picture of a mark.
_SAME = str.maketrans({"ı": "i", "\ufe0f": None})
