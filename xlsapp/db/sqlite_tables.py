"""All tables of a data folder's SQLite files, on one connection: see Tables."""

import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

from xlsapp.db.connection import Connection, Row
from xlsapp.db.dialect import SQLITE, Dialect
from xlsapp.db.errors import driver_errors
from xlsapp.db.statements import Statements
from xlsapp.db.tables import ROWS_AT_ONCE, Column, Rows, Table

# Where more than that are wrong, to know the first is enough.
MOST_FOUND = 20


class SqliteTables:
    """See Tables. It blocks: for a command, and not for a server."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw
        self.conn: Connection = _Plain(Statements(raw))

    async def names(self) -> set[str]:
        """See Tables."""
        found = set()
        for schema, master in (("data", "main.sqlite_master"), ("status", "status.sqlite_master")):
            sql = f"SELECT name FROM {master} WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            found |= {f"{schema}.{row[0]}" for row in self.raw.execute(sql)}
        return found

    async def describe(self, name: str) -> Table:
        """See Tables."""
        schema, _, plain = name.partition(".")
        place = "main" if schema == "data" else schema
        with driver_errors():
            columns = self.raw.execute("SELECT * FROM pragma_table_info(?, ?)", (plain, place)).fetchall()
        key = tuple(row["name"] for row in sorted(columns, key=lambda row: row["pk"]) if row["pk"])
        return Table(name, tuple(Column(row["name"], row["type"]) for row in columns), key)

    async def rows(self, table: Table) -> AsyncIterator[Rows]:
        """See Tables."""
        # A sum with 0.0 is the same number; of the two zeros it is the positive one.
        values = [
            f'"{each.name}" + 0.0' if each.kind == "double precision" else f'"{each.name}"'
            for each in table.columns
        ]
        order = ", ".join(f'"{name}"' for name in table.key)
        sql = f"SELECT {', '.join(values)} FROM {_place(table)} ORDER BY {order}"
        with driver_errors(), closing(self.raw.cursor()) as cursor:
            cursor.row_factory = None
            cursor.execute(sql)
            while rows := cursor.fetchmany(ROWS_AT_ONCE):
                yield rows

    async def fill(self, table: Table, rows: AsyncIterator[Rows]) -> None:
        """See Tables."""
        names = ", ".join(f'"{each.name}"' for each in table.columns)
        places = ", ".join("?" * len(table.columns))
        indexes = self._indexes(table)
        with driver_errors():
            for name, _ in indexes:
                self.raw.execute(f'DROP INDEX "{name}"')
            async for some in rows:
                self.raw.executemany(f"INSERT INTO {_place(table)} ({names}) VALUES ({places})", some)
            for _, sql in indexes:
                self.raw.execute(sql)

    async def last_id(self, table: Table) -> int:
        """See Tables."""
        given = Statements(self.raw).value(
            "SELECT seq FROM main.sqlite_sequence WHERE name = :name", name=_plain(table)
        )
        return int(given or 0)

    async def go_on_after(self, table: Table, last_id: int) -> None:
        """See Tables."""
        with driver_errors():
            self.raw.execute("DELETE FROM main.sqlite_sequence WHERE name = ?", (_plain(table),))
            self.raw.execute("INSERT INTO main.sqlite_sequence VALUES (?, ?)", (_plain(table), last_id))

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        """See Tables."""
        self.raw.execute("BEGIN IMMEDIATE")
        try:
            yield
            with driver_errors():
                self.raw.execute("COMMIT")
        except BaseException:
            if self.raw.in_transaction:
                self.raw.execute("ROLLBACK")
            raise

    def rows_with_nul(self, table: Table) -> Iterator[tuple[str, Sequence[Any]]]:
        """The first rows whose texts PostgreSQL refuses, for a NUL in them: a column, and the key."""
        key = ", ".join(f'"{name}"' for name in table.key)
        for column in table.columns:
            sql = f"""
                SELECT {key} FROM {_place(table)}
                WHERE typeof("{column.name}") = 'text' AND instr(CAST("{column.name}" AS BLOB), x'00')
                LIMIT {MOST_FOUND}
            """
            with driver_errors():
                for row in self.raw.execute(sql).fetchall():
                    yield column.name, tuple(row)

    def _indexes(self, table: Table) -> list[tuple[str, str]]:
        place = "status" if table.name.startswith("status.") else "main"
        sql = (
            f"SELECT name, sql FROM {place}.sqlite_master"
            " WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL"
        )
        found = [(str(row[0]), str(row[1])) for row in self.raw.execute(sql, (_plain(table),))]
        return found if place == "main" else []


class _Plain:
    """A connection whose statements are carried out at once."""

    dialect: Dialect = SQLITE

    def __init__(self, statements: Statements) -> None:
        self._statements = statements

    @driver_errors()
    def _all(self, sql: str, params: dict[str, Any]) -> list[Row]:
        return self._statements.all(sql, **params)

    async def all(self, sql: str, /, **params: Any) -> list[Row]:
        return self._all(sql, params)

    async def one(self, sql: str, /, **params: Any) -> Row | None:
        rows = self._all(sql, params)
        return rows[0] if rows else None

    async def value(self, sql: str, /, **params: Any) -> Any:
        with driver_errors():
            return self._statements.value(sql, **params)

    async def run(self, sql: str, /, **params: Any) -> int:
        with driver_errors():
            return self._statements.run(sql, **params)


@contextmanager
def open_tables(folder: Path) -> Iterator[SqliteTables]:
    """The tables of a data folder that nobody else works on, and which is of the newest schema."""
    with closing(sqlite3.connect(folder / "data.sqlite3", isolation_level=None)) as raw:
        raw.row_factory = sqlite3.Row
        raw.execute("ATTACH ? AS status", (str(folder / "status.sqlite3"),))
        for pragma in ("wal_autocheckpoint = 0", "synchronous = FULL", "cache_size = -32000"):
            raw.execute(f"PRAGMA {pragma}").fetchall()
        yield SqliteTables(raw)


def waiting_jobs(folder: Path) -> list[str]:
    """The keys of the jobs in the queue's file that have not ended."""
    path = folder / "queue.sqlite3"
    if not path.exists():
        return []
    with driver_errors(), closing(sqlite3.connect(path)) as raw:
        sql = "SELECT key FROM jobs WHERE status IN ('new', 'deferred', 'queued', 'active', 'aborting')"
        return [str(row[0]) for row in raw.execute(sql)]


def _plain(table: Table) -> str:
    return table.name.partition(".")[2]


def _place(table: Table) -> str:
    schema, _, plain = table.name.partition(".")
    return f'{"main" if schema == "data" else schema}."{plain}"'
