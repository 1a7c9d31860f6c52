"""How the texts of each column are to be read: by what was said, by the column itself, by the other columns.

What none of these decides is read as usual (decimal point, day first), and told as data: `Undecided`.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.spreadsheet.cells.answers import languages_of_answers
from xlsapp.spreadsheet.cells.cldr import bit_of, languages
from xlsapp.spreadsheet.cells.columns import MOMENTS, ColumnConverter
from xlsapp.spreadsheet.cells.conventions import WITH_CONVENTION, Reading
from xlsapp.spreadsheet.cells.entered import as_entered
from xlsapp.spreadsheet.cells.numbers import are_of_several_countries, convention_of_currencies
from xlsapp.spreadsheet.cells.text_values import FIRST, SECOND, without_zone
from xlsapp.spreadsheet.cells.values import as_text
from xlsapp.spreadsheet.files.sheet_extras import Area
from xlsapp.spreadsheet.reading.month_languages import are_clear, dates_under, meant_languages

DECIMAL_SIGN, DAY_ORDER, CURRENCY, TIME_ZONE = "decimal_sign", "day_order", "currency", "time_zone"
MERGED_AMOUNT, MONTH_LANGUAGE, CALENDAR = "merged_amount", "month_language", "calendar"
ERROR_CELLS = "error_cells"
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
    MONTH_LANGUAGE: tuple(languages()),
    CALENDAR: ("gregorian",),
    ERROR_CELLS: ("blank",),
}
"""What can be answered. Of conventions: the first, and the second."""

_OF_TYPES = {
    ColumnType.INTEGER: (DECIMAL_SIGN, CURRENCY, MERGED_AMOUNT),
    ColumnType.NUMBER: (DECIMAL_SIGN, CURRENCY, MERGED_AMOUNT),
    ColumnType.DURATION: (MERGED_AMOUNT,),
    ColumnType.DATE: (DAY_ORDER, MONTH_LANGUAGE, CALENDAR),
    ColumnType.DATETIME: (DAY_ORDER, MONTH_LANGUAGE, CALENDAR, TIME_ZONE),
}
KNOWN = {type_: (*_OF_TYPES.get(type_, ()), ERROR_CELLS) for type_ in ColumnType}
"""What can be said of a column's values."""

UPLOAD, TEMPLATE, ITS_CURRENCY, EXPORT, OTHER = "upload", "template", "currency", "export", "other"
"""Who decides how a column is read, where it does not show it itself."""

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
class Settled:
    """What somebody has said of a column: one of `ANSWERS`, for this upload or to the template."""

    answer: str
    by: str


@dataclass(frozen=True, slots=True)
class DecidedBy:
    """Who has decided how a column is read; `column` is another one of the file, which shows it."""

    who: str
    column: str = ""


Said = Mapping[tuple[int, str], Settled]
"""A column's id and what it is about → what was said."""
Texts = Mapping[int, Sequence[tuple[int, str]]]
"""Column id → the first of its texts that are to be asked about, each with its row."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a whole pass over the rows has shown."""

    readings: Mapping[int, Reading]
    """Column id → how its texts are to be read."""
    decided_by: Mapping[int, DecidedBy] = field(default_factory=dict)
    """Column id → who decided it, where the column itself does not show it."""
    undecided: tuple[Undecided, ...] = ()

    def as_suggested(self) -> "Decisions":
        """With the suggested language for months, so that what is asked about is no problem besides."""
        asked = [each for each in self.undecided if each.about == MONTH_LANGUAGE]
        known = ((each, self.readings.get(each.column_id, Reading(None))) for each in asked)
        spoken = {each.column_id: replace(read, languages=bit_of(each.suggested)) for each, read in known}
        return replace(self, readings={**self.readings, **spoken})


@dataclass(frozen=True, slots=True)
class Evident:
    """What there is to decide by, beside what was said: the columns, as one pass has left them."""

    converters: Sequence[ColumnConverter]
    ambiguous: Texts
    priced: Texts
    doubtful: Texts
    """With months that mean two."""
    perhaps_nepals: Texts
    """With years that may be of Nepal's calendar."""
    delimiter: str
    is_export: bool
    """It is a text file of our own, as it was written."""


