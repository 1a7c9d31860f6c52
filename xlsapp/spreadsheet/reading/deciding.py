"""How the texts of each column are to be read: by what was said, by the column itself, by the other columns.

What none of these decides is read as usual (decimal point, day first), and told as data: `Undecided`.
"""

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.spreadsheet.cells.cldr import folded, languages_of, months
from xlsapp.spreadsheet.cells.columns import ColumnConverter
from xlsapp.spreadsheet.cells.conventions import WITH_CONVENTION, Reading
from xlsapp.spreadsheet.cells.numbers import are_of_several_countries
from xlsapp.spreadsheet.cells.text_values import FIRST, SECOND, is_english_month, without_zone
from xlsapp.spreadsheet.cells.values import as_text
from xlsapp.spreadsheet.files.sheet_extras import Area

DECIMAL_SIGN, DAY_ORDER, CURRENCY, TIME_ZONE = "decimal_sign", "day_order", "currency", "time_zone"
MERGED_AMOUNT = "merged_amount"
ABOUT = {
    ColumnType.INTEGER: DECIMAL_SIGN,
    ColumnType.NUMBER: DECIMAL_SIGN,
    ColumnType.DATE: DAY_ORDER,
    ColumnType.DATETIME: DAY_ORDER,
}
ANSWERS = {
    DECIMAL_SIGN: ("point", "comma"),
    DAY_ORDER: ("day_first", "month_first"),
    CURRENCY: ("without",),
    TIME_ZONE: ("as_written", "as_utc"),
    MERGED_AMOUNT: ("first_row", "all_rows"),
}
"""What can be answered. Of conventions: the first, and the second."""

AREAS_SHOWN, ROWS_SHOWN = 3, 4


@dataclass(frozen=True, slots=True)
class Example:
    """A text of a column, and what it is under each of the answers."""

    row: int
    text: str
    readings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Undecided:
    """What nobody has decided about a column, whose values depend on it."""

    column_id: int
    column: str
    about: str
    answers: tuple[str, ...]
    suggested: str
    """What the file as a whole speaks for, without proof."""
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a whole pass over the rows has shown."""

    readings: Mapping[int, Reading]
    """Column id → how its texts are to be read."""
    borrowed: Mapping[int, str] = field(default_factory=dict)
    """Column id → the name of another column, which shows it."""
    undecided: tuple[Undecided, ...] = ()


def decide(
    converters: Sequence[ColumnConverter],
    examples: Mapping[int, Sequence[tuple[int, str]]],
    priced: Mapping[int, Sequence[tuple[int, str]]],
    given: Mapping[int, int],
    *,
    delimiter: str,
    times_as_utc: bool,
    known: Collection[tuple[int, str]] = (),
) -> Decisions:
    """How the texts of all columns are to be read. `examples` are rows and texts that mean two things.

    `priced` are those with a currency; `known` is what needs no asking beside what is `given`.
    """
    readings: dict[int, Reading] = {}
    borrowed: dict[int, str] = {}
    undecided: list[Undecided] = []
    for converter in converters:
        column, evidence = converter.column, converter.evidence
        languages = _languages(converter.month_words)
        are_several = len(converter.currencies) > 1 and are_of_several_countries(converter.currencies)
        if are_several and (column.id, CURRENCY) not in known:
            undecided.append(_open(column, CURRENCY, priced.get(column.id, ())))
        if len(converter.zones) > 1 and not times_as_utc:
            undecided.append(_open(column, TIME_ZONE))
        if not evidence.total and not languages and column.id not in given:
            continue
        convention = given.get(column.id, evidence.convention)
        if column.id not in given and evidence.either and not evidence.is_proof:
            lender = _lender(converter, converters)
            if lender is not None:
                convention, borrowed[column.id] = lender.evidence.convention, lender.column.name
            else:
                undecided.append(_undecided(converter, examples.get(column.id, ()), delimiter))
        readings[column.id] = Reading(convention, languages)
    return Decisions(readings, borrowed, tuple(undecided))


def merged_amount(
    conn: sqlite3.Connection, column: TemplateColumn, areas: Iterable[Area]
) -> Undecided | None:
    """That nobody has said for which rows a column's merged amounts hold. None where they are blank."""
    shown: list[Example] = []
    for area in areas:
        query = f"SELECT {column.key} FROM staged WHERE row = ?"  # noqa: S608  # a key is made of an id
        found = conn.execute(query, (area.first_row,)).fetchone()
        if found and found[0] is not None and len(shown) < AREAS_SHOWN:
            text, rows = as_text(found[0]), min(area.last_row - area.first_row + 1, ROWS_SHOWN)
            readings = tuple(" · ".join([text, *[other] * (rows - 1)]) for other in ("–", text))
            shown.append(Example(area.first_row, text, readings))
    return _open(column, MERGED_AMOUNT, examples=shown) if shown else None


def _open(
    column: TemplateColumn,
    about: str,
    cells: Iterable[tuple[int, str]] = (),
    *,
    examples: Sequence[Example] = (),
) -> Undecided:
    examples = (*examples, *(Example(row, text, ()) for row, text in cells))
    return Undecided(column.id, column.name, about, ANSWERS[about], ANSWERS[about][0], examples)


def _lender(converter: ColumnConverter, converters: Sequence[ColumnConverter]) -> ColumnConverter | None:
    """The first of the other columns that show it, if all of them show the same."""
    about = ABOUT[converter.column.type]
    proofs = [c for c in converters if ABOUT.get(c.column.type) == about and c.evidence.is_proof]
    agree = len({c.evidence.convention for c in proofs}) == 1
    return proofs[0] if agree else None


def _languages(words: set[str]) -> int:
    """The languages of a column's months, if one of its words means two."""
    others = [word for word in words if not is_english_month(word)]  # for English no table is needed
    doubtful = any(len(months().get(folded(word), ())) > 1 for word in others)
    return languages_of(words) if doubtful else 0


def _as_stored(value: Any, column_type: ColumnType) -> Any:
    return value.date() if column_type is ColumnType.DATE else value


def _undecided(converter: ColumnConverter, examples: Sequence[tuple[int, str]], delimiter: str) -> Undecided:
    column = converter.column
    about = ABOUT[column.type]
    # Where a comma is the decimal sign, Excel parts the fields of a csv file by semicolons.
    suggested = SECOND if about == DECIMAL_SIGN and delimiter == "semicolon" else FIRST
    parse = WITH_CONVENTION[column.type]
    shown = []
    for row, text in examples:
        bare = without_zone(text)[0] if about == DAY_ORDER else text
        values = [as_text(_as_stored(parse(bare, way), column.type)) for way in (FIRST, SECOND)]
        shown.append(Example(row, text, tuple(values)))
    answers = ANSWERS[about]
    return Undecided(column.id, column.name, about, answers, answers[suggested], tuple(shown))
