"""Queues over one pool of connections to a database of the run's PostgreSQL."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from psycopg_pool import AsyncConnectionPool

from tests.postgres_queue.storage import clock_of, pool_of
from tests.queue_contract.conftest import queue_database, shared_queue_database  # noqa: F401
from tests.queue_contract.fixtures import clock, start_worker  # noqa: F401
from xlsapp.postgres_queue import PostgresQueue


@pytest.fixture
def other_clock(queue_database: str) -> Callable[[float], None]:  # noqa: F811
    return clock_of(queue_database)


@pytest.fixture
async def pool(queue_database: str) -> AsyncIterator[AsyncConnectionPool[Any]]:  # noqa: F811
    async with pool_of(queue_database) as pool:
        yield pool


@pytest.fixture
async def connected(pool: AsyncConnectionPool[Any]) -> AsyncIterator[Callable[..., Any]]:
    """Makes connected queues over one pool."""
    async with AsyncExitStack() as stack:

        async def connect(name: str = "default", **options: Any) -> PostgresQueue:
            queue = PostgresQueue(pool, name=name, **options)
            await queue.connect()
            stack.push_async_callback(queue.disconnect)
            return queue

        yield connect


@pytest.fixture
async def queue(connected: Callable[..., Any]) -> PostgresQueue:
    return await connected()
