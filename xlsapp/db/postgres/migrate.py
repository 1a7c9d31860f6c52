"""Numbered migrations of PostgreSQL: `migrations/postgres/0001_*.sql`, each applied once, in order.

All that are due are one transaction. Machines are upgraded one after the other, so a program of the version
before goes on working with what a migration leaves: what is new is added first, and what is old removed a
version later. A script that removes something says in a line of its own from which migration on a program has
to know the schema to work with it: `-- needs: 7`.
"""

import logging
import re
import time

import psycopg
from psycopg.rows import TupleRow

from xlsapp.clock import utc_now
from xlsapp.db.migrate import migrations
from xlsapp.db.postgres.marks import refuse_moved
from xlsapp.db.postgres.records_tables import complete_tables
from xlsapp.db.postgres.server import check_server, connected
from xlsapp.errors import ConfigurationError

log = logging.getLogger(__name__)

LOCK_NUMBER = 7_836_001  # nothing else asks for this one
ATTEMPTS = 12

BOOKKEEPING = """
CREATE SCHEMA IF NOT EXISTS data;
CREATE TABLE IF NOT EXISTS data.schema_migrations (
    version BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    needs BIGINT NOT NULL,
    applied_at TEXT NOT NULL
)
"""


def migrate(url: str) -> list[str]:
    """Bring a database to the newest schema. Returns the names of the migrations applied.

    Others that are about to do the same are waited for. Raises ConfigurationError when it cannot be reached,
    is of no use to us, or was left by a program that this one is too old for.
    """
    for attempt in range(ATTEMPTS):
        try:
            with connected(url) as conn:
                check_server(conn)
                applied = _apply(conn)
            break
        except psycopg.errors.LockNotAvailable:
            log.info("Something uses a table that is to be changed; trying again (%d)", attempt + 1)
            time.sleep(1)
    else:
        raise ConfigurationError(
            ["PostgreSQL could not be upgraded: something holds one of its tables. Start again a bit later."]
        )
    with connected(url, autocommit=True) as conn:
        complete_tables(conn)
    for migration in applied:
        log.info("Migrated PostgreSQL: %s", migration)
    return applied


def _apply(conn: psycopg.Connection[TupleRow]) -> list[str]:
    known = migrations("postgres")
    if conn.execute("SELECT pg_try_advisory_xact_lock(%s)", (LOCK_NUMBER,)).fetchone() != (True,):
        log.info("Waiting for another xlsapp, which makes tables or moves data")
        conn.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK_NUMBER,))
    refuse_moved(conn)
    # Who waits for a table keeps everybody else from it.
    conn.execute("SET LOCAL lock_timeout TO '5s'")
    conn.execute(BOOKKEEPING)
    found = conn.execute(
        "SELECT COALESCE(MAX(version), 0), COALESCE(MAX(needs), 0) FROM data.schema_migrations"
    )
    current, needs = found.fetchone() or (0, 0)
    if needs > max(known):
        raise ConfigurationError(
            [
                f"The database {conn.info.dbname} was upgraded by a newer xlsapp, and this one is too old "
                f"for it (schema {needs} is needed, {max(known)} is known). Start the newer version."
            ]
        )
    applied = []
    for version, (name, script) in sorted(known.items()):
        if version > current:
            said = re.search(r"^-- needs: (\d+)$", script, re.MULTILINE)
            conn.execute(script)
            conn.execute(
                "INSERT INTO data.schema_migrations VALUES (%s, %s, %s, %s)",
                (version, name, int(said[1]) if said else 0, utc_now()),
            )
            applied.append(name)
    return applied
