"""What may be there once is there once after an import; who has to give way is told by row or record."""

import pytest

from xlsapp.config import ImportSettings
from xlsapp.services.imports.options import Blank, Mode


def messages(result):
    return sorted(
        cell["cell"].split("!")[1] + ": " + cell["message"] for g in result.errors for cell in g["cells"]
    )


async def test_blanks_that_all_become_the_same_default_are_told(desk, workbook):
    people = await desk("Name", "Seat")
    await people.rules("Seat", unique=True, default="A1")

    result = await people.run(workbook(["Name", "Seat"], ["Ada", None], ["Bob", "B2"], ["Cy", None]))

    assert messages(result) == [
        "B4: “A1” stands in row 2 too. Each value may be there once, and this one is what a blank cell "
        "becomes."
    ]
    assert await people.records() == []


async def test_a_default_that_a_record_has_already_is_told(desk, workbook):
    people = await desk("Name", "Seat")
    await people.rules("Seat", unique=True, default="A1")

    first = await people.run(workbook(["Name"], ["Ada"]))
    second = await people.run(workbook(["Name"], ["Bob"]))
    update = await people.run(workbook(["Name"], ["Ada"]), mode=Mode.UPDATE, keys=people.ids("Name"))

    assert (first.success, update.counts["unchanged"]) == (True, 1)
    assert [message.split(".")[0] for message in messages(second)] == ["2:2: “A1” is in record 1 already"]
    assert await people.values() == [("Ada", "A1")]


@pytest.mark.parametrize("mode", [Mode.UPDATE, Mode.REPLACE])
async def test_a_value_that_a_blank_cell_keeps_cannot_be_given_to_another_record(desk, workbook, mode):
    places = await desk("Code", "Place")
    await places.rules("Place", unique=True)
    await places.run(workbook(["Code", "Place"], ["k1", "a"], ["k2", "b"]))
    path = workbook(["Code", "Place"], ["k1", None], ["k2", "a"])

    result = await places.run(path, mode=mode, keys=places.ids("Code"))

    assert [message.split(".")[0] for message in messages(result)] == ["B3: “a” is in record 1 already"]
    assert await places.values() == [("k1", "a"), ("k2", "b")]


async def test_what_a_replaced_record_had_is_free(desk, workbook):
    places = await desk("Code", "Place")
    await places.rules("Place", unique=True)
    await places.run(workbook(["Code", "Place"], ["k1", "a"]))

    result = await places.run(
        workbook(["Code", "Place"], ["k2", "a"]),
        mode=Mode.REPLACE,
        keys=places.ids("Code"),
        confirm_deletes=1,
    )

    assert result.success
    assert await places.values() == [("k2", "a")]


async def test_a_row_that_is_wrong_anyway_takes_no_value_from_one_that_is_right(desk, workbook):
    people = await desk("Email", ("Orders", "integer"))
    await people.rules("Email", unique=True)
    path = workbook(["Email", "Orders"], ["a@x", "many"], ["a@x", 1], ["a@x", 2])

    result = await people.run(path, valid_only=True)
    stopped = await people.run(path)

    assert result.success
    assert await people.values() == [("a@x", 1)]
    assert result.counts["rejected"] == 2
    assert [m.split(".")[0] for m in messages(result) if "stands" in m] == [
        "A2: “a@x” stands in row 3 too",
        "A4: “a@x” stands in row 3 too",
    ]
    assert [m for m in messages(stopped) if "stands" in m] == [m for m in messages(result) if "stands" in m]


@pytest.mark.parametrize("keys", ["Email", "Name"])
async def test_a_row_that_is_wrong_anyway_takes_no_record_from_one_that_is_right(desk, workbook, keys):
    people = await desk("Email", "Name", ("Orders", "integer"))
    await people.run(workbook(["Email", "Name", "Orders"], ["a@x", "Ada", 1]))
    path = workbook(
        ["Email", "Name", "Orders"],
        ["a@x", "Ada", "many"],
        ["a@x", "Ada", 5],
        ["n@x", "New", "few"],
        ["n@x", "New", 6],
    )

    result = await people.run(path, mode=Mode.UPDATE, keys=people.ids(keys), valid_only=True)

    assert result.counts | {"updated": 1, "created": 1, "rejected": 2} == result.counts
    assert await people.values() == [("a@x", "Ada", 5), ("n@x", "New", 6)]


