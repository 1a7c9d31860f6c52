"""Records of a selection: their ids, keys and values, in ranges, among some, and in order."""

from collections.abc import Iterable, Mapping, Sequence

from xlsapp.db.connection import Connection
from xlsapp.models import CellValue, DataRecord, ImportTemplate
from xlsapp.repositories.records.data_records import record_of, table_name
from xlsapp.repositories.records.selection import (
    Cursor,
    Key,
    Params,
    Selection,
    after_sql,
    letters_sql,
    order_sql,
    parts_sql,
    sort_column,
    where_sql,
)

BETWEEN = "id BETWEEN :low AND :high"


async def id_range(conn: Connection, template: ImportTemplate) -> tuple[int, int]:
    """The lowest and the highest id; (0, -1) without records."""
    # Apart, each is a look at one end of the table; together SQLite would go through all of it.
    table = table_name(template.id)
    row = await conn.one(
        f"SELECT (SELECT MIN(id) FROM {table}) AS low, (SELECT MAX(id) FROM {table}) AS high"
    )
    return (row["low"], row["high"]) if row and row["low"] is not None else (0, -1)


async def ids_between(
    conn: Connection, template: ImportTemplate, selection: Selection, ids: range, *, limit: int
) -> list[int]:
    """The ids, among those in a range, of a selection's records: the first `limit` that are found."""
    where, params = where_sql(template, selection, conn.dialect)
    letters, letters_params = letters_sql(template, selection, conn.dialect)
    rows = await conn.all(
        f"SELECT id FROM {table_name(template.id)} WHERE {BETWEEN} AND {where} AND {letters} LIMIT :limit",
        **params,
        **letters_params,
        **_between(ids),
        limit=limit,
    )
    return [row["id"] for row in rows]


async def ids_among(
    conn: Connection, template: ImportTemplate, selection: Selection, ids: Iterable[int]
) -> list[int]:
    """Those of these ids whose records are in a selection."""
    where, params = where_sql(template, selection, conn.dialect)
    sql = f"SELECT id FROM {table_name(template.id)} WHERE {conn.dialect.among('id')} AND {where}"
    return [row["id"] for row in await conn.all(sql, **params, ids=conn.dialect.listed(ids))]


async def count_between(conn: Connection, template: ImportTemplate, selection: Selection, ids: range) -> int:
    """How many records with an id in a range are in a selection."""
    where, params = where_sql(template, selection, conn.dialect)
    sql = f"SELECT COUNT(*) FROM {table_name(template.id)} WHERE {BETWEEN} AND {where}"
    return int(await conn.value(sql, **params, **_between(ids)))


async def keys_between(
    conn: Connection,
    template: ImportTemplate,
    selection: Selection,
    ids: range,
    *,
    cursor: Cursor | None,
    limit: int,
) -> list[Key]:
    """The first keys after a cursor in a selection's order, of the records with an id in a range."""
    where, params = where_sql(template, selection, conn.dialect)
    return await _keys(
        conn, template, selection, f"{BETWEEN} AND {where}", {**params, **_between(ids)}, cursor, limit
    )


async def keys_among(
    conn: Connection,
    template: ImportTemplate,
    selection: Selection,
    ids: Iterable[int],
    *,
    cursor: Cursor | None,
    limit: int,
) -> list[Key]:
    """The same, of the records with these ids, which are known to be in the selection."""
    params = {"ids": conn.dialect.listed(ids)}
    return await _keys(conn, template, selection, conn.dialect.among("id"), params, cursor, limit)


async def keys_of(
    conn: Connection, template: ImportTemplate, selection: Selection, ids: Sequence[int]
) -> list[Key]:
    """The keys of the records with these ids that are in a selection, in the order of `ids`."""
    where, params = where_sql(template, selection, conn.dialect)
    found = await conn.all(
        f"""
        SELECT id, {sort_column(selection, conn.dialect)} AS value FROM {table_name(template.id)}
        WHERE {conn.dialect.among("id")} AND {where}
        """,
        **params,
        ids=conn.dialect.listed(ids),
    )
    values = {row["id"]: row["value"] for row in found}
    return [Key(record_id, values[record_id]) for record_id in ids if record_id in values]


