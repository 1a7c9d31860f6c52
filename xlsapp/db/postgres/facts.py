"""What somebody who looks after a PostgreSQL should know of it. Blocks: not for the event loop."""

import time
from dataclasses import dataclass

import psycopg
from psycopg.rows import TupleRow, dict_row

from xlsapp.db.postgres.errors import driver_errors
from xlsapp.db.postgres.server import connected, hears

FACTS = """
SELECT
    current_setting('server_version') AS version,
    current_setting('server_version_num')::int AS version_number,
    current_database() AS database,
    current_setting('server_encoding') AS encoding,
    pg_database_size(current_database()) AS size_bytes,
    current_setting('transaction_read_only')::bool AS is_read_only,
    current_setting('fsync')::bool AND current_setting('full_page_writes')::bool AS survives_power_cuts,
    has_database_privilege(current_database(), 'CREATE') AS may_create,
    EXISTS (SELECT 1 FROM pg_collation WHERE collprovider = 'i') AS has_icu,
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::int AS connections,
    (
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND application_name LIKE 'xlsapp%' AND pid <> pg_backend_pid()
    )::int AS own_connections,
    current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int AS most_connections,
    current_setting('max_locks_per_transaction')::int AS locks_each,
    current_setting('max_locks_per_transaction')::int * (
        current_setting('max_connections')::int + current_setting('max_prepared_transactions')::int
    ) AS most_locks,
    (
        SELECT count(*) FROM pg_tables WHERE schemaname = 'data' AND tablename ~ '^records_[0-9]+$'
    )::int AS templates,
    EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm') AS has_trigrams,
    EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm') AS can_have_trigrams
"""

SCHEMA_VERSION = """
SELECT COALESCE(MAX(version), 0), COALESCE(MAX(needs), 0) FROM data.schema_migrations
"""


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """A server, and a database in it, at one moment."""

    version: str
    version_number: int
    database: str
    encoding: str
    size_bytes: int
    is_read_only: bool
    """As a standby is."""
    survives_power_cuts: bool
    may_create: bool
    """Tables, in the database."""
    has_icu: bool
    connections: int
    """Everybody's."""
    own_connections: int
    """Those of servers and commands of ours, beside this one."""
    most_connections: int
    locks_each: int
    """What is set as max_locks_per_transaction."""
    most_locks: int
    """Of all together."""
    templates: int
    has_trigrams: bool
    can_have_trigrams: bool
    is_encrypted: bool
    """Or a socket of this machine."""
    gives_sessions: bool
    """What one connection is told by another arrives: not so behind some poolers."""
    seconds_ahead: float
    """Its clock, of this machine's."""
    schema_version: int
    """0: there are no tables yet."""
    needs_version: int
    """What a program has to know of the schema."""


def facts_of(url: str) -> ServerFacts:
    """Look at everything. Raises ConfigurationError where it cannot be reached, and DatabaseFault."""
    with connected(url, autocommit=True) as conn, driver_errors():
        with conn.cursor(row_factory=dict_row) as cursor:
            found = cursor.execute(FACTS).fetchone() or {}
        version, needs = _schema(conn)
        local = conn.info.host.startswith("/") or not conn.info.host
        return ServerFacts(
            **found,
            is_encrypted=local or conn.pgconn.ssl_in_use,
            gives_sessions=hears(url),
            seconds_ahead=_seconds_ahead(conn),
            schema_version=version,
            needs_version=needs,
        )


def _schema(conn: psycopg.Connection[TupleRow]) -> tuple[int, int]:
    if conn.execute("SELECT to_regclass('data.schema_migrations')").fetchone() == (None,):
        return 0, 0
    version, needs = conn.execute(SCHEMA_VERSION).fetchone() or (0, 0)
    return int(version), int(needs)


def _seconds_ahead(conn: psycopg.Connection[TupleRow]) -> float:
    asked = time.time()
    (said,) = conn.execute("SELECT extract(epoch FROM clock_timestamp())::float8").fetchone() or (asked,)
    return float(said) - (asked + time.time()) / 2
