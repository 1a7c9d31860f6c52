"""The queues that are held to the contract: each test runs over every one of them."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from saq.queue import Queue

from tests.queue_contract.fixtures import clock, start_worker  # noqa: F401
from xlsapp.sqlite_queue import SqliteQueue

# Makes a queue that is not connected yet, by its name and options.
Maker = Callable[..., Queue]


@asynccontextmanager
async def sqlite(request: pytest.FixtureRequest) -> AsyncIterator[Maker]:
    """Queues in one file."""
    folder: Path = request.getfixturevalue("tmp_path")
    yield lambda name, **options: SqliteQueue(str(folder / "queue.sqlite3"), name, **options)


@asynccontextmanager
async def postgres(request: pytest.FixtureRequest) -> AsyncIterator[Maker]:
    """Queues over one pool of connections."""
    from tests.postgres_queue.storage import pool_of
    from xlsapp.postgres_queue import PostgresQueue

    async with pool_of(request.getfixturevalue("queue_database")) as pool:
        yield lambda name, **options: PostgresQueue(pool, name=name, **options)


STORAGES = {"sqlite": sqlite, "postgres": postgres}


@pytest.fixture(scope="session")
def shared_queue_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """A database with the queue's tables, for all tests of a run."""
    with request.getfixturevalue("postgres").database() as url:
        yield url


@pytest.fixture
def queue_database(shared_queue_database: str) -> Iterator[str]:
    """The URL of a database whose queues are empty, and whose clock is right."""
    from tests.postgres_queue.storage import emptied

    with emptied(shared_queue_database):
        yield shared_queue_database


@pytest.fixture(params=STORAGES)
def storage(request: pytest.FixtureRequest) -> str:
    """What the queues of a test are kept in."""
    if request.param == "postgres":
        request.getfixturevalue("queue_database")
    return str(request.param)


@pytest.fixture
def other_clock(request: pytest.FixtureRequest, storage: str) -> Callable[[float], None]:
    """Sets the clock of the storage, where that has one."""
    if storage == "sqlite":
        return lambda now: None
    from tests.postgres_queue.storage import clock_of

    return clock_of(request.getfixturevalue("queue_database"))


@pytest.fixture
async def connected(request: pytest.FixtureRequest, storage: str) -> AsyncIterator[Callable[..., Any]]:
    """Makes connected queues over one storage."""
    async with AsyncExitStack() as stack:
        make = await stack.enter_async_context(STORAGES[storage](request))

        async def connect(name: str = "default", **options: Any) -> Queue:
            queue = make(name, **options)
            await queue.connect()
            stack.push_async_callback(queue.disconnect)
            return queue

        yield connect


@pytest.fixture
async def queue(connected: Callable[..., Any]) -> Queue:
    return await connected()
