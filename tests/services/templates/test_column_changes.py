"""Another type for a column: its stored texts are read by one convention for all, which the user is told."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.engines import on_every_engine
from xlsapp.errors import Refused
from xlsapp.messages.saying import say
from xlsapp.models import ColumnRules, ColumnType
from xlsapp.sandbox.sandbox import Sandbox
from xlsapp.services.templates import column_changes

pytestmark = on_every_engine


@pytest.fixture
def retype(desk, workbook, tmp_path):
    """Stores values in a column and gives it another type. What was said, and what is stored then."""

    async def change(
        stored: Sequence[Any], new: str, *, old: str = "text", **rules: Any
    ) -> tuple[str, list[Any]]:
        things = await desk(("Value", old))
        assert (await things.run(workbook(["Value"], *([value] for value in stored)))).success
        await things.reload()
        column = replace(things.template.columns[0], type=ColumnType(new), rules=ColumnRules(**rules))
        staging: Path = tmp_path / "converted.sqlite3"
        changes = await column_changes.foresee(things.db, things.sandbox, things.template, [column], staging)
        await column_changes.apply(
            things.door, things.template, changes, name="Changed", description="", staging=staging
        )
        (said,) = changes.warnings
        return say(said), [value for (value,) in await things.values()]

    return change


async def test_the_whole_column_says_whether_the_month_comes_first(retype):
    said, stored = await retype(["03/04/2026", "05/06/2026", "12/31/2026"], "date")

    assert stored == ["2026-03-04", "2026-05-06", "2026-12-31"]
    assert "all 3 values can be read so" in said
    assert said.endswith("Its dates are read month first (01/31/2026): 1 can only be read so.")


async def test_the_last_of_many_values_can_decide_for_all_of_them(retype):
    said, stored = await retype([*["03/04/2026"] * 12_000, "12/31/2026"], "date")

    assert set(stored) == {"2026-03-04", "2026-12-31"}
    assert "all 12,001 values" in said


async def test_the_whole_column_says_what_the_comma_is(retype):
    said, stored = await retype(["1.234", "1.234,5", "7"], "number")

    assert stored == [1234, 1234.5, 7]
    assert "Its numbers are read with a decimal comma (1.234,5): 1 can only be read so." in said


async def test_what_the_other_way_alone_can_read_is_lost_and_said_to_be(retype):
    said, stored = await retype(["31/01/2026", "30/01/2026", "01/31/2026", "03/04/2026"], "date")

    assert stored == ["2026-01-31", "2026-01-30", None, "2026-04-03"]
    assert "3 of 4 values can be read so. What cannot, such as “01/31/2026”, becomes blank." in said
    assert "day first (31/01/2026): 2 can only be read so, and 1 only the other way." in said


async def test_where_nothing_shows_the_way_that_is_said(retype):
    said, stored = await retype(["03/04/2026"], "date")

    assert stored == ["2026-04-03"]
    assert "none of them shows which way is meant" in said


@pytest.mark.parametrize(
    ("old", "stored", "new", "expected"),
    [
        ("number", [1.234, 5.0], "integer", [None, 5]),
        ("number", [1.5, 1234.125], "text", ["1.5", "1234.125"]),
        ("boolean", [True, False], "text", ["yes", "no"]),
        ("text", ["yes", "perhaps"], "boolean", [True, None]),
    ],
)
async def test_our_own_form_of_a_value_is_never_read_another_way(retype, old, stored, new, expected):
    said, found = await retype(stored, new, old=old)

    assert found == expected
    assert "are read" not in said


async def test_a_rule_that_only_warns_loses_nothing(retype):
    _, kept = await retype(["5", "50"], "integer", maximum="9", warnings=frozenset({"maximum"}))
    _, lost = await retype(["5", "50"], "integer", maximum="9")

    assert (kept, lost) == ([5, 50], [5, None])


async def test_values_that_no_child_can_convert_are_refused_with_a_sentence(desk, workbook, tmp_path):
    things = await desk("Value")
    assert (await things.run(workbook(["Value"], ["7"]))).success
    await things.reload()
    column = replace(things.template.columns[0], type=ColumnType("integer"))
    closed = Sandbox()
    await closed.close()

    with pytest.raises(Refused, match=r"change\.not_converted"):
        await column_changes.foresee(things.db, closed, things.template, [column], tmp_path / "staging")
    assert await things.values() == [("7",)]
