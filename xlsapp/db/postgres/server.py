"""A PostgreSQL as one finds it: whether it can be reached, and is of use to us."""

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import PGconn, Ping
from psycopg.rows import TupleRow

from xlsapp.db.postgres.database import DEFAULTS
from xlsapp.errors import Away, ConfigurationError

OLDEST_SERVER = 150_000

CHANNEL = "xlsapp_hello"
HEARD_WITHIN_SECONDS = 5.0

UNHEARD = (
    "database.url leads to a pooler that gives no sessions: what PostgreSQL tells does not arrive. pgbouncer "
    "needs pool_mode = session for this database; or let database.url lead to PostgreSQL itself."
)


def connected(url: str, *, autocommit: bool = False) -> psycopg.Connection[TupleRow]:
    """A connection. Raises ConfigurationError when there is none, Away when there may be one later."""
    try:
        options = {**DEFAULTS, **conninfo_to_dict(url)}
    except psycopg.ProgrammingError as error:
        raise ConfigurationError(["database.url is no address of a PostgreSQL."]) from error
    for is_last in (False, True):
        try:
            return psycopg.connect("", autocommit=autocommit, **options)
        except psycopg.OperationalError as error:
            said = [f"PostgreSQL cannot be reached: {error}"]
            # Why it was refused is in words alone, of any language. A server that is there has a reason to.
            if PGconn.ping(make_conninfo("", **options).encode()) != Ping.OK:
                raise Away(said) from error
            if is_last:  # once more: it may have come just now
                raise ConfigurationError(said) from error
    raise AssertionError


def check_server(conn: psycopg.Connection[TupleRow]) -> None:
    """Raises ConfigurationError where its version, or the database's encoding, will not do."""
    if conn.info.server_version < OLDEST_SERVER:
        raise ConfigurationError(
            [f"PostgreSQL is of version {conn.info.server_version // 10_000}; xlsapp needs 15 or newer."]
        )
    encoding = conn.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise ConfigurationError(
            [
                f"The database {conn.info.dbname} stores texts as {encoding}. Make one with "
                "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
            ]
        )


def require_sessions(url: str) -> None:
    """Raises ConfigurationError where one connection is not told what another tells: behind some poolers."""
    if not hears(url):
        raise ConfigurationError([UNHEARD])


def hears(url: str) -> bool:
    """Whether one connection is told what another tells. Raises ConfigurationError when there is none."""
    with connected(url, autocommit=True) as listening, connected(url, autocommit=True) as telling:
        listening.execute(f"LISTEN {CHANNEL}".encode())
        telling.execute(f"NOTIFY {CHANNEL}".encode())
        return bool(list(listening.notifies(timeout=HEARD_WITHIN_SECONDS, stop_after=1)))
