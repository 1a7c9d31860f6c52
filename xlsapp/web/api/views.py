"""Which records a program asks for: search, filters and sort, in a query or in a body, as one view of them.

A query says `filter[Orders][from]=5&sort=Name`; a body `{"filter": {"Orders": {"from": 5}}, "sort": "Name"}`.
Unlike in the address of a page, of which the rest holds, anything that will not do is refused: a program that
mistypes a filter must not get all records.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from xlsapp.models import ImportTemplate, TemplateColumn
from xlsapp.repositories.records.selection import Operator
from xlsapp.services.records.views import MAX_CONDITIONS, OPERATORS, View, shown
from xlsapp.web.api.checking import Fault
from xlsapp.web.api.failures import invalid_body, invalid_parameters
from xlsapp.web.api.reading import read_texts
from xlsapp.web.api.schemas import MAX_FILTER_VALUES, OPERATOR_SCHEMAS, VIEW, Schema, text

_FILTER = re.compile(r"filter\[(.+)\]\[(\w{1,20})\]", re.DOTALL)
# Many libraries number the values of a list, or mark them as such: filter[Grade][one_of][0]=Gold.
_LISTED = re.compile(r"(filter\[.+\]\[one_of\])\[\d{0,4}\]", re.DOTALL)

Asked = dict[str, dict[str, Any]]
"""What is asked of each column: a value, or several, for each operator."""

NOT_BLANK = "This is empty. Write what to compare with; `blank` finds empty cells."


def view_of_query(
    request: Request[Any], template: ImportTemplate, schemas: Mapping[str, Schema]
) -> tuple[View, dict[str, Any]]:
    """The view that a query asks for, and its other parameters. Raises ApiFailure with all that is wrong."""
    pairs = [(_LISTED.sub(r"\1", name), value) for name, value in request.query_params.multi_items()]
    found = {name: match for name, _ in pairs if (match := _FILTER.fullmatch(name))}
    filters = {name: OPERATOR_SCHEMAS.get(match[2], text()) for name, match in found.items()}
    values = read_texts(pairs, {**VIEW, **schemas, **filters})
    asked: Asked = {}
    for name, match in found.items():
        asked.setdefault(match[1], {})[match[2]] = values.pop(name)
    view, wrong = _view(template, {**values, "filter": asked})
    if wrong:
        raise invalid_parameters((_parameter(path), detail) for path, detail in wrong.items())
    return view, values


def view_of_body(template: ImportTemplate, sent: Mapping[str, Any]) -> View:
    """The view that a body asks for. Raises ApiFailure with all that is wrong."""
    view, wrong = _view(template, sent)
    if wrong:
        raise invalid_body(Fault(path, detail) for path, detail in wrong.items())
    return view


Wrong = dict[tuple[str, ...], str]


def _view(template: ImportTemplate, sent: Mapping[str, Any]) -> tuple[View, Wrong]:
    """The view, and a sentence for each part that will not do."""
    wrong: Wrong = {}
    fields = [(name, str(sent[name])) for name in ("q", "dir", "import") if name in sent]
    places: dict[str, tuple[str, ...]] = {name: (name,) for name in ("q", "import")}
    if "sort" in sent:
        column = _column(template, sent["sort"])
        if column is None:
            wrong["sort",] = _unknown(sent["sort"])
        else:
            fields.append(("sort", column.key))
    conditions = [(name, operator) for name, asked in sent.get("filter", {}).items() for operator in asked]
    if len(conditions) > MAX_CONDITIONS:
        wrong["filter",] = f"Send at most {MAX_CONDITIONS} filters; these are {len(conditions)}."
        return View.from_query(template, ""), wrong
    for name, operator in conditions:
        path = ("filter", name, operator)
        column = _column(template, name)
        if column is None:
            wrong[path] = _unknown(name)
        elif problem := _problem(column, operator, values := _values(sent["filter"][name][operator])):
            wrong[path] = problem
        else:
            part = f"{column.key}.{operator}"
            if part in places:
                wrong[path] = f"“{column.name}” has this filter already, by its other name. Send it once."
            places[part] = path
            fields += [(part, value) for value in values]
    view = View.from_query(template, urlencode(fields))
    for name, detail in view.errors.items():
        wrong.setdefault(places.get(name, ("filter",)), detail)
    return view, wrong


def _values(given: Any) -> list[str]:
    """What an operator compares with, as addresses of pages have it."""
    if isinstance(given, bool):
        return ["yes" if given else "no"]
    return [shown(value) for value in given] if isinstance(given, list) else [shown(given)]


def _problem(column: TemplateColumn, operator: str, values: Sequence[str]) -> str | None:
    possible = [each.value for each in OPERATORS[column.type] if each is not Operator.FILLED]
    if operator not in possible:
        return f"“{column.name}” can be filtered by {', '.join(possible[:-1])} and {possible[-1]}."
    if len(values) > MAX_FILTER_VALUES:
        return f"Give at most {MAX_FILTER_VALUES}; these are {len(values):,}."
    return None if all(value.strip() for value in values) else NOT_BLANK


def _column(template: ImportTemplate, name: str) -> TemplateColumn | None:
    """A column by its name; or by its key, which stays the same when it is renamed."""
    by_key = {column.key: column for column in template.columns}
    return {**by_key, **{column.name: column for column in template.columns}}.get(name)


def _unknown(name: str) -> str:
    return (
        f"There is no column “{name}” in this template." if name.isprintable() else "There is no such column."
    )


def _parameter(path: Sequence[str]) -> str:
    """A path as the query has it: filter[Orders][from]."""
    name = path[0] + "".join(f"[{step}]" for step in path[1:])
    return name if name.isprintable() else "?"
