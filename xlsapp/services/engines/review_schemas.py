"""Reviews in PostgreSQL: a schema for each, whose tables are logged. Only what runs on it loads this."""

import asyncio
import re
from collections.abc import Callable, Collection
from typing import TypeVar

from xlsapp.db.beside import Beside
from xlsapp.db.connection import Staging
from xlsapp.db.postgres.beside import PostgresBeside
from xlsapp.db.postgres.database import PostgresDatabase
from xlsapp.errors import NotFound
from xlsapp.services.engines.review_places import AT_ONCE, Fence

BEGINNING = "review_"

_is_job = re.compile("[0-9a-z]{1,40}").fullmatch

Result = TypeVar("Result")


class ReviewSchemas:
    """See ReviewPlaces. What is done in one is waited for in a thread, on a connection of its own."""

    def __init__(self, db: PostgresDatabase) -> None:
        self._db = db
        self._turns = asyncio.Semaphore(AT_ONCE)

    def attached(self, job_id: str) -> str:
        """See ReviewPlaces."""
        return _schema(job_id)

    async def keep(self, job_id: str, staged: Staging, fence: Fence) -> None:
        """See ReviewPlaces. Staged rows are not logged; those of a review are there after a crash, too."""
        async with self._db.write() as tx:
            await fence(tx)
            tables = await tx.all(
                """
                SELECT relname AS name FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
                WHERE nspname = :schema AND relkind = 'r' AND relpersistence = 'u'
                """,
                schema=staged,
            )
            for table in tables:
                await tx.run(f"ALTER TABLE {staged}.{table['name']} SET LOGGED")
            await tx.run(f"DROP SCHEMA IF EXISTS {_schema(job_id)} CASCADE")
            await tx.run(f"ALTER SCHEMA {staged} RENAME TO {_schema(job_id)}")

    async def run(self, job_id: str, work: Callable[[Beside], Result], *, writes: bool = False) -> Result:
        """See ReviewPlaces."""
        if not _is_job(job_id) or job_id not in await self.job_ids():
            raise NotFound("review")

        def run() -> Result:
            with self._db.beside(_schema(job_id)) as conn:
                if writes:
                    _wait_for_turn(conn)
                return work(conn)

        async with self._turns:
            return await asyncio.shield(asyncio.to_thread(run))

    async def remove(self, *job_ids: str) -> None:
        """See ReviewPlaces."""
        there = await self.job_ids()
        for job_id in there.intersection(job_ids):
            await self._db.drop_schema(_schema(job_id))

    async def sizes(self, job_ids: Collection[str]) -> dict[str, int]:
        """See ReviewPlaces."""
        async with self._db.read() as conn:
            rows = await conn.all(
                """
                SELECT nspname AS name, CAST(SUM(pg_total_relation_size(pg_class.oid)) AS BIGINT) AS size
                FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
                WHERE nspname = ANY(:schemas) AND relkind = 'r' GROUP BY nspname
                """,
                schemas=[BEGINNING + job_id for job_id in job_ids],
            )
        return {row["name"].removeprefix(BEGINNING): int(row["size"]) for row in rows}

    async def job_ids(self) -> set[str]:
        """See ReviewPlaces."""
        return {name.removeprefix(BEGINNING) for name in await self._db.list_schemas(BEGINNING)}


def _wait_for_turn(conn: PostgresBeside) -> None:
    """Let nobody else write, from before the moment on that all statements see."""
    conn.run("LOCK TABLE review IN SHARE ROW EXCLUSIVE MODE")


def _schema(job_id: str) -> str:
    if not _is_job(job_id):
        raise NotFound("review")
    return BEGINNING + job_id
