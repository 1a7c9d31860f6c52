"""What is required must be there, except where its rule only warns or a default stands in."""

import pytest

from xlsapp.services.imports.options import Blank, Mode


@pytest.mark.parametrize(
    "options", [{}, {"mode": Mode.UPDATE}, {"mode": Mode.UPDATE, "blank": Blank.ERASE}], ids=str
)
async def test_a_missing_column_whose_rule_only_warns_is_one_warning(desk, workbook, options):
    people = await desk("Email", "Name")
    await people.run(workbook(["Email", "Name"], ["a@x", "Ada"]))
    await people.rules("Name", required=True, warnings=frozenset({"required"}))
    options = options | {"keys": people.ids("Email")}

    result = await people.run(workbook(["Email"], ["b@x"], ["c@x"]), **options)

    assert result.success, result.details
    warnings = [(g["severity"], g["column"], g["rule"], g["count"]) for g in result.details["groups"]]
    assert warnings == [("warning", "Name", "required", 1)]
    assert await people.values() == [("a@x", "Ada"), ("b@x", None), ("c@x", None)]


async def test_where_blanks_erase_a_default_stands_in_for_what_is_required(desk, workbook):
    people = await desk("Email", "Plan", "Note")
    await people.run(workbook(["Email", "Plan", "Note"], ["a@x", "gold", "old"], ["b@x", "free", None]))
    await people.rules("Plan", required=True, default="free")
    await people.rules("Note", default="none")

    result = await people.run(
        workbook(["Email", "Plan", "Note"], ["a@x", None, None], ["b@x", None, None], ["c@x", None, None]),
        mode=Mode.UPDATE,
        keys=people.ids("Email"),
        blank=Blank.ERASE,
    )

    assert result.counts | {"updated": 1, "unchanged": 1, "created": 1} == result.counts
    assert await people.values() == [("a@x", "free", None), ("b@x", "free", None), ("c@x", "free", "none")]


async def test_a_default_of_what_is_required_may_stand_in_once_where_it_is_unique(desk, workbook):
    people = await desk("Email", "Seat")
    await people.run(workbook(["Email", "Seat"], ["a@x", "A1"], ["b@x", "B2"]))
    await people.rules("Seat", required=True, unique=True, default="Z9")

    result = await people.run(
        workbook(["Email", "Seat"], ["a@x", None], ["b@x", None]),
        mode=Mode.UPDATE,
        keys=people.ids("Email"),
        blank=Blank.ERASE,
    )

    assert [(g["rule"], g["rows"]) for g in result.errors] == [("unique", "3")]


async def test_each_blank_is_one_problem_also_while_there_is_no_record_yet(desk, workbook):
    people = await desk("Email", "Name")
    await people.rules("Name", required=True)

    result = await people.run(
        workbook(["Email", "Name"], ["a@x", None], ["b@x", "Bob"]),
        mode=Mode.UPDATE,
        keys=people.ids("Email"),
    )

    assert [(g["rule"], g["rows"]) for g in result.errors] == [("required", "2")]
    assert result.details["problem_count"] == 1
