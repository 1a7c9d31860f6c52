"""What a reader sees of a text: without the characters that show nothing, and come along in copied cells."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from xlsapp.models import CellValue

# Zero-width blanks and joiners, marks of writing direction, byte order marks, soft hyphens.
INVISIBLE = "\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
DASHES = "\u2010-\u2015\u2212\ufe58\ufe63\uff0d"
"""Dashes and minus signs that are no ASCII hyphen."""

_INVISIBLE = re.compile(f"[{INVISIBLE}]+")
_DASHES = re.compile(f"[{DASHES}]")
_BLANKS = re.compile(r"\s+")
_OTHER_BLANKS = "\t\n\v\f\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""All that `str.isspace` knows beside the space."""
_SECOND_CAPITALS = "\u2126\u212a\u212b\u03f4"
"""Letters that have a small one in common with another capital: signs for ohm, kelvin, ångström; theta."""
_FULL_WIDTH = {0xFF01 + place: 0x21 + place for place in range(94)}
_EACH_INVISIBLE = tuple(filter(_INVISIBLE.match, map(chr, range(0x10000))))


def visible(text: str) -> str:
    """The text without invisible characters and outer blanks."""
    return text.strip() if text.isascii() else _INVISIBLE.sub("", text).strip()


def plainly(text: str) -> str:
    """What is visible, with an ordinary blank for each of another kind, as no-break ones are, and signs of
    full width as those of ASCII.
    """
    return text.strip() if text.isascii() else re.sub(r"\s", " ", visible(text)).translate(_FULL_WIDTH)


def all_visible(values: Sequence[CellValue]) -> list[CellValue]:
    """`visible` of texts and blanks, many at once; what nothing is left of is blank."""
    texts: list[str] = list(filter(None, values))  # type: ignore[arg-type]
    seen = list(map(str.strip, texts))
    joined = "".join(texts)
    if not joined.isascii() and any(character in joined for character in _EACH_INVISIBLE):
        seen = list(map(visible, texts))
    if seen == texts:
        return list(values)
    following = iter(seen)
    return [(next(following) or None) if value else None for value in values]


def folded(text: str) -> str:
    """A form that is the same for texts which differ only in case, in kinds and numbers of blanks, or in
    what nobody sees.
    """
    return _BLANKS.sub(" ", visible(text)).lower()


def all_folded(joined: str, parting: str, within: str = "", *, is_visible: bool = True) -> list[str]:
    """`folded` of many texts as `visible` gives them, joined by `parting`, which is in none of them.

    Each may have several parts, parted by `within`.
    """
    texts = joined.lower().split(parting)
    if is_visible and has_plain_blanks(joined, parting + within):
        return texts
    if not within:
        return list(map(folded, texts))
    return [within.join(map(folded, text.split(within))) for text in texts]


def has_plain_blanks(joined: str, partings: str) -> bool:
    """Whether texts have no blanks other than single spaces, but for what parts them."""
    return "  " not in joined and not any(blank in joined for blank in _OTHER_BLANKS if blank not in partings)


def are_visible(joined: str, parting: str) -> bool:
    """Whether many texts are surely as `visible` gives them; others may be, too. See `all_folded`."""
    if any(blank in joined for blank in (f" {parting}", f"{parting} ")) or " " in (joined[:1], joined[-1:]):
        return False
    if any(blank in joined for blank in _OTHER_BLANKS if blank != parting):
        return False
    return joined.isascii() or not any(character in joined for character in _EACH_INVISIBLE)


@dataclass(slots=True)
class Looks:
    """What many texts have in common, found out at C speed."""

    cases: set[str] = field(default_factory=lambda: {"lower", "upper"})
    """The cases that all of them are in."""
    has_plain_blanks: bool = True
    """There are no blanks in them but single spaces."""

    def add(self, joined: str, partings: str = "") -> None:
        """Take texts into account, joined by the first of the partings."""
        if not self.are_apart:
            return
        self.has_plain_blanks = has_plain_blanks(joined, partings)
        if joined != joined.lower():
            self.cases.discard("lower")
        if joined != joined.upper() or any(character in joined for character in _SECOND_CAPITALS):
            self.cases.discard("upper")

    @property
    def are_apart(self) -> bool:
        """Whether two of them surely are one, or differ in more than case and blanks."""
        return self.has_plain_blanks and bool(self.cases)

    def are_apart_from(self, others: "Looks") -> bool:
        """The same for one of them and one of others."""
        return self.are_apart and others.are_apart and bool(self.cases & others.cases)


def alike(text: str) -> str:
    """A form that is the same for texts which look the same: case, kinds of blanks and of dashes, and letters
    whose accent is a character of its own make no difference.
    """
    text = visible(text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", _DASHES.sub("-", text))
    return _BLANKS.sub(" ", text).casefold()


def ascii_digits(text: str) -> str:
    """The text with the digits of every script as 0 to 9. Superscripts and fractions are none of them."""
    if text.isascii():
        return text
    return "".join(str(int(c)) if not c.isascii() and c.isdecimal() else c for c in text)
