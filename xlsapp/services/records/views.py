"""A view of a template's records, as its address has it: search, filters, sort and direction.

q=ada              a search over all text
c12.contains=lo    c12.is=London          text
c13.from=1         c13.to=10   c13.is=5   numbers, dates, times
c14.one_of=Gold    c14.one_of=Silver      choices, and true or false
c12.blank=yes      c12.filled=yes         any column
import=7           what an import brought; import=none for what none did
sort=c13           dir=desc
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Self
from urllib.parse import parse_qsl, urlencode

from xlsapp.messages.saying import say
from xlsapp.models import CellValue, ColumnType, ImportTemplate, TemplateColumn
from xlsapp.repositories.records.selection import BY_HAND, Condition, Operator, Selection, select_sql
from xlsapp.spreadsheet.cells.entered import parse_text

MAX_LENGTH = 200
MAX_CONDITIONS = 50
MAX_PARTS = 2000

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
    ColumnType.BOOLEAN: LISTS,
    ColumnType.CHOICE: LISTS,
}
"""What each type of column can be filtered by."""

_FILTER = re.compile(r"(c\d{1,18})\.(\w{1,20})")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_LEFT_OUT = dict.fromkeys((0, 30, 31))  # no text that we store has the first, and searches need the others
_GONE = "This address asks for a column that this template does not have. The rest of it holds."


@dataclass(frozen=True, slots=True)
class View:
    """What to show of a template's records, and what in the address would not do.

    `errors` has a sentence for each part that was left out, and `typed` what stood there; both are keyed by
    the part's name in the address.
    """

    selection: Selection
    errors: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_query(cls, template: ImportTemplate, query: str) -> Self:
        """The view that an address's query string asks for. Parts that belong to no view are passed over."""
        reading = _Reading(template)
        try:
            parts = parse_qsl(query.removeprefix("?"), max_num_fields=MAX_PARTS)
        except ValueError:
            parts = []
            reading.errors[""] = f"An address takes at most {MAX_PARTS:,} parts. All records are shown."
        for name, value in parts:
            reading.take(name, value)
        return cls(reading.selection(), reading.errors, reading.typed)

    @property
    def query(self) -> str:
        """The query string that gives this view again, without what would not do."""
        return urlencode(self.fields)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The same as names and values, for a form's hidden fields."""
        selection = self.selection
        found = [("q", selection.search)] if selection.search else []
        for condition in selection.conditions:
            key, operator = condition.column.key, condition.operator
            if operator in (Operator.BLANK, Operator.FILLED):
                found.append((f"{key}.blank", "yes" if operator is Operator.BLANK else "no"))
            found += [(f"{key}.{operator.value}", shown(value)) for value in condition.values]
        if selection.import_id is not None:
            found.append(("import", "none" if selection.import_id == BY_HAND else str(selection.import_id)))
        if selection.sort:
            found.append(("sort", selection.sort.key))
        if selection.descending:
            found.append(("dir", "desc"))
        return found

    def select_sql(self, template: ImportTemplate) -> tuple[str, dict[str, CellValue]]:
        """A query for all records of the view in its order, and its parameters.

        Columns: id, updated_at, and c{id} for each of the template's columns in their order.
        """
        return select_sql(template, self.selection)

    def with_search(self, search: str) -> Self:
        """The same view with another search."""
        return self._with(replace(self.selection, search=search))

    def sorted_by(self, column: TemplateColumn | None, *, descending: bool) -> Self:
        """The same records in another order; without a column, in that of their workbooks."""
        return self._with(replace(self.selection, sort=column, descending=descending))

    def without_column(self, column: TemplateColumn) -> Self:
        """The same view without the filters on a column."""
        kept = tuple(c for c in self.selection.conditions if c.column.id != column.id)
        return self._with(replace(self.selection, conditions=kept))

    def from_import(self, import_id: int | None) -> Self:
        """The same view, of what an import brought; BY_HAND for what none did, None for all."""
        return self._with(replace(self.selection, import_id=import_id))

    def without_filters(self) -> Self:
        """All records, in the same order."""
        return self._with(Selection(sort=self.selection.sort, descending=self.selection.descending))

    def _with(self, selection: Selection) -> Self:
        return replace(self, selection=selection, errors={}, typed={})


