"""One folder with SQLite files, for one process at a time."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path

from xlsapp.config import Settings
from xlsapp.db.copies import user_version
from xlsapp.db.data_folder import sole_use
from xlsapp.db.database import HEAVY_READERS, READERS, SqliteDatabase
from xlsapp.db.expiring_store import SqliteExpiringStore
from xlsapp.db.migrate import migrate, migrations, schema_version, too_new
from xlsapp.errors import ConfigurationError, InUse
from xlsapp.jobs.files import JobFiles, prepare_folders
from xlsapp.jobs.live.bus import ProcessBus
from xlsapp.services.accounts.accounts import new_setup_code
from xlsapp.services.operations.backups import refuse_half_restored
from xlsapp.services.operations.disk import Disk
from xlsapp.services.operations.moves import refuse_moved
from xlsapp.sqlite_queue import SqliteQueue
from xlsapp.sqlite_queue.schema import SCHEMA_VERSION as QUEUE_VERSION
from xlsapp.storage.storage import Purpose, Storage

# An older server that is just stopping has this long to let go of the data folder.
PATIENCE_SECONDS = 2.0

ONE_PROCESS = (
    "server.role must be both: pages and jobs are one process with SQLite. Several processes need a "
    "PostgreSQL: see docs/scale.md."
)

NO_STORE = (
    "files.url must be empty: with SQLite, uploads and exports are in the data folder. A store of files "
    "needs a PostgreSQL: see docs/scale.md."
)


def in_use(settings: Settings) -> AbstractContextManager[None]:
    """See Engine."""
    if settings.server.role != "both":
        raise ConfigurationError([ONE_PROCESS])
    if settings.files.url:
        raise ConfigurationError([NO_STORE])
    return sole_use(settings.data_dir, patience_seconds=PATIENCE_SECONDS)


def prepare(settings: Settings) -> None:
    """Make the data folder and bring its databases up to date. Raises ConfigurationError, or Refused."""
    root = settings.data_dir
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    refuse_half_restored(root)
    refuse_moved(root)
    _check_queue_version(root / "queue.sqlite3")
    make(root)


def make(root: Path) -> None:
    """Bring what is in a folder up to date, and make it if need be."""
    prepare_folders(root)
    migrate(root / "data.sqlite3", "data", backups=root / "backups")
    migrate(root / "status.sqlite3", "status")


def prepare_beside_server(settings: Settings) -> None:
    """See Engine. Changing the tables under a running server would break it."""
    root = settings.data_dir
    try:
        with sole_use(root):
            prepare(settings)
    except InUse:
        if not all(_is_newest(root / f"{name}.sqlite3", name) for name in ("data", "status")):
            raise InUse(
                f"The xlsapp that works on {root} is of another version, or has just begun. Restart it with "
                "this version, or try again in a moment."
            ) from None


@asynccontextmanager
async def opened(settings: Settings, purpose: Purpose) -> AsyncIterator[Storage]:
    """See Engine."""
    root = settings.data_dir
    readers, heavy_readers = (1, 0) if purpose is Purpose.COMMAND else (READERS, HEAVY_READERS)
    db = await SqliteDatabase.open(root / "data.sqlite3", readers=readers, heavy_readers=heavy_readers)
    try:
        status_db = await SqliteDatabase.open(root / "status.sqlite3", durable=False, readers=readers)
        try:
            yield _storage(settings, db, status_db)
        finally:
            await status_db.close()
    finally:
        await db.close()


def _storage(settings: Settings, db: SqliteDatabase, status_db: SqliteDatabase) -> Storage:
    root = settings.data_dir
    disk = Disk(root, settings.server.reserve_mb * 1_000_000)
    queue = SqliteQueue(str(root / "queue.sqlite3"))
    small_queue = SqliteQueue(queue.path, small_only=True)
    return Storage(
        db=db,
        status_db=status_db,
        store=SqliteExpiringStore(status_db),
        files=JobFiles.in_folder(root, disk.require),
        disk=disk,
        own_folder=root,
        secret=settings.auth.secret or load_secret(root / "secret"),
        setup_code=new_setup_code(),
        queue=queue,
        small_queue=small_queue,
        make_bus=ProcessBus,
    )


def load_secret(path: Path) -> str:
    """The key that signs cookies, made on the first start. Nobody else may read it."""
    if not path.exists():
        store_secret(path, secrets.token_hex(32))
    return path.read_text(encoding="ascii").strip()


def store_secret(path: Path, secret: str) -> None:
    """Keep such a key in a new file."""
    path.touch(mode=0o600)
    path.write_text(secret, encoding="ascii")


def _check_queue_version(path: Path) -> None:
    version = user_version(path)
    if version > QUEUE_VERSION:
        raise ConfigurationError([too_new(path, version, QUEUE_VERSION)])


def _is_newest(path: Path, name: str) -> bool:
    return schema_version(path) == max(migrations(name))
