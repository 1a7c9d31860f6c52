"""Indexes over records on PostgreSQL: beside the one over positions, those that somebody had a use for.

They are made and removed outside of transactions, so that nobody waits for it who reads or writes.
"""

from dataclasses import dataclass
from zlib import crc32

from xlsapp.db.connection import Connection
from xlsapp.db.dialect import POSTGRES
from xlsapp.models import TEXT_TYPES, ImportTemplate, TemplateColumn
from xlsapp.repositories.records.data_records import column_name, table_name
from xlsapp.repositories.records.selection import Selection, searched_sql, sort_value, text_columns

_EXTENSION = "pg_trgm"

LONGEST_INDEXED_BYTES = 2_600
"""An entry of a btree has 2,704 at the most."""


@dataclass(frozen=True, slots=True)
class Index:
    """One index over a template's records, which is there or not."""

    template_id: int
    name: str
    over: str
    """What it is made of, in SQL."""


def sort_index(template: ImportTemplate, column: TemplateColumn) -> Index:
    """What a template's records are walked by in the order of a column."""
    value = sort_value(Selection(sort=column), POSTGRES)
    return Index(template.id, f"{_sorting(template.id)}{column_name(column)}", f"({value}, id)")


def search_index(template: ImportTemplate, schema: str) -> Index | None:
    """What a template's texts are searched by; None without any. `schema` is where the extension is."""
    texts = searched_sql(template, POSTGRES)
    if not texts:
        return None
    # Other columns are another index: a search uses one only if it looks into just these.
    number = crc32(" ".join(map(column_name, text_columns(template))).encode())
    return Index(
        template.id,
        f"{_searching(template.id)}{number:08x}",
        f'USING gin ({texts[0]} "{schema}".gin_trgm_ops)',
    )


async def trigrams_schema(conn: Connection) -> str | None:
    """The schema of the extension that searches need; None where it is not there."""
    schema: str | None = await conn.value(
        """
        SELECT nspname FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
        WHERE extname = :name
        """,
        name=_EXTENSION,
    )
    return schema


async def add_trigrams(conn: Connection) -> None:
    """Have the extension in the database. Raises DatabaseFault where that is not to be."""
    await conn.run(f"CREATE EXTENSION IF NOT EXISTS {_EXTENSION} SCHEMA data")


async def is_there(conn: Connection, index: Index) -> bool:
    """Whether an index can be used."""
    return bool(
        await conn.value(
            "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)", name=index.name
        )
    )


async def takes_all_of(conn: Connection, template: ImportTemplate, column: TemplateColumn) -> bool:
    """Whether an index over a column can have all its values: one takes no long texts."""
    if column.type not in TEXT_TYPES:
        return True
    name = column_name(column)
    return not await conn.value(
        f"SELECT EXISTS (SELECT 1 FROM {table_name(template.id)} WHERE octet_length({name}) > :most)",
        most=LONGEST_INDEXED_BYTES,
    )


async def is_under_way(conn: Connection, index: Index) -> bool:
    """Whether somebody, on whichever machine, is making an index of the same template."""
    return bool(
        await conn.value(
            "SELECT COUNT(*) FROM pg_stat_progress_create_index WHERE relid = to_regclass(:name)",
            name=table_name(index.template_id),
        )
    )


async def make(conn: Connection, index: Index) -> None:
    """Make an index, and let PostgreSQL know what is in it. One that was begun and left is made anew."""
    await conn.run(f"DROP INDEX CONCURRENTLY IF EXISTS {index.name}")
    table = table_name(index.template_id)
    await conn.run(f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {index.name} ON {table} {index.over}")
    await conn.run(f"ANALYZE {table}")


async def give_up_making(conn: Connection, template_id: int) -> None:
    """Have whoever makes an index over a template's records stop."""
    await conn.run(
        "SELECT pg_cancel_backend(pid) FROM pg_stat_progress_create_index WHERE relid = to_regclass(:name)",
        name=table_name(template_id),
    )


async def remove(conn: Connection, name: str) -> None:
    """Remove an index."""
    await conn.run(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")


async def others_of_its_kind(conn: Connection, index: Index) -> list[str]:
    """The names of a template's indexes for the same purpose, the one that was used least first."""
    kinds = _sorting(index.template_id), _searching(index.template_id)
    kind = next(kind for kind in kinds if index.name.startswith(kind))
    rows = await conn.all(
        """
        SELECT indexrelname AS name FROM pg_stat_user_indexes
        WHERE relid = to_regclass(:table_name) AND starts_with(indexrelname, :kind) AND indexrelname <> :name
        ORDER BY idx_scan, indexrelid
        """,
        table_name=table_name(index.template_id),
        kind=kind,
        name=index.name,
    )
    return [row["name"] for row in rows]


async def all_of(conn: Connection, template_id: int) -> list[str]:
    """The names of all that were made for a template's readers."""
    rows = await conn.all(
        """
        SELECT indexrelname AS name FROM pg_stat_user_indexes
        WHERE relid = to_regclass(:table_name)
            AND (starts_with(indexrelname, :sorting) OR starts_with(indexrelname, :searching))
        """,
        table_name=table_name(template_id),
        sorting=_sorting(template_id),
        searching=_searching(template_id),
    )
    return [row["name"] for row in rows]


def is_for_searching(template_id: int, name: str) -> bool:
    """Whether an index of this name is one by which a template's texts are searched."""
    return name.startswith(_searching(template_id))


def _sorting(template_id: int) -> str:
    return f"{table_name(template_id)}_sorted_"


def _searching(template_id: int) -> str:
    return f"{table_name(template_id)}_search_"
