"""What a draft has to be like: every rule of the definition of a template, without a page or a program."""

import pytest

from xlsapp.messages.saying import say
from xlsapp.models import ColumnType
from xlsapp.services.templates.definition import check
from xlsapp.services.templates.drafts import ColumnDraft, TemplateDraft


def problems_of(*columns: ColumnDraft, name: str = "T", max_columns: int = 500) -> dict[str, str]:
    checked = check(TemplateDraft(name, "", columns), max_columns=max_columns)
    assert bool(checked.columns) is not bool(checked.problems)
    return {problem.path: say(problem.message) for problem in checked.problems}


def test_a_draft_becomes_columns_whose_values_are_written_as_they_are_stored():
    draft = TemplateDraft(
        "Prices",
        columns=(
            ColumnDraft("Price", "number", minimum=0.5, maximum="1,000", required=True),
            ColumnDraft("Active", "boolean", default=False),
            ColumnDraft("Code", max_length="3", aliases=("The \n code", " ")),
        ),
    )

    price, active, code = check(draft, max_columns=3).columns

    assert (price.type, price.rules.minimum, price.rules.maximum) == (ColumnType.NUMBER, "0.5", "1000")
    assert price.required
    assert active.rules.default == "false"
    assert (code.rules.max_length, code.aliases, code.position) == (3, ("The code",), 2)


def test_what_is_written_is_kept_to_the_letter():
    grade = ColumnDraft("Grade", "choice", choices=("a  b", "a b"), default="a  b")
    note = ColumnDraft("Note", pattern=" +y ", default="  y ")

    first, second = check(TemplateDraft("T", "", (grade, note)), max_columns=2).columns

    assert first.rules.choices == ("a  b", "a b")
    assert first.rules.default == "a  b"
    assert (second.rules.pattern, second.rules.default) == (" +y ", "  y ")


def test_every_problem_is_found_and_has_its_path():
    found = problems_of(
        ColumnDraft("Full name"),
        ColumnDraft("FULL   name", "date", minimum="soon", aliases=("__record_id",)),
        ColumnDraft("Plan", "choice"),
        ColumnDraft("Size", "integer", minimum=9, maximum=3),
        ColumnDraft("Code", pattern="(", min_length="many", warnings=("colour",)),
        ColumnDraft("", "money"),
        ColumnDraft("Grade", "choice", choices=("A", "B "), default="C"),
        name=" ",
        max_columns=6,
    )

    assert set(found) == {
        "name",
        "columns",
        *("columns/0/name", "columns/1/name", "columns/1/minimum", "columns/1/aliases", "columns/2/choices"),
        *("columns/3/maximum", "columns/4/pattern", "columns/4/min_length", "columns/4/warnings"),
        *("columns/5/name", "columns/5/type", "columns/6/choices", "columns/6/default"),
    }
    assert found["columns/3/maximum"] == "3 is less than 9."
    assert problems_of() == {"columns": "Add at least one column."}


@pytest.mark.parametrize(
    ("type_name", "rule", "value"),
    [
        ("text", "minimum", 1),
        ("text", "choices", ("A",)),
        ("date", "pattern", "x"),
        ("boolean", "max_length", 3),
        ("integer", "min_length", 0),
    ],
)
def test_a_rule_that_the_type_does_not_have_is_refused_by_name(type_name, rule, value):
    found = problems_of(ColumnDraft("A", type_name, **{rule: value}))

    assert list(found) == [f"columns/0/{rule}"]
    assert f"“{rule}” is no rule for the type" in found[f"columns/0/{rule}"]


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (ColumnDraft("A", max_length=3, default="four"), "“four” will not do. Write at most 3 characters."),
        (ColumnDraft("A", min_length=3, default="ab"), "“ab” will not do. Write at least 3 characters."),
        (ColumnDraft("A", pattern="[A-Z]+", default="a"), "“a” will not do. It must have the form “[A-Z]+”."),
        (ColumnDraft("A", "integer", minimum=5, default=4), "“4” will not do. It must be at least 5."),
        (
            ColumnDraft("A", "date", maximum="2026-01-31", default="2026-02-01"),
            "“2026-02-01” will not do. It must be at most 2026-01-31.",
        ),
        (
            ColumnDraft("A", "duration", maximum="1:00:00", default="90 min"),
            "“1:30:00” will not do. It must be at most 1:00:00.",
        ),
        (ColumnDraft("A", "choice", choices=("B",), default="A"), "“A” is not one of the choices."),
        (
            ColumnDraft("A", "choice", choices=("B", "Long"), max_length=3, default="Long"),
            "“Long” will not do. Write at most 3 characters.",
        ),
    ],
)
def test_a_default_that_breaks_the_columns_own_rules_is_refused(column, said):
    assert problems_of(column) == {"columns/0/default": said}


