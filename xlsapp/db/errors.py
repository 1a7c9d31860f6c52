"""What can go wrong with a database, whichever it is.

DatabaseFault
├── Taken            a constraint says no: as a rule, the value is there already
├── RowTooBig        what one row is to hold is more than the engine puts into one
├── IndexedTooLong   a value is longer than the index over its column takes
└── MayPass          begin anew, and it may well succeed
    ├── Busy         somebody else holds a lock
    ├── Full         the disk has no room left
    ├── Unreachable  the file cannot be read or written now
    │   └── FilesAway  nor the store with the files of jobs, which lies beside the database
    └── Gone         a table or a column is not there any more: somebody changed the template meanwhile
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class DatabaseFault(Exception):
    """The database could not do what it was told."""


class Taken(DatabaseFault):
    """A constraint says no."""


class RowTooBig(DatabaseFault):
    """One row cannot hold so much."""


class IndexedTooLong(DatabaseFault):
    """An index cannot hold a value."""


class MayPass(DatabaseFault):
    """It may succeed at another time."""


class Busy(MayPass):
    """Somebody else holds a lock."""


class Full(MayPass):
    """There is no room left on the disk."""


class Unreachable(MayPass):
    """The database cannot be read or written now."""


class FilesAway(Unreachable):
    """The store with the files of jobs does not answer, or does not do what it is asked."""


class Gone(MayPass):
    """A table or a column is not there any more."""


@contextmanager
def driver_errors() -> Iterator[None]:
    """What a driver raises in the block comes out as one of ours. Works as a decorator, too."""
    try:
        yield
    except tuple(_OF_DRIVERS) as error:
        kind = next(ours for theirs, ours in _OF_DRIVERS.items() if isinstance(error, theirs))(error)
        raise kind(str(error)) from error


_BY_CODE = {
    sqlite3.SQLITE_BUSY: Busy,
    sqlite3.SQLITE_LOCKED: Busy,
    sqlite3.SQLITE_PROTOCOL: Busy,
    sqlite3.SQLITE_FULL: Full,
    sqlite3.SQLITE_IOERR: Unreachable,
    sqlite3.SQLITE_CANTOPEN: Unreachable,
    sqlite3.SQLITE_INTERRUPT: Unreachable,
    sqlite3.SQLITE_SCHEMA: Gone,
    sqlite3.SQLITE_CONSTRAINT: Taken,
}

_NOT_THERE = ("no such table", "no such column", "has no column named")


def _of_sqlite(error: sqlite3.Error) -> type[DatabaseFault]:
    # An extended code has the plain one in its lowest byte. Errors of Python's own have none.
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_ERROR and any(words in str(error) for words in _NOT_THERE):
        return Gone
    return _BY_CODE.get(code, DatabaseFault)


_OF_DRIVERS: dict[type[Exception], Callable[[Any], type[DatabaseFault]]] = {sqlite3.Error: _of_sqlite}


def know(theirs: type[Exception], ours: Callable[[Any], type[DatabaseFault]]) -> None:
    """Let another driver's errors come out as what `ours` makes of them."""
    _OF_DRIVERS[theirs] = ours
