"""Where staged rows lie beside the records while they are compared: the engine that holds these decides.

On SQLite that is the staging file itself, and a child process compares. On PostgreSQL the rows are copied
into a schema of the attempt's own, and the server compares; see repositories/merging/staged_rows.py.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from xlsapp.db.beside import open_beside
from xlsapp.db.connection import Database, Staging
from xlsapp.db.database import SqliteDatabase
from xlsapp.db.errors import Busy, DatabaseFault
from xlsapp.models import TemplateColumn
from xlsapp.problems import Message
from xlsapp.services.child_work import EndedEarly, Work
from xlsapp.services.imports.planning import Planned, PlanRequest, plan
from xlsapp.services.imports.request import ImportRequest
from xlsapp.spreadsheet.reading.options import Tell
from xlsapp.spreadsheet.reading.staged_copies import TABLES, copy_path

if TYPE_CHECKING:
    from xlsapp.db.postgres.beside import PostgresBeside
    from xlsapp.db.postgres.database import PostgresDatabase

log = logging.getLogger(__name__)

SCHEMAS = "staging_"
LEFT_BEHIND_SECONDS = 86_400
"""A schema that is older was left behind by a host that is gone: no import takes a day."""

Result = TypeVar("Result")
RunInChild = Callable[..., Awaitable[Any]]
"""What a child process is asked: the work, a function, and its argument."""


class StagingArea(Protocol):
    """The staged rows of one import, beside the records."""

    @property
    def takes_copies(self) -> bool:
        """Whether the rows are to be staged as csv, too."""

    @property
    def attached(self) -> Staging:
        """The staged tables, for the transaction that merges them."""

    async def fill(self, columns: tuple[TemplateColumn, ...]) -> None:
        """Take the rows that were staged for these columns, in the place of those before."""

    async def plan(self, request: PlanRequest, *, seconds: float) -> Planned:
        """Plan them. Raises EndedEarly when that takes too long."""


@asynccontextmanager
async def staging_area(
    db: Database, request: ImportRequest, run_in_child: RunInChild
) -> AsyncIterator[StagingArea]:
    """The one of an import, as long as the block lasts."""
    staging = request.files.staging
    if isinstance(db, SqliteDatabase):
        yield _StagingFile(staging, db.path, run_in_child)
        return
    # An attempt that was given up may still be at work: each has a schema of its own.
    name = f"{SCHEMAS}{int(time.time())}_{secrets.token_hex(8)}"
    area = _StagingSchema(db, name, staging)  # type: ignore[arg-type]
    try:
        yield area
    finally:
        await asyncio.shield(area.remove())


@dataclass(frozen=True, slots=True)
class _StagingFile:
    """A staging file, beside the database's own."""

    attached: Path
    database: Path
    run_in_child: RunInChild
    takes_copies: bool = False

    async def fill(self, columns: tuple[TemplateColumn, ...]) -> None:
        """They are in their place."""

    async def plan(self, request: PlanRequest, *, seconds: float) -> Planned:
        """See StagingArea. In a child process, so that no page waits for it."""
        work = _FileWork(self.attached, self.database, request)
        planned: Planned = await self.run_in_child(Work.COMPARING, _plan_in_file, work)
        return planned


@dataclass(frozen=True, slots=True)
class _FileWork:
    staging: Path
    database: Path
    request: PlanRequest


def _plan_in_file(work: _FileWork, tell: Tell) -> Planned:
    with open_beside(work.staging, work.database) as conn:
        return plan(conn, work.request)


@dataclass(slots=True)
class _StagingSchema:
    """A schema of PostgreSQL's. Its statements are waited for in a thread."""

    db: "PostgresDatabase"
    attached: str
    staging: Path
    takes_copies: bool = True
    _open: "PostgresBeside | None" = None
    _is_filled: bool = False

    async def fill(self, columns: tuple[TemplateColumn, ...]) -> None:
        """See StagingArea."""
        from xlsapp.repositories.merging.staged_rows import take_rows

        copies = {name: copy_path(self.staging, name) for name in TABLES}

        await self._remove_what_was_left_behind()
        self._is_filled = True
        await self._beside(lambda conn: take_rows(conn, columns, copies))
        for copy in copies.values():
            copy.unlink()

    async def plan(self, request: PlanRequest, *, seconds: float) -> Planned:
        """See StagingArea."""
        try:
            return await self._beside(lambda conn: plan(conn, request), seconds=seconds)
        except Busy as error:
            too_slow = Message("child.comparing.too_slow", {"seconds": round(seconds)})
            raise EndedEarly(too_slow) from error

    async def remove(self) -> None:
        """Drop the schema. If that fails, it is done a day later."""
        if self._is_filled:
            await self._drop(self.attached)

    async def _beside(
        self, work: Callable[["PostgresBeside"], Result], *, seconds: float | None = None
    ) -> Result:
        """What `work` returns in a thread. Who is cancelled has the server give up, and waits for that."""

        def run() -> Result:
            with self.db.beside(self.attached, seconds=seconds) as conn:
                self._open = conn
                return work(conn)

        running = asyncio.ensure_future(asyncio.to_thread(run))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            while not running.done():
                if self._open:
                    await asyncio.to_thread(self._open.give_up)
                await asyncio.wait({running}, timeout=1)
            raise
        finally:
            self._open = None

    async def _remove_what_was_left_behind(self) -> None:
        oldest = time.time() - LEFT_BEHIND_SECONDS
        for schema in await self.db.list_schemas(SCHEMAS):
            if int(schema.split("_")[1]) < oldest:
                await self._drop(schema)

    async def _drop(self, schema: str) -> None:
        try:
            await self.db.drop_schema(schema)
        except DatabaseFault:
            log.warning("%s could not be dropped now; trying again later", schema, exc_info=True)
