"""Whatever the records, the rows and the choices: an import does what the plain model of it says."""

import csv
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engines import ENGINES
from tests.factories import forget_ids
from tests.services.imports.model import BAD_NUMBER, Case, Column, imported
from xlsapp.models import ColumnRules
from xlsapp.repositories import template_columns
from xlsapp.repositories.records.selection import Selection
from xlsapp.services.imports.options import Blank, Mode

NAMES = ("Code", "Seat", "Plan", "Quantity")
VALUES: dict[str, tuple[Any, ...]] = {
    "Code": (None, "a", "b", "c", "d"),
    "Seat": (None, "x", "y", "z", "w"),
    "Plan": (None, "p", "q", "r"),
    "Quantity": (None, 1, 2, 3),
}
RULES = frozenset({"required", "unique"})


@st.composite
def columns(draw: st.DrawFn) -> tuple[Column, ...]:
    return tuple(
        Column(
            name,
            number=name == "Quantity",
            required=draw(st.sampled_from([False, False, True])),
            unique=draw(st.booleans()) if name != "Code" else draw(st.sampled_from([False, False, True])),
            default=draw(st.sampled_from([None, None, VALUES[name][1], VALUES[name][-1]])),
            warns=draw(st.sampled_from([frozenset[str](), frozenset[str](), RULES])),
        )
        for name in NAMES
    )


def some(name: str, *more: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from((*VALUES[name], *more))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    record = st.fixed_dictionaries({name: some(name) for name in NAMES})
    records = dict(enumerate(draw(st.lists(record, max_size=5)), 1))
    in_file = ["Code", *(name for name in NAMES[1:] if draw(st.sampled_from([True, True, True, False])))]
    cells = {name: some(name, *([BAD_NUMBER] if name == "Quantity" else [])) for name in in_file}
    ids = st.sampled_from([None, *records, *records, 99])
    rows = draw(st.lists(st.fixed_dictionaries({**cells, "record_id": ids}), min_size=1, max_size=7))
    mode = draw(st.sampled_from(Mode))
    keys = draw(st.sampled_from([(), ("Code",), ("Code",), tuple(in_file[:2])]))
    return Case(
        columns=draw(columns()),
        records=records,
        in_file=tuple(in_file),
        rows=rows,
        mode=mode,
        blank=draw(st.sampled_from(Blank)),
        keys=keys,
        with_ids=draw(st.booleans()),
        valid_only=mode is not Mode.REPLACE and draw(st.booleans()),
    )


@pytest.fixture
async def carry_out(desk, tmp_path):
    """Makes the records and the file of a case, and imports it. The result, and the records by id."""
    things = await desk(*NAMES[:3], (NAMES[3], "integer"))
    template = things.template

    async def run(case: Case, deletes: int) -> tuple[Any, dict[int, dict[str, Any]]]:
        by_name = {column.name: column for column in template.columns}
        async with things.door.write(template) as writer:
            tx = writer.tx
            await writer.delete_selection(Selection())
            await forget_ids(tx, template)
            for record in case.records.values():
                await writer.add({by_name[n].key: v for n, v in record.items()})
            for column in case.columns:
                default = None if column.default is None else str(column.default)
                rules = ColumnRules(unique=column.unique, default=default, warnings=column.warns)
                changed = replace(by_name[column.name], required=column.required, rules=rules)
                await template_columns.change(tx, changed)
        path = tmp_path / "case.csv"
        headers = [*case.in_file, "__record_id"] if case.with_ids else [*case.in_file]
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*headers, "Other"])
            for row in case.rows:
                writer.writerow([*(row["record_id" if h == "__record_id" else h] for h in headers), "…"])
        result = await things.run(
            path,
            mode=case.mode,
            blank=case.blank,
            keys=things.ids(*case.keys),
            valid_only=case.valid_only,
            confirm_deletes=deletes,
            guess=True,  # the model knows what becomes of rows, and no questions
        )
        stored = await things.records()
        return result, {r.id: dict(zip(NAMES, r.values.values(), strict=True)) for r in stored}

    return run


WHATEVER = partial(settings, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@WHATEVER(max_examples=150)
@given(case=cases())
async def test_an_import_does_what_its_rules_say(carry_out, case):
    await does_what_its_rules_say(carry_out, case)


@pytest.mark.parametrize("db", [engine for engine in ENGINES if engine != "sqlite"], indirect=True)
@WHATEVER(max_examples=40)
@given(case=cases())
async def test_an_import_does_so_on_other_engines(carry_out, case):
    await does_what_its_rules_say(carry_out, case)


async def does_what_its_rules_say(carry_out, case):
    expected = imported(case)

    result, records = await carry_out(case, expected.counts.get("deleted", 0))

    assert result.success is not expected.stopped, result.details
    if expected.stopped:
        assert records == case.records
    else:
        known = {record_id: record for record_id, record in records.items() if record_id in case.records}
        assert known == expected.changed
        assert [record for record_id, record in records.items() if record_id not in known] == expected.new
        assert result.counts | expected.counts == result.counts
    if result.counts:
        parts = ("created", "updated", "unchanged", "not_found", "rejected", "blank", "above_header")
        added = sum(result.counts[part] for part in parts) + result.counts.get("held_back", 0)
        assert added == result.counts["rows"] == len(case.rows) + 1
    for column in case.columns if result.success else ():
        if column.unique and not column.warns:
            before = [r[column.name] for r in case.records.values() if r[column.name] is not None]
            after = [r[column.name] for r in records.values() if r[column.name] is not None]
            assert len(after) == len(set(after)) or len(before) > len(set(before))
