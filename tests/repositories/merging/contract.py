"""What every engine that merges staged rows with records must pass.

An engine's test module subclasses this and gives an `engine` fixture.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Protocol

import pytest

from xlsapp.models import ColumnRules, ColumnType, ImportTemplate, TemplateColumn
from xlsapp.repositories.merging import mixed
from xlsapp.repositories.merging.merging import Finding, Found, MergePlan, Merging, OlderForm

Row = tuple[Any, ...]


class Engine(Protocol):
    """A template “Code, Seat, Orders” (text, text, integer) without records, and staged rows beside it."""

    template: ImportTemplate

    async def stage(
        self,
        *rows: Row,
        ids: bool = False,
        rejected: tuple[int, ...] = (),
        digits: Mapping[int, str] = MappingProxyType({}),
    ) -> None:
        """Stage rows 2, 3 …; with `ids`, each begins with its record's id and its age. `digits` are those of
        rows whose “Code” is a number as its format shows it.
        """

    async def retype(self, name: str, column_type: ColumnType) -> None:
        """Give a column another type, as long as there are no records."""

    async def plan(self, merging: Merging) -> MergePlan:
        """Plan what is staged."""

    async def found(self, finding: Finding) -> list[tuple[int, Any, Any]]:
        """The rows of one of the last plan's findings."""

    async def apply(self, merging: Merging, plan: MergePlan) -> None:
        """Carry the last plan out."""

    async def records(self) -> dict[int, Row]:
        """All records by id."""

    async def ages(self) -> dict[int, str]:
        """When each of them was last changed, by id."""


def merging_of(engine: Engine, *keys: str, **asked: Any) -> Merging:
    columns = engine.template.columns
    named = tuple(column for column in columns if column.name in keys)
    return Merging(engine.template, **{"columns": columns, "keys": named, "matches": True, **asked})


def with_rules(engine: Engine, name: str, *, required: bool = False, **rules: Any) -> TemplateColumn:
    """Give a column of the template rules; its records stay as they are."""
    columns = list(engine.template.columns)
    place = next(place for place, column in enumerate(columns) if column.name == name)
    columns[place] = replace(columns[place], required=required, rules=ColumnRules(**rules))
    engine.template = replace(engine.template, columns=tuple(columns))
    return columns[place]


def counts(plan: MergePlan) -> dict[str, int]:
    names = ("created", "updated", "unchanged", "not_found", "rejected", "deleted")
    return {name: getattr(plan, name) for name in names if getattr(plan, name)}


async def stage_beside_ids(engine: Engine, rows: list[Row]) -> None:
    """Stage rows beside the ids and ages of the records, in their order."""
    ages = await engine.ages()
    await engine.stage(*((n, ages[n], *row) for n, row in enumerate(rows, 1)), ids=True)


async def stored(engine: Engine, *rows: Row) -> None:
    """Make records of rows."""
    await engine.stage(*rows)
    merging = merging_of(engine, matches=False)
    await engine.apply(merging, await engine.plan(merging))


PEOPLE = [("Ada", "red", 10), ("Bob", "red", 20), ("Cy", "blue", 30), ("Dee", "blue", 40)]
# Twelve records of which none has a value of its own, but each its row.
SHIFTS = [(day, shift, 1) for day in ("Mo", "Tu", "We", "Th") for shift in ("early", "late", "night")]


def put(rows: list[Row], place: int, column: int, value: Any) -> list[Row]:
    """The rows with another value in one cell."""
    changed = list(rows[place])
    changed[column] = value
    return [*rows[:place], tuple(changed), *rows[place + 1 :]]


def numbered(rows: list[Row], first: int = 900) -> list[Row]:
    """The rows with new values in all of a column."""
    return [(*row[:2], first + place) for place, row in enumerate(rows)]


MIXED: dict[str, tuple[list[Row], list[Row], dict[int, int | None]]] = {
    "sorted": (PEOPLE, PEOPLE[::-1], {2: 4, 3: 3, 4: 2, 5: 1}),
    "sorted in part": (PEOPLE, [PEOPLE[0], PEOPLE[3], PEOPLE[2], PEOPLE[1]], {3: 4, 5: 2}),
    "sorted, then a column filled": (
        [*PEOPLE, ("Eve", "green", 50)],
        numbered([PEOPLE[2], ("Eve", "green", 50), *PEOPLE[:2], PEOPLE[3]]),
        {2: 3, 3: 5, 4: 1, 5: 2, 6: 4},
    ),
    "sorted, then one row edited": (PEOPLE, put(PEOPLE[::-1], 0, 0, "Di"), {2: 4, 3: 3, 4: 2, 5: 1}),
    "moved up over a deleted row": (PEOPLE, [*PEOPLE[1:], (None,) * 3], {2: 2, 3: 3, 4: 4}),
    "moved down for a new one": (PEOPLE, [("New", "x", 1), *PEOPLE[:3]], {2: None, 3: 1, 4: 2, 5: 3}),
    "without a value of one's own": (SHIFTS, SHIFTS[::-1], {2 + n: 12 - n for n in range(12)}),
}
"""Records, the rows beside their ids, and what each row that is stopped is instead."""

