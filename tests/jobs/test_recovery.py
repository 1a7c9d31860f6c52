"""Whatever a crash leaves behind ends well: the job runs, or has failed with a sentence and without files."""

import asyncio
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from saq.job import Status as QueueStatus

from tests.factories import (
    asked_path,
    export_path,
    make_customers,
    make_workbook,
    records_of,
    sample_path,
    upload_path,
)
from tests.queue_contract.steps import until
from tests.sqlite_queue.other_process import other_process
from xlsapp.config import Settings
from xlsapp.context import App
from xlsapp.jobs.answering import answer, questions_in
from xlsapp.jobs.export_job import start_export
from xlsapp.jobs.import_job import start_import
from xlsapp.jobs.proposal_job import proposal_of, start_proposal
from xlsapp.jobs.recovery import reconcile
from xlsapp.jobs.showing import shown
from xlsapp.jobs.status import JobKind, JobStatus, Status, new_job_id
from xlsapp.models import ColumnType
from xlsapp.problems import Message
from xlsapp.repositories.records.selection import Condition, Operator, Selection
from xlsapp.services.exports.kinds import ExportKind
from xlsapp.services.exports.options import ExportOptions
from xlsapp.services.imports.options import ImportOptions
from xlsapp.sqlite_queue import SqliteQueue


async def create_status(app: App, job_id: str, kind: JobKind = JobKind.IMPORT) -> None:
    await app.statuses.create(
        job_id=job_id, kind=kind, import_template_id=1, user_id=1, template_name="Customers"
    )


def reasons(status: JobStatus) -> list[str]:
    return [reason.code for reason in status.reasons]


async def final(app: App, job_id: str) -> Any:
    """A job's last state."""

    async def has_ended():
        status = await app.statuses.get_status(job_id)
        return status is not None and status.is_final

    await until(has_ended, patience_seconds=30)
    return await app.statuses.get_status(job_id)


async def test_a_file_without_a_status_goes_and_one_that_comes_in_stays(started):
    async with started() as app:
        upload_path(app, "lost").write_text("half a workbook")
        async with app.files.while_receiving("coming", 1), app.files.receive("coming") as incoming:
            await incoming.write(b"half a workbook")
            await reconcile(app)
            assert upload_path(app, "coming").exists()
        assert not upload_path(app, "lost").exists()


async def test_a_job_that_never_got_into_the_queue_fails_with_a_sentence(started):
    async with started() as app:
        await create_status(app, "a")
        upload_path(app, "a").write_text("a workbook")

    async with started() as app:
        status = await app.statuses.get_status("a")
        assert (status.status, reasons(status)) == (Status.FAILED, ["job.never_queued"])
        assert not upload_path(app, "a").exists()


async def test_a_job_that_is_being_accepted_is_left_alone(started):
    async with started() as app:
        await create_status(app, "a")
        upload_path(app, "a").write_text("a workbook")
        await reconcile(app)
        assert (await app.statuses.get_status("a")).status is Status.PENDING
        assert upload_path(app, "a").exists()


async def die_with(settings: Settings, job_id: str, **options: Any) -> None:
    """Queue a job, and have a process take it and be killed. The app must not run."""
    file = settings.data_dir / "queue.sqlite3"
    queue = SqliteQueue(str(file))
    await queue.connect()
    await queue.enqueue("run_export", key=job_id, **options)
    await queue.disconnect()
    with other_process("hold", file, "1") as other:
        assert other.says() == job_id
        other.kill()


async def test_a_job_that_killed_its_process_too_often_fails_with_a_sentence(started, settings):
    async with started() as app:
        await create_status(app, "poison")
        await app.statuses.update_status("poison", Status.PROCESSING)
        upload_path(app, "poison").write_text("a workbook")
    await die_with(settings, "poison", retries=1)

    async with started() as app:
        status = await app.statuses.get_status("poison")
        assert status.status is Status.FAILED
        assert reasons(status) == ["job.stopped_too_often"]
        assert "was stopped while it worked on this, once; nothing was changed" in shown(status).error_message
        assert not upload_path(app, "poison").exists()


async def test_a_job_whose_process_was_killed_runs_again(started, settings):
    async with started() as app:
        customers = await make_customers(app.db)
        await create_status(app, "a", JobKind.EXPORT)
        await app.statuses.update_status("a", Status.PROCESSING)
    arguments = {
        "user_id": customers.user.id,
        "template_id": customers.template.id,
        "template_name": customers.template.name,
        "options": {"kind": "template"},
    }
    await die_with(settings, "a", retries=2, kwargs=arguments)

    async with started() as app:
        assert (await final(app, "a")).status is Status.COMPLETED
        assert export_path(app, "a").exists()


