"""Data validations: what Excel lets someone type into a column, with our own words when it does not."""

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.spreadsheet.cells.durations import parse_duration
from xlsapp.spreadsheet.cells.values import column_letters
from xlsapp.spreadsheet.writing.cell_kinds import DAY_ZERO, FIRST_SERIAL, MAX_DIGITS
from xlsapp.spreadsheet.writing.package_parts import quoted
from xlsapp.spreadsheet.writing.text import MAX_CELL_UNITS, attribute_text, element_text
from xlsapp.spreadsheet.writing.words import error, prompt, title

LISTS_SHEET = "Lists"
LAST_ROW = 1_048_576

# The largest numbers that can be typed into Excel.
MOST = "9.99999999999999E+307"
LAST_DAY = date(9999, 12, 31).toordinal() - DAY_ZERO
# 23:59:59.999, rounded upwards.
LAST_TIME, LAST_MOMENT = "0.999999988425926", f"{LAST_DAY}.99999999"
# What stands in a formula has 15 digits for Excel, while a cell's number has 17.
MAX_FORMULA_DIGITS = 15
DOWN, UP = (Context(prec=MAX_FORMULA_DIGITS, rounding=way) for way in (ROUND_FLOOR, ROUND_CEILING))
# Half of what the import can tell apart, a millisecond, as a share of a day.
HALF_A_MILLISECOND = Decimal("0.0005") / 86_400

BOOLEANS = ("TRUE", "FALSE")


def lists_of(columns: Sequence[TemplateColumn]) -> list[tuple[str, ...]]:
    """The choices of each column that has some, in the order of the hidden sheet's columns.

    All lists stand there, as a list within a validation ends at 255 characters, cannot hold a comma, and does
    not know that TRUE is WAHR in a German Excel.
    """
    return [choices for column in columns if (choices := _choices(column))]


def validations(columns: Sequence[TemplateColumn]) -> str:
    """The `<dataValidations>` of a sheet whose first columns these are, from row 2 down to the last."""
    places: dict[int, int] = {}
    for column in columns:
        if _choices(column):
            places[column.id] = len(places)
    rows = "".join(_validation(index, column, places) for index, column in enumerate(columns))
    return f'<dataValidations count="{len(columns)}">{rows}</dataValidations>'


def _choices(column: TemplateColumn) -> tuple[str, ...]:
    return BOOLEANS if column.type is ColumnType.BOOLEAN else column.rules.choices


def _validation(index: int, column: TemplateColumn, places: Mapping[int, int]) -> str:
    letters = column_letters(index)
    if column.id in places:
        list_letters, count = column_letters(places[column.id]), len(_choices(column))
        kind = 'type="list"'
        formulas = [f"{quoted(LISTS_SHEET)}!${list_letters}$1:${list_letters}${count}"]
    else:
        kind, formulas = _limits(column)
    only_warns = _broken_rules(column) & column.rules.warnings or _may_be_before_1900(column)
    attributes = [
        kind,
        'errorStyle="warning"' if only_warns else "",
        "" if column.required else 'allowBlank="1"',
        'showInputMessage="1" showErrorMessage="1"',
        f'errorTitle="{attribute_text(title(column))}" error="{attribute_text(error(column))}"',
    ]
    if words := prompt(column):
        attributes.append(f'promptTitle="{attribute_text(title(column))}" prompt="{attribute_text(words)}"')
    attributes.append(f'sqref="{letters}2:{letters}{LAST_ROW}"')
    body = "".join(
        f"<formula{number}>{element_text(formula)}</formula{number}>"
        for number, formula in enumerate(formulas, 1)
    )
    return f"<dataValidation {' '.join(filter(None, attributes))}>{body}</dataValidation>"


def _limits(column: TemplateColumn) -> tuple[str, list[str]]:
    """A validation's type and its two limits, between which a value must be."""
    match column.type:
        case ColumnType.INTEGER:
            return 'type="whole"', _between(column, str(1 - MAX_DIGITS), str(MAX_DIGITS - 1))
        case ColumnType.NUMBER:
            return 'type="decimal"', _between(column, f"-{MOST}", MOST)
        case ColumnType.DATE:
            return 'type="date"', _between(column, "1", str(LAST_DAY), _day)
        case ColumnType.DATETIME:
            return 'type="date"', _between(column, "1", LAST_MOMENT, _moment)
        case ColumnType.TIME:
            return 'type="time"', _between(column, "0", LAST_TIME, _share)
        case ColumnType.DURATION:
            return 'type="decimal"', _between(column, f"-{MOST}", MOST, _days)
        case _:
            return 'type="textLength"', _lengths(column)


def _between(
    column: TemplateColumn, least: str, most: str, serial_of: Callable[[str], float] | None = None
) -> list[str]:
    """The column's own limits, or `least` and `most`, which are Excel's; of dates and times the serials.

    They are rounded outwards, so that a limit is never refused itself.
    """
    limits = []
    for own, excels, away in ((column.rules.minimum, least, DOWN), (column.rules.maximum, most, UP)):
        limits.append(_limit(own, away, serial_of) if own else excels)
    return limits


def _limit(own: str, away: Context, serial_of: Callable[[str], float] | None) -> str:
    first = -math.inf if serial_of in (None, _days) else 0
    number = Decimal(own if serial_of is None else max(serial_of(own), first))
    if len(number.as_tuple().digits) <= MAX_FORMULA_DIGITS:
        return own if serial_of is None else f"{number:f}"
    if serial_of:
        number = max(number + (HALF_A_MILLISECOND if away is UP else -HALF_A_MILLISECOND), Decimal(first))
        return f"{away.plus(number):f}"
    return str(away.plus(number))


def _lengths(column: TemplateColumn) -> list[str]:
    least = max(column.rules.min_length or 0, 1 if column.required else 0)
    return [str(least), str(min(column.rules.max_length or MAX_CELL_UNITS, MAX_CELL_UNITS))]


def _broken_rules(column: TemplateColumn) -> frozenset[str]:
    """The rules that a value may have broken when the validation does not let it in."""
    if column.type is ColumnType.CHOICE:
        return frozenset({"choices"})
    return frozenset({"minimum", "maximum", "min_length", "max_length", "required"})


def _may_be_before_1900(column: TemplateColumn) -> bool:
    """Whether some of a column's dates can only be texts, which Excel must be allowed to take."""
    if column.type not in (ColumnType.DATE, ColumnType.DATETIME):
        return False
    return column.rules.minimum is None or _day(column.rules.minimum[:10]) < FIRST_SERIAL


def _day(stored: str) -> float:
    return date.fromisoformat(stored).toordinal() - DAY_ZERO


def _moment(stored: str) -> float:
    moment = datetime.fromisoformat(stored)
    return moment.toordinal() - DAY_ZERO + _share(moment.time().isoformat())


def _days(stored: str) -> float:
    return parse_duration(stored) / 86_400


def _share(stored: str) -> float:
    hours, minutes, seconds = (float(part) for part in f"{stored}:00".split(":")[:3])
    return (hours * 3600 + minutes * 60 + seconds) / 86_400
