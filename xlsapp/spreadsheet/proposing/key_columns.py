"""Whether a column whose values are all different tells rows apart, or is so by chance."""

import re

from xlsapp.models import ColumnType
from xlsapp.spreadsheet.proposing.column_evidence import ColumnEvidence
from xlsapp.spreadsheet.reading.headers import normalised

# Below this a value that never repeats shows nothing.
ROWS_FOR_UNIQUE = 20
# So many pairs of equal values are to be expected of values taken at random from between the least and the
# greatest (n² / 2 of the range: the birthday problem). That there is none has a chance of 1 in 1,000 (e⁻⁷).
PAIRS_BY_CHANCE = 7

_KEYS = re.compile(
    r"\b(?:ids?|uuid|guid|key|nr|no|num|number|code|sku|ref|reference|serial|isbn|issn|ean|gtin|upc|doi|iban|vin"
    r"|imei|slug|login|user ?name|e ?mail(?: address)?|num[eé]ro|n[uú]mero|c[oó]dig[oe]|matricule|kennung"
    r"|kennzeichen)\b|[a-zäöü](?:nummer|nr|number)\b|番号|编号|編號|번호|\bномер\b|\bкод\b"
).search
_NO_KEYS = re.compile(
    r"\b(?:zip|post|postal|postcode|plz|postleitzahl|cp|cap|country|area|dial\w*|phone|tele\w*|tel|fax|mobile"
    r"|house|room|floor|page|pages|year|month|week|day|date|time|age|count|qty|quantity|amount|price|total|cost"
    r"|sum|rate|size|weight|city|street|state|region|colou?r|language|currency|bank|sort|tax|branch|dept"
    r"|department|first|last|full|sur|number of|no of|anzahl|menge|betrag|preis|summe|datum|jahr|haus)\b"
    r"|telefon|hausn|postl"
).search
_NAMES = re.compile(r"name\d*\b").search


def is_key(header: str, kind: ColumnType, found: ColumnEvidence) -> bool:
    """Whether the values of a full column are as different as only those of a key are."""
    if found.filled < ROWS_FOR_UNIQUE or not _may_be(kind, found):
        return False
    spaced = re.sub(r"(?<=[^\W\d_])(?<![A-Z])(?=[A-Z])", " ", header)
    words = re.sub(r"[_\W]+", " ", re.sub("[№#]", " no ", normalised(spaced))).strip()
    if _NO_KEYS(words) or (_NAMES(words) and not re.search(r"\b(?:user|login) ?name", words)):
        return False
    return bool(_KEYS(words) or _are_beyond_chance(found)) and found.is_unique()


def _may_be(kind: ColumnType, found: ColumnEvidence) -> bool:
    """Whether values are of the sort that tells one row from another: numbers, codes, addresses."""
    if kind is ColumnType.INTEGER:
        return found.are_plain_integers()
    return kind in (ColumnType.EMAIL, ColumnType.TEXT) and not found.has_spaces


def _are_beyond_chance(found: ColumnEvidence) -> bool:
    """Whether there are clearly more values than a range of numbers gives different ones by chance."""
    space = found.span()
    return space is not None and found.filled * (found.filled - 1) / 2 >= PAIRS_BY_CHANCE * space
