"""The tables of a queue file, and how the file is opened."""

from __future__ import annotations

import sqlite3
import time

SCHEMA_VERSION = 2

# A row's id is its place in the line: max(id) + 1 is the end of it, and an id that stays keeps its place.
# `claim` says who runs the job: lease id << 32 | number of the claim (see leases.py).
# Columns that a claim or an abort changes (status, attempts, started, touched, worker_id, abort_error) are
# laid over the payload when a row is read, so that neither has to rewrite it.
# Times are since 1970, as SAQ has them: scheduled, due and expires_at in seconds, started and touched in ms.
SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    id INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    key TEXT NOT NULL,
    status TEXT NOT NULL,
    priority INTEGER NOT NULL,
    group_key TEXT,
    scheduled REAL NOT NULL,    -- as enqueued; 0: at once
    due REAL,                   -- still waiting for this moment; NULL: may run
    claim INTEGER,
    attempts INTEGER NOT NULL,
    started INTEGER NOT NULL,
    touched INTEGER NOT NULL,
    worker_id TEXT,
    abort_error TEXT,
    expires_at REAL,
    payload BLOB NOT NULL,
    owner TEXT NOT NULL DEFAULT '',             -- whose job it is; '': nobody's in particular
    small INTEGER NOT NULL DEFAULT 0,           -- may be done in a small seat
    in_small_seat INTEGER NOT NULL DEFAULT 0    -- as it was claimed last
);
CREATE UNIQUE INDEX IF NOT EXISTS jobs_by_key ON jobs (queue, key);
CREATE INDEX IF NOT EXISTS jobs_ready_of_owner ON jobs (queue, owner, priority)
    WHERE status = 'queued' AND due IS NULL AND group_key IS NULL;
CREATE INDEX IF NOT EXISTS jobs_ready_and_small ON jobs (queue, owner, priority)
    WHERE status = 'queued' AND due IS NULL AND group_key IS NULL AND small;
CREATE INDEX IF NOT EXISTS jobs_ready_in_groups ON jobs (queue, group_key, priority)
    WHERE status = 'queued' AND due IS NULL AND group_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS jobs_waiting ON jobs (queue, due)
    WHERE status = 'queued' AND due IS NOT NULL;
CREATE INDEX IF NOT EXISTS jobs_running ON jobs (queue, status)
    WHERE status IN ('new', 'active', 'aborting');
CREATE INDEX IF NOT EXISTS jobs_busy_groups ON jobs (queue, group_key)
    WHERE status IN ('active', 'aborting') AND group_key IS NOT NULL;
CREATE INDEX IF NOT EXISTS jobs_expiry ON jobs (queue, expires_at)
    WHERE expires_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS turns (  -- who has had a seat of each kind; the last has the highest id
    id INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    in_small_seat INTEGER NOT NULL,
    owner TEXT NOT NULL,
    UNIQUE (queue, in_small_seat, owner)
);
CREATE TABLE IF NOT EXISTS leases (id INTEGER PRIMARY KEY AUTOINCREMENT);
CREATE TABLE IF NOT EXISTS sweepers (
    queue TEXT PRIMARY KEY,
    lease INTEGER NOT NULL,
    expires_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS workers (
    queue TEXT NOT NULL,
    worker_id TEXT NOT NULL,
    info TEXT NOT NULL,
    expires_at REAL NOT NULL,
    PRIMARY KEY (queue, worker_id)
);
"""

# What a file of an older format lacks, before the tables above are looked for.
UPGRADES = {
    1: """
        ALTER TABLE jobs ADD COLUMN owner TEXT NOT NULL DEFAULT '';
        ALTER TABLE jobs ADD COLUMN small INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE jobs ADD COLUMN in_small_seat INTEGER NOT NULL DEFAULT 0;
        DROP INDEX jobs_ready;
    """,
}


def open_writer(path: str, *, busy_timeout_seconds: float) -> sqlite3.Connection:
    """The connection that writes; makes the tables if need be.

    Raises sqlite3.OperationalError when the file system cannot hold a write-ahead log, or when the
    file was made by a newer version.
    """
    connection = _connect(path, busy_timeout_seconds)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA fullfsync = ON")  # macOS: a plain fsync stops at the drive's cache
    connection.execute(f"PRAGMA journal_size_limit = {16 << 20}")
    _create_tables(connection)
    return connection


def open_reader(path: str, *, busy_timeout_seconds: float) -> sqlite3.Connection:
    """A connection that only reads."""
    connection = _connect(path, busy_timeout_seconds)
    connection.execute("PRAGMA query_only = ON")
    return connection


def open_checkpointer(path: str) -> sqlite3.Connection:
    """A connection that only moves the log into the file (see writing_thread.py)."""
    connection = _connect(path, 0.0)
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _connect(path: str, busy_timeout_seconds: float) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=busy_timeout_seconds, isolation_level=None, check_same_thread=False
    )
    # SQLite before 3.51.3 may lose commits when a checkpoint runs beside a writer: never on its own, then.
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    mode = _switch_to_wal(connection, patience_seconds=busy_timeout_seconds or 1.0)
    if mode != "wal":
        connection.close()
        raise sqlite3.OperationalError(
            f"{path}: no write-ahead log here (journal mode {mode}); a queue needs a local file system"
        )
    return connection


def _switch_to_wal(connection: sqlite3.Connection, *, patience_seconds: float) -> str:
    """Two processes that open a new file at once: one gets "locked" whatever the busy timeout says."""
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            return str(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _create_tables(connection: sqlite3.Connection) -> None:
    if _version(connection) == SCHEMA_VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")  # of two processes that open an old file, one finds it upgraded
    try:
        version = _version(connection)
        if version > SCHEMA_VERSION:
            raise sqlite3.OperationalError(
                f"the queue file has format {version}; this version knows {SCHEMA_VERSION}"
            )
        for statement in f"{UPGRADES.get(version, '')}{SCHEMA}".split(";\n"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])
