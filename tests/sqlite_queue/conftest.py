"""Queues on one file."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.queue_contract.fixtures import clock, other_clock, start_worker  # noqa: F401
from xlsapp.sqlite_queue import SqliteQueue


@pytest.fixture
def queue_file(tmp_path: Path) -> Path:
    return tmp_path / "queue.sqlite3"


@pytest.fixture
async def connected(queue_file: Path) -> AsyncIterator[Callable[..., Any]]:
    """Makes connected queues on one file."""
    async with AsyncExitStack() as stack:

        async def connect(name: str = "default", **options: Any) -> SqliteQueue:
            queue = SqliteQueue(str(queue_file), name, **options)
            await queue.connect()
            stack.push_async_callback(queue.disconnect)
            return queue

        yield connect


@pytest.fixture
async def queue(connected: Callable[..., Any]) -> SqliteQueue:
    return await connected()
