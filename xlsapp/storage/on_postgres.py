"""A PostgreSQL that any number of processes share, on as many hosts. Each has a folder to work in."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from xlsapp.clock import CLOCK
from xlsapp.config import Settings
from xlsapp.db.errors import DatabaseFault, FilesAway, Unreachable, driver_errors
from xlsapp.db.postgres.clock import database_time
from xlsapp.db.postgres.database import PostgresDatabase
from xlsapp.db.postgres.expiring_store import PostgresExpiringStore
from xlsapp.db.postgres.migrate import migrate
from xlsapp.db.postgres.runs import PostgresRuns
from xlsapp.db.postgres.secret import load_secret
from xlsapp.db.postgres.server import require_sessions
from xlsapp.db.postgres.tries import PostgresTries
from xlsapp.errors import Away, ConfigurationError
from xlsapp.files.catalog import Catalog
from xlsapp.files.chunks import ChunkContents
from xlsapp.files.contents import Contents
from xlsapp.files.copies import Copies, own_folder
from xlsapp.files.shared import SharedFiles
from xlsapp.jobs.files import STAGING, JobFiles
from xlsapp.jobs.live.postgres_bus import PostgresBus
from xlsapp.postgres_queue import PostgresQueue
from xlsapp.services.accounts.accounts import shared_setup_code
from xlsapp.services.engines.review_schemas import ReviewSchemas
from xlsapp.services.operations.disk import Disk
from xlsapp.services.operations.machines import Presence
from xlsapp.storage.storage import Purpose, Storage

if TYPE_CHECKING:
    from xlsapp.files.objects import ObjectContents

log = logging.getLogger(__name__)

# Of processes on this host: a folder each, in the data folder.
WORK = "work"

# Beside those that the database has for everybody. Some listen: one where there are pages, one where jobs are
# done. So it is 5 connections for pages, and 7 for two jobs and a small one.
POOLED = 3

KEEP_IN_TOUCH_SECONDS = 10.0

STORE_NEEDED = "files.url needs a package that is not installed: pip install 'xlsapp[s3]' adds it."


def in_use(settings: Settings) -> AbstractContextManager[None]:
    """See Engine. Any number may."""
    return nullcontext()


def prepare(settings: Settings) -> None:
    """Make the folder to work in, and bring the database up to date. Raises ConfigurationError, or Away."""
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with driver_errors():
            require_sessions(settings.database.url)
            migrate(settings.database.url)
    except Unreachable as error:
        raise Away([f"PostgreSQL does not answer any more: {error}"]) from error


def prepare_beside_server(settings: Settings) -> None:
    """See Engine. A server of the version before goes on with what a migration leaves."""
    prepare(settings)


@asynccontextmanager
async def opened(settings: Settings, purpose: Purpose) -> AsyncIterator[Storage]:
    """See Engine."""
    with ExitStack() as stack:
        folder = await asyncio.to_thread(stack.enter_context, own_folder(settings.data_dir / WORK))
        db = await PostgresDatabase.open(
            settings.database.url,
            connections=1 if purpose is Purpose.COMMAND else POOLED,
            beside=_beside(settings),
        )
        try:
            if purpose is Purpose.SERVE:
                await _say_what_is_missing(db)
            yield await _storage(settings, db, folder)
        finally:
            await db.close()


async def _say_what_is_missing(db: PostgresDatabase) -> None:
    async with db.read() as conn:
        if not await conn.value("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'"):
            log.warning(
                "PostgreSQL has no extension pg_trgm: searches work, and take longer in large templates. "
                "Debian has it in postgresql-contrib"
            )


def _beside(settings: Settings) -> int:
    """Connections for what takes long: one for each job; for pages, one that changes types of columns."""
    return settings.jobs.concurrency + 1 if settings.server.works else 1


async def _storage(settings: Settings, db: PostgresDatabase, folder: Path) -> Storage:
    secret = settings.auth.secret or await load_secret(db)
    disk = Disk(folder, settings.server.reserve_mb * 1_000_000)
    staging = folder / STAGING
    staging.mkdir(mode=0o700)
    copies = Copies(folder, disk.require)
    gives_addresses = settings.files.downloads == "signed"
    files = SharedFiles(Catalog(db), _contents(settings, db), copies, gives_addresses=gives_addresses)
    queue = PostgresQueue(db.pool, gives_jobs=settings.server.works)
    small_queue = PostgresQueue(db.pool, small_only=True)
    return Storage(
        db=db,
        status_db=db,
        store=PostgresExpiringStore(db),
        files=JobFiles(files, staging, ReviewSchemas(db), by_attempt=True),
        disk=disk,
        own_folder=folder,
        secret=secret,
        setup_code=shared_setup_code(secret),
        queue=queue,
        small_queue=small_queue,
        make_bus=partial(PostgresBus, settings.database.url),
        counted=partial(PostgresTries, db),
        runs=PostgresRuns(db),
        keeping=partial(_keeping_in_touch, db, Presence(PostgresExpiringStore(db), settings.server.role)),
    )


async def try_store(settings: Settings) -> str:
    """Whether files.url is of use: nothing, or why it is not. Raises ConfigurationError."""
    store = _store(settings)
    try:
        await store.try_out()
    except FilesAway as fault:
        return store.why_not(fault)
    return ""


def _contents(settings: Settings, db: PostgresDatabase) -> Contents:
    return _store(settings) if settings.files.url else ChunkContents(db)


def _store(settings: Settings) -> "ObjectContents":
    # Its package is for those alone who use it.
    try:
        from xlsapp.files.objects import ObjectContents
    except ModuleNotFoundError as error:
        raise ConfigurationError([STORE_NEEDED]) from error
    return ObjectContents.at(settings.files.url)


@asynccontextmanager
async def _keeping_in_touch(db: PostgresDatabase, presence: Presence) -> AsyncIterator[None]:
    """The clocks of hosts differ: that of the database counts. Others are told that this process is there."""
    CLOCK.follow(await database_time(db))
    await presence.say()
    keeping = asyncio.create_task(_keep_in_touch(db, presence))
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.wait({keeping})
        CLOCK.follow_machine()
        with suppress(DatabaseFault):
            await presence.end()


async def _keep_in_touch(db: PostgresDatabase, presence: Presence) -> None:
    while True:
        await asyncio.sleep(KEEP_IN_TOUCH_SECONDS)
        try:
            CLOCK.follow(await database_time(db))
            await presence.say()
        except DatabaseFault:
            log.warning("The time of the database cannot be read now", exc_info=True)