async def test_a_proposal_that_was_cut_off_once_its_workbook_was_kept_is_made_again(started, tmp_path):
    async with started() as app:
        customers = await make_customers(app.db)
        make_workbook(tmp_path, ["Name"], ["Ada"]).rename(sample_path(app, "a"))

        await start_proposal(app, customers.user, job_id="a", file_name="customers.xlsx")

        assert [column.name for column in proposal_of(await final(app, "a")).columns] == ["Name"]
        assert sample_path(app, "a").exists()


async def test_a_proposal_that_is_kept_no_longer_is_not_begun(started, tmp_path):
    async with started() as app:
        customers = await make_customers(app.db)
        make_workbook(tmp_path, ["Name"], ["Ada"]).rename(upload_path(app, "a"))
        job = await app.queue.enqueue("run_proposal", key="a", kwargs={"user_id": customers.user.id})
        await job.refresh(30)

        assert job.status is QueueStatus.COMPLETE
        assert await app.statuses.get_status("a") is None
        assert not upload_path(app, "a").exists()


async def test_an_import_whose_rows_are_stored_was_done_whatever_became_of_its_worker(
    started, settings, tmp_path
):
    job_id = new_job_id()
    async with started() as app:
        customers = await make_customers(app.db)
        make_workbook(tmp_path, ["Name"], ["Ada"]).rename(upload_path(app, job_id))
        await start_import(
            app,
            customers.user,
            customers.template,
            job_id=job_id,
            file_name="customers.xlsx",
            options=ImportOptions(),
        )
        done = await final(app, job_id)
        for entry in await app.statuses.store.list_by_prefix("job"):
            await app.statuses.store.delete(entry)
        await create_status(app, job_id)
        await app.statuses.update_status(job_id, Status.PROCESSING)
    await die_with(settings, job_id, retries=1)

    async with started() as app:
        status = await app.statuses.get_status(job_id)
        assert (status.status, status.result) == (Status.COMPLETED, done.result)
        assert len(await records_of(app.db, customers.template)) == 1


async def test_a_status_that_was_not_told_that_its_job_waits_again_is_put_right(started, settings):
    async with started() as app:
        await create_status(app, "a")
        await app.statuses.update_status("a", Status.PROCESSING)
        await app.queue.enqueue("run_import", key="a", scheduled=2**33)
        await reconcile(app, accepting_seconds=0)

        assert (await app.statuses.get_status("a")).status is Status.PENDING


async def test_a_job_whose_last_state_stands_is_not_run_again(started, tmp_path):
    async with started() as app:
        customers = await make_customers(app.db)
        await create_status(app, "a")
        await app.statuses.update_status("a", Status.FAILED, reasons=[Message("job.never_queued")])
        make_workbook(tmp_path, ["Name"], ["Ada"]).rename(upload_path(app, "a"))
        job = await app.queue.enqueue(
            "run_import",
            key="a",
            kwargs={
                "user_id": customers.user.id,
                "template_id": customers.template.id,
                "template_name": "Customers",
                "file_name": "customers.xlsx",
                "options": ImportOptions().to_dict(),
            },
        )
        await job.refresh(30)

        assert job.status is QueueStatus.COMPLETE
        assert await records_of(app.db, customers.template) == []
        assert not upload_path(app, "a").exists()
        assert reasons(await app.statuses.get_status("a")) == ["job.never_queued"]


async def test_an_export_that_was_queued_before_the_upgrade_says_what_to_do(started):
    """A view was kept as the query string of its page."""
    async with started() as app:
        customers = await make_customers(app.db)
        arguments = {
            "user_id": customers.user.id,
            "template_id": customers.template.id,
            "template_name": "Customers",
        }
        for job_id, view in (("narrowed", "q=ada&sort=c1"), ("whole", "")):
            options = {"kind": "view", "format": "csv", "view": view}
            await app.queue.enqueue("run_export", key=job_id, kwargs={**arguments, "options": options})

        narrowed, whole = await final(app, "narrowed"), await final(app, "whole")
        assert (narrowed.status, reasons(narrowed)) == (Status.FAILED, ["export.view_of_before"])
        assert whole.status is Status.COMPLETED


