"""Of several attempts at a job only the last may store what it has made, wherever the others run."""

import asyncio
import os
import signal

import psycopg
import pytest

from tests.postgres_queue.other_process import other_process
from tests.torture.kills import SteppingClock
from xlsapp.db.postgres.database import PostgresDatabase
from xlsapp.db.postgres.expiring_store import PostgresExpiringStore
from xlsapp.db.postgres.runs import LEASE_SECONDS, PostgresRuns
from xlsapp.db.runs import LostRun, OneProcess, Run
from xlsapp.jobs import leases
from xlsapp.jobs.leases import keeping
from xlsapp.jobs.status import JobKind, JobStatusService, Status
from xlsapp.problems import Message


@pytest.fixture
async def db(migrated_url):
    db = await PostgresDatabase.open(migrated_url)
    yield db
    await db.close()


@pytest.fixture
def effects(migrated_url):
    """A table for what jobs store; gives what is in it."""
    with psycopg.connect(migrated_url, autocommit=True) as conn:
        conn.execute("CREATE TABLE IF NOT EXISTS public.effects (job_id text)")
        conn.execute("TRUNCATE public.effects")
        yield lambda: [row[0] for row in conn.execute("SELECT job_id FROM public.effects")]
        conn.execute("DROP TABLE public.effects")


@pytest.fixture
def told():
    """Tells nobody of a status."""

    async def tell(status, running_jobs):
        pass

    return tell


async def store(db, runs, run):
    async with db.write() as tx:
        await runs.require(tx, run)
        await tx.run("INSERT INTO public.effects VALUES (:id)", id=run.job_id)


async def test_of_two_holders_the_one_that_came_later_stores(db, effects):
    first, second = PostgresRuns(db), PostgresRuns(db)
    lost, kept = await first.take("job"), await second.take("job")
    assert (lost, kept) == (Run("job", 1), Run("job", 2))

    with pytest.raises(LostRun):
        await store(db, first, lost)
    assert not await first.renew(lost)
    assert effects() == []
    assert await second.renew(kept)
    await store(db, second, kept)
    assert effects() == ["job"]


async def test_nothing_is_stored_and_nothing_begun_once_a_job_was_given_up(db, effects):
    runs = PostgresRuns(db)
    run = await runs.take("job")
    await runs.give_up("job")
    await runs.give_up("never begun")

    with pytest.raises(LostRun):
        await store(db, runs, run)
    assert [await runs.take(job_id) for job_id in ("job", "never begun")] == [None, None]
    assert not await runs.renew(run)
    assert effects() == []


async def test_an_attempt_that_is_lost_says_nothing_any_more(db, told):
    runs = PostgresRuns(db)
    statuses = JobStatusService(PostgresExpiringStore(db), 60, told, runs)
    await statuses.create(
        job_id="job", kind=JobKind.EXPORT, import_template_id=1, user_id=1, template_name="Customers"
    )
    lost, kept = await runs.take("job"), await runs.take("job")

    with pytest.raises(LostRun):
        await statuses.update_status("job", Status.FAILED, run=lost)
    with pytest.raises(LostRun):
        await statuses.update_progress("job", Message("job.waits_again"), run=lost)
    assert (await statuses.update_status("job", Status.COMPLETED, run=kept)).attempt == 2


@pytest.mark.parametrize("other", ["give_up", "take"])
async def test_who_gives_up_or_begins_anew_waits_for_what_is_being_stored(db, effects, other):
    runs = PostgresRuns(db)
    run = await runs.take("job")
    async with db.write() as tx:
        await runs.require(tx, run)
        waiting = asyncio.create_task(getattr(PostgresRuns(db), other)("job"))
        assert await runs.renew(run)  # at once, though its row is locked
        await tx.run("INSERT INTO public.effects VALUES ('job')")
        await asyncio.sleep(0.05)
        assert not waiting.done()
    await waiting
    assert effects() == ["job"]


async def test_a_process_that_stood_still_stores_nothing_when_it_goes_on(db, migrated_url, effects):
    with other_process("store", migrated_url, "job") as other:
        assert await asyncio.to_thread(other.says) == "1"
        other.process.send_signal(signal.SIGSTOP)
        runs = PostgresRuns(db)
        run = await runs.take("job")
        other.process.send_signal(signal.SIGCONT)
        other.go()
        assert await asyncio.to_thread(other.says) == "lost"
    assert effects() == []
    await store(db, runs, run)


async def test_a_host_whose_clock_is_wrong_holds_as_long_as_any_other(migrated_url, tmp_path, monkeypatch):
    clock = SteppingClock(tmp_path / "clock")
    clock.step_to(-1 / 12)  # five minutes
    for name, value in clock.environment.items():
        monkeypatch.setenv(name, value)
    assert os.environ["CLOCK_OFFSET"]
    with (
        other_process("store", migrated_url, "job") as other,
        psycopg.connect(migrated_url, autocommit=True) as conn,
    ):
        assert await asyncio.to_thread(other.says) == "1"
        query = "SELECT extract(epoch FROM lease_until - clock_timestamp()) FROM data.job_runs"
        assert 0 < conn.execute(query).fetchone()[0] <= LEASE_SECONDS


async def test_an_attempt_ends_when_another_has_begun(db, monkeypatch):
    monkeypatch.setattr(leases, "RENEW_EVERY_SECONDS", 0.01)
    runs = PostgresRuns(db)
    run = await runs.take("job")
    with pytest.raises(LostRun):
        async with keeping(runs, run):
            await PostgresRuns(db).take("job")
            await asyncio.sleep(60)


async def test_an_attempt_ends_when_the_database_cannot_be_told_that_it_goes_on(db, monkeypatch):
    for name, seconds in (
        ("RENEW_EVERY_SECONDS", 0.01),
        ("TRY_AGAIN_SECONDS", 0.01),
        ("MOST_SECONDS_UNSAID", 0.2),
    ):
        monkeypatch.setattr(leases, name, seconds)
    runs = PostgresRuns(db)
    run = await runs.take("job")
    with pytest.raises(LostRun):
        async with keeping(runs, run):
            await db.close()
            await asyncio.sleep(60)


async def test_an_attempt_that_says_that_it_goes_on_is_left_alone(db, monkeypatch):
    monkeypatch.setattr(leases, "RENEW_EVERY_SECONDS", 0.01)
    monkeypatch.setattr(leases, "MOST_SECONDS_UNSAID", 5.0)
    runs = PostgresRuns(db)
    run = await runs.take("job")
    async with keeping(runs, run):
        await asyncio.sleep(0.2)
    assert await runs.renew(run)


async def test_what_the_block_raises_comes_out_as_it_is(db):
    runs = PostgresRuns(db)
    with pytest.raises(TimeoutError, match="its own"):
        async with keeping(runs, await runs.take("job")):
            raise TimeoutError("its own")


async def test_one_process_is_its_own_fence():
    runs = OneProcess()
    run = await runs.take("job")
    async with keeping(runs, run):
        assert await runs.renew(run)
