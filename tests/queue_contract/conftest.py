"""The queues that are held to the contract."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from saq.queue import Queue

from tests.queue_contract.fixtures import clock, start_worker  # noqa: F401
from xlsapp.sqlite_queue import SqliteQueue

# How to make a queue that is not connected yet, over a storage in a folder, by its name and options.
MAKERS: dict[str, Callable[..., Queue]] = {
    "sqlite": lambda folder, name, **options: SqliteQueue(folder / "queue.sqlite3", name, **options),
}


@pytest.fixture(params=MAKERS)
async def connected(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Callable[..., Any]]:
    """Makes connected queues over one storage."""
    async with AsyncExitStack() as stack:

        async def connect(name: str = "default", **options: Any) -> Queue:
            queue = MAKERS[request.param](tmp_path, name, **options)
            await queue.connect()
            stack.push_async_callback(queue.disconnect)
            return queue

        yield connect


@pytest.fixture
async def queue(connected: Callable[..., Any]) -> Queue:
    return await connected()
