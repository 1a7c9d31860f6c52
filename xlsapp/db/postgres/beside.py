"""Staged rows in a schema of their own, with the records beside them: see Beside.

It has a connection of its own, and is for a thread: plans of large workbooks take PostgreSQL some seconds.
"""

import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from itertools import count
from typing import IO, Any, Protocol

import psycopg
from psycopg import sql

from xlsapp.db.dialect import POSTGRES, Dialect
from xlsapp.db.errors import Unreachable
from xlsapp.db.postgres.connection import translated, values_as_on_sqlite
from xlsapp.db.postgres.errors import driver_errors

ROWS_AT_ONCE = 2_000
COPIED_AT_ONCE = 256 * 1024
"""Bytes."""
CANCELLED_WITHIN_SECONDS = 5

STILL_WHOLE = "SELECT number FROM whole"
EMPTIED = "the rows in {schema} went with a crash of the server"


class Csv(Protocol):
    """A file of csv that is read. What it raises ends the copy, and is raised by it."""

    def readline(self) -> bytes:
        """Its next line."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes, but not none before its end."""


class PostgresBeside:
    """See Beside."""

    dialect: Dialect = POSTGRES

    def __init__(self, raw: psycopg.Connection[Any], schema: str) -> None:
        self.raw, self.schema = raw, schema
        self.makes_small: bool | None = None
        """Whether new tables will have few rows; None: those of `staged`, if it is there."""
        self._cursors = count()

    def rows(self, statement: str, /, **params: Any) -> Iterator[tuple[Any, ...]]:
        """See Beside. They come through a cursor of the server's."""
        with driver_errors(), self.raw.cursor(name=f"rows{next(self._cursors)}") as cursor:
            cursor.itersize = ROWS_AT_ONCE
            cursor.execute(_in_any_order(statement), params)
            yield from cursor

    def one(self, statement: str, /, **params: Any) -> tuple[Any, ...] | None:
        """See Beside."""
        with driver_errors():
            return self.raw.execute(_in_any_order(statement), params).fetchone()

    def run(self, statement: str, /, **params: Any) -> int:
        """See Beside."""
        with driver_errors():
            return self.raw.execute(_in_any_order(statement), params).rowcount

    @property
    def own(self) -> str:
        """See Beside."""
        return self.schema

    def new_temporary_table(self, name: str, columns: str) -> None:
        """See Beside."""
        self.run(f"DROP TABLE IF EXISTS pg_temp.{name}")
        self.run(f"CREATE TEMP TABLE {name} ({_declared(columns)})")

    def run_many(self, statement: str, params: Iterable[Mapping[str, Any]], /) -> None:
        """See Beside."""
        with driver_errors(), self.raw.cursor() as cursor:
            cursor.executemany(_in_any_order(statement), params)

    def new_table(self, name: str, columns: str) -> None:
        """See Beside. A crash may empty it: then the job starts anew."""
        self.run(f"DROP TABLE IF EXISTS {name}")
        declared = _declared(columns)
        # An unlogged table is quicker filled, but making it waits for the disk: some four times.
        self.run(f"CREATE {'' if self._is_small() else 'UNLOGGED '}TABLE {name} ({declared})")

    def fill(self, name: str, key: str, statement: str, /) -> None:
        """See Beside. An index is made sooner than it is filled row by row."""
        self.run(f"ALTER TABLE {name} DROP CONSTRAINT {name}_pkey")
        self.run(statement)
        self.run(f"ALTER TABLE {name} ADD PRIMARY KEY ({key})")

    def filled(self, name: str, *columns: str) -> None:
        """PostgreSQL has to know how many rows there are, and how different they are."""
        self.run(f"ANALYZE {name} ({', '.join(columns)})" if columns else f"ANALYZE {name}")

    def _is_small(self) -> bool:
        if self.makes_small is None:
            row = self.one("SELECT relpersistence = 'p' FROM pg_class WHERE oid = to_regclass('staged')")
            self.makes_small = row is not None and bool(row[0])
        return self.makes_small

    def mark_whole(self) -> None:
        """All rows are there. A crash of the server empties tables that are not logged, this one among them:
        see `require_whole`."""
        self.new_table("whole", "number INTEGER")
        self.run("INSERT INTO whole VALUES (1)")

    def require_whole(self) -> None:
        """Raises Unreachable when the rows are gone."""
        if not self.one(STILL_WHOLE):
            raise Unreachable(EMPTIED.format(schema=self.schema))

    def give_up(self) -> None:
        """Have the server end the statement that is under way. For another thread.

        Where the server cannot be told, the connection is broken: its answer may never come.
        """
        try:
            self.raw.cancel_safe(timeout=CANCELLED_WITHIN_SECONDS)
        except psycopg.Error:
            with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(self.raw.fileno())) as line:
                line.shutdown(socket.SHUT_RDWR)

    def start_again(self) -> None:
        """Undo all that was done here, and go on."""
        with driver_errors():
            self.raw.rollback()

    def copy(self, name: str, file: Csv) -> None:
        """Fill a table with the lines of a csv file, of which the first has the names of their columns."""
        with driver_errors(), self.raw.cursor() as cursor:
            columns = [sql.Identifier(each) for each in file.readline().decode().rstrip("\n").split(",")]
            statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
                sql.Identifier(name), sql.SQL(", ").join(columns)
            )
            with cursor.copy(statement) as copy:
                while lines := file.read(COPIED_AT_ONCE):
                    copy.write(lines)

    def copy_out(self, statement: str, /, file: IO[bytes], **params: Any) -> None:
        """Write the rows of a query into a file, as lines of csv."""
        query = b"COPY (" + translated(statement) + b") TO STDOUT (FORMAT csv)"
        with driver_errors(), self.raw.cursor() as cursor, cursor.copy(query, params) as copy:
            for line in copy:
                file.write(line)


def _declared(columns: str) -> str:
    return columns.replace("INTEGER", "BIGINT").replace("TEXT NOT NULL", 'TEXT COLLATE "C" NOT NULL')


def _in_any_order(statement: str) -> bytes:
    # To SQLite a CROSS JOIN says in which order to look at the tables. PostgreSQL finds one by itself.
    return translated(statement.replace("CROSS JOIN", "JOIN"))


@contextmanager
def open_beside(
    conninfo: str, schema: str, *, seconds: float | None = None, **options: Any
) -> Iterator[PostgresBeside]:
    """The tables of a schema, and the records as `data.*`. What is written is kept at the end.

    A statement that takes longer than so many seconds is given up, and raises Busy.
    """
    with driver_errors():
        raw = psycopg.connect(conninfo, context=values_as_on_sqlite(), **options)
    try:
        with driver_errors():
            # All that is compared is of one moment, that of the records' version.
            raw.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            raw.execute("SELECT set_config('search_path', %s, FALSE)", (f"{schema}, data",))
            if seconds:
                raw.execute("SELECT set_config('statement_timeout', %s, FALSE)", (f"{seconds * 1000:.0f}",))
            raw.commit()
            yield PostgresBeside(raw, schema)
            raw.commit()
    finally:
        raw.close()
