"""Looks at all records of a template, by ranges of ids, on several connections at once.

PostgreSQL is asked once for all of them: it looks with several processes by itself, or at an index.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

from xlsapp.db.connection import Connection, Database
from xlsapp.models import ImportTemplate
from xlsapp.repositories.records.listing import id_range

RECORDS_IN_RANGE = 62_500  # some 10 ms of work, after which others have their turn

Found = TypeVar("Found")


async def scan(
    db: Database,
    template: ImportTemplate,
    look: Callable[[Connection, range], Awaitable[Found]],
    is_enough: Callable[[list[Found]], bool] = lambda found: False,
) -> list[Found]:
    """What `look` finds in each range, in no order, until it is enough."""
    async with db.read() as conn:
        low, high = await id_range(conn, template)
    number = 1 if db.dialect.is_postgres else max(1, template.record_count // RECORDS_IN_RANGE)
    ranges = _ranges(low, high, number)
    found: list[Found] = []

    async def take_ranges() -> None:
        # Each range is a turn: between two of them, others may have the connection.
        for ids in ranges:
            if is_enough(found):
                return
            async with db.read_much(template.user_id) as conn:
                found.append(await look(conn, ids))

    async with asyncio.TaskGroup() as scanning:
        for _ in range(db.heavy_readers):
            scanning.create_task(take_ranges())
    return found


def _ranges(low: int, high: int, number: int) -> Iterator[range]:
    """Ids from `low` to `high` in some ranges of one size."""
    size = -(-(high - low + 1) // number)
    for start in range(low, high + 1, max(size, 1)):
        yield range(start, min(start + size, high + 1))