def shown(value: CellValue) -> str:
    """A value as forms and addresses have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


class _Reading:
    """Takes the parts of an address one by one."""

    def __init__(self, template: ImportTemplate) -> None:
        self._columns = {column.key: column for column in template.columns}
        self._search = ""
        self._conditions: dict[tuple[str, Operator], Condition] = {}
        self._import_id: int | None = None
        self._sort: TemplateColumn | None = None
        self._descending = False
        self.errors: dict[str, str] = {}
        self.typed: dict[str, str] = {}

    def selection(self) -> Selection:
        """What the parts so far ask for."""
        in_order = sorted(
            self._conditions.values(),
            key=lambda c: (c.column.position, c.column.id, OPERATORS[c.column.type].index(c.operator)),
        )
        if len(in_order) > MAX_CONDITIONS:
            self.errors[""] = f"A view takes at most {MAX_CONDITIONS} filters. The rest was left out."
        return Selection(
            self._search,
            tuple(in_order[:MAX_CONDITIONS]),
            self._import_id,
            self._sort,
            self._descending,
        )

    def take(self, name: str, value: str) -> None:
        """Read one part; remember what is wrong with it."""
        value = value.translate(_LEFT_OUT).strip()
        if not value:
            return
        if match := _FILTER.fullmatch(name):
            self._take_filter(name, match[1], match[2], value)
        elif name == "q":
            if len(value) > MAX_LENGTH:
                self.errors["q"] = f"Search for at most {MAX_LENGTH} characters."
            else:
                self._search = value
        elif name == "sort":
            self._sort = self._columns.get(value)
            if self._sort is None:
                self.errors[""] = _GONE
        elif name == "dir":
            self._descending = value == "desc"
        elif name == "import":
            self._take_import(value)

    def _take_import(self, value: str) -> None:
        if value == "none":
            self._import_id = BY_HAND
        elif value.isascii() and value.isdecimal() and len(value) < 19 and int(value):
            self._import_id = int(value)
        else:
            self.errors[""] = "This address asks for an import that does not exist. The rest of it holds."

    def _take_filter(self, name: str, key: str, word: str, value: str) -> None:
        column = self._columns.get(key)
        if column is None:
            self.errors[""] = _GONE
            return
        if word == Operator.BLANK and value == "no":
            word = Operator.FILLED
        operator = next((o for o in OPERATORS[column.type] if o.value == word), None)
        if operator is None:
            self.errors[""] = f"“{column.name}” cannot be filtered like this. The rest of the address holds."
            return
        values, problem = _values(column, operator, value)
        if problem:
            self.errors[name] = problem
            self.typed[name] = value
            return
        present = self._conditions.get((key, operator))
        if operator is Operator.ONE_OF and present:
            values = tuple(dict.fromkeys([*present.values, *values]))
        self._conditions[key, operator] = Condition(column, operator, values)


def _values(
    column: TemplateColumn, operator: Operator, text: str
) -> tuple[tuple[CellValue, ...], str | None]:
    """What a filter compares with, or why it cannot be."""
    if operator in (Operator.BLANK, Operator.FILLED):
        return (), None if text in ("yes", "no") else "Write yes or no."
    if len(text) > MAX_LENGTH:
        return (), f"Write at most {MAX_LENGTH} characters."
    if column.type is ColumnType.DATETIME and operator is Operator.AT_MOST and _DAY.fullmatch(text):
        text += "T23:59:59.999"  # up to a day means the whole of it
    as_typed = column.type in (ColumnType.EMAIL, ColumnType.LINK, ColumnType.CHOICE)
    value, problem = parse_text(ColumnType.TEXT if as_typed else column.type, text)
    return (value,), say(problem) if problem else None
