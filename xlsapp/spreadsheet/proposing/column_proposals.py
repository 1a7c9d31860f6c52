"""From what all cells of a column are like to its name, type and rules, with what shows them."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from xlsapp.models import ColumnType
from xlsapp.problems import Message
from xlsapp.spreadsheet.cells import text_readings as reading
from xlsapp.spreadsheet.cells.answers import NOBODYS, languages_of_answers
from xlsapp.spreadsheet.cells.text_values import FIRST, SECOND
from xlsapp.spreadsheet.cells.values import as_text, column_letters, no_character
from xlsapp.spreadsheet.proposing.column_evidence import Budget, ColumnEvidence, Kind
from xlsapp.spreadsheet.proposing.key_columns import is_key
from xlsapp.visible import alike, visible

# Where nearly all of enough cells are of a type, the others may be mistakes: they are named.
NEARLY_ALL, ENOUGH = 0.95, 20
# Texts are choices when there are few of them and each is used again and again.
MOST_CHOICES, USES_PER_CHOICE, LONGEST_CHOICE = 30, 5, 60
CHOICES_SHOWN = 6
# Cells with something else than the workbook's own list has, and what a template's choices may be.
MOST_OTHERS, MAX_CHOICES, MAX_CHOICE_LENGTH = 10, 1000, 1000


Shown = Mapping[tuple[int, int], int]
"""The bits of numbers or of moments → the convention that other columns of the file show."""


@dataclass(frozen=True, slots=True)
class ProposedColumn:
    """A column as a sample has it."""

    header: str
    name: str
    type: ColumnType
    required: bool
    unique: bool
    choices: tuple[str, ...]
    evidence: tuple[Message, ...]
    """What shows it."""
    doubt: Message | None = None
    """What does not fit."""


def propose_column(
    header: str,
    place: int,
    found: ColumnEvidence,
    rows: int,
    shown: Shown,
    *,
    name: str = "",
    listed: Sequence[str] = (),
) -> ProposedColumn:
    """The column at a place of the sheet, of whose cells `found` tells; the table has `rows` rows.

    Its name is the header's, unless one is given. `listed` are the
    texts that the workbook itself offers in the column's cells. What is proposed takes every cell that has
    a value.
    """
    likely, fits, convention = _type_of(found, shown)
    doubt = _doubt(likely, found, fits, place, convention) if fits < found.filled else None
    kind = likely if fits >= found.filled else ColumnType.TEXT
    choices = _offered(found, listed) or (_choices(found) if kind is ColumnType.TEXT and not doubt else ())
    if choices:
        kind, doubt = ColumnType.CHOICE, None
    required = found.filled == rows
    unique = required and is_key(header, kind, found)
    evidence = []
    if found.filled or not found.errors:
        evidence.append(_type_shown(likely, found, fits, convention, choices, is_listed=bool(listed)))
    if found.filled:
        evidence.append(
            Message("evidence.empty_cells", {"empty": rows - found.filled - found.errors, "rows": rows})
        )
    if unique:
        evidence.append(Message("evidence.unique"))
    if found.errors:
        row, text = found.first_errors[0]
        about = {"count": found.errors, "value": text, "cell": f"{column_letters(place)}{row}"}
        evidence.append(Message("evidence.errors", about))
    return ProposedColumn(
        header=header,
        name=name or header,
        type=kind,
        required=required,
        unique=unique,
        choices=choices,
        evidence=tuple(evidence),
        doubt=doubt,
    )


# What a type takes: kinds of typed cells, and bits of texts under either convention. Special types first.
TAKES: dict[ColumnType, tuple[frozenset[Kind], tuple[int, int]]] = {
    ColumnType.BOOLEAN: (frozenset({"boolean"}), (reading.BOOLEAN, reading.BOOLEAN)),
    ColumnType.INTEGER: (frozenset({"integer"}), reading.INTEGER),
    ColumnType.NUMBER: (frozenset({"integer", "number"}), reading.NUMBER),
    ColumnType.DATE: (frozenset({"date"}), reading.DATE),
    ColumnType.DATETIME: (frozenset({"date", "datetime"}), reading.DATETIME),
    ColumnType.TIME: (frozenset({"time"}), (reading.TIME, reading.TIME)),
    ColumnType.DURATION: (frozenset({"time", "duration"}), (reading.DURATION, reading.DURATION)),
    ColumnType.EMAIL: (frozenset(), (reading.EMAIL, reading.EMAIL)),
    ColumnType.LINK: (frozenset(), (reading.LINK, reading.LINK)),
}
# A whole number is a number first, and a day a moment: under which convention, is decided for these.
READ_AS = {
    ColumnType.INTEGER: reading.NUMBER,
    ColumnType.NUMBER: reading.NUMBER,
    ColumnType.DATE: reading.DATETIME,
    ColumnType.DATETIME: reading.DATETIME,
}


_EITHER: Shown = dict.fromkeys(READ_AS.values(), SECOND)


def shown_by(columns: Iterable[ColumnEvidence]) -> Shown:
    """What the columns with proofs agree in, for those that leave it open."""
    shown: dict[tuple[int, int], set[int]] = {}
    for found in columns:
        kind, _, convention = _type_of(found, {})
        if kind in READ_AS and _only(found, kind, FIRST) != _only(found, kind, SECOND):
            shown.setdefault(READ_AS[kind], set()).add(convention)
    return {bits: conventions.pop() for bits, conventions in shown.items() if len(conventions) == 1}


def takes(kind: ColumnType, value: Any) -> bool:
    """Whether a value could be a cell of a column of such a type, other than texts."""
    alone = ColumnEvidence(Budget())
    alone.take([value], 1)
    return alone.filled > 0 and max(_fits(alone, kind, {})[0], _fits(alone, kind, _EITHER)[0]) > 0


def _type_of(found: ColumnEvidence, shown: Shown) -> tuple[ColumnType, int, int]:
    """The most special type that all cells are of; how many are, and under which convention."""
    scores = {kind: _fits(found, kind, shown) for kind in TAKES}
    # Ones and zeros alone are numbers: only another word shows that they are answers.
    is_shown = any(k == "boolean" or (isinstance(k, int) and k == reading.BOOLEAN) for k in found.kinds)
    if not is_shown or languages_of_answers(found.different or ()) == NOBODYS:
        del scores[ColumnType.BOOLEAN]
    most = max(fits for fits, _ in scores.values())
    filled = found.filled
    enough = filled if filled < ENOUGH else NEARLY_ALL * filled
    if not filled or most < enough or found.is_shown_as_text:
        return ColumnType.TEXT, filled, 0
    return next((kind, fits, convention) for kind, (fits, convention) in scores.items() if fits == most)


def _fits(found: ColumnEvidence, kind: ColumnType, shown: Shown) -> tuple[int, int]:
    """How many cells a type takes, and the convention for its texts: the one an import would choose."""
    names, bits = TAKES[kind]
    first, second = _only(found, kind, FIRST), _only(found, kind, SECOND)
    convention = int(second > first)
    if first == second and kind in READ_AS:
        convention = shown.get(READ_AS[kind], FIRST)
    typed = sum(found.kinds[name] for name in names)
    return typed + sum(n for k, n in _texts(found) if k & bits[convention]), convention


def _only(found: ColumnEvidence, kind: ColumnType, convention: int) -> int:
    """How many texts can be read under this convention alone."""
    bits = READ_AS.get(kind)
    if bits is None:
        return 0
    return sum(n for k, n in _texts(found) if k & bits[convention] and not k & bits[1 - convention])


def _texts(found: ColumnEvidence) -> list[tuple[int, int]]:
    """The readings of a column's texts, and how many texts have each."""
    return [(kind, count) for kind, count in found.kinds.items() if isinstance(kind, int)]