async def test_a_workbook_that_was_asked_about_outlives_a_restart_and_goes_with_its_status(started):
    columns = [("Name", ColumnType.TEXT, False), ("Kg", ColumnType.NUMBER, False)]
    async with started() as app:
        customers = await make_customers(app.db, columns)
        user, template = customers.user, customers.template
        for job_id in ("answered", "left"):
            upload_path(app, job_id).write_text("Name;Kg\nAda;1,250\n")
            await start_import(
                app, user, template, job_id=job_id, file_name="open.csv", options=ImportOptions()
            )
            await (await app.queue.job(job_id)).refresh(30)

    async with started() as app:
        await reconcile(app, accepting_seconds=0)
        asked = await app.statuses.get_status("answered")
        said = {question.id: "comma" for question in questions_in(asked)}
        next_id = await answer(app, user, asked, said, remember=False)
        await (await app.queue.job(next_id)).refresh(30)
        await app.statuses.forget("left")
        await reconcile(app, accepting_seconds=0)

        assert [list(r.values.values()) for r in await records_of(app.db, template)] == [["Ada", 1.25]]
        assert asked_path(app, "answered").exists()
        assert not asked_path(app, "left").exists()


async def test_a_job_that_cannot_be_queued_fails_with_a_sentence(started):
    async with started() as app:
        customers = await make_customers(app.db)
        await app.queue._shared.writer.call(lambda tx: tx.execute("PRAGMA max_page_count = 1").fetchone())
        with pytest.raises(sqlite3.OperationalError, match="full"):
            for number in range(100):
                options = ExportOptions(ExportKind.VIEW, selection=Selection(search=str(number)))
                await start_export(app, customers.user, customers.template, options)

        states = await app.statuses.list_for(customers.user.id)
        assert [code for s in states for code in reasons(s)] == ["job.could_not_queue"]
        await app.queue._shared.writer.call(lambda tx: tx.execute("PRAGMA max_page_count = 99999").fetchone())
        for status in states:
            await final(app, status.job_id)


async def test_a_job_whose_entry_was_on_its_way_when_its_request_was_cancelled_runs(started, settings):
    async with started() as app:
        customers = await make_customers(app.db)
        with closing(sqlite3.connect(settings.data_dir / "queue.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")  # so the entry cannot be stored yet
            starting = asyncio.create_task(
                start_export(app, customers.user, customers.template, ExportOptions(ExportKind.TEMPLATE))
            )
            await until(lambda: has_status(app, customers.user.id))
            await asyncio.sleep(0.1)
            starting.cancel()
            await asyncio.sleep(0.1)
        await asyncio.gather(starting, return_exceptions=True)

        (status,) = await app.statuses.list_for(customers.user.id)
        assert (await final(app, status.job_id)).status is Status.COMPLETED


async def test_a_view_whose_column_went_while_its_job_waited_fails_with_a_sentence(started):
    async with started() as app:
        customers = await make_customers(app.db)
        gone = replace(customers.template.columns[0], id=999, name="Secret")
        view = Selection(conditions=(Condition(gone, Operator.FILLED),))
        options = ExportOptions(ExportKind.VIEW, selection=view)

        job_id = await start_export(app, customers.user, customers.template, options)

        status = await final(app, job_id)
        assert (status.status, reasons(status)) == (Status.FAILED, ["view.columns_gone"])
        assert not export_path(app, job_id).exists()


async def has_status(app: App, user_id: int) -> bool:
    return bool(await app.statuses.list_for(user_id))


async def test_a_job_whose_request_is_cancelled_is_done_or_has_failed_and_never_both(started):
    async with started() as app:
        customers = await make_customers(app.db)
        for turns in range(24):
            starting = asyncio.create_task(
                start_export(app, customers.user, customers.template, ExportOptions(ExportKind.TEMPLATE))
            )
            await asyncio.sleep(0.0003 * turns)
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)

        await reconcile(app, accepting_seconds=0)
        for status in await app.statuses.list_for(customers.user.id):
            status = await final(app, status.job_id)
            assert export_path(app, status.job_id).exists() == (status.status is Status.COMPLETED)

        async def is_empty():
            return await app.queue.count("incomplete") == 0

        await until(is_empty)


async def test_a_job_over_whose_time_the_clock_steps_goes_on(started, tmp_path, monkeypatch):
    async with started() as app:
        customers = await make_customers(app.db)
        job_id = new_job_id()
        rows = (["Ada", "1815-12-10", number] for number in range(20_000))
        make_workbook(tmp_path, ["Name", "Since", "Orders"], *rows, name="large.xlsx").rename(
            upload_path(app, job_id)
        )
        await start_import(
            app,
            customers.user,
            customers.template,
            job_id=job_id,
            file_name="large.xlsx",
            options=ImportOptions(),
        )

        async def is_running():
            status = await app.statuses.get_status(job_id)
            return status is not None and status.status is Status.PROCESSING

        await until(is_running)
        monkeypatch.setattr("saq.utils.time", SimpleNamespace(time=lambda: time.time() + 100_000))
        assert await app.queue.sweep(abort=0.001) == []

        assert (await final(app, job_id)).status is Status.COMPLETED
        assert len(await records_of(app.db, customers.template)) == 20_000