def said_of(columns: Sequence[TemplateColumn], said: Said) -> Decisions:
    """What is known before there was a look at any row."""
    readings = {}
    for column in columns:
        about = ABOUT.get(column.type)
        way = said.get((column.id, about)) if about else None
        spoken = said.get((column.id, MONTH_LANGUAGE))
        if about and (way or spoken):
            convention = ANSWERS[about].index(way.answer) if way else None
            readings[column.id] = Reading(convention, bit_of(spoken.answer) if spoken else 0)
    return Decisions(readings)


def decide(evident: Evident, said: Said) -> Decisions:
    """How the texts of all columns are to be read."""
    readings: dict[int, Reading] = {}
    decided_by: dict[int, DecidedBy] = {}
    undecided: list[Undecided] = []
    for converter in evident.converters:
        column = converter.column
        are_several = len(converter.currencies) > 1 and are_of_several_countries(converter.currencies)
        if are_several and (column.id, CURRENCY) not in said:
            undecided.append(_open(column, CURRENCY, evident.priced.get(column.id, ())))
        if (cells := evident.perhaps_nepals.get(column.id)) and (column.id, CALENDAR) not in said:
            undecided.append(_open(column, CALENDAR, cells))
        spoken = _spoken(evident, converter, said)
        if isinstance(spoken, Undecided):
            undecided.append(spoken)
            spoken = 0
        found = _convention(evident, converter, said)
        if isinstance(found, Undecided):
            undecided.append(found)
            found = converter.evidence.convention, None
        convention, by = found
        if by:
            decided_by[column.id] = by
        if by or converter.evidence.total or spoken:
            readings[column.id] = Reading(convention, spoken)
        if column.type is ColumnType.BOOLEAN and (spoken := languages_of_answers(converter.words)):
            readings[column.id] = Reading(None, spoken)
    return Decisions(readings, decided_by, tuple(undecided))


def _convention(
    evident: Evident, converter: ColumnConverter, said: Said
) -> tuple[int, DecidedBy | None] | Undecided:
    """A column's convention, and who decided it: None where it shows it, or nothing is to be decided."""
    column, evidence = converter.column, converter.evidence
    about = ABOUT.get(column.type, "")
    if known := said.get((column.id, about)):
        return ANSWERS[about].index(known.answer), DecidedBy(known.by)
    if not evidence.either or evidence.is_proof:
        return converter.decided, None
    if about == DECIMAL_SIGN:
        convention = convention_of_currencies(converter.currencies)
        if convention is not None:
            return convention, DecidedBy(ITS_CURRENCY)
    alike = [c for c in evident.converters if ABOUT.get(c.column.type) == about and c.evidence.is_proof]
    if len({c.evidence.convention for c in alike}) == 1:
        return alike[0].evidence.convention, DecidedBy(OTHER, alike[0].column.name)
    if evident.is_export and not alike:
        return FIRST, DecidedBy(EXPORT)
    return _undecided(converter, evident.ambiguous.get(column.id, ()), evident.delimiter)


def _spoken(evident: Evident, converter: ColumnConverter, said: Said) -> int | Undecided:
    """The languages of a column's months, as bits; 0 where no word of it means two."""
    column, words = converter.column, converter.words
    if column.type not in MOMENTS:
        return 0
    known = said.get((column.id, MONTH_LANGUAGE))
    if known and (known.by == UPLOAD or are_clear(words, bit_of(known.answer))):
        return bit_of(known.answer)
    others = (c.words for c in evident.converters if c is not converter and c.column.type in MOMENTS)
    found = meant_languages(words, others)
    if isinstance(found, int):
        return found
    cells = evident.doubtful.get(column.id, ())
    examples = tuple(Example(row, text, dates_under(text, found)) for row, text in cells)
    return Undecided(column.id, column.name, MONTH_LANGUAGE, found, found[0], examples)


def merged_amount(
    conn: sqlite3.Connection, column: TemplateColumn, areas: Iterable[Area]
) -> Undecided | None:
    """That nobody has said for which rows a column's merged amounts hold. None where they are blank."""
    shown: list[Example] = []
    for area in areas:
        query = f"SELECT {column.key} FROM staged WHERE row = ?"  # noqa: S608  # a key is made of an id
        found = conn.execute(query, (area.first_row,)).fetchone()
        if found and found[0] is not None and len(shown) < AREAS_SHOWN:
            text = (
                as_entered(column.type, found[0]) if column.type is ColumnType.DURATION else as_text(found[0])
            )
            rows = min(area.last_row - area.first_row + 1, ROWS_SHOWN)
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
