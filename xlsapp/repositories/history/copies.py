"""What records were before they were changed: a typed table for each template, `history_{template_id}`.

    id, change_id, record_id, what, state, row, what a record has besides its values, and c{column_id}

It is made at the first change that copies something, and gets the columns that the template has at each
further one. So a column that is renamed keeps its history; one that is removed, or gets another type, leaves
its values here in the old one. Created records are not copied: a change has their first and their last id.

`state` is the change to which the record owes its present values, or its being gone: an ordinary change is
that itself, one that takes another back leads to an older state again. Whether a record was touched since is
whether its last `state` is another one. AS_CREATED is that of a record nobody has touched; NEVER_WAS that of
one whose creation was taken back. It is NULL where a copy says nothing about the record as a whole.
"""

import enum
import json
from collections.abc import Iterable, Sequence

from xlsapp.db.connection import Connection
from xlsapp.models import TEXT_TYPES, ImportTemplate, TemplateColumn
from xlsapp.repositories.history.former_columns import go_on_counting, too_many, types_of
from xlsapp.repositories.records.data_records import column_name
from xlsapp.repositories.records.data_records import table_name as records_table

AS_CREATED = 0
NEVER_WAS = -1

SAMPLED = 1_000
FIXED_BYTES = 150
VALUE_BYTES = 8


class What(enum.StrEnum):
    """What became of the record."""

    CHANGED = "changed"
    DELETED = "deleted"
    RETURNED = "returned"
    """It was gone, and is there again: nothing is copied."""
    COLUMN = "column"
    """One of its columns was removed, or got another type: that value alone is copied."""
    ERASED = "erased"
    """What was known of it before is erased."""


def table_name(template_id: int) -> str:
    """The name of a template's table."""
    return f"history_{int(template_id)}"


KEPT = ("position", "import_id", "created_at", "updated_at", "revision")
"""What a record has besides its values."""


async def has_table(conn: Connection, template_id: int) -> bool:
    """Whether anything of a template was ever copied."""
    return await _columns(conn, template_id) is not None


async def columns_of(conn: Connection, template_id: int) -> frozenset[int]:
    """The ids of the columns, also of former ones, whose values a template's history has."""
    return frozenset(await _columns(conn, template_id) or ())


async def since(conn: Connection, template_id: int) -> str:
    """From when on all changes of a template are known; nothing when from its first day on."""
    text: str | None = await conn.value(
        "SELECT since FROM histories WHERE import_template_id = :template_id", template_id=template_id
    )
    return text or ""


async def make_ready(tx: Connection, template: ImportTemplate) -> int:
    """See to it that the table has all of a template's columns. Returns the id of the last copy in it."""
    present = await _columns(tx, template.id)
    if present is None:
        await _create(tx, template.id)
    ids = [column.id for column in template.columns]
    if present and (kept := too_many(present, ids)) is not None:
        await _leave_behind(tx, template.id, kept)
        await _store_columns(tx, template.id, kept)
        present = kept
    lacking = [column for column in template.columns if column.id not in (present or ())]
    if present is None or lacking:
        await _add_columns(tx, template.id, lacking)
        await _store_columns(tx, template.id, [*(present or ()), *(column.id for column in lacking)])
    return await last_id(tx, template.id)


async def last_id(conn: Connection, template_id: int) -> int:
    """The id of the last copy; 0 without any."""
    return int(await conn.value(f"SELECT COALESCE(MAX(id), 0) FROM {table_name(template_id)}"))


async def drop_table(tx: Connection, template_id: int) -> None:
    """Remove all copies of a template for good."""
    await _make_way(tx, template_id)
    await tx.run(f"DROP TABLE {table_name(template_id)}")


async def copy(
    tx: Connection,
    template: ImportTemplate,
    change_id: int,
    what: What,
    where: str,
    *,
    joined: str = "",
    row: str = "NULL",
    **params: object,
) -> int:
    """Copy the records `r` that fit as they are now, before they are changed. Returns how many.

    `joined` is what they are joined with, `row` the row of the workbook that changes each. Nothing of what
    ERASED says is copied.
    """
    names = [] if what is What.ERASED else [*KEPT, *map(column_name, template.columns)]
    values = "".join(f", r.{name}" for name in names)
    return await tx.run(
        f"""
        INSERT INTO {table_name(template.id)} (
            change_id, record_id, what, state, row{"".join(f", {name}" for name in names)}
        )
        SELECT :change_id, r.id, :what, :change_id, {row}{values}
        FROM {records_table(template.id)} AS r {joined} WHERE {where} ORDER BY r.id
        """,
        change_id=change_id,
        what=what.value,
        **params,
    )


async def copy_column(tx: Connection, template_id: int, change_id: int, column: TemplateColumn) -> int:
    """Copy what records have in one column, before it is removed. Returns how many have something."""
    name = column_name(column)
    return await tx.run(
        f"""
        INSERT INTO {table_name(template_id)} (change_id, record_id, what, {name})
        SELECT :change_id, r.id, :what, r.{name} FROM {records_table(template_id)} AS r
        WHERE r.{name} IS NOT NULL ORDER BY r.id
        """,
        change_id=change_id,
        what=What.COLUMN.value,
    )