def _choices(found: ColumnEvidence) -> tuple[str, ...]:
    """The texts of a column, the most frequent first, if they look like a list of choices."""
    if found.different is None or any(isinstance(kind, str) for kind in found.kinds):
        return ()
    if not all(map(visible, found.different)):  # of a text column it is a value, of choices a blank cell
        return ()
    uses: Counter[str] = Counter()
    first_written: dict[str, str] = {}
    for text, count in found.different.items():
        text = text.strip()
        uses[first_written.setdefault(text.casefold(), text)] += count
    if not 2 <= len(uses) <= MOST_CHOICES or found.filled < USES_PER_CHOICE * len(uses):
        return ()
    if any(len(text) > LONGEST_CHOICE or "\n" in text for text in uses) or no_character("".join(uses)):
        return ()
    return tuple(text for text, _ in uses.most_common())


def _offered(found: ColumnEvidence, listed: Sequence[str]) -> tuple[str, ...]:
    """The workbook's own choices for a column, and what its cells hold besides; none where that is much."""
    choices = tuple(dict.fromkeys(text for text in map(visible, listed) if text and "\n" not in text))
    if not choices or found.different is None:
        return ()
    known = set(map(alike, choices))
    others = {visible(text): n for text, n in found.different.items() if alike(text) not in known}
    if len(others) > MOST_OTHERS or sum(others.values()) * 2 > found.filled or "" in others:
        return ()
    all_of_them = (*choices, *others)
    usable = len(all_of_them) <= MAX_CHOICES and max(map(len, all_of_them)) <= MAX_CHOICE_LENGTH
    usable = usable and not any("\n" in text for text in others)
    return all_of_them if usable and not no_character("".join(all_of_them)) else ()


