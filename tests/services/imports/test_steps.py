"""The three steps of an import stand alone: stage, plan, apply."""

import asyncio
import sqlite3
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from itertools import cycle

import pytest

from tests.factories import import_files
from xlsapp.db.beside import open_beside
from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.repositories import template_columns
from xlsapp.repositories.merging.merging import Found
from xlsapp.repositories.merging.planning import make_plan
from xlsapp.services.allowances import Allowance
from xlsapp.services.imports.options import ImportOptions, Mode
from xlsapp.services.imports.planning import PlanRequest, merging_of, plan
from xlsapp.services.imports.request import ImportRequest
from xlsapp.services.imports.staging import NotStaged, Staged, StageRequest, stage
from xlsapp.services.records.changes import change_record
from xlsapp.spreadsheet.reading.listed_problems import read_problems

PEOPLE = ("Email", ("Orders", "integer"))


def silent(progress):
    """Nobody listens."""


def request_of(desk, path, tmp_path, **options):
    return ImportRequest(
        "job", desk.template, path.name, import_files(path, tmp_path), ImportOptions(**options)
    )


async def add(desk, email):
    async with desk.door.write(desk.template) as writer:
        await writer.add({desk.template.columns[0].key: email})


def key_of(desk, name):
    return next(column.key for column in desk.template.columns if column.name == name)


def staged_of(request):
    allowance = Allowance.of(request.files.workbook, request.settings)
    return stage(StageRequest.of(request), allowance, silent)


def tables(path):
    with closing(sqlite3.connect(path)) as conn:
        return {name: conn.execute(f"SELECT * FROM {name}").fetchall() for name in ("staged", "rejected")}


def planned(request, staged, database):
    merging, files = merging_of(request, staged.read), request.files
    wanted = PlanRequest(files.problems, 100, merging, staged.read.header, staged.problems)
    with open_beside(files.staging, database) as conn:
        return plan(conn, wanted)


async def test_a_workbook_is_staged_without_a_database(desk, workbook, tmp_path):
    people = await desk(*PEOPLE)
    path = workbook(["Email", "Orders"], ["a@x", 1], ["b@x", "many"])
    await people.db.close()
    people.db.path.unlink()

    staged = staged_of(request_of(people, path, tmp_path))

    assert isinstance(staged, Staged)
    assert (staged.read.staged, staged.problems.problem_count) == (2, 1)
    assert tables(tmp_path / "staging.sqlite3") == {
        "staged": [(2, "a@x", 1), (3, "b@x", None)],
        "rejected": [(3,)],
    }


async def test_a_workbook_without_the_columns_is_not_staged_and_says_which_it_has(desk, workbook, tmp_path):
    people = await desk(*PEOPLE)

    found = staged_of(request_of(people, workbook(["Other"], ["x"]), tmp_path))

    assert isinstance(found, NotStaged)
    assert found.reason.code == "headers.none_known"
    assert found.read and found.read.header.extra == ("Other",)


async def test_a_plan_made_anew_takes_the_place_of_the_one_before(desk, workbook, tmp_path):
    people = await desk(*PEOPLE)
    await people.rules("Email", unique=True)
    path = workbook(["Email", "Orders"], ["a@x", 1], ["b@x", "many"])
    request = request_of(people, path, tmp_path)
    staged = staged_of(request)
    read = tables(request.files.staging)
    await add(people, "a@x")

    first = planned(request, staged, people.db.path)
    again = planned(request, staged, people.db.path)

    assert [finding.what for finding in first.plan.findings] == [Found.STORED]
    assert again == first
    assert tables(request.files.staging) == read
    listed = [p.code for batch in read_problems(request.files.problems) for p in batch]
    assert listed == ["unique.stored", "cell.not_a_number"]


async def test_rows_that_are_only_added_mind_nobody_who_saves_other_records(desk, workbook):
    people = await desk(*PEOPLE)
    told = []

    async def edit_always(progress):
        told.append(progress.code)
        if progress.code == "progress.saving":
            await add(people, f"{len(told)}@x")

    result = await people.run(workbook(["Email", "Orders"], ["a@x", 1]), on_progress=edit_always)

    assert result.success, result.details
    assert told.count("progress.comparing") == 1
    assert ("a@x", 1) in await people.values()


async def test_records_that_change_meanwhile_do_not_have_the_workbook_read_again(desk, workbook):
    people = await desk(*PEOPLE)
    await people.rules("Email", unique=True)
    path = workbook(["Email", "Orders"], ["a@x", 1])
    told = []

    async def edit_once(progress):
        told.append(progress.code)
        if told.count("progress.saving") == 1 and path.exists():
            path.unlink()
            await add(people, "b@x")

    result = await people.run(path, on_progress=edit_once)

    assert result.success, result.details
    assert told.count("progress.comparing") == told.count("progress.saving") == 2
    assert await people.values() == [("b@x", None), ("a@x", 1)]


