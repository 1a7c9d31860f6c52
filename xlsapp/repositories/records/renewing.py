"""PostgreSQL: the records of a template copied into a table without the traces of columns that are gone.

A table can have 1,600 columns in its life, dropped ones counted. The copy is made beside it and then takes
its place: two transactions, between which whoever sees an older moment has to be waited for, as the copy is
empty to them. Statements run on a connection outside of all transactions; nobody may change the records.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from xlsapp.db.connection import Connection
from xlsapp.repositories.records import indexes
from xlsapp.repositories.records.data_records import make_way, renewed_name, table_name

SOMETHING_OF_OTHERS = """
SELECT EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = to_regclass(:name) AND NOT tgisinternal)
    OR EXISTS (SELECT 1 FROM pg_publication_rel WHERE prrelid = to_regclass(:name))
    OR EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = to_regclass(:name))
    OR EXISTS (
        SELECT 1 FROM pg_depend
        WHERE refclassid = 'pg_class'::regclass AND refobjid = to_regclass(:name)
        AND classid = 'pg_rewrite'::regclass
    )
"""

INDEXES = """
SELECT relname AS name, indisprimary AS is_primary, indisunique AS is_unique,
    split_part(pg_get_indexdef(indexrelid), ' USING ', 2) AS over
FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE indrelid = to_regclass(:name) AND indisvalid ORDER BY indexrelid
"""

GRANTS = """
SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS grantee,
    privilege_type AS privilege, is_grantable, part
FROM (
    SELECT (aclexplode(relacl)).*, '' AS part, relowner FROM pg_class WHERE oid = to_regclass(:name)
    UNION ALL
    SELECT (aclexplode(attacl)).*, format('(%I)', attname), relowner
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE attrelid = to_regclass(:name) AND NOT attisdropped
) AS granted
WHERE grantee <> relowner
"""


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy that is there, but not yet in its place."""

    since: str
    """From when on transactions see what is in it."""
    names: dict[str, str]
    """Its indexes: the name of each, and the one that it is to have."""


async def count_columns(conn: Connection, template_id: int) -> int:
    """How many columns a template's table has had in its life."""
    had = "SELECT relnatts FROM pg_class WHERE oid = to_regclass(:name)"
    return int(await conn.value(had, name=table_name(template_id)))


async def is_ours_alone(conn: Connection, template_id: int) -> bool:
    """Whether nobody has hung anything on the table that a copy would lack: triggers, views and the like."""
    return not await conn.value(SOMETHING_OF_OTHERS, name=table_name(template_id))


async def make_copy(conn: Connection, template_id: int, *, with_readers_indexes: bool) -> Copied:
    """Copy a table with its records, their indexes, and what others may do with it."""
    table, copy = table_name(template_id), renewed_name(template_id)
    readers = [] if with_readers_indexes else await indexes.all_of(conn, template_id)
    async with _transaction(conn):
        await conn.run(f"DROP TABLE IF EXISTS {copy}")
        await conn.run(f"CREATE TABLE {copy} (LIKE {table} INCLUDING ALL EXCLUDING INDEXES)")
        options = await conn.value(
            "SELECT array_to_string(reloptions, ', ') FROM pg_class WHERE oid = to_regclass(:name)",
            name=table,
        )
        if options:
            await conn.run(f"ALTER TABLE {copy} SET ({options})")
        await conn.run(f"INSERT INTO {copy} SELECT * FROM {table}")
        names = await _copy_indexes(conn, table, copy, leave_out=readers)
        for row in await conn.all(GRANTS, name=table):
            further = " WITH GRANT OPTION" if row["is_grantable"] else ""
            await conn.run(f"GRANT {row['privilege']} {row['part']} ON {copy} TO {row['grantee']}{further}")
        await conn.run(f"ANALYZE {copy}")
    return Copied(await conn.value("SELECT CAST(clock_timestamp() AS TEXT)"), names)


async def see_older_moments(conn: Connection, copied: Copied, *, but: int) -> bool:
    """Whether there are transactions to which the copy is empty, other than that of the process `but`."""
    return bool(
        await conn.value(
            """
            SELECT COUNT(*) FROM pg_stat_activity
            WHERE datname = current_database() AND backend_type = 'client backend'
                AND xact_start < CAST(:since AS TIMESTAMPTZ) AND pid NOT IN (:but, pg_backend_pid())
            """,
            since=copied.since,
            but=but,
        )
    )


async def put_in_place(conn: Connection, template_id: int, copied: Copied) -> None:
    """Let the copy be the table."""
    table, copy = table_name(template_id), renewed_name(template_id)
    async with _transaction(conn):
        await make_way(conn, template_id)
        await conn.run(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        ids = await _sequence(conn, table)
        copied_ids = await _sequence(conn, copy)
        # Ids are never given twice, not even those of records that are gone.
        await conn.value(f"SELECT setval(:name, last_value, is_called) FROM {ids}", name=copied_ids)
        await conn.run(f"DROP TABLE {table}")
        await conn.run(f"ALTER TABLE {copy} RENAME TO {table}")
        await conn.run(f"ALTER SEQUENCE {copied_ids} RENAME TO {ids.rpartition('.')[2]}")
        for present, name in copied.names.items():
            await conn.run(f'ALTER INDEX {present} RENAME TO "{name}"')


async def remove_copy(conn: Connection, template_id: int) -> None:
    """Remove a copy that is not to take the table's place."""
    await conn.run(f"DROP TABLE IF EXISTS {renewed_name(template_id)}")


async def _copy_indexes(
    conn: Connection, table: str, copy: str, *, leave_out: Iterable[str]
) -> dict[str, str]:
    names = {}
    for number, index in enumerate(await conn.all(INDEXES, name=table)):
        name = f"{copy}_{number}"
        if index["name"] in leave_out:
            continue
        if index["is_primary"]:
            await conn.run(f"ALTER TABLE {copy} ADD CONSTRAINT {name} PRIMARY KEY (id)")
        else:
            unique = "UNIQUE" if index["is_unique"] else ""
            await conn.run(f"CREATE {unique} INDEX {name} ON {copy} USING {index['over']}")
        names[name] = index["name"]
    return names


async def _sequence(conn: Connection, table: str) -> str:
    return str(await conn.value("SELECT pg_get_serial_sequence(:name, 'id')", name=table))


@asynccontextmanager
async def _transaction(conn: Connection) -> AsyncIterator[None]:
    await conn.run("BEGIN")
    try:
        yield
    except BaseException:
        await conn.run("ROLLBACK")
        raise
    await conn.run("COMMIT")
