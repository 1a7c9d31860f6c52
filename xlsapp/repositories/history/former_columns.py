"""What a history leaves behind in time: the values of columns that are gone longest.

It has those of all columns that a template ever had, and a table of PostgreSQL has 1,600 at the most. With as
many as here, a record that just fits into its own table has room for all that a copy says besides, too.
"""

from collections.abc import Collection, Iterable

from xlsapp.db.connection import Connection

MOST_COLUMNS = 690
"""Of templates. What every copy has comes to them."""
KEPT_FORMER = 100
"""So many of those that are gone stay then."""


def too_many(known: Collection[int], present: Collection[int]) -> list[int] | None:
    """Which of the columns that a history knows it is to go on with; None where it has room for all.

    `present` are those that the template has now. A column that came later has a greater id.
    """
    if len(set(known) | set(present)) <= MOST_COLUMNS:
        return None
    former = sorted(set(known) - set(present))[-KEPT_FORMER:]
    return sorted({*former, *(set(known) & set(present))})


async def types_of(tx: Connection, table: str, names: Iterable[str]) -> dict[str, str]:
    """The type of each of these columns, as it is declared."""
    if tx.dialect.is_postgres:
        rows = await tx.all(
            """
            SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
            WHERE attrelid = to_regclass(:table_name) AND attnum > 0 AND NOT attisdropped
            """,
            table_name=table,
        )
    else:
        rows = await tx.all("SELECT name, type FROM pragma_table_info(:table_name)", table_name=table)
    found = {row["name"]: row["type"] for row in rows}
    return {name: tx.dialect.text if found[name] == "text" else found[name] for name in names}


async def go_on_counting(tx: Connection, table: str, *, after: str) -> None:
    """Let the ids of a new table follow those of another one: none is ever given twice."""
    if tx.dialect.is_postgres:
        ids = await tx.value("SELECT pg_get_serial_sequence(:table_name, 'id')", table_name=after)
        await tx.value(
            f"SELECT setval(pg_get_serial_sequence(:table_name, 'id'), last_value, is_called) FROM {ids}",
            table_name=table,
        )
    else:
        await tx.run("DELETE FROM sqlite_sequence WHERE name = :table_name", table_name=table)
        await tx.run(
            "INSERT INTO sqlite_sequence (name, seq) SELECT :table_name, seq FROM sqlite_sequence "
            "WHERE name = :after",
            table_name=table,
            after=after,
        )
