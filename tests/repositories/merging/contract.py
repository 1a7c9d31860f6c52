"""What every engine that merges staged rows with records must pass.

An engine's test module subclasses this and gives an `engine` fixture.
"""

from dataclasses import replace
from typing import Any, Protocol

from xlsapp.models import ColumnRules, ImportTemplate, TemplateColumn
from xlsapp.repositories.merging.merging import Finding, Found, MergePlan, Merging

Row = tuple[Any, ...]


class Engine(Protocol):
    """A template “Code, Seat, Orders” (text, text, integer) without records, and staged rows beside it."""

    template: ImportTemplate

    async def stage(self, *rows: Row, ids: bool = False, rejected: tuple[int, ...] = ()) -> None:
        """Stage rows 2, 3 …; with `ids`, each begins with its record's id and its age."""

    async def plan(self, merging: Merging) -> MergePlan:
        """Plan what is staged."""

    async def found(self, finding: Finding) -> list[tuple[int, Any, Any]]:
        """The rows of one of the last plan's findings."""

    async def apply(self, merging: Merging, plan: MergePlan) -> None:
        """Carry the last plan out."""

    async def records(self) -> dict[int, Row]:
        """All records by id."""


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
    names = ("created", "updated", "unchanged", "rejected", "deleted")
    return {name: getattr(plan, name) for name in names if getattr(plan, name)}


async def stored(engine: Engine, *rows: Row) -> None:
    """Make records of rows."""
    await engine.stage(*rows)
    merging = merging_of(engine, matches=False)
    await engine.apply(merging, await engine.plan(merging))


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

    async def test_a_record_that_was_edited_meanwhile_is_found(self, engine: Engine):
        await stored(engine, ("a", "x", 1))
        await engine.stage((1, "2001-01-01T00:00:00Z", "a", "y", 1), ids=True)

        plan = await engine.plan(merging_of(engine, has_ids=True, has_ages=True))

        [finding] = plan.findings
        assert (finding.what, finding.columns) == (Found.EDITED_SINCE, ())
        assert [(row, record) for row, record, _ in await engine.found(finding)] == [(2, 1)]

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
