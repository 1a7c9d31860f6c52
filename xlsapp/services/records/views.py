"""What somebody wants to see of a template's records: checked in one place, whoever asks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from xlsapp.errors import Refused
from xlsapp.models import CellValue, ColumnType, ImportTemplate, TemplateColumn
from xlsapp.problems import Message
from xlsapp.repositories.records.selection import Condition, Operator, Selection
from xlsapp.spreadsheet.cells.entered import as_entered, parse_text

MAX_LENGTH = 200
MAX_CONDITIONS = 50

TEXTS = (Operator.CONTAINS, Operator.EQUALS, Operator.BLANK, Operator.FILLED)
SCALES = (Operator.AT_LEAST, Operator.AT_MOST, Operator.EQUALS, Operator.BLANK, Operator.FILLED)
LISTS = (Operator.ONE_OF, Operator.BLANK, Operator.FILLED)
OPERATORS: Mapping[ColumnType, tuple[Operator, ...]] = {
    ColumnType.TEXT: TEXTS,
    ColumnType.EMAIL: TEXTS,
    ColumnType.LINK: TEXTS,
    ColumnType.INTEGER: SCALES,
    ColumnType.NUMBER: SCALES,
    ColumnType.DATE: SCALES,
    ColumnType.DATETIME: SCALES,
    ColumnType.TIME: SCALES,
    ColumnType.DURATION: SCALES,
    ColumnType.BOOLEAN: LISTS,
    ColumnType.CHOICE: LISTS,
}
"""What each type of column can be filtered by."""

NUMBERS = (ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.DURATION)

_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_LEFT_OUT = dict.fromkeys((0, 30, 31))  # no text that we store has the first, and searches need the others


@dataclass(frozen=True, slots=True)
class Filter:
    """One thing asked of a column, as it came: texts, or values of the column's type.

    BLANK and FILLED have no value, ONE_OF several, the others one.
    """

    column: TemplateColumn
    operator: Operator
    values: tuple[CellValue, ...] = ()


@dataclass(frozen=True, slots=True)
class ViewDraft:
    """What somebody wants to see, and in which order."""

    search: str = ""
    filters: tuple[Filter, ...] = ()
    import_id: int | None = None
    """Only what this import brought; BY_HAND for what none did."""
    sort: TemplateColumn | None = None
    descending: bool = False


Path = tuple[str | int, ...]
SEARCH: Path = ("search",)
FILTERS: Path = ("filters",)
"""All of them together; the path of one has its place behind it."""


@dataclass(frozen=True, slots=True)
class CheckedView:
    """What of a draft will do, and what is wrong with the rest, by its path."""

    selection: Selection
    problems: Mapping[Path, Message]


def check(draft: ViewDraft) -> CheckedView:
    """A draft as a selection. Of two filters that ask the same of a column, the later one counts."""
    problems: dict[Path, Message] = {}
    search = tidy(draft.search)
    if len(search) > MAX_LENGTH:
        problems[SEARCH] = Message("view.search_too_long", {"most": MAX_LENGTH})
        search = ""
    conditions: dict[tuple[int, Operator], Condition] = {}
    for place, asked in enumerate(draft.filters):
        values, problem = _values(asked)
        if problem:
            problems[*FILTERS, place] = problem
            continue
        key = asked.column.id, asked.operator
        if asked.operator is Operator.ONE_OF and key in conditions:
            values = tuple(dict.fromkeys([*conditions[key].values, *values]))
        conditions[key] = Condition(asked.column, asked.operator, values)
    in_order = sorted(
        conditions.values(),
        key=lambda c: (c.column.position, c.column.id, OPERATORS[c.column.type].index(c.operator)),
    )
    if len(in_order) > MAX_CONDITIONS:
        problems[FILTERS] = Message("view.too_many_filters", {"most": MAX_CONDITIONS})
    selection = Selection(
        search, tuple(in_order[:MAX_CONDITIONS]), draft.import_id, draft.sort, draft.descending
    )
    return CheckedView(selection, problems)


def cannot_be_filtered(column: TemplateColumn) -> Message:
    """What to say of an operator that a column does not have."""
    words = [each.value for each in OPERATORS[column.type] if each is not Operator.FILLED]
    return Message("view.cannot_be_filtered", {"column": column.name, "by": words})


def tidy(text: str) -> str:
    """A text as it is looked for: without what surrounds it, and without what no stored text has."""
    return text.translate(_LEFT_OUT).strip()


def to_dict(selection: Selection) -> dict[str, Any]:
    """For the queue and the status: JSON-ready."""
    return {
        "search": selection.search,
        "filters": [
            {
                "column": c.column.id,
                "operator": c.operator.value,
                "values": [_stored(c.column, v) for v in c.values],
            }
            for c in selection.conditions
        ],
        "import_id": selection.import_id,
        "sort": selection.sort.id if selection.sort else None,
        "descending": selection.descending,
        "names": {str(c.id): c.name for c in _columns_of(selection)},
    }


def from_dict(template: ImportTemplate, stored: Mapping[str, Any]) -> Selection:
    """What `to_dict` wrote. Raises Refused when the template lacks a column of it: more would be shown."""
    columns = {column.id: column for column in template.columns}
    wanted = [each["column"] for each in stored["filters"]] + [stored["sort"]] * (stored["sort"] is not None)
    if gone := [column_id for column_id in dict.fromkeys(wanted) if column_id not in columns]:
        names = stored.get("names", {})
        raise Refused(Message("view.columns_gone", {"columns": [names.get(str(c), "") for c in gone]}))
    draft = ViewDraft(
        stored["search"],
        tuple(
            Filter(columns[each["column"]], Operator(each["operator"]), tuple(each["values"]))
            for each in stored["filters"]
        ),
        stored["import_id"],
        columns.get(stored["sort"]),
        stored["descending"],
    )
    checked = check(draft)
    for problem in checked.problems.values():
        raise Refused(problem)
    return checked.selection


def _columns_of(selection: Selection) -> list[TemplateColumn]:
    """The columns that a selection asks something of."""
    return [c.column for c in selection.conditions] + ([selection.sort] if selection.sort else [])


def _values(asked: Filter) -> tuple[tuple[CellValue, ...], Message | None]:
    """What a filter compares with, or why it cannot be."""
    if asked.operator not in OPERATORS[asked.column.type]:
        return (), cannot_be_filtered(asked.column)
    values = []
    for given in asked.values:
        value, problem = _value(asked, given)
        if problem:
            return (), problem
        values.append(value)
    return tuple(values), None


def _value(asked: Filter, given: CellValue) -> tuple[CellValue, Message | None]:
    column = asked.column
    text = tidy(_text(given))
    if not text:
        return None, Message("view.nothing_to_compare")
    if len(text) > MAX_LENGTH:
        return None, Message("view.value_too_long", {"most": MAX_LENGTH})
    if column.type is ColumnType.DATETIME and asked.operator is Operator.AT_MOST and _DAY.fullmatch(text):
        text += "T23:59:59.999"  # up to a day means the whole of it
    is_number = isinstance(given, int | float) and column.type in NUMBERS
    as_typed = column.type in (ColumnType.EMAIL, ColumnType.LINK, ColumnType.CHOICE)
    return parse_text(ColumnType.TEXT if as_typed else column.type, given if is_number else text)


def _stored(column: TemplateColumn, value: CellValue) -> CellValue:
    """What is compared with: a duration as it is typed, for addresses."""
    return as_entered(column.type, value) if column.type is ColumnType.DURATION else value


def _text(given: CellValue) -> str:
    if isinstance(given, bool):
        return "true" if given else "false"
    return "" if given is None else str(given)