def not_kept(template_id: int) -> str:
    """The condition that a record `r` was not copied by the change `:change_id` before."""
    kept = (
        f"SELECT 1 FROM {table_name(template_id)} AS k WHERE k.change_id = :change_id AND k.record_id = r.id"
    )
    return f"NOT EXISTS ({kept})"


async def now_deleted(tx: Connection, template_id: int, change_id: int, where: str, **params: object) -> int:
    """Of the records `r` that fit, those that were changed by the same change before are deleted by it now.

    Returns how many.
    """
    return await tx.run(
        f"""
        UPDATE {table_name(template_id)} SET what = :what
        WHERE change_id = :change_id AND record_id IN (
            SELECT r.id FROM {records_table(template_id)} AS r WHERE {where}
        )
        """,
        change_id=change_id,
        what=What.DELETED.value,
        **params,
    )


async def erase(tx: Connection, template_id: int, change_id: int, record_id: int) -> int:
    """Remove all copies of a record. A mark stays, by which older changes know that it is another one now."""
    erased = await tx.run(
        f"DELETE FROM {table_name(template_id)} WHERE record_id = :record_id", record_id=record_id
    )
    await tx.run(
        f"""
        INSERT INTO {table_name(template_id)} (change_id, record_id, what, state)
        VALUES (:change_id, :record_id, :what, :change_id)
        """,
        change_id=change_id,
        record_id=record_id,
        what=What.ERASED.value,
    )
    return erased


async def bytes_each(conn: Connection, template: ImportTemplate, *, copied_after: int | None = None) -> int:
    """What one copy takes, about: of those behind an id; or of a template's records, if they were copied."""
    if copied_after is None:
        source, where, params = records_table(template.id), "TRUE", {}
    else:
        source, where, params = table_name(template.id), "id > :after", {"after": copied_after}
    texts = [column for column in template.columns if column.type in TEXT_TYPES]
    sizes = "".join(f" + {conn.dialect.text_bytes.format(column_name(column))}" for column in texts)
    sample = f"SELECT 0{sizes} AS size FROM {source} WHERE {where} LIMIT {SAMPLED}"
    average = await conn.value(f"SELECT AVG(size) FROM ({sample}) AS sample", **params)
    return FIXED_BYTES + VALUE_BYTES * (len(template.columns) - len(texts)) + int(average or 0)


async def _columns(conn: Connection, template_id: int) -> list[int] | None:
    stored = await conn.value(
        "SELECT columns FROM histories WHERE import_template_id = :template_id", template_id=template_id
    )
    return None if stored is None else list(json.loads(stored))


async def _store_columns(tx: Connection, template_id: int, ids: Iterable[int]) -> None:
    await tx.run(
        """
        INSERT INTO histories (import_template_id, columns) VALUES (:template_id, :ids)
        ON CONFLICT (import_template_id) DO UPDATE SET columns = :ids
        """,
        template_id=template_id,
        ids=json.dumps(sorted(ids)),
    )


async def create_table(tx: Connection, template_id: int, columns: Sequence[TemplateColumn]) -> None:
    """An empty table with these columns, for rows from another engine: `histories` knows them already."""
    await _create(tx, template_id)
    await _add_columns(tx, template_id, columns)


async def _create(tx: Connection, template_id: int) -> None:
    table = table_name(template_id)
    await tx.run(
        f"""
        CREATE TABLE {tx.dialect.own_schema}{table} (
            id {tx.dialect.identity},
            change_id BIGINT NOT NULL,
            record_id BIGINT NOT NULL,
            what {tx.dialect.text} NOT NULL,
            state BIGINT,
            row BIGINT,
            position BIGINT,
            import_id BIGINT,
            created_at {tx.dialect.text},
            updated_at {tx.dialect.text},
            revision BIGINT
        )
        """
    )
    await tx.run(f"CREATE INDEX {table}_by_record ON {table} (record_id, id)")


async def _add_columns(tx: Connection, template_id: int, columns: Sequence[TemplateColumn]) -> None:
    await _make_way(tx, template_id)
    for column in columns:
        sql_type = tx.dialect.column_types[column.type]
        await tx.run(f"ALTER TABLE {table_name(template_id)} ADD COLUMN {column_name(column)} {sql_type}")


async def _leave_behind(tx: Connection, template_id: int, kept: Sequence[int]) -> None:
    """Have a table with these columns alone."""
    table, former = table_name(template_id), f"{table_name(template_id)}_former"
    await _make_way(tx, template_id)
    await tx.run(f"DROP INDEX {table}_by_record")
    await tx.run(f"ALTER TABLE {table} RENAME TO {former}")
    await _create(tx, template_id)
    types = await types_of(tx, former, (f"c{column_id}" for column_id in kept))
    for name, sql_type in types.items():
        await tx.run(f"ALTER TABLE {table} ADD COLUMN {name} {sql_type}")
    names = ", ".join(("id", "change_id", "record_id", "what", "state", "row", *KEPT, *types))
    await tx.run(f"INSERT INTO {table} ({names}) SELECT {names} FROM {former} ORDER BY id")
    await go_on_counting(tx, table, after=former)
    await tx.run(f"DROP TABLE {former}")


async def _make_way(tx: Connection, template_id: int) -> None:
    for statement in tx.dialect.make_way:
        await tx.run(statement.format(table_name(template_id)))
