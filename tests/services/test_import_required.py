"""What is required must be there, except where its rule only warns or a default stands in."""

import pytest

from xlsapp.services.import_options import Blank, Mode


@pytest.mark.parametrize(
    "options", [{}, {"mode": Mode.UPDATE}, {"mode": Mode.UPDATE, "blank": Blank.ERASE}], ids=str
)
async def test_a_missing_column_whose_rule_only_warns_is_one_warning(desk, workbook, options):
    people = await desk("Email", "Name")
    await people.run(workbook(["Email", "Name"], ["a@x", "Ada"]))
    await people.rules("Name", required=True, warnings=frozenset({"required"}))
    options = options | {"keys": people.ids("Email")}

    result = await people.run(workbook(["Email"], ["b@x"], ["c@x"]), **options)

    assert result.success, result.to_dict()
    warnings = [(g["severity"], g["column"], g["rule"], g["count"]) for g in result.details["groups"]]
    assert warnings == [("warning", "Name", "required", 1)]
    assert await people.values() == [("a@x", "Ada"), ("b@x", None), ("c@x", None)]
