"""A database for queues: made once, emptied for each test; with a clock that tests can move."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg
from psycopg_pool import AsyncConnectionPool

from xlsapp.postgres_queue.schema import create_tables

THE_RIGHT_TIME = "SELECT extract(epoch FROM statement_timestamp())::double precision"
THE_TESTS_TIME = "SELECT now FROM public.clock"

EMPTY = """
    DROP TABLE IF EXISTS public.clock;
    TRUNCATE queue.jobs, queue.turns, queue.leases, queue.sweepers, queue.workers
"""


@asynccontextmanager
async def pool_of(url: str, **options: Any) -> AsyncIterator[AsyncConnectionPool[Any]]:
    """A pool as the app has one."""
    options = {"min_size": 1, "max_size": 4, **options}
    async with AsyncConnectionPool(url, open=False, kwargs={"autocommit": True}, **options) as pool:
        yield pool


@contextmanager
def emptied(url: str) -> Iterator[None]:
    """Nothing is in the queues, and the clock is right, at the beginning of the block."""
    with psycopg.connect(url, autocommit=True) as conn:
        if conn.execute("SELECT to_regclass('queue.version')").fetchone() == (None,):
            asyncio.run(_create(url))
        _let_moment_be(conn, THE_RIGHT_TIME)
        conn.execute(EMPTY)
    yield


async def _create(url: str) -> None:
    async with pool_of(url) as pool:
        await create_tables(pool)


def clock_of(url: str) -> Callable[[float], None]:
    """Takes the place of the database's clock: call it with the time it is now."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE TABLE public.clock AS SELECT 0::double precision AS now")
        _let_moment_be(conn, THE_TESTS_TIME)

    def set_clock(now: float) -> None:
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("UPDATE public.clock SET now = %s", [now])

    return set_clock


def _let_moment_be(conn: psycopg.Connection[Any], statement: str) -> None:
    conn.execute(
        "CREATE OR REPLACE FUNCTION queue.moment() RETURNS double precision LANGUAGE sql STABLE"
        f" AS '{statement}'"
    )
