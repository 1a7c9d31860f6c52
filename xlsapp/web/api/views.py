"""Which records a program asks for: search, filters and sort, in a query or in a body, as one view of them.

A query says `filter[Orders][from]=5&sort=Name`; a body `{"filter": {"Orders": {"from": 5}}, "sort": "Name"}`.
Unlike in the address of a page, of which the rest holds, anything that will not do is refused: a program that
mistypes a filter must not get all records.
"""

import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from xlsapp.context import App
from xlsapp.errors import Refused
from xlsapp.models import ImportTemplate, TemplateColumn
from xlsapp.problems import Message
from xlsapp.repositories import saved_views
from xlsapp.repositories.records.selection import BY_HAND, Operator, Selection
from xlsapp.services.records.views import (
    FILTERS,
    MAX_CONDITIONS,
    OPERATORS,
    SEARCH,
    Filter,
    Path,
    ViewDraft,
    cannot_be_filtered,
    check,
    from_dict,
)
from xlsapp.web.api.bodies import Wanted
from xlsapp.web.api.checking import Mistake, no_such_column
from xlsapp.web.api.failures import invalid_body, invalid_parameters
from xlsapp.web.api.parameters import RecordsPage
from xlsapp.web.api.reading import parameter, read_texts
from xlsapp.web.http.access import require_user

_FILTER = re.compile(r"filter\[(.+)\]\[(\w{1,20})\]", re.DOTALL)
# Many libraries number the values of a list, or mark them as such: filter[Grade][one_of][0]=Gold.
_LISTED = re.compile(r"(filter\[.+\]\[one_of\])\[\d{0,4}\]", re.DOTALL)

PARTS = ("q", "filter", "sort", "dir", "import")

Asked = dict[str, dict[str, Any]]
"""What is asked of each column: a value, or several, for each operator."""


async def view_of_query(request: Request[Any], template: ImportTemplate) -> tuple[Selection, RecordsPage]:
    """The view that a query asks for, and which page of it. Raises ApiFailure with all that is wrong."""
    asked = read_texts(
        ((_path(name), value) for name, value in request.query_params.multi_items()), RecordsPage
    )
    selection, wrong = await _view(request, template, asked.sent)
    if wrong:
        raise invalid_parameters((parameter(path), message) for path, message in wrong.items())
    return selection, asked


async def view_of_body(request: Request[Any], template: ImportTemplate, wanted: Wanted) -> Selection:
    """The view that a body asks for. Raises ApiFailure with all that is wrong."""
    selection, wrong = await _view(request, template, wanted.sent)
    if wrong:
        raise invalid_body(Mistake(path, message) for path, message in wrong.items())
    return selection


def _path(name: str) -> tuple[str, ...]:
    """A parameter's name as the path of what it says: filter[Orders][from] is in three steps."""
    found = _FILTER.fullmatch(_LISTED.sub(r"\1", name))
    return ("filter", found[1], found[2]) if found else (name,)


Wrong = dict[tuple[str, ...], Message]


async def _view(
    request: Request[Any], template: ImportTemplate, sent: Mapping[str, Any]
) -> tuple[Selection, Wrong]:
    """The view, and what to say of each part that will not do."""
    if not sent.get("view"):
        return _view_of_parts(template, sent)
    if any(part in sent for part in PARTS):
        return Selection(), {("view",): Message("view.alone")}
    app: App = request.state["app"]
    async with app.db.read() as conn:
        saved = await saved_views.list_for(conn, require_user(request).id, template.id)
    named = next((view for view in saved if view.name == sent["view"]), None)
    if named is None:
        return Selection(), {("view",): Message("view.no_such_view", {"name": sent["view"]})}
    try:
        return from_dict(template, named.stored), {}
    except Refused:
        return Selection(), {("view",): Message("view.saved_gone", {"name": named.name})}


def _view_of_parts(template: ImportTemplate, sent: Mapping[str, Any]) -> tuple[Selection, Wrong]:
    """The same, where search, filters and sort are said themselves."""
    wrong: Wrong = {}
    sort = None
    if "sort" in sent:
        sort = _column(template, sent["sort"])
        if sort is None:
            wrong["sort",] = no_such_column(sent["sort"])
    asked = sent.get("filter", {})
    number = sum(map(len, asked.values()))
    if number > MAX_CONDITIONS:
        wrong["filter",] = Message("body.too_many_filters", {"most": MAX_CONDITIONS, "count": number})
        return Selection(), wrong
    filters, paths = _filters(template, asked, wrong)
    brought = sent.get("import")
    checked = check(
        ViewDraft(
            sent.get("q", ""),
            tuple(filters),
            BY_HAND if brought == "none" else int(brought) if brought else None,
            sort,
            sent.get("dir") == "desc",
        )
    )
    wrong |= {paths[path]: problem for path, problem in checked.problems.items()}
    return checked.selection, wrong


def _filters(
    template: ImportTemplate, asked: Asked, wrong: Wrong
) -> tuple[list[Filter], dict[Path, tuple[str, ...]]]:
    """What is asked of columns, and where each part stood. What makes no filter is added to `wrong`."""
    filters: list[Filter] = []
    paths: dict[Path, tuple[str, ...]] = {SEARCH: ("q",)}
    for name, operators in asked.items():
        column = _column(template, name)
        for word, given in operators.items():
            path = ("filter", name, word)
            if column is None:
                wrong[path] = no_such_column(name)
                continue
            values = tuple(given) if isinstance(given, list) else (given,)
            operator = _operator(column, word, given)
            if operator is None:
                wrong[path] = cannot_be_filtered(column)
            elif any(f.column.id == column.id and f.operator is operator for f in filters):
                wrong[path] = Message("body.filter_twice", {"column": column.name})
            else:
                paths[*FILTERS, len(filters)] = path
                is_bare = operator in (Operator.BLANK, Operator.FILLED)
                filters.append(Filter(column, operator, () if is_bare else values))
    return filters, paths


def _operator(column: TemplateColumn, word: str, given: Any) -> Operator | None:
    """The operator of a column that a word means. `blank` with false is FILLED."""
    if word == Operator.BLANK and given is False:
        return Operator.FILLED
    possible = (each for each in OPERATORS[column.type] if each is not Operator.FILLED)
    return next((each for each in possible if each == word), None)


def _column(template: ImportTemplate, name: str) -> TemplateColumn | None:
    """A column by its name; or by its key, which stays the same when it is renamed."""
    by_key = {column.key: column for column in template.columns}
    return {**by_key, **{column.name: column for column in template.columns}}.get(name)
