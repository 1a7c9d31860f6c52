"""The bus on PostgreSQL: what one process stores, the pages of another are told."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest

from tests.jobs.live.bus_contract import BusContract, Process, heard, process
from tests.queue_contract.steps import until
from xlsapp.jobs.live.announcing import job_topic, user_topic
from xlsapp.jobs.live.hub import Closed
from xlsapp.jobs.status import Status

OTHER_PROCESS = """
import asyncio, sys
from tests.jobs.live.test_postgres_bus import on_postgres
from xlsapp.jobs.status import Status

async def main():
    async with on_postgres(sys.argv[1]) as there:
        await there.statuses.update_status("a", Status.COMPLETED)

asyncio.run(main())
"""


@asynccontextmanager
async def on_postgres(url: str) -> AsyncIterator[Process]:
    from xlsapp.db.postgres.database import PostgresDatabase
    from xlsapp.db.postgres.expiring_store import PostgresExpiringStore
    from xlsapp.jobs.live.postgres_bus import PostgresBus

    db = await PostgresDatabase.open(url)
    async with process(PostgresExpiringStore(db), partial(PostgresBus, url)) as found:
        yield found
    await db.close()


@pytest.fixture
async def here(migrated_url) -> AsyncIterator[Process]:
    async with on_postgres(migrated_url) as found:
        await until(partial(_listens, migrated_url))
        yield found


@pytest.fixture
async def there(migrated_url) -> AsyncIterator[Process]:
    async with on_postgres(migrated_url) as found:
        yield found


async def _rows(url: str, sql: str) -> list[tuple]:
    import psycopg

    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
        return await (await conn.execute(sql.encode())).fetchall()


LISTENING = "FROM pg_stat_activity WHERE application_name = 'xlsapp listens' AND datname = current_database()"


async def _listens(url: str) -> bool:
    return bool(await _rows(url, f"SELECT 1 {LISTENING} AND query LIKE 'LISTEN%' AND state = 'idle'"))


class TestPostgresBus(BusContract):
    pass


async def test_another_process_is_heard(here, migrated_url):
    await here.create("a")
    with here.hub.watch(job_topic("a"), session_id="s") as mailbox:
        other = await asyncio.create_subprocess_exec(sys.executable, "-c", OTHER_PROCESS, migrated_url)
        await heard(mailbox, "status--completed")
        assert await other.wait() == 0


async def test_after_a_break_all_that_is_watched_is_read_again(here, there, migrated_url, monkeypatch):
    monkeypatch.setattr("xlsapp.db.postgres.listening.FIRST_PAUSE_SECONDS", 1.0)
    for job_id in ("a", "b"):
        await there.create(job_id)
    await there.sessions.start(7, user_agent="one")
    session = (await there.sessions.list_for(7))[0].id
    with (
        here.hub.watch(job_topic("a"), session_id="s") as one,
        here.hub.watch(user_topic(1), session_id="s") as everything,
        here.hub.watch(job_topic("c"), session_id=session) as closed,
    ):
        await there.progress("a", 12)
        await heard(one, "12")
        await _rows(migrated_url, f"SELECT pg_terminate_backend(pid) {LISTENING}")
        for job_id in ("a", "b"):
            await there.statuses.update_status(job_id, Status.COMPLETED)
        await there.sessions.end(7, session)

        await heard(one, "status--completed")
        assert "job_row_b" in await heard(everything, "completed") or await heard(everything, "job_row_b")
        with pytest.raises(Closed):
            async with asyncio.timeout(20):
                await closed.get()


async def test_nothing_is_read_of_a_job_that_nobody_watches(here, there, monkeypatch):
    read = []

    async def get_statuses(self, job_ids):
        read.extend(job_ids)
        return []

    await there.create("watched")
    await there.create("unseen", user_id=2)
    with here.hub.watch(job_topic("watched"), session_id="s"):
        monkeypatch.setattr(type(here.statuses), "get_statuses", get_statuses)
        await there.progress("unseen", 1)
        await there.progress("watched", 1)
        await until(lambda: _soon(bool(read)))

    assert read == ["watched"]


async def _soon(value: bool) -> bool:
    return value


async def test_one_who_listens_and_does_not_read_delays_nobody_and_is_sent_away(
    here, there, migrated_url, monkeypatch
):
    import psycopg

    monkeypatch.setattr("xlsapp.db.postgres.expiring_store.MOST_UNREAD", 0.0)
    deaf = await psycopg.AsyncConnection.connect(
        migrated_url, autocommit=True, application_name="xlsapp listens"
    )
    await deaf.execute("LISTEN xlsapp")
    pid = deaf.info.backend_pid
    sql = (
        "SELECT pg_notify('xlsapp', 'nothing:' || repeat('x', 4000) || n) FROM generate_series(1, 2000) AS n"
    )
    await _rows(migrated_url, sql)

    await there.create("a")
    with here.hub.watch(job_topic("a"), session_id="s") as mailbox:
        await there.progress("a", 12)
        await heard(mailbox, "12")

    stuck = f"SELECT 1 FROM pg_stat_activity WHERE pid = {pid}"

    async def is_gone() -> bool:
        await there.statuses.store.sweep()
        return not await _rows(migrated_url, stuck)

    assert await _rows(migrated_url, f"{stuck} AND wait_event = 'ClientWrite'")
    await until(is_gone)
    await deaf.close()
