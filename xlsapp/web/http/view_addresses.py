"""A view of a template's records as its address has it: search, filters, sort and direction.

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
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from xlsapp.messages.saying import say
from xlsapp.models import CellValue, ImportTemplate, TemplateColumn
from xlsapp.repositories.records.selection import BY_HAND, Operator, Selection
from xlsapp.services.records.views import (
    FILTERS,
    OPERATORS,
    SEARCH,
    Filter,
    Path,
    ViewDraft,
    check,
    tidy,
    to_dict,
)

MAX_PARTS = 2000

_FILTER = re.compile(r"(c\d{1,18})\.(\w{1,20})")
_GONE = "This address asks for a column that this template does not have. The rest of it holds."
_NO_IMPORT = "This address asks for an import that does not exist. The rest of it holds."


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
        reading = _AddressReading(template)
        try:
            parts = parse_qsl(query.removeprefix("?"), max_num_fields=MAX_PARTS)
        except ValueError:
            parts = []
            reading.errors[""] = f"An address takes at most {MAX_PARTS:,} parts. All records are shown."
        for name, value in parts:
            reading.take(name, tidy(value))
        checked = check(reading.draft)
        for path, problem in checked.problems.items():
            name = reading.names.get(path, "")
            reading.errors[name] = say(problem)
            if path in reading.texts:
                reading.typed[name] = reading.texts[path]
        return cls(checked.selection, reading.errors, reading.typed)

    @property
    def query(self) -> str:
        """The query string that gives this view again, without what would not do."""
        return urlencode(self.fields)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The same as names and values, for a form's hidden fields."""
        return _fields(to_dict(self.selection))

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


def query_of_stored(stored: Mapping[str, Any]) -> str:
    """The query string of a view as it is stored with a job."""
    return urlencode(_fields(stored))


def _shown(value: CellValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _fields(stored: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = [("q", stored["search"])] if stored["search"] else []
    for each in stored["filters"]:
        key, operator = f"c{each['column']}", each["operator"]
        if operator in (Operator.BLANK, Operator.FILLED):
            found.append((f"{key}.blank", "yes" if operator == Operator.BLANK else "no"))
        found += [(f"{key}.{operator}", _shown(value)) for value in each["values"]]
    if stored["import_id"] is not None:
        found.append(("import", "none" if stored["import_id"] == BY_HAND else str(stored["import_id"])))
    if stored["sort"] is not None:
        found.append(("sort", f"c{stored['sort']}"))
    if stored["descending"]:
        found.append(("dir", "desc"))
    return found


class _AddressReading:
    """Takes the parts of an address one by one, and makes a draft of them."""

    def __init__(self, template: ImportTemplate) -> None:
        self._columns = {column.key: column for column in template.columns}
        self.draft = ViewDraft()
        self.errors: dict[str, str] = {}
        self.typed: dict[str, str] = {}
        self.names: dict[Path, str] = {SEARCH: "q"}
        """What a part of the draft is called in the address, by its path."""
        self.texts: dict[Path, str] = {}
        """What stood there."""

    def take(self, name: str, value: str) -> None:
        """Read one part; remember what is wrong with it."""
        if not value:
            return
        if match := _FILTER.fullmatch(name):
            self._take_filter(name, match[1], match[2], value)
        elif name == "q":
            self.draft = replace(self.draft, search=value)
            self.texts[SEARCH] = value
        elif name == "sort":
            self.draft = replace(self.draft, sort=self._columns.get(value))
            if self.draft.sort is None:
                self.errors[""] = _GONE
        elif name == "dir":
            self.draft = replace(self.draft, descending=value == "desc")
        elif name == "import":
            self._take_import(value)

    def _take_import(self, value: str) -> None:
        if value == "none":
            self.draft = replace(self.draft, import_id=BY_HAND)
        elif value.isascii() and value.isdecimal() and len(value) < 19 and int(value):
            self.draft = replace(self.draft, import_id=int(value))
        else:
            self.errors[""] = _NO_IMPORT

    def _take_filter(self, name: str, key: str, word: str, value: str) -> None:
        column = self._columns.get(key)
        if column is None:
            self.errors[""] = _GONE
            return
        operator = next((o for o in OPERATORS[column.type] if o.value == word), None)
        if operator is None:
            self.errors[""] = f"“{column.name}” cannot be filtered like this. The rest of the address holds."
            return
        values: tuple[CellValue, ...] = (value,)
        if operator in (Operator.BLANK, Operator.FILLED):
            if value not in ("yes", "no"):
                self.errors[name], self.typed[name] = "Write yes or no.", value
                return
            if operator is Operator.BLANK and value == "no":
                operator = Operator.FILLED
            values = ()
        path = (*FILTERS, len(self.draft.filters))
        self.draft = replace(self.draft, filters=(*self.draft.filters, Filter(column, operator, values)))
        self.names[path], self.texts[path] = name, value
