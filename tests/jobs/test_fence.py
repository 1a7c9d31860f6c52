"""No job stores anything once another attempt at it has begun, wherever that runs: every kind is tried.

Who adds a kind adds to STARTS how one begins that ends well. Here its first attempt is overtaken as soon as
it has begun, and it gets no second one: it has to end as failed, and the data as they were.
"""

import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import psycopg
import pytest

from tests.factories import Customers, make_customers, make_workbook
from tests.jobs.conftest import receive
from tests.jobs.test_recovery import final
from tests.queue_contract.steps import until
from xlsapp.config import JobSettings, Settings
from xlsapp.context import App
from xlsapp.db.postgres.runs import PostgresRuns
from xlsapp.jobs import reporting, worker
from xlsapp.jobs.export_job import start_export
from xlsapp.jobs.files import KEPT_IN
from xlsapp.jobs.import_job import start_import
from xlsapp.jobs.marking_job import start_marking
from xlsapp.jobs.proposal_job import start_proposal
from xlsapp.jobs.status import JobKind, JobStatus, Status, new_job_id
from xlsapp.jobs.undo_job import start_undo
from xlsapp.repositories.history import changes
from xlsapp.services.exports.kinds import ExportKind
from xlsapp.services.exports.options import ExportOptions
from xlsapp.services.imports.options import ImportOptions

Start = Callable[[App, Customers, Path], Awaitable[str]]


@pytest.fixture
def settings(settings_on_postgres) -> Settings:
    return replace(settings_on_postgres, jobs=JobSettings(attempts=1))


async def uploaded(app: App, folder: Path, orders: int | str = 1) -> str:
    """The id of a job whose workbook has come in: two customers."""
    job_id = new_job_id()
    await receive(app, job_id, make_workbook(folder, ["Name", "Orders"], ["Ada", orders], ["Grace", 2]))
    return job_id


async def an_import(app: App, owner: Customers, folder: Path) -> str:
    job_id, options = await uploaded(app, folder), ImportOptions()
    await start_import(app, owner.user, owner.template, job_id=job_id, file_name="a.xlsx", options=options)
    return job_id


async def an_export(app: App, owner: Customers, folder: Path) -> str:
    return await start_export(app, owner.user, owner.template, ExportOptions(ExportKind.TEMPLATE))


async def a_proposal(app: App, owner: Customers, folder: Path) -> str:
    job_id = await uploaded(app, folder)
    await start_proposal(app, owner.user, job_id=job_id, file_name="a.xlsx")
    return job_id


async def an_undo(app: App, owner: Customers, folder: Path) -> str:
    async with app.db.read() as conn:
        (latest,) = await changes.list_before(conn, owner.template.id, None, limit=1)
    return await start_undo(app, owner.user, owner.template, latest)


async def a_marking(app: App, owner: Customers, folder: Path) -> str:
    """Of one import for all, which has ended before any attempt is overtaken."""
    if id(app) not in ENDED:
        job_id, options = await uploaded(app, folder, "many"), ImportOptions()
        whose = (owner.user, owner.template)
        await start_import(app, *whose, job_id=job_id, file_name="a.xlsx", options=options)
        ENDED[id(app)] = await final(app, job_id)
    return await start_marking(app, owner.user, ENDED[id(app)], only_left_out=False)


ENDED: dict[int, JobStatus] = {}

STARTS: dict[JobKind, Start] = {
    JobKind.IMPORT: an_import,
    JobKind.EXPORT: an_export,
    JobKind.PROPOSAL: a_proposal,
    JobKind.UNDO: an_undo,
    JobKind.MARKING: a_marking,
}


def stored(url: str) -> dict[str, str]:
    """Everything in the database that is to last, as a hash for each table."""
    hashes = {}
    with psycopg.connect(url) as conn:
        tables = conn.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'data' ORDER BY 1"
        ).fetchall()
        for (table,) in tables:
            if table not in ("job_runs", "audit_entries"):  # what was asked is noted when it is asked
                rows = conn.execute(f"SELECT t::text FROM data.{table} AS t ORDER BY 1").fetchall()
                hashes[table] = hashlib.sha256(repr(rows).encode()).hexdigest()
    return hashes


async def has_no_file(app: App, job_id: str) -> bool:
    """Whether nothing is kept of a job: it is removed once its status says how it ended."""
    return not await app.files.files.find(*(f"{folder}/{job_id}" for folder in KEPT_IN))


def test_every_kind_of_job_is_tried():
    assert set(STARTS) == set(JobKind)
    assert {function.__name__ for function in worker.FUNCTIONS} == {f"run_{kind}" for kind in STARTS}


async def test_an_attempt_that_was_overtaken_stores_nothing(started, tmp_path, migrated_url, monkeypatch):
    asked, require = Counter(), PostgresRuns.require

    async def overtaken(self, tx, run):
        asked[run.job_id] += 1
        if asked[run.job_id] == 2:  # once it has said that it begins
            assert (await PostgresRuns(self._db).take(run.job_id)).attempt == 2
        await require(self, tx, run)

    monkeypatch.setattr(reporting, "PROGRESS_EVERY_SECONDS", 60)
    async with started() as app:
        owner, somebody = await make_customers(app.db), await make_customers(app.db)
        async with app.records.write(somebody.template) as writer:
            await writer.add({})
        for kind, start in STARTS.items():
            status = await final(app, await start(app, owner, tmp_path))
            assert (status.kind, status.status, status.attempt) == (kind, Status.COMPLETED, 1)

        monkeypatch.setattr(PostgresRuns, "require", overtaken)
        before = stored(migrated_url)
        for kind, start in STARTS.items():
            job_id = await start(app, somebody, tmp_path)
            assert (await final(app, job_id)).status is Status.FAILED, kind
            assert asked[job_id] >= 2, kind
            assert stored(migrated_url) == before, kind
            await until(partial(has_no_file, app, job_id))
