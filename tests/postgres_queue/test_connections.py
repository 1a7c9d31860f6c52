"""Connections that break, poolers that let nothing through, a database that many open at once."""

import asyncio

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool
from saq.job import Status

from tests.postgres_queue.storage import pool_of
from tests.queue_contract.steps import begin, counts, take, until
from xlsapp.postgres_queue import PostgresQueue, claims, listener, transaction
from xlsapp.postgres_queue.listener import Listener, Unheard
from xlsapp.postgres_queue.transaction import begun, fetch
from xlsapp.postgres_queue.turns import one_at_a_time


def cut(url, which="TRUE"):
    """End the database's other connections; how many."""
    with psycopg.connect(url, autocommit=True) as conn:
        return conn.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            f" WHERE datname = current_database() AND pid <> pg_backend_pid() AND {which}"
        ).fetchone()[0]


async def test_who_waits_hears_of_work_after_the_listening_connection_was_cut(
    queue, queue_database, monkeypatch
):
    monkeypatch.setattr(claims, "LOOK_ANYWAY_SECONDS", 3600)
    waiting = asyncio.create_task(queue.dequeue())
    assert cut(queue_database, "query LIKE 'LISTEN%'") == 1

    async def listens():
        with psycopg.connect(queue_database) as conn:
            query = (
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
            )
            return conn.execute(query).fetchone()

    await until(listens)
    async with pool_of(queue_database) as pool:  # as another process would
        second = PostgresQueue(pool)
        await second.connect()
        await second.enqueue("run", key="k")
        await second.disconnect()
    assert (await asyncio.wait_for(waiting, 10)).key == "k"


async def test_connections_that_were_cut_while_nobody_used_them_are_no_fault(queue, queue_database):
    await queue.enqueue("run", key="k")
    for _ in range(3):
        cut(queue_database)
        job = await begin(queue)
        cut(queue_database)
        await job.update(progress=0.5)
        cut(queue_database)
        assert (await queue.job("k")).progress == 0.5
        cut(queue_database)
        await job.retry("again")
    assert await counts(queue) == [1, 0, 1]


async def test_a_dequeue_can_be_cancelled_whatever_the_connection_does(queue, queue_database):
    waiting = asyncio.create_task(queue.dequeue())
    await asyncio.sleep(0.05)
    cut(queue_database)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_a_pooler_that_lets_no_notification_through_is_named(queue_database, postgres, monkeypatch):
    connect = Listener._connect

    async def elsewhere(
        self,
    ):  # what is said to one database is not heard on another
        self._pool = AsyncConnectionPool(postgres.url("postgres"), open=False)
        return await connect(self)

    monkeypatch.setattr(Listener, "_connect", elsewhere)
    monkeypatch.setattr(listener, "HEARD_WITHIN_SECONDS", 0.3)
    async with pool_of(queue_database) as pool:
        with pytest.raises(Unheard, match="pool_mode"):
            await PostgresQueue(pool).connect()


async def test_many_processes_that_open_an_empty_database_at_once_all_work(postgres_url):
    async def one(key):
        async with pool_of(postgres_url, max_size=2) as pool:
            queue = PostgresQueue(pool)
            await queue.connect()
            await queue.enqueue("run", key=key)
            counted = await queue.count("queued")
            await queue.disconnect()
            return counted

    assert max(await asyncio.gather(*(one(key) for key in "abcd"))) == 4


async def test_a_host_that_falls_silent_in_the_middle_of_a_claim_holds_up_nobody(
    connected, pool, monkeypatch
):
    monkeypatch.setattr(transaction, "BEGIN", transaction.BEGIN.replace("'10s'", "'200ms'", 1))
    queue = await connected()
    await queue.enqueue("run", key="k")
    async with pool_of(pool.conninfo) as another:
        silent = begun(another, durable=False, first=one_at_a_time("default"))
        conn = await silent.__aenter__()
        assert (await asyncio.wait_for(take(queue), 10)).key == "k"
        with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
            await fetch(conn, "SELECT 1", {})
        await silent.__aexit__(None, None, None)


async def test_the_end_of_a_run_is_kept_while_the_database_is_away(queue, pool):
    await queue.enqueue("run", key="k", retries=1)
    job = await begin(queue)
    getconn = pool.getconn

    async def away(*_):
        raise psycopg.OperationalError("the database is away")

    pool.getconn = away
    await job.finish(Status.COMPLETE, result=1)
    pool.getconn = getconn

    async def is_complete():
        return (await queue.job("k")).status is Status.COMPLETE

    await until(is_complete)


async def test_a_pool_that_begins_transactions_by_itself_is_refused(queue_database):
    with pytest.raises(ValueError, match="autocommit"):
        PostgresQueue(AsyncConnectionPool(queue_database, open=False))
