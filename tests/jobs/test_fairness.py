"""Seats go round by account; a small job has a seat besides, and leaves it when it takes long."""

import asyncio
from functools import partial

import pytest

from tests.factories import make_customers, make_workbook, records_of, upload_path
from tests.queue_contract.steps import until
from xlsapp.config import DataSettings, JobSettings, Settings
from xlsapp.jobs import export_job, import_job
from xlsapp.jobs.export_job import start_export
from xlsapp.jobs.import_job import start_import
from xlsapp.jobs.status import Status
from xlsapp.repositories.records.selection import Selection
from xlsapp.services.exports.exporting import export_workbook
from xlsapp.services.exports.kinds import ExportKind
from xlsapp.services.exports.options import ExportOptions
from xlsapp.services.imports.importing import import_workbook
from xlsapp.services.imports.options import ImportOptions
from xlsapp.storage.on_sqlite import prepare


@pytest.fixture
def settings(tmp_path) -> Settings:
    jobs = JobSettings(concurrency=1, small_seconds=1)
    settings = Settings(data=DataSettings(dir=str(tmp_path / "data")), jobs=jobs)
    prepare(settings)
    return settings


async def import_one_row(app, owner, folder, job_id):
    make_workbook(folder, ["Name"], ["Ada"]).replace(upload_path(app, job_id))
    options = ImportOptions()
    await start_import(app, owner.user, owner.template, job_id=job_id, file_name="one.xlsx", options=options)


def has_status(app, job_id, status):
    async def check():
        return (await app.statuses.get_status(job_id)).status is status

    return check


async def test_one_row_is_imported_before_the_hundred_exports_of_somebody_else(
    started, tmp_path, monkeypatch
):
    begun, gate = [], asyncio.Event()

    async def noted(work, *arguments, **options):
        begun.append(work)
        await gate.wait()
        return await work(*arguments, **options)

    monkeypatch.setattr(export_job, "export_workbook", partial(noted, export_workbook))
    monkeypatch.setattr(import_job, "import_workbook", partial(noted, import_workbook))
    async with started() as app:
        patient, busy = await make_customers(app.db), await make_customers(app.db)
        for number in range(100):
            view = ExportOptions(ExportKind.VIEW, selection=Selection(search=f"{number}"))
            await start_export(app, busy.user, busy.template, view)
        before = len(begun)
        await import_one_row(app, patient, tmp_path, "a")
        gate.set()
        await until(has_status(app, "a", Status.COMPLETED))
    assert begun.index(import_workbook) <= before + 1  # one that was given a seat in the moment before


async def test_a_job_that_takes_longer_than_a_small_one_waits_for_an_ordinary_seat(
    started, tmp_path, monkeypatch
):
    begun, gate = [], asyncio.Event()

    async def slow(records, sandbox, request, **options):
        begun.append(request.job_id)
        await gate.wait()
        return await import_workbook(records, sandbox, request, **options)

    monkeypatch.setattr(import_job, "import_workbook", slow)
    async with started() as app:
        first, second = await make_customers(app.db), await make_customers(app.db)
        await import_one_row(app, first, tmp_path, "a")
        await until(has_status(app, "a", Status.PROCESSING))
        await import_one_row(app, second, tmp_path, "b")
        await until(has_status(app, "b", Status.PROCESSING))
        await until(has_status(app, "b", Status.PENDING))
        assert (await app.statuses.get_status("b")).progress.code == "job.waits_for_seat"
        gate.set()
        await until(has_status(app, "b", Status.COMPLETED))
        assert (await app.queue.job("b")).attempts == 1
        assert len(await records_of(app.db, second.template)) == 1
    assert begun == ["a", "b", "b"]