async def keys_nearby(
    conn: Connection,
    template: ImportTemplate,
    selection: Selection,
    *,
    cursor: Cursor | None,
    limit: int,
    look_at: int,
) -> list[Key]:
    """The first keys after a cursor in the order of the workbooks, among the next `look_at` records alone.

    This walks an index, so it takes as long as `look_at` is.
    """
    where, params = where_sql(template, selection, conn.dialect)
    backwards = cursor is not None and cursor.backwards
    way = "DESC" if selection.descending != backwards else "ASC"
    after = "TRUE"
    if cursor:
        after = f"(position, id) {'>' if way == 'ASC' else '<'} (:cursor_value, :cursor_id)"
        params |= {"cursor_value": cursor.value, "cursor_id": cursor.id}
    order = f"ORDER BY position {way}, id {way}"
    rows = await conn.all(
        f"""
        SELECT id, position AS value
        FROM (SELECT * FROM {table_name(template.id)} WHERE {after} {order} LIMIT :look_at) AS nearby
        WHERE {where} {order} LIMIT :limit
        """,
        **params,
        limit=limit,
        look_at=look_at,
    )
    return [Key(**row) for row in rows]


async def remove_among(conn: Connection, template: ImportTemplate, ids: Iterable[int]) -> int:
    """Delete the records with these ids. Returns how many there were."""
    sql = f"DELETE FROM {table_name(template.id)} WHERE {conn.dialect.among('id')}"
    return await conn.run(sql, ids=conn.dialect.listed(ids))


async def remove_selection(
    conn: Connection, template: ImportTemplate, selection: Selection, ids: range | None = None
) -> int:
    """Delete every record in a selection, or those with ids in a range. Returns how many there were."""
    where, params = some_sql(conn, template, selection, ids)
    return await conn.run(f"DELETE FROM {table_name(template.id)} WHERE {where}", **params)


def some_sql(
    conn: Connection, template: ImportTemplate, selection: Selection, ids: range | None
) -> tuple[str, Params]:
    """The condition that a record is in a selection, and its id in a range; with its parameters."""
    where, params = where_sql(template, selection, conn.dialect)
    return (where, params) if ids is None else (f"{BETWEEN} AND {where}", {**params, **_between(ids)})


async def find_all(conn: Connection, template: ImportTemplate, ids: Sequence[int]) -> list[DataRecord]:
    """The records with these ids, in their order. One that is gone is left out."""
    sql = f"SELECT * FROM {table_name(template.id)} WHERE {conn.dialect.among('id')}"
    rows = await conn.all(sql, ids=conn.dialect.listed(ids))
    found = {row["id"]: record_of(row, template.columns) for row in rows}
    return [found[record_id] for record_id in ids if record_id in found]


def _between(ids: range) -> dict[str, int]:
    return {"low": ids.start, "high": ids.stop - 1}


async def _keys(
    conn: Connection,
    template: ImportTemplate,
    selection: Selection,
    where: str,
    params: Mapping[str, CellValue],
    cursor: Cursor | None,
    limit: int,
) -> list[Key]:
    if conn.dialect.is_postgres and selection.sort:
        return await _keys_by_parts(conn, template, selection, where, params, cursor, limit)
    after, cursor_params = after_sql(selection, cursor, conn.dialect)
    order = order_sql(selection, conn.dialect, backwards=cursor is not None and cursor.backwards)
    rows = await conn.all(
        f"""
        SELECT id, {sort_column(selection, conn.dialect)} AS value FROM {table_name(template.id)}
        WHERE {where} AND {after} ORDER BY {order} LIMIT :limit
        """,
        **params,
        **cursor_params,
        limit=limit,
    )
    return [Key(**row) for row in rows]


async def _keys_by_parts(
    conn: Connection,
    template: ImportTemplate,
    selection: Selection,
    where: str,
    params: Mapping[str, CellValue],
    cursor: Cursor | None,
    limit: int,
) -> list[Key]:
    """The filled ones and the blank ones apart: so PostgreSQL walks an index over a column, if there is."""
    found: list[Key] = []
    for after, order, cursor_params in parts_sql(selection, cursor, conn.dialect):
        rows = await conn.all(
            f"""
            SELECT id, {sort_column(selection, conn.dialect)} AS value FROM {table_name(template.id)}
            WHERE {where} AND {after} ORDER BY {order} LIMIT :limit
            """,
            **params,
            **cursor_params,
            limit=limit - len(found),
        )
        found += [Key(**row) for row in rows]
        if len(found) == limit:
            break
    return found