def test_a_default_may_break_a_rule_that_only_warns():
    assert problems_of(ColumnDraft("A", max_length=3, default="four", warnings=("max_length",))) == {}


def test_another_type_leaves_the_rules_behind_that_it_does_not_have():
    column = ColumnDraft("A", "text", pattern="x", min_length=1, default="x", unique=True)

    assert column.as_type("date") == ColumnDraft("A", "date", default="x", unique=True, remembered={})


def test_a_choice_that_no_cell_could_hold_is_refused_and_not_mended():
    for choice in (" A", "A\nB", ""):
        assert list(problems_of(ColumnDraft("A", "choice", choices=("C", choice)))) == ["columns/0/choices"]


@pytest.mark.parametrize("strange", ["\ufffe", "\uffff", "\ud800"])
def test_a_name_or_a_choice_that_no_cell_could_hold_is_refused(strange):
    choice = ColumnDraft("C", "choice", choices=("Gold \ufffd 🙂", f"Silver{strange}"))

    found = problems_of(ColumnDraft(f"A{strange}"), ColumnDraft("B\ufffd 🙂"), choice)

    assert list(found) == ["columns/0/name", "columns/2/choices"]
    assert all(f"U+{ord(strange):04X}" in problem for problem in found.values())


def test_what_is_too_long_for_a_program_is_too_long_for_everyone():
    found = problems_of(
        ColumnDraft("Code", pattern="a" * 1001),
        ColumnDraft("Grade", "choice", choices=("A", "b" * 1001)),
        ColumnDraft("Size", "number", minimum="1" * 101, maximum=f"{'1' * 101}"),
        ColumnDraft("Many", aliases=tuple(f"Header {number}" for number in range(101))),
        ColumnDraft("Long", aliases=("h" * 32_768,)),
    )

    assert found == {
        "columns/0/pattern": "Use at most 1,000 characters; these are 1,001.",
        "columns/1/choices": f"A choice can have at most 1,000 characters; “{'b' * 40}…” has 1,001.",
        "columns/2/minimum": "Use at most 100 characters; these are 101.",
        "columns/2/maximum": "Use at most 100 characters; these are 101.",
        "columns/3/aliases": "List at most 100 other headers; these are 101.",
        "columns/4/aliases": f"A header can have at most 32,767 characters; “{'h' * 40}…” has 32,768.",
    }


def test_what_just_fits_is_taken():
    columns = (
        ColumnDraft("Code", pattern="a" * 1000),
        ColumnDraft("Grade", "choice", choices=("b" * 1000,)),
        ColumnDraft("Size", "number", minimum="0" * 99 + "1"),
        ColumnDraft("Many", aliases=tuple(f"Header {number}" for number in range(100))),
        ColumnDraft("Long", aliases=("h" * 32_767,)),
    )

    assert not problems_of(*columns)


def test_a_header_means_one_column_and_the_problem_names_it():
    found = problems_of(
        ColumnDraft("Name", aliases=("Customer", "NAME", " ")),
        ColumnDraft("Born", aliases=("customer ", "x")),
    )

    assert found == {
        "columns/0/aliases": "“Customer” means the column “Born” already. Each header can mean one.",
        "columns/1/aliases": "“customer ” means the column “Name” already. Each header can mean one.",
    }
