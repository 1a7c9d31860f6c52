"""What the page of records is made of, beside the records: its address, chips, headers and filters."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlencode

from starlette.requests import Request

from xlsapp.context import App
from xlsapp.models import CellValue, ColumnType, Import, ImportTemplate, TemplateColumn
from xlsapp.repositories import imports
from xlsapp.repositories.records.selection import BY_HAND, Condition, Cursor, Operator
from xlsapp.services.records.records import Records
from xlsapp.services.records.views import OPERATORS
from xlsapp.spreadsheet.cells.entered import as_entered
from xlsapp.web.http.forms import Form
from xlsapp.web.http.view_addresses import View

IMPORT = "import"
"""In the place of a column: the filter by what brought a record."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,2000}")


@dataclass(frozen=True, slots=True)
class GridPlace:
    """Where somebody is among the records: the view, and the page of it. All of it is in the address."""

    view: View
    after: str = ""
    before: str = ""

    @classmethod
    def of(cls, request: Request[Any], template: ImportTemplate) -> Self:
        """The place in a request's address, without what would not do."""
        tokens = {
            name: token
            for name in ("after", "before")
            if _TOKEN.fullmatch(token := request.query_params.get(name, ""))
        }
        return cls(View.from_query(template, request.url.query), **tokens)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """Its address as names and values, for hidden fields."""
        paging = [("after", self.after)] if self.after else [("before", self.before)] if self.before else []
        return self.view.fields + paging

    @property
    def query(self) -> str:
        """Its address as a query string with “?”; empty for the first page of all records."""
        return query_of(self.fields)

    async def cursor(self, records: Records, template: ImportTemplate) -> Cursor | None:
        """Where its page begins; None for the first page."""
        token = self.after or self.before
        if not token:
            return None
        return await records.cursor(template, self.view.selection, token, backwards=not self.after)


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter that is in use: in words, where it is changed, and the address without it."""

    text: str
    change: str
    remove: str


@dataclass(frozen=True, slots=True)
class Head:
    """A column's header: where a click leads, and `aria-sort` when the records are in its order."""

    column: TemplateColumn
    sort: str
    order: str | None
    filter: str
    is_filtered: bool


@dataclass(frozen=True, slots=True)
class Panel:
    """The filters on one column, or on the import when there is no column, as a form."""

    column: TemplateColumn | None
    form: Form
    picked: Sequence[str]
    """The values that are ticked, of a choice or a yes-or-no."""
    options: Sequence[tuple[str, str]]
    hidden: list[tuple[str, str]]
    """The rest of the view."""
    close: str


def query_of(fields: Sequence[tuple[str, str]]) -> str:
    """Names and values as a query string with its “?”."""
    return f"?{urlencode(fields)}" if fields else ""


def heads(template: ImportTemplate, view: View) -> Iterator[Head]:
    """The headers. A click sorts upwards, the next one downwards, and the third is as if none had been."""
    filtered = {condition.column.id for condition in view.selection.conditions}
    for column in template.columns:
        is_sorted = view.selection.sort is not None and view.selection.sort.id == column.id
        descending = view.selection.descending
        following = None if is_sorted and descending else column
        order = ("descending" if descending else "ascending") if is_sorted else None
        yield Head(
            column,
            sort=query_of(view.sorted_by(following, descending=is_sorted and not descending).fields),
            order=order,
            filter=query_of([*view.fields, ("filter", column.key)]),
            is_filtered=column.id in filtered,
        )


def chips(view: View, brought: Mapping[int, Import]) -> Iterator[Chip]:
    """The search, the filters of each column, and the import."""
    selection = view.selection
    if selection.search:
        rest = query_of(view.with_search("").fields)
        yield Chip(f"“{selection.search}” in any text", "#search", rest)
    for column in {c.column.id: c.column for c in selection.conditions}.values():
        words = " and ".join(_words(c) for c in selection.conditions if c.column.id == column.id)
        change = query_of([*view.fields, ("filter", column.key)])
        yield Chip(f"{column.name} {words}", change, query_of(view.without_column(column).fields))
    if selection.import_id is not None:
        change = query_of([*view.fields, ("filter", IMPORT)])
        text = "Added by hand"
        if selection.import_id != BY_HAND:
            found = brought.get(selection.import_id)
            text = f"From {found.file_name}" if found else "From an import that is not there"
        yield Chip(text, change, query_of(view.from_import(None).fields))


async def load_chips(app: App, template: ImportTemplate, view: View) -> list[Chip]:
    """The same, for a page that shows no records with their imports."""
    async with app.db.read() as conn:
        brought = await imports.find_some(conn, template.id, [view.selection.import_id or BY_HAND])
    return list(chips(view, brought))


def panel(template: ImportTemplate, view: View, key: str, latest: Sequence[Import]) -> Panel | None:
    """The filters to be changed: those of the column `key`, or of the first one with an error."""
    wrong = next((name.partition(".")[0] for name in view.errors if "." in name), "")
    close = query_of(view.fields)
    if key == IMPORT:
        chosen = dict(view.fields).get(IMPORT, "")
        options = [("", "All records"), ("none", "Added by hand")]
        options += [(str(i.id), f"{i.file_name}, {i.created_at[:16].replace('T', ' ')} UTC") for i in latest]
        if chosen and chosen not in dict(options):
            options.append((chosen, "An earlier import"))
        form = Form({IMPORT: chosen})
        return Panel(None, form, [], options, view.from_import(None).fields, close)
    column = next((c for c in template.columns if c.key == (wrong or key)), None)
    if column is None:
        return None
    values = {name: value for name, value in view.fields if name.startswith(f"{column.key}.")}
    mine = [c for c in view.selection.conditions if c.column.id == column.id]
    picked = [as_entered(column.type, v) for c in mine if c.operator is Operator.ONE_OF for v in c.values]
    form = Form({**values, **view.typed}, dict(view.errors))
    options = [("true", "Yes"), ("false", "No")] if column.type is ColumnType.BOOLEAN else []
    if column.type is ColumnType.CHOICE:
        options = [(choice, choice) for choice in dict.fromkeys([*column.rules.choices, *picked])]
    return Panel(column, form, picked, options, view.without_column(column).fields, close)


def operators_of(column: TemplateColumn) -> set[str]:
    """The names of what a column can be filtered by."""
    return {operator.value for operator in OPERATORS[column.type]}


def without_paging(place: GridPlace) -> GridPlace:
    """The first page of the same view."""
    return replace(place, after="", before="")


def cell_text(column: TemplateColumn, value: CellValue) -> str:
    """A stored value as people read it."""
    if value is None:
        return ""
    if column.type is ColumnType.BOOLEAN:
        return "Yes" if value else "No"
    if column.type is ColumnType.DURATION:
        return as_entered(column.type, value)
    if column.type is ColumnType.DATETIME:
        return str(value).replace("T", " ")
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _words(condition: Condition) -> str:
    """A condition as the end of a sentence that begins with its column's name."""
    values = [cell_text(condition.column, value) for value in condition.values]
    match condition.operator:
        case Operator.CONTAINS:
            return f"contains “{values[0]}”"
        case Operator.EQUALS:
            return f"is “{values[0]}”"
        case Operator.AT_LEAST:
            return f"from {values[0]}"
        case Operator.AT_MOST:
            return f"up to {values[0]}"
        case Operator.ONE_OF:
            listed = [f"“{value}”" for value in values[:5]]
            return "is " + " or ".join(listed) + (f" or {len(values) - 5} more" if len(values) > 5 else "")
        case Operator.BLANK:
            return "is blank"
        case Operator.FILLED:
            return "is filled in"