async def test_a_row_left_out_takes_its_records_values_back_and_so_on_down_the_line(desk, workbook):
    seats = await desk("Code", "Seat", ("Orders", "integer"))
    await seats.rules("Seat", unique=True)
    await seats.run(workbook(["Code", "Seat"], ["k1", "a"], ["k2", "b"], ["k3", "c"], ["k4", "d"]))
    path = workbook(
        ["Code", "Seat", "Orders"],
        ["k4", "z", 1],
        ["k3", "b", 1],  # stands or falls with the next row
        ["k2", "a", 1],  # and this with the one below
        ["k1", "x", "many"],
    )

    result = await seats.run(path, mode=Mode.UPDATE, keys=seats.ids("Code"), valid_only=True)

    assert result.success
    assert result.counts | {"updated": 1, "rejected": 3} == result.counts
    assert await seats.values() == [("k1", "a", None), ("k2", "b", None), ("k3", "c", None), ("k4", "z", 1)]


async def test_where_nothing_is_left_out_a_problem_is_told_without_its_consequences(desk, workbook):
    seats = await desk("Code", "Seat", ("Orders", "integer"))
    await seats.rules("Seat", unique=True)
    await seats.run(workbook(["Code", "Seat"], ["k1", "a"], ["k2", "b"]))
    path = workbook(["Code", "Seat", "Orders"], ["k1", "x", "many"], ["k2", "a", 1])

    result = await seats.run(path, mode=Mode.UPDATE, keys=seats.ids("Code"))

    assert [(g["column"], g["count"]) for g in result.errors] == [("Orders", 1)]


async def test_a_rule_that_came_late_finds_each_row_once(desk, workbook):
    """Thousands of equal values are stored already, and thousands of rows bring it again."""
    people = await desk("Name", "Team")
    many = workbook(["Name", "Team"], *([f"{n}", "red"] for n in range(4_000)))
    await people.run(many)
    await people.rules("Team", unique=True)

    result = await people.run(many)

    assert [(g["rule"], g["count"]) for g in result.errors] == [("unique", 4_000), ("unique", 3_999)]


async def test_a_rule_that_only_warns_stops_nothing(desk, workbook):
    people = await desk("Name")
    await people.rules("Name", unique=True, warnings=frozenset({"unique"}))
    await people.run(workbook(["Name"], ["Ada"]))

    result = await people.run(workbook(["Name"], ["Ada"], ["Bob"], ["Bob"]), valid_only=True)

    assert result.success
    assert (result.counts["created"], result.details["warning_count"]) == (3, 2)


@pytest.mark.parametrize("blank", list(Blank))
async def test_an_erased_value_is_free_and_a_kept_one_is_not(desk, workbook, blank):
    places = await desk("Code", "Place")
    await places.rules("Place", unique=True)
    await places.run(workbook(["Code", "Place"], ["k1", "a"]))

    result = await places.run(
        workbook(["Code", "Place"], ["k1", None], ["k2", "a"]),
        mode=Mode.UPDATE,
        keys=places.ids("Code"),
        blank=blank,
    )

    assert result.success is (blank is Blank.ERASE)


async def test_more_problems_than_are_listed_are_all_counted(desk, workbook, tmp_path):
    people = await desk("Name")
    await people.rules("Name", unique=True)
    path = workbook(["Name"], *(["Ada"] for _ in range(251)))

    result = await people.run(path, settings=ImportSettings(max_problems=100))

    assert (result.details["problem_count"], result.details["problems_listed"]) == (250, 100)
    assert [(g["count"], g["rows"]) for g in result.errors] == [(250, "3–252")]
