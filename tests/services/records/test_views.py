"""What somebody wants to see is checked in one place: by types, with all that is wrong at once."""

from dataclasses import replace

import pytest

from xlsapp.errors import Refused
from xlsapp.models import ColumnRules, ColumnType, ImportTemplate, TemplateColumn
from xlsapp.problems import Message
from xlsapp.repositories.records.selection import BY_HAND, Operator, Selection
from xlsapp.services.records.views import FILTERS, SEARCH, Filter, ViewDraft, check, from_dict, to_dict

NAME = TemplateColumn(1, "Name", ColumnType.TEXT, 0)
ORDERS = TemplateColumn(2, "Orders", ColumnType.INTEGER, 1)
SINCE = TemplateColumn(3, "Since", ColumnType.DATE, 2)
ACTIVE = TemplateColumn(4, "Active", ColumnType.BOOLEAN, 3)
SEEN = TemplateColumn(5, "Seen", ColumnType.DATETIME, 4)
GRADE = TemplateColumn(6, "Grade", ColumnType.CHOICE, 5, rules=ColumnRules(choices=("Gold", "Silver")))
TEMPLATE = ImportTemplate(1, 1, "People", "", "", "", (NAME, ORDERS, SINCE, ACTIVE, SEEN, GRADE))


def values_of(column, operator, *values):
    checked = check(ViewDraft(filters=(Filter(column, operator, values),)))
    assert checked.problems == {}
    return checked.selection.conditions[0].values


def problem_of(column, operator, *values):
    checked = check(ViewDraft(filters=(Filter(column, operator, values),)))
    assert checked.selection == Selection()
    return checked.problems[*FILTERS, 0]


@pytest.mark.parametrize(
    ("column", "operator", "typed", "text", "stored"),
    [
        (ORDERS, Operator.AT_LEAST, 5, "5", 5),
        (SINCE, Operator.AT_MOST, "2026-01-31", "31.01.2026", "2026-01-31"),
        (ACTIVE, Operator.ONE_OF, True, "yes", True),
        (NAME, Operator.EQUALS, 7, "7", "7"),
        (GRADE, Operator.ONE_OF, "Gold", " Gold ", "Gold"),
    ],
)
def test_a_value_and_its_text_ask_for_the_same(column, operator, typed, text, stored):
    assert values_of(column, operator, typed) == values_of(column, operator, text) == (stored,)


def test_up_to_a_day_means_the_whole_of_it():
    assert values_of(SEEN, Operator.AT_MOST, "2026-01-02") == ("2026-01-02T23:59:59.999000",)


def test_a_number_is_no_date():
    assert problem_of(SINCE, Operator.AT_LEAST, 45_000).code != ""


def test_everything_that_is_wrong_is_told_at_once_by_its_place():
    draft = ViewDraft(
        search="x" * 201,
        filters=(
            Filter(ORDERS, Operator.CONTAINS, ("1",)),
            Filter(ORDERS, Operator.AT_LEAST, (3,)),
            Filter(NAME, Operator.EQUALS, (" \x1e ",)),
            Filter(NAME, Operator.CONTAINS, ("y" * 201,)),
        ),
    )

    checked = check(draft)

    assert checked.problems == {
        SEARCH: Message("view.search_too_long", {"most": 200}),
        (*FILTERS, 0): Message(
            "view.cannot_be_filtered", {"column": "Orders", "by": ["from", "to", "is", "blank"]}
        ),
        (*FILTERS, 2): Message("view.nothing_to_compare"),
        (*FILTERS, 3): Message("view.value_too_long", {"most": 200}),
    }
    (kept,) = checked.selection.conditions
    assert (kept.column, kept.operator, kept.values) == (ORDERS, Operator.AT_LEAST, (3,))


def test_more_filters_than_a_view_takes_are_told():
    columns = [replace(ORDERS, id=100 + n) for n in range(51)]

    checked = check(ViewDraft(filters=tuple(Filter(c, Operator.FILLED) for c in columns)))

    assert checked.problems == {FILTERS: Message("view.too_many_filters", {"most": 50})}
    assert len(checked.selection.conditions) == 50


def test_a_view_that_was_stored_with_a_job_is_the_same():
    draft = ViewDraft(
        "ada",
        (
            Filter(GRADE, Operator.ONE_OF, ("Gold", "Silver")),
            Filter(ORDERS, Operator.AT_LEAST, (1,)),
            Filter(SINCE, Operator.FILLED),
        ),
        BY_HAND,
        SEEN,
        True,
    )
    selection = check(draft).selection

    assert from_dict(TEMPLATE, to_dict(selection)) == selection


def test_a_stored_view_shows_no_more_than_it_did_when_a_column_is_gone():
    draft = ViewDraft("", (Filter(ORDERS, Operator.EQUALS, (1,)), Filter(NAME, Operator.BLANK)), None, ORDERS)
    stored = to_dict(check(draft).selection)

    with pytest.raises(Refused) as refused:
        from_dict(replace(TEMPLATE, columns=(NAME, SINCE)), stored)

    assert refused.value.args == (Message("view.columns_gone", {"columns": [ORDERS.name]}),)
