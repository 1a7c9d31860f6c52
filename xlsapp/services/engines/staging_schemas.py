"""Schemas of PostgreSQL's for rows that are on their way into records. Only what runs on it loads this."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar, cast

from xlsapp.db.connection import Database
from xlsapp.db.errors import DatabaseFault
from xlsapp.db.postgres.beside import PostgresBeside
from xlsapp.db.postgres.database import PostgresDatabase
from xlsapp.db.postgres.runs import staging_name
from xlsapp.db.runs import Run

log = logging.getLogger(__name__)

Result = TypeVar("Result")


@asynccontextmanager
async def staging_schema(db: Database, run: Run | None = None) -> AsyncIterator["StagingSchema"]:
    """A schema, dropped at the end of the block; where a host dies first, by others: see PostgresRuns.sweep.

    Each attempt at a job has its own: one that was given up may still be at work.
    """
    schema = StagingSchema(cast(PostgresDatabase, db), staging_name(run))
    try:
        yield schema
    finally:
        await asyncio.shield(schema.remove())


class StagingSchema:
    """What is done in it is waited for in a thread."""

    def __init__(self, db: PostgresDatabase, name: str) -> None:
        self.name = name
        self._db = db
        self._open: PostgresBeside | None = None

    async def run(self, work: Callable[[PostgresBeside], Result], *, seconds: float | None = None) -> Result:
        """What `work` returns in a thread. Who is cancelled has the server give up, and waits for that.

        Raises Busy when a statement takes longer than so many seconds.
        """

        def run() -> Result:
            with self._db.beside(self.name, seconds=seconds) as conn:
                self._open = conn
                try:
                    return work(conn)
                finally:
                    self._open = None

        async with self._db.turns_beside:
            running = asyncio.ensure_future(asyncio.to_thread(run))
            try:
                return await asyncio.shield(running)
            except asyncio.CancelledError:
                while not running.done():
                    if conn := self._open:
                        await asyncio.to_thread(conn.give_up)
                    await asyncio.wait({running}, timeout=1)
                running.exception()  # nobody wants to know any more
                raise

    async def remove(self) -> None:
        """Drop it. If that fails, it is swept later."""
        try:
            await self._db.drop_schema(self.name)
        except DatabaseFault:
            log.warning("A schema could not be dropped now; trying again later", exc_info=True)
