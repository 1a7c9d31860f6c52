"""A connection to PostgreSQL, spoken to as to SQLite: `:named` parameters, and the same values in rows."""

import re
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.abc import AdaptContext
from psycopg.adapt import AdaptersMap, Loader
from psycopg.rows import dict_row, tuple_row

from xlsapp.db.connection import Row
from xlsapp.db.dialect import POSTGRES, Dialect
from xlsapp.db.postgres.errors import driver_errors

Raw = psycopg.AsyncConnection[Any]

# Texts, quoted names and comments are passed over; `::` is a cast.
_PLACEHOLDERS = re.compile(
    r"""'(?:[^']|'')*' | "(?:[^"]|"")*" | --[^\n]* | /\*.*?\*/ | :: | (?<![\w:]):([A-Za-z_]\w*)""",
    re.VERBOSE | re.DOTALL,
)


class PostgresConnection:
    """See Connection."""

    dialect: Dialect = POSTGRES

    def __init__(self, raw: Raw) -> None:
        self.raw = raw
        """For COPY, within `driver_errors()`."""

    async def all(self, sql: str, /, **params: Any) -> list[Row]:
        """Every row."""
        with driver_errors():
            async with self.raw.cursor(row_factory=dict_row) as cursor:
                await cursor.execute(translated(sql), params)
                return list(await cursor.fetchall()) if cursor.description else []

    async def one(self, sql: str, /, **params: Any) -> Row | None:
        """The first row, or None."""
        rows = await self.all(sql, **params)
        return rows[0] if rows else None

    async def value(self, sql: str, /, **params: Any) -> Any:
        """The first column of the first row, or None."""
        with driver_errors():
            async with self.raw.cursor(row_factory=tuple_row) as cursor:
                await cursor.execute(translated(sql), params)
                row = await cursor.fetchone()
        return row[0] if row else None

    async def run(self, sql: str, /, **params: Any) -> int:
        """Carry out a statement. Returns the number of rows it changed."""
        with driver_errors():
            async with self.raw.cursor() as cursor:
                await cursor.execute(translated(sql), params)
                return cursor.rowcount


@lru_cache(maxsize=2_000)
def translated(sql: str) -> bytes:
    """A statement with `:name` as psycopg has it, `%(name)s`."""
    pieces = _PLACEHOLDERS.sub(lambda m: f"\0({m[1]})s" if m[1] else m[0], sql)
    return pieces.replace("%", "%%").replace("\0", "%").encode()


class _AsText(Loader):
    """Days and JSON are texts to us, as PostgreSQL writes them."""

    def load(self, data: Any) -> str:
        return bytes(data).decode()


class _IsoMoment(Loader):
    """A day with a time, or a time alone, as Python's `isoformat` has it: 2026-01-31T09:30:00.250000."""

    def load(self, data: Any) -> str:
        whole, dot, fraction = bytes(data).decode().replace(" ", "T").partition(".")
        return f"{whole}.{fraction:0<6}" if dot else whole


def values_as_on_sqlite() -> AdaptContext:
    """For new connections: what each type of column comes back as."""
    adapters = AdaptersMap(psycopg.adapters)
    for name in ("date", "json", "jsonb"):
        adapters.register_loader(name, _AsText)
    for name in ("timestamp", "time"):
        adapters.register_loader(name, _IsoMoment)
    return _Context(adapters)


class _Context:
    def __init__(self, adapters: AdaptersMap) -> None:
        self.adapters = adapters
        self.connection = None
