"""Signs in a database that its data is on its way, or has gone: no server starts on it then."""

from typing import Any

import psycopg

from xlsapp.clock import utc_now
from xlsapp.db.connection import Connection
from xlsapp.errors import ConfigurationError

MOVING, MOVED = "data.moving", "data.moved"

INTERRUPTED = (
    "A move of data into this database has not come to its end. Run `xlsapp move` as before: it begins anew, "
    "or ends what is left to do."
)


def refuse_moved(conn: psycopg.Connection[Any]) -> None:
    """Raises ConfigurationError where there is such a sign."""
    if conn.execute("SELECT to_regclass(%s)", (MOVING,)).fetchone() != (None,):
        raise ConfigurationError([INTERRUPTED])
    if conn.execute("SELECT to_regclass(%s)", (MOVED,)).fetchone() != (None,):
        to, at = conn.execute("SELECT place, at FROM data.moved").fetchone() or ("", "")
        raise ConfigurationError(
            [
                f"The data of this database was moved to {to} on {at[:10]}: leave database.url empty, and "
                "name that folder in data.dir."
            ]
        )


async def mark(conn: Connection, sign: str, place: str) -> None:
    """Leave a sign: where to, or where from."""
    await conn.run(f"CREATE TABLE {sign} (place TEXT NOT NULL, at TEXT NOT NULL)")
    await conn.run(f"INSERT INTO {sign} VALUES (:place, :at)", place=place, at=utc_now())


async def marked(conn: Connection, sign: str) -> str | None:
    """The place that a sign names; None without it."""
    if not await conn.value("SELECT to_regclass(CAST(:sign AS TEXT))", sign=sign):
        return None
    return str(await conn.value(f"SELECT place FROM {sign}"))


async def unmark(conn: Connection, sign: str) -> None:
    """Take a sign away."""
    await conn.run(f"DROP TABLE {sign}")
