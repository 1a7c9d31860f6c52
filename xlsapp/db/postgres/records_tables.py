"""Columns that the tables of records have got since the first release, for tables that are older.

A transaction for each table: one for all would need as many locks as there are templates, and wait for every
import that runs. What a start does not get done, the next one does.
"""

import logging
import time

import psycopg
from psycopg.rows import TupleRow

from xlsapp.errors import ConfigurationError

log = logging.getLogger(__name__)

ATTEMPTS = 60

OLDER_TABLES = """
SELECT templates.id FROM data.import_templates AS templates
JOIN pg_class ON pg_class.oid = to_regclass(format('data.records_%s', templates.id))
WHERE NOT EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'revision')
ORDER BY templates.id
"""


def complete_tables(conn: psycopg.Connection[TupleRow]) -> int:
    """Give all records a revision. Returns how many tables had none. The connection commits by itself.

    Raises ConfigurationError when a table stays in use.
    """
    older = conn.execute(OLDER_TABLES).fetchall()
    for (template_id,) in older:
        _add_revision(conn, int(template_id))
    if older:
        log.info("Gave the records of %d templates a revision", len(older))
    return len(older)


def _add_revision(conn: psycopg.Connection[TupleRow], template_id: int) -> None:
    # It is in the catalog alone, however many records there are.
    statement = (
        f"ALTER TABLE IF EXISTS data.records_{template_id} "
        "ADD COLUMN IF NOT EXISTS revision BIGINT NOT NULL DEFAULT 1"
    )
    for _ in range(ATTEMPTS):
        try:
            with conn.transaction():
                # Who waits for a table keeps everybody else from it.
                conn.execute("SET LOCAL lock_timeout TO '1s'")
                conn.execute(statement.encode())
        except psycopg.errors.LockNotAvailable:
            log.info("Something uses the records of template %d; trying again", template_id)
            time.sleep(1)
        else:
            return
    raise ConfigurationError(
        [
            f"PostgreSQL could not be upgraded: something holds the records of template {template_id}. "
            "Start again a bit later."
        ]
    )
