"""Numbered migrations: `migrations/{name}/0001_*.sql`, each applied once, in order, under a lock.

Runs before the event loop starts, so it is synchronous.
"""

import logging
import re
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from xlsapp.clock import utc_now
from xlsapp.db.copies import copy_database, open_quietly
from xlsapp.db.errors import driver_errors
from xlsapp.errors import ConfigurationError

log = logging.getLogger(__name__)

VERSION_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at TEXT NOT NULL
)
"""


def migrate(path: Path, name: str, *, backups: Path | None = None) -> list[str]:
    """Bring the file at `path` to the newest schema of `name`; create it if need be.

    A file that already holds data is first copied into the `backups` folder, if one is given. Returns the
    names of the migrations applied. Raises ConfigurationError when the file is newer than this program, or is
    on a file system that cannot hold a write-ahead log.
    """
    known = migrations(name)
    # Created with the owner's rights alone, before SQLite makes it with the umask's.
    path.touch(mode=0o600)
    with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as conn:
        _use_wal(conn, path)
        conn.execute("BEGIN EXCLUSIVE")  # several processes may start at once: the others wait here
        try:
            conn.execute(VERSION_TABLE)
            current = conn.execute("SELECT COALESCE(MAX(version), 0) FROM schema_migrations").fetchone()[0]
            if current > max(known):
                raise ConfigurationError([too_new(path, current, max(known))])
            due = {version: script for version, script in known.items() if version > current}
            if due and current and backups:
                _back_up(path, backups, current)
            for version, (migration, script) in sorted(due.items()):
                for statement in _statements(script):
                    for each in _for_each_table(conn, statement):
                        conn.execute(each)
                conn.execute(
                    "INSERT INTO schema_migrations VALUES (?, ?, ?)", (version, migration, utc_now())
                )
        except BaseException:
            conn.execute("ROLLBACK")
            raise
        conn.execute("COMMIT")
    for _, (migration, _script) in sorted(due.items()):
        log.info("Migrated %s: %s", path.name, migration)
    return [migration for _, (migration, _script) in sorted(due.items())]


@driver_errors()
def schema_version(path: Path) -> int:
    """The newest migration that a file has had; 0 without a file, or any. Raises DatabaseFault."""
    if not path.exists():
        return 0
    with closing(open_quietly(path)) as conn:
        if not conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_migrations'").fetchone():
            return 0
        return int(conn.execute("SELECT COALESCE(MAX(version), 0) FROM schema_migrations").fetchone()[0])


def too_new(path: Path, version: int, known: int) -> str:
    """What to say of a file that is ahead of this program."""
    return (
        f"{path.name} was written by a newer xlsapp (schema {version}; this one knows up to {known}). "
        "Start the newer version, or restore an older backup."
    )


def migrations(name: str) -> dict[int, tuple[str, str]]:
    """All migrations of a database: version → (name, SQL)."""
    found = {}
    for entry in files("xlsapp.db").joinpath("migrations", name).iterdir():
        if match := re.fullmatch(r"(\d{4})_(\w+)\.sql", entry.name):
            found[int(match[1])] = (entry.name.removesuffix(".sql"), entry.read_text(encoding="utf-8"))
    return found


def _statements(script: str) -> list[str]:
    """A script's statements. sqlite3's own executescript() would commit our transaction first."""
    statements, gathered = [], ""
    for piece in re.sub(r"--[^\n]*", "", script).split(";"):
        gathered += piece + ";"
        if sqlite3.complete_statement(gathered):
            statements.append(gathered)
            gathered = ""
    return [statement for statement in statements if statement.strip(" \n;")]


def _for_each_table(conn: sqlite3.Connection, statement: str) -> list[str]:
    """A statement about `{records}` once for the table of each template; any other as it is."""
    if "{records}" not in statement:
        return [statement]
    templates = conn.execute("SELECT id FROM import_templates ORDER BY id").fetchall()
    return [statement.replace("{records}", f"records_{int(template)}") for (template,) in templates]


def _use_wal(conn: sqlite3.Connection, path: Path) -> None:
    # Automatic checkpoints are off on every connection: see Database.
    conn.execute("PRAGMA wal_autocheckpoint = 0")
    (mode,) = conn.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise ConfigurationError(
            [f"{path} is on a file system without write-ahead logging. Put the data folder on a local disk."]
        )


def _back_up(path: Path, backups: Path, version: int) -> None:
    backups.mkdir(mode=0o700, exist_ok=True)
    needed, free = path.stat().st_size, shutil.disk_usage(backups).free
    if free < needed:
        raise ConfigurationError(
            [
                f"{path.name} is to be upgraded, and there is no room for a copy of it first: it takes "
                f"{needed // 1_000_000 + 1} MB, {free // 1_000_000} MB are free. Make room, then start again."
            ]
        )
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    target = backups / f"{path.stem}-schema{version}-{stamp}.sqlite3"
    # Under another name until it is whole: whoever finds a copy here may rely on it.
    partial = target.with_suffix(".partial")
    copy_database(path, partial)
    partial.rename(target)
    log.info("Copied %s to %s before its upgrade", path.name, target.name)
