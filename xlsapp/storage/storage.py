"""What is open of it."""

import enum
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from xlsapp.db.connection import Database
from xlsapp.db.expiring_store import ExpiringStore
from xlsapp.db.runs import OneProcess, Runs
from xlsapp.jobs.files import JobFiles
from xlsapp.jobs.live.announcing import Announcer
from xlsapp.jobs.live.bus import Bus
from xlsapp.jobs.live.signing_out import LatelyEnded
from xlsapp.services.accounts.throttling import Tries, counted_here
from xlsapp.services.operations.disk import Disk
from xlsapp.sqlite_queue import SqliteQueue

if TYPE_CHECKING:
    from xlsapp.postgres_queue import PostgresQueue


class Purpose(enum.Enum):
    """What for it is opened."""

    SERVE = "serve"
    COMMAND = "command"
    """One command, which asks one thing after the other and has no jobs."""


@dataclass(frozen=True, slots=True)
class Storage:
    """An open engine. Its queues are connected by who serves."""

    db: Database
    status_db: Database
    store: ExpiringStore
    files: JobFiles
    disk: Disk
    own_folder: Path
    """For what this process alone works on."""
    secret: str
    """The key that signs cookies."""
    setup_code: str
    """What the first account takes."""
    queue: "SqliteQueue | PostgresQueue"
    small_queue: "SqliteQueue | PostgresQueue"
    """The same one; it gives small jobs alone."""
    make_bus: Callable[[Announcer, LatelyEnded], Bus]
    counted: Callable[[str, int, float], Tries] = counted_here
    """Makes what counts tries: see Throttles."""
    runs: Runs = field(default_factory=OneProcess)
    keeping: Callable[[], AbstractAsyncContextManager[object]] = nullcontext
    """What has to go on as long as it is open for serving."""