@asynccontextmanager
async def saving(people, record_id, column, values):
    """Somebody saves a value of a record, and another one, and so on, as fast as it goes."""

    async def save():
        for value in cycle(values):
            await change_record(people.door, people.template, record_id, {key_of(people, column): value})

    task = asyncio.create_task(save())
    yield
    assert not task.done() or task.result()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_is_saved_meanwhile_is_compared_anew_without_another_plan(desk, workbook):
    people = await desk(*PEOPLE)
    await people.run(workbook(["Email", "Orders"], ["a@x", 1], ["b@x", 2], ["c@x", 3]))
    await people.reload()
    told = []

    async def edit_always(progress):
        told.append(progress.code)
        if progress.code == "progress.saving":
            for record_id, orders in ((1, 9), (2, 20)):  # what made a row say the same, or something new
                values = {key_of(people, "Orders"): orders}
                await change_record(people.door, people.template, record_id, values)

    path = workbook(["Email", "Orders"], ["a@x", 1], ["b@x", 20], ["c@x", 3], ["d@x", 4])
    result = await people.run(path, on_progress=edit_always, mode=Mode.UPDATE, keys=people.ids("Email"))

    assert result.success, result.details
    assert told.count("progress.comparing") == 1
    assert [result.counts[each] for each in ("created", "updated", "unchanged")] == [1, 1, 2]
    assert await people.values() == [("a@x", 1), ("b@x", 20), ("c@x", 3), ("d@x", 4)]


@pytest.mark.parametrize(("name", "values"), [("Email", ["e@x", "f@x"]), ("Orders", [7, 8])])
async def test_two_imports_end_while_somebody_keeps_saving_a_record(desk, workbook, name, values):
    people = await desk(*PEOPLE)
    await people.rules("Email", unique=True)
    await people.run(workbook(["Email", "Orders"], ["a@x", 1], ["b@x", 2]))
    await people.reload()
    path = workbook(["Email", "Orders"], ["b@x", 3], ["c@x", 4])
    choices = {"mode": Mode.UPDATE, "keys": people.ids("Email")}

    async with saving(people, 1, name, values):
        results = [await people.run(path, **choices), await people.run(path, **choices)]

    assert [result.error_message for result in results] == [None, None]
    assert [result.counts["created"] for result in results] == [1, 0]
    assert (await people.values())[1:] == [("b@x", 3), ("c@x", 4)]


async def test_columns_that_change_meanwhile_do(desk, workbook):
    people = await desk(*PEOPLE)
    path = workbook(["Email", "Orders", "City"], ["a@x", 1, "Rome"])
    told = []

    async def add_once(progress):
        told.append(progress.code)
        if told[-1] == "progress.saving" and told.count("progress.saving") == 1:
            async with people.db.write() as tx:
                column = TemplateColumn(0, "City", ColumnType.TEXT, 3)
                await template_columns.add(tx, people.template.id, column)

    result = await people.run(path, on_progress=add_once)

    assert result.success, result.details
    assert await people.values() == [("a@x", 1, "Rome")]


async def test_a_plan_tells_what_each_row_would_do_and_changes_nothing(desk, workbook, tmp_path):
    people = await desk(*PEOPLE)
    await people.run(workbook(["Email", "Orders"], ["a@x", 1], ["b@x", 2]))
    await people.reload()
    path = workbook(["Email", "Orders"], ["a@x", 1], ["b@x", 3], ["c@x", 4])
    request = request_of(people, path, tmp_path, mode=Mode.UPDATE, keys=people.ids("Email"))
    staged = staged_of(request)

    with open_beside(request.files.staging, people.db.path) as conn:
        made = make_plan(conn, merging_of(request, staged.read))
        rows = list(conn.rows("SELECT row, action, record_id FROM planned ORDER BY row"))

    assert rows == [(2, "unchanged", 1), (3, "update", 2), (4, "create", None)]
    assert (made.created, made.updated, made.unchanged, made.findings) == (1, 1, 1, ())
    assert await people.values() == [("a@x", 1), ("b@x", 2)]


async def test_only_a_choice_for_the_file_or_the_rules_asks_for_another_staging(desk, workbook, tmp_path):
    people = await desk(*PEOPLE)
    request = request_of(people, workbook(["Email"], ["a@x"]), tmp_path)
    staged_for = StageRequest.of(request)

    edited = replace(people.template, records_version=9, name="Other", record_count=1)
    sheet = replace(request.options, sheet="Sheet2")

    assert StageRequest.of(replace(request, template=edited)) == staged_for
    assert StageRequest.of(replace(request, options=ImportOptions(valid_only=True))) == staged_for
    assert StageRequest.of(replace(request, options=sheet)) != staged_for
    assert StageRequest.of(replace(request, template=replace(edited, columns=()))) != staged_for