def _type_shown(
    kind: ColumnType,
    found: ColumnEvidence,
    fits: int,
    convention: int,
    choices: Sequence[str],
    *,
    is_listed: bool,
) -> Message:
    if choices and is_listed:
        return Message("evidence.listed", {"choices": list(choices[:CHOICES_SHOWN]), "count": len(choices)})
    if not found.filled:
        return Message("evidence.nothing")
    if choices:
        shown = list(choices[:CHOICES_SHOWN])
        about = {"choices": shown, "count": len(choices), "cells": found.filled}
        return Message("evidence.choices", about)
    if kind is ColumnType.TEXT:
        zeros = any(isinstance(k, int) and k & reading.LEADING_ZERO for k in found.kinds)
        different = None if found.different is None else len(found.different)
        return Message("evidence.texts", {"texts": found.filled, "zeros": zeros, "different": different})
    if found.filled == 1:
        return Message("evidence.only_value")
    way = _way_shown(kind, found, convention) if kind in READ_AS else None
    return Message("evidence.type", {"type": kind.value, "fits": fits, "cells": found.filled, "way": way})


def _way_shown(kind: ColumnType, found: ColumnEvidence, convention: int) -> dict[str, int] | None:
    """What shows under which convention a column's texts are to be read: proofs, or that nothing does."""
    only = _only(found, kind, convention)
    either = sum(count for k, count in _texts(found) if k & reading.EITHER_WAY)
    # A plain decimal, 1.5, shows the point; that is worth a word only where another text leaves it open.
    if only and (either or kind in (ColumnType.DATE, ColumnType.DATETIME) or convention):
        return {"convention": convention, "only": only, "either": 0}
    return {"convention": convention, "only": 0, "either": either} if either else None


def _doubt(kind: ColumnType, found: ColumnEvidence, fits: int, place: int, convention: int) -> Message:
    names, bits = TAKES.get(kind, (frozenset(), (0, 0)))
    misfits = [k for k in found.kinds if not (k & bits[convention] if isinstance(k, int) else k in names)]
    value, row = min((found.examples[k] for k in misfits), key=lambda example: example[1])
    shown = as_text(value)
    shown = shown if len(shown) <= 40 else shown[:39] + "…"
    about = {"count": found.filled - fits, "value": shown, "cell": f"{column_letters(place)}{row}"}
    return Message("evidence.misfits", about)
