"""Where staged rows lie beside the records while they are compared: the engine that holds these decides.

On SQLite that is the staging file itself, and a child process compares. On PostgreSQL the rows are copied
into a schema of the attempt's own, and the server compares; see repositories/merging/staged_rows.py.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from xlsapp.db.beside import Beside, open_beside
from xlsapp.db.connection import Database, Staging
from xlsapp.db.database import SqliteDatabase
from xlsapp.db.errors import Busy
from xlsapp.models import TemplateColumn
from xlsapp.problems import Message
from xlsapp.repositories.reviewing.tables import store
from xlsapp.services.child_work import EndedEarly, Work
from xlsapp.services.engines.growing_file import GivenUp, GrowingFile, StartedAgain
from xlsapp.services.engines.review_places import ReviewPlaces
from xlsapp.services.imports.kept import Kept, KeptPlan
from xlsapp.services.imports.planning import Planned, PlanRequest, plan
from xlsapp.services.imports.request import ImportRequest
from xlsapp.spreadsheet.reading.options import Tell
from xlsapp.spreadsheet.reading.staged_copies import BESIDE_ROWS, ROWS, copy_path

if TYPE_CHECKING:
    from xlsapp.db.postgres.beside import PostgresBeside
    from xlsapp.services.engines.staging_schemas import StagingSchema

RunInChild = Callable[..., Awaitable[Any]]
"""What a child process is asked: the work, a function, and its argument."""


FEW_ROWS_BYTES = 4_000_000
"""A workbook that is smaller has some ten thousands of rows at the most."""


class StagingArea(Protocol):
    """The staged rows of one import, beside the records."""

    @property
    def takes_copies(self) -> bool:
        """Whether the rows are to be staged as csv, too."""

    @property
    def attached(self) -> Staging:
        """The staged tables, for the transaction that merges them."""

    def taking(self, columns: tuple[TemplateColumn, ...]) -> AbstractAsyncContextManager[None]:
        """Take the rows that are staged for these columns within the block, in the place of those before.

        None where the block raises.
        """

    async def plan(self, request: PlanRequest, *, seconds: float) -> Planned:
        """Plan them. Raises EndedEarly when that takes too long."""

    async def keep(self, places: ReviewPlaces, kept: Kept, made: KeptPlan) -> None:
        """Keep the rows and their plan as a review. They are no longer staged here."""


@asynccontextmanager
async def staging_area(
    db: Database, request: ImportRequest, run_in_child: RunInChild
) -> AsyncIterator[StagingArea]:
    """The one of an import, as long as the block lasts."""
    if isinstance(db, SqliteDatabase):
        yield _StagingFile(request, request.files.staging, db.path, run_in_child)
        return
    from xlsapp.services.engines.staging_schemas import staging_schema

    async with staging_schema(db, request.run) as schema:
        yield _SchemaArea(request, schema, request.files.staging)


async def _keep(
    places: ReviewPlaces, request: ImportRequest, staged: Staging, kept: Kept, made: KeptPlan
) -> None:
    await places.keep(request.job_id, staged, request.fence)

    def note(conn: Beside) -> None:
        store(conn, "kept", kept.to_dict())
        store(conn, "plan", made.to_dict())

    await places.run(request.job_id, note, writes=True)


@dataclass(frozen=True, slots=True)
class _StagingFile:
    """A staging file, beside the database's own."""

    request: ImportRequest
    attached: Path
    database: Path
    run_in_child: RunInChild
    takes_copies: bool = False

    def taking(self, columns: tuple[TemplateColumn, ...]) -> AbstractAsyncContextManager[None]:
        """They are in their place."""
        return nullcontext()

    async def plan(self, request: PlanRequest, *, seconds: float) -> Planned:
        """See StagingArea. In a child process, so that no page waits for it."""
        work = _FileWork(self.attached, self.database, request)
        planned: Planned = await self.run_in_child(Work.COMPARING, _plan_in_file, work)
        return planned

    async def keep(self, places: ReviewPlaces, kept: Kept, made: KeptPlan) -> None:
        """See StagingArea."""
        await _keep(places, self.request, self.attached, kept, made)


@dataclass(frozen=True, slots=True)
class _FileWork:
    staging: Path
    database: Path
    request: PlanRequest


def _plan_in_file(work: _FileWork, tell: Tell) -> Planned:
    with open_beside(work.staging, work.database) as conn:
        return plan(conn, work.request)


def _plan_in_schema(conn: "PostgresBeside", request: PlanRequest) -> Planned:
    conn.require_whole()
    return plan(conn, request)


@dataclass(frozen=True, slots=True)
class _SchemaArea:
    """A schema of PostgreSQL's, which compares the rows itself."""

    request: ImportRequest
    schema: "StagingSchema"
    staging: Path
    takes_copies: bool = True

    @property
    def attached(self) -> str:
        """See StagingArea."""
        return self.schema.name

    @asynccontextmanager
    async def taking(self, columns: tuple[TemplateColumn, ...]) -> AsyncIterator[None]:
        """See StagingArea. PostgreSQL takes them while others are still read."""
        rows = GrowingFile(copy_path(self.staging, ROWS))
        taking = asyncio.create_task(self.schema.run(lambda conn: self._take(conn, columns, rows)))
        try:
            yield
            rows.end()
            await taking
        finally:
            rows.give_up()
            await asyncio.gather(taking, return_exceptions=True)
            for table in (ROWS, *BESIDE_ROWS):
                copy_path(self.staging, table).unlink(missing_ok=True)

    def _take(self, conn: "PostgresBeside", columns: tuple[TemplateColumn, ...], rows: GrowingFile) -> None:
        from xlsapp.repositories.merging.staged_rows import take_rows

        others = {name: copy_path(self.staging, name) for name in BESIDE_ROWS}
        are_few = self.request.files.workbook.stat().st_size < FEW_ROWS_BYTES
        try:
            while True:
                try:
                    take_rows(conn, columns, rows, others, are_few=are_few)
                    return
                except StartedAgain:
                    conn.start_again()
                except GivenUp:
                    conn.start_again()
                    return
        finally:
            rows.close()

    async def plan(self, request: PlanRequest, *, seconds: float) -> Planned:
        """See StagingArea."""
        try:
            return await self.schema.run(lambda conn: _plan_in_schema(conn, request), seconds=seconds)
        except Busy as error:
            too_slow = Message("child.comparing.too_slow", {"seconds": round(seconds)})
            raise EndedEarly(too_slow) from error

    async def keep(self, places: ReviewPlaces, kept: Kept, made: KeptPlan) -> None:
        """See StagingArea."""
        await _keep(places, self.request, self.attached, kept, made)
