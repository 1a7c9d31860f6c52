"""What a machine that was cut off leaves behind is put right by the others, and stays out of their way."""

import psycopg
import pytest

from tests.factories import make_customers, make_workbook
from tests.jobs.conftest import receive
from tests.jobs.test_recovery import create_status, final, reasons
from xlsapp.config import Settings
from xlsapp.db.postgres import runs
from xlsapp.db.postgres.runs import PostgresRuns, staging_name
from xlsapp.db.runs import LostRun, Run
from xlsapp.files import catalog
from xlsapp.files.served import Served
from xlsapp.jobs import recovery
from xlsapp.jobs.import_job import start_import
from xlsapp.jobs.recovery import reconcile
from xlsapp.jobs.status import JobKind, Status
from xlsapp.services.imports.options import ImportOptions
from xlsapp.spreadsheet.reading.listed_problems import read_problems


@pytest.fixture
def settings(settings_on_postgres) -> Settings:
    return settings_on_postgres


async def test_a_job_whose_records_are_stored_has_its_list_of_problems_whoever_says_so(
    started, tmp_path, monkeypatch
):
    require, asked = PostgresRuns.require, []

    async def lost_at_its_end(self, tx, run):
        asked.append(run.attempt)
        if run.attempt == 1 and asked.count(1) == 3:  # it has begun, and stored the records
            raise LostRun("its machine is gone")
        await require(self, tx, run)

    monkeypatch.setattr(PostgresRuns, "require", lost_at_its_end)
    async with started() as app:
        owner = await make_customers(app.db)
        book = make_workbook(tmp_path, ["Name", "Orders"], ["Ada", 1], ["Grace", "many"])
        await receive(app, "a", book)
        options = ImportOptions(valid_only=True)
        await start_import(app, owner.user, owner.template, job_id="a", file_name="a.xlsx", options=options)

        status = await final(app, "a")
        assert (status.status, status.attempt) == (Status.COMPLETED, 2)
        async with app.files.problem_list("a", status.attempt) as path:
            assert [problem.place.row for batch in read_problems(path) for problem in batch] == [3]


async def test_a_job_that_cannot_be_put_right_now_keeps_no_other_waiting(started, migrated_url, monkeypatch):
    monkeypatch.setattr(runs, "PATIENTLY", "SET LOCAL lock_timeout TO '100ms'")
    monkeypatch.setattr(recovery, "RECONCILE_EVERY_SECONDS", 3600)
    async with started() as app:
        for job_id in ("first", "stuck", "last"):
            await create_status(app, job_id)
        await app.runs.take("stuck")
        with psycopg.connect(migrated_url) as conn:  # another machine stores what it has made
            conn.execute("SELECT 1 FROM data.job_runs WHERE job_id = 'stuck' FOR UPDATE")
            await reconcile(app, accepting_seconds=0)
            states = {job.job_id: job for job in await app.statuses.get_statuses(["first", "stuck", "last"])}
            assert [reasons(states[job_id]) for job_id in ("first", "last")] == [["job.never_queued"]] * 2
            assert states["stuck"].status is Status.PENDING
        await reconcile(app, accepting_seconds=0)
        assert (await app.statuses.get_status("stuck")).status is Status.FAILED


async def test_schemas_of_attempts_that_are_over_are_dropped_and_no_others(started, migrated_url):
    async with started() as app:
        over, present, given_up = await app.runs.take("a"), await app.runs.take("a"), await app.runs.take("b")
        silent, somebody = await app.runs.take("c"), staging_name(None)
        await app.runs.give_up("b")
        names = {staging_name(run): run for run in (over, present, given_up, silent)}
        with psycopg.connect(migrated_url, autocommit=True) as conn:
            for name in (*names, somebody, "staging_at_1_left", "kept_a"):
                conn.execute(f"CREATE SCHEMA {name}")
            conn.execute(
                "UPDATE data.job_runs SET lease_until = now() - interval '1 hour' WHERE job_id = 'c'"
            )

            await app.runs.sweep()

            found = conn.execute("SELECT nspname FROM pg_namespace WHERE nspname ~ '^(staging|kept)_'")
            assert {name for (name,) in found} == {staging_name(present), somebody, "kept_a"}
            for name in (staging_name(present), somebody, "kept_a"):
                conn.execute(f"DROP SCHEMA {name}")


async def test_of_what_attempts_have_made_only_what_counts_is_kept(started, monkeypatch):
    monkeypatch.setattr(catalog, "SETTLING_SECONDS", 0)
    async with started() as app:
        for kind, job_id in ((JobKind.EXPORT, "a"), (JobKind.IMPORT, "b")):
            await create_status(app, job_id, kind)
            for _ in range(2):
                run = await app.runs.take(job_id)
                made_by = (
                    app.files.make_export(run, Served("a.csv", "text/csv"))
                    if kind is JobKind.EXPORT
                    else app.files.make_problem_list(run)
                )
                async with made_by as made:
                    made.path.write_text(f"what attempt {run.attempt} has made")
        await app.statuses.update_status("a", Status.COMPLETED, run=Run("a", 2))
        # One that found that the records were stored has listed nothing.
        await app.statuses.update_status("b", Status.COMPLETED, run=await app.runs.take("b"))

        await reconcile(app)

        assert set(await app.files.files.find("exports/a", "reports/b")) == {"exports/a/2", "reports/b/2"}
