"""Copies of SQLite files that may be in use, and whether a file is whole. Blocks: not for the event loop."""

import sqlite3
from contextlib import closing
from pathlib import Path

from xlsapp.db.errors import driver_errors


@driver_errors()
def copy_database(source: Path, target: Path) -> None:
    """A copy as of one moment, however busy the source is: one file, with no log beside it.

    The source is read in one transaction, which delays no writer. Raises DatabaseFault.
    """
    target.touch(mode=0o600)
    with closing(open_quietly(source)) as original, closing(sqlite3.connect(target)) as copy:
        original.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")


def damage(path: Path) -> list[str]:
    """What is wrong with a file, in SQLite's words; nothing when it is whole."""
    try:
        with closing(open_quietly(path)) as conn:
            found = [str(row[0]) for row in conn.execute("PRAGMA integrity_check(20)") if row[0] != "ok"]
            found += [
                f"row {row[1]} of {row[0]} refers to nothing in {row[2]}"
                for row in conn.execute("PRAGMA foreign_key_check").fetchmany(20)
            ]
    except sqlite3.DatabaseError as error:
        return [str(error)]
    return found


@driver_errors()
def user_version(path: Path) -> int:
    """A file's own number for its schema; 0 when there is no such file. Raises DatabaseFault."""
    if not path.exists():
        return 0
    with closing(open_quietly(path)) as conn:
        return int(conn.execute("PRAGMA user_version").fetchone()[0])


def open_quietly(path: Path) -> sqlite3.Connection:
    """A connection that only reads, and leaves the log as it is: see Database. Raises sqlite3.Error."""
    conn = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=30, isolation_level=None)
    conn.execute("PRAGMA wal_autocheckpoint = 0")
    conn.execute("PRAGMA query_only = ON")
    return conn