SAME_ROOM = [("Room 1", "A", 1), ("Room 2", "B", 2), ("Room 3", "C", 3)]
HONEST = {
    "two values swapped": (PEOPLE, put(put(PEOPLE, 0, 0, "Bob"), 1, 0, "Ada")),
    "one value copied": (PEOPLE, put(PEOPLE, 0, 0, "Bob")),
    "a row copied over another": (PEOPLE, [PEOPLE[1], *PEOPLE[1:]]),
    "a column filled": (PEOPLE, numbered(PEOPLE)),
    "a column sorted": (PEOPLE, [(*row[:2], 50 - row[2]) for row in PEOPLE]),
    "two columns filled": (PEOPLE, [(name, "new", 0) for name, *_ in PEOPLE]),
    "guests change rooms": (SAME_ROOM, [("Room 1", "B", 2), ("Room 2", "C", 3), ("Room 3", "A", 1)]),
    "another plan": (SHIFTS, [(day, "early" if shift == "late" else "late", 1) for day, shift, _ in SHIFTS]),
    "nothing known is left": (PEOPLE, [(f"new {n}", "green", -n) for n in range(4)]),
}


class MergingContract:
    """Needs the fixture `engine`."""

    async def test_rows_become_records_in_their_order(self, engine: Engine):
        await engine.stage(("a", "x", 1), ("b", None, None))
        merging = merging_of(engine, matches=False)

        plan = await engine.plan(merging)
        await engine.apply(merging, plan)

        assert (counts(plan), plan.findings) == ({"created": 2}, ())
        assert await engine.records() == {1: ("a", "x", 1), 2: ("b", None, None)}

    async def test_rows_are_known_by_their_keys(self, engine: Engine):
        await stored(engine, ("a", "x", 1), ("b", "y", 2))
        await engine.stage(("b", "z", None), ("c", "w", 3), ("a", "x", 1))
        merging = merging_of(engine, "Code")

        plan = await engine.plan(merging)
        await engine.apply(merging, plan)

        assert counts(plan) == {"created": 1, "updated": 1, "unchanged": 1}
        assert await engine.records() == {1: ("a", "x", 1), 2: ("b", "z", 2), 3: ("c", "w", 3)}

    async def test_blanks_erase_where_they_are_to_and_become_the_default_of_what_is_required(self, engine):
        orders = with_rules(engine, "Orders", required=True, default="7")
        await stored(engine, ("a", "x", 1))
        await engine.stage(("a", None, None))
        merging = merging_of(engine, "Code", keeps_blanks=False, defaults={orders: 7})

        await engine.apply(merging, await engine.plan(merging))

        assert await engine.records() == {1: ("a", None, 7)}

    async def test_records_that_no_row_is_are_deleted_where_they_are_to(self, engine: Engine):
        await stored(engine, ("a", "x", 1), ("b", "y", 2), ("c", "z", 3))
        await engine.stage(("b", "y", 2))
        merging = merging_of(engine, "Code", removes_others=True)

        plan = await engine.plan(merging)
        await engine.apply(merging, plan)

        assert (counts(plan), plan.stored) == ({"unchanged": 1, "deleted": 2}, 3)
        assert await engine.records() == {2: ("b", "y", 2)}

    async def test_ids_say_more_than_keys(self, engine: Engine):
        await stored(engine, ("a", "x", 1), ("b", "y", 2))
        await engine.stage(
            (1, None, "b", "x", 1), (None, None, "c", "z", 3), (99, None, "d", "w", 4), ids=True
        )
        merging = merging_of(engine, has_ids=True)

        plan = await engine.plan(merging)

        assert counts(plan) == {"created": 1, "updated": 1, "rejected": 1}
        assert plan.findings == (Finding(0, Found.RECORD_GONE, 1),)
        assert await engine.found(plan.findings[0]) == [(4, 99, None)]

    async def test_where_only_known_records_change_other_rows_are_listed_and_make_none(self, engine: Engine):
        seat = with_rules(engine, "Seat", unique=True, required=True)
        await stored(engine, ("a", "x", 1), ("b", "y", 2))
        ids = [(1, "", "a", "x", 5), (9, "", "b", "y", 7), (None, "", "c", "x", 1), (None, "", "d", None, 1)]
        await engine.stage(*ids, (None, "", "c", "w", 1), (None, "", "b", "y", 3), ids=True, rejected=(6,))
        merging = merging_of(engine, "Code", has_ids=True, only_known=True)

        plan = await engine.plan(merging)

        assert seat in merging.columns
        assert counts(plan) == {"updated": 2, "not_found": 3, "rejected": 1}
        assert [(found.what, found.only_warns) for found in plan.findings] == [(Found.NOT_FOUND, True)] * 2
        assert await engine.found(plan.findings[0]) == [(3, 9, None)]
        assert await engine.found(plan.findings[1]) == [(4, "c", None), (5, "d", None)]
        await engine.apply(merging, plan)
        assert await engine.records() == {1: ("a", "x", 5), 2: ("b", "y", 3)}

    async def test_rows_that_are_no_single_record_are_found(self, engine: Engine):
        await stored(engine, ("a", "x", 1), ("a", "y", 2), ("b", "z", 3))
        rows = [
            ("a", None, 0),
            ("b", None, 0),
            ("b", None, 1),
            ("c", None, 0),
            ("c", None, 1),
            (None, "n", 0),
        ]
        await engine.stage(*rows)
        merging = merging_of(engine, "Code")

        plan = await engine.plan(merging)

        found = {finding.what: await engine.found(finding) for finding in plan.findings}
        assert found == {
            Found.BLANK_KEYS: [(7, "", None)],
            Found.SAME_KEYS: [(6, "", 5)],
            Found.AMBIGUOUS_KEYS: [(2, "", 2)],
            Found.SAME_RECORD: [(4, 3, 3)],
        }
        assert counts(plan) == {"created": 1, "updated": 1, "rejected": 4}

    async def test_records_are_known_by_keys_that_are_stored_in_an_older_form(self, engine: Engine):
        await stored(engine, ("a ", "x", 1), ("b\u200b", "y", 2), ("12", "z", 3), ("c", "w", 4))
        code = engine.template.columns[0]
        await engine.stage(("a", "x", 1), ("b", "y", 2), ("0012", "z", 3), digits={4: "12"})
        merging = merging_of(engine, "Code", removes_others=True)

        plan = await engine.plan(merging)
        await engine.apply(merging, plan)

        assert (counts(plan), plan.findings) == ({"updated": 3, "deleted": 1}, ())
        assert plan.older_forms == (OlderForm(code, 3, "a ", "a"),)
        assert await engine.records() == {1: ("a", "x", 1), 2: ("b", "y", 2), 3: ("0012", "z", 3)}
        await engine.stage(("a", "x", 1), ("0012", "z", 3), digits={3: "12"})
        assert (await engine.plan(merging)).older_forms == ()

    async def test_digits_take_no_record_from_a_row_that_has_its_key(self, engine: Engine):
        await stored(engine, ("12", "x", 1))
        await engine.stage(("0012", "y", 2), ("12", "z", 3), digits={2: "12"})

        plan = await engine.plan(merging_of(engine, "Code"))

        assert counts(plan) == {"created": 1, "updated": 1}

    async def test_two_records_that_a_row_may_be_by_one_form_or_another_are_found(self, engine: Engine):
        await stored(engine, ("a", "x", 1), ("a\t", "y", 2), ("0012", "z", 3), ("12", "w", 4))
        await engine.stage(("a", None, 1), ("0012", None, 2), digits={3: "12"})

        plan = await engine.plan(merging_of(engine, "Code"))

        [finding] = plan.findings
        named = [(row, json.loads(records)) for row, _, records in await engine.found(finding)]
        assert finding.what is Found.CLASH
        assert named == [(2, [[1, "a"], [2, "a\t"]]), (3, [[3, "0012"], [4, "12"]])]

    async def test_a_value_that_a_record_has_in_an_older_form_is_there_already(self, engine: Engine):
        await stored(engine, ("a\u00a0", "x", 1), ("12", "y", 2), ("c", "z", 3))
        with_rules(engine, "Code", unique=True)
        await engine.stage(("a", None, 1), ("0012", None, 2), ("b", None, 3), digits={3: "12"})

        plan = await engine.plan(merging_of(engine, matches=False))

        found = [(f.what, await engine.found(f)) for f in plan.findings]
        both = [[2, "12"], [2, "12"]]
        assert [(what, [(row, value) for row, value, _ in rows]) for what, rows in found] == [
            (Found.STORED, [(2, "a")]),
            (Found.STORED, [(3, "0012")]),
        ]
        assert json.loads(found[0][1][0][2]) == [[1, "a\u00a0"], [1, "a\u00a0"]]
        assert json.loads(found[1][1][0][2]) == both
        assert counts(plan) == {"created": 1, "rejected": 2}

    async def test_values_that_differ_in_case_or_blanks_alone_are_warned_of(self, engine: Engine):
        await stored(engine, ("Eve", "x", 1), ("Bob", "y", 2))
        with_rules(engine, "Code", unique=True)
        await engine.stage(("Ada L", None, 1), ("ada  l", None, 2), ("EVE", None, 3), ("b", None, 4))

        plan = await engine.plan(merging_of(engine, matches=False))

        found = {finding.what: await engine.found(finding) for finding in plan.findings}
        [(row, value, records)] = found.pop(Found.LOOKS_LIKE_RECORD)
        assert (row, value, json.loads(records)) == (4, "EVE", [[1, "Eve"]])
        assert found == {
            Found.LOOKS_LIKE_ROW: [(3, "ada  l", 2)],
        }
        assert all(finding.only_warns for finding in plan.findings)
        assert counts(plan) == {"created": 4}

    async def test_a_record_that_was_edited_meanwhile_is_found(self, engine: Engine):
        await stored(engine, ("a", "x", 1))
        await engine.stage((1, "2001-01-01T00:00:00Z", "a", "y", 1), ids=True)

        plan = await engine.plan(merging_of(engine, has_ids=True, has_ages=True))

        [finding] = plan.findings
        assert (finding.what, finding.columns) == (Found.EDITED_SINCE, ())
        assert [(row, record) for row, record, _ in await engine.found(finding)] == [(2, 1)]

    async def test_a_moment_without_its_last_digits_is_the_stored_one_where_they_may_be_lost(
        self, engine: Engine
    ):
        await engine.retype("Seat", ColumnType.DATETIME)
        cut = {
            "2026-01-31T09:30:00.123000": "2026-01-31T09:30:00.120000",
            "2026-01-31T09:30:00.003000": "2026-01-31T09:30:00",
            "2026-01-31T09:30:00.500000": "2026-01-31T09:30:00",
            "2026-01-31T09:30:01": "2026-01-31T09:30:00",
            "2026-01-31T09:30:02.100000": "2026-01-31T09:30:02.120000",
        }
        await stored(engine, *(("a", moment, 1) for moment in cut))
        before = await engine.records()
        rows: list[Row] = [("b" if n == 2 else "a", moment, 1) for n, moment in enumerate(cut.values())]
        await stage_beside_ids(engine, rows)
        merging = merging_of(engine, has_ids=True, has_ages=True)
        shortening = replace(merging, shortens=(ColumnType.DATETIME,))

        exact, plan = await engine.plan(merging), await engine.plan(shortening)
        await engine.apply(shortening, plan)

        assert counts(exact) == {"updated": 5}
        assert (exact.shortened, [each.values for each in plan.shortened]) == ((), [3])
        assert counts(plan) == {"updated": 3, "unchanged": 2}
        after = await engine.records()
        assert [after[n] for n in (1, 2)] == [before[n] for n in (1, 2)]
        assert after[3] == ("b", before[3][1], 1), "the rest of the row is changed, and the moment stays"
        assert [after[n] for n in (4, 5)] == rows[3:]

    @pytest.mark.parametrize("case", MIXED)
    async def test_rows_beside_other_records_ids_are_found(self, engine: Engine, case: str):
        records, rows, expected = MIXED[case]
        await stored(engine, *records)
        await stage_beside_ids(engine, rows)

        plan = await engine.plan(merging_of(engine, has_ids=True, has_ages=True))

        [finding] = plan.findings
        found = await engine.found(finding)
        assert (finding.what, plan.updated) == (Found.MIXED, 0)
        assert {row: other for row, _, other in found} == expected
        assert [own for _, own, _ in found] == [row - 1 for row, _, _ in found]

    @pytest.mark.parametrize("case", HONEST)
    async def test_edits_are_not_taken_for_rows_beside_other_ids(self, engine: Engine, case: str):
        records, rows = HONEST[case]
        await stored(engine, *records)
        await stage_beside_ids(engine, rows)

        plan = await engine.plan(merging_of(engine, has_ids=True, has_ages=True))

        assert plan.findings == ()
        assert plan.updated > 0

    async def test_who_clears_the_age_of_a_row_means_the_record_beside_it(self, engine: Engine):
        await stored(engine, *PEOPLE)
        await engine.stage(*((n, None, *row) for n, row in enumerate(PEOPLE[::-1], 1)), ids=True)

        plan = await engine.plan(merging_of(engine, has_ids=True, has_ages=True))

        assert (counts(plan), plan.findings) == ({"updated": 4}, ())

    async def test_two_rows_moved_among_very_many_edits_are_found(self, engine: Engine, monkeypatch):
        monkeypatch.setattr(mixed, "CELLS_DOUBTED", 300)
        monkeypatch.setattr(mixed, "ROWS_DOUBTED", 100)
        rows = [(f"Name {n}", f"seat {n}", n) for n in range(2_000)]
        await stored(engine, *rows)
        for at in (0, 701, 1_997):
            moved = [*rows[:at], rows[at + 1], rows[at], *rows[at + 2 :]]
            await stage_beside_ids(engine, numbered(moved, first=10**6))

            plan = await engine.plan(merging_of(engine, has_ids=True, has_ages=True))

            assert [(finding.what, finding.rows) for finding in plan.findings] == [(Found.MIXED, 2_000)]

    async def test_what_is_required_must_be_there_in_new_records_alone(self, engine: Engine):
        await stored(engine, ("a", "x", 1))
        seat = with_rules(engine, "Seat", required=True)
        engine.template = replace(engine.template, record_count=1)
        await engine.stage(("a", None, 2), ("b", None, 2))

        plan = await engine.plan(merging_of(engine, "Code"))

        assert plan.findings == (Finding(0, Found.BLANK, 1, (seat,)),)
        assert await engine.found(plan.findings[0]) == [(3, "", None)]

    async def test_a_value_may_be_there_once_among_rows_and_records_as_they_will_be(self, engine: Engine):
        await stored(engine, ("a", "x", 1), ("b", "y", 2), ("c", "z", 3))
        seat = with_rules(engine, "Seat", unique=True)
        rows = [("a", "y", 1), ("b", "x", 2), ("d", "z", 4), ("e", "w", 5), ("f", "w", 6)]
        await engine.stage(*rows)

        plan = await engine.plan(merging_of(engine, "Code"))

        found = {finding.what: await engine.found(finding) for finding in plan.findings}
        assert found == {Found.TWICE: [(6, "w", 5)], Found.STORED: [(4, "z", 3)]}
        assert {finding.columns for finding in plan.findings} == {(seat,)}
        assert counts(plan) == {"created": 1, "updated": 2, "rejected": 2}

    async def test_a_row_that_is_left_out_leaves_its_record_its_value(self, engine: Engine):
        await stored(engine, ("a", "x", 1), ("b", "y", 2))
        with_rules(engine, "Seat", unique=True)
        await engine.stage(("a", "n", 1), ("b", "x", 2), ("c", "y", 3), rejected=(2,))

        plan = await engine.plan(merging_of(engine, "Code", leaves_out=True))

        found = [(finding.what, await engine.found(finding)) for finding in plan.findings]
        assert found == [(Found.STORED, [(3, "x", 1)]), (Found.STORED, [(4, "y", 2)])]
        assert counts(plan) == {"rejected": 3}

    async def test_a_rule_that_only_warns_stops_no_row(self, engine: Engine):
        with_rules(engine, "Seat", unique=True, warnings=frozenset({"unique"}))
        await engine.stage(("a", "x", 1), ("b", "x", 2))

        plan = await engine.plan(merging_of(engine, matches=False))

        assert [(f.what, f.rows, f.only_warns) for f in plan.findings] == [(Found.TWICE, 1, True)]
        assert counts(plan) == {"created": 2}

    async def test_a_plan_is_made_anew_of_the_same_rows(self, engine: Engine):
        seat = with_rules(engine, "Seat", unique=True, default="x")
        rows = [("a", None, 1), ("b", "y", 2), (None, "z", 3)]
        asked = {"defaults": {seat: "x"}, "leaves_out": True}
        await engine.stage(*rows)
        before = await engine.plan(merging_of(engine, "Code", **asked))
        await stored(engine, ("b", "x", 9))
        await engine.stage(*rows)
        alone = await engine.plan(merging_of(engine, "Code", **asked))

        again = await engine.plan(merging_of(engine, "Code", **asked))

        assert (counts(before), counts(again)) == (
            {"created": 2, "rejected": 1},
            {"created": 1, "updated": 1, "rejected": 1},
        )
        assert again == alone
        await engine.apply(merging_of(engine, "Code", **asked), again)
        assert await engine.records() == {1: ("b", "y", 2), 2: ("a", "x", 1)}
