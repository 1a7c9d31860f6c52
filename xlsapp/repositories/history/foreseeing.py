"""What taking a change back would do, record by record; and why some would stay as they are."""

import enum
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from xlsapp.db.connection import Connection, Row
from xlsapp.models import CellValue, DataRecord, ImportTemplate, TemplateColumn
from xlsapp.repositories.history.changes import RecordsChange
from xlsapp.repositories.history.copies import AS_CREATED, What, columns_of, has_table, table_name
from xlsapp.repositories.history.restoring import before_sql, columns_then, state_sql
from xlsapp.repositories.records.data_records import column_name, record_of, value_of
from xlsapp.repositories.records.data_records import table_name as records_table
from xlsapp.repositories.records.listing import find_all


class Verdict(enum.StrEnum):
    """What is to be said of a record that a change has touched."""

    READY = "ready"
    """It is still what the change has made of it."""
    BACK = "back"
    """It is again what it was before."""
    TOUCHED = "touched"
    """It has become another one since."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records there are of a kind."""

    changed: int = 0
    deleted: int = 0
    returned: int = 0
    created: int = 0

    @property
    def all(self) -> int:
        """All of them."""
        return self.changed + self.deleted + self.returned + self.created


@dataclass(frozen=True, slots=True)
class Clash:
    """A record that cannot have a value back: another one has it, and the column's values are there once."""

    copy_id: int
    record_id: int
    other_id: int
    column: TemplateColumn


@dataclass(frozen=True, slots=True)
class Left:
    """A record that taking a change back would leave, or has left, as it is."""

    copy_id: int
    record_id: int
    what: What
    """What the change has done to it."""
    then: Mapping[str, CellValue]
    """What it was before, by its columns' keys."""
    now: DataRecord | None
    """What it is now; None when it is gone."""


OF_CHANGE = "e.id BETWEEN :first AND :last AND e.change_id = :change_id AND e.state IS NOT NULL"


async def count(
    conn: Connection, template: ImportTemplate, change: RecordsChange
) -> Mapping[Verdict, Counts]:
    """How many records are in which way, by what the change has done to them."""
    found: dict[Verdict, dict[str, int]] = {verdict: {} for verdict in Verdict}
    if change.first_copy is not None:
        rows = await conn.all(
            f"""
            SELECT what, verdict, COUNT(*) AS n FROM (
                SELECT e.what, {_verdict_sql(template.id)} AS verdict
                FROM {table_name(template.id)} AS e WHERE {OF_CHANGE}
            ) AS looked_at GROUP BY what, verdict
            """,
            **_of(change),
        )
        for row in rows:
            if row["what"] != What.ERASED:
                found[Verdict(row["verdict"])][row["what"]] = row["n"]
    if change.first_created is not None:
        untouched, present = await _count_created(conn, template.id, change)
        found[Verdict.READY]["created"] = untouched
        found[Verdict.TOUCHED]["created"] = present - untouched
    return {verdict: Counts(**numbers) for verdict, numbers in found.items()}


async def clashes(
    conn: Connection,
    template: ImportTemplate,
    change: RecordsChange,
    column: TemplateColumn,
    left: Collection[int],
) -> list[Clash]:
    """Which records cannot have their value in a column back, since another one has it and keeps it.

    Copies with the ids `left` are not taken back.
    """
    if change.first_copy is None or column not in columns_then(template, change):
        return []
    history, records, name = table_name(template.id), records_table(template.id), column_name(column)
    created = "FALSE"
    if change.first_created is not None:
        created = (
            f"o.id BETWEEN :first_created AND :last_created AND {state_sql(history, 'o.id')} = {AS_CREATED}"
        )
    rows = await conn.all(
        f"""
        WITH ready AS MATERIALIZED (
            SELECT e.id, e.record_id, e.what, e.{name} AS value FROM {history} AS e
            WHERE {OF_CHANGE} AND {state_sql(history, "e.record_id")} = e.state
            AND NOT {conn.dialect.among("e.id", ":left")}
        ), wanted AS MATERIALIZED (
            SELECT y.id, y.record_id, y.value FROM ready AS y LEFT JOIN {records} AS r ON r.id = y.record_id
            WHERE y.what <> '{What.RETURNED}' AND y.value IS NOT NULL AND y.value IS DISTINCT FROM r.{name}
        )
        SELECT w.id AS copy_id, w.record_id, o.id AS other_id FROM {records} AS o
        JOIN wanted AS w ON w.value = o.{name} AND w.record_id <> o.id
        WHERE NOT ({created}) AND NOT EXISTS (
            SELECT 1 FROM ready AS q WHERE q.record_id = o.id
            AND (q.what = '{What.RETURNED}' OR q.value IS DISTINCT FROM o.{name})
        )
        UNION
        SELECT w.id, w.record_id, f.record_id FROM wanted AS w
        JOIN wanted AS f ON f.value = w.value AND f.id < w.id
        ORDER BY 1, 3
        """,
        **_of(change),
        **(
            {"first_created": change.first_created, "last_created": change.last_created}
            if created != "FALSE"
            else {}
        ),
        left=conn.dialect.listed(left),
    )
    found = {row["copy_id"]: Clash(row["copy_id"], row["record_id"], row["other_id"], column) for row in rows}
    return list(found.values())


async def list_left(
    conn: Connection,
    template: ImportTemplate,
    change: RecordsChange,
    verdict: Verdict,
    *,
    after: int = 0,
    limit: int,
) -> list[Left]:
    """Records of a change in a way, by their copies: with what they were before, and what they are now."""
    if change.first_copy is None:
        return []
    rows = await conn.all(
        f"""
        SELECT e.* FROM {table_name(template.id)} AS e
        WHERE {OF_CHANGE} AND e.id > :after AND e.what <> '{What.ERASED}'
        AND {_verdict_sql(template.id)} = :verdict ORDER BY e.id LIMIT :limit
        """,
        **_of(change),
        after=after,
        verdict=verdict.value,
        limit=limit,
    )
    return await _with_present(conn, template, rows)


async def list_copies(
    conn: Connection, template: ImportTemplate, change: RecordsChange, ids: Collection[int]
) -> list[Left]:
    """The same of copies with these ids."""
    if not ids:
        return []
    among = conn.dialect.among("e.id")
    rows = await conn.all(
        f"SELECT e.* FROM {table_name(template.id)} AS e WHERE {among} ORDER BY e.id",
        ids=conn.dialect.listed(ids),
    )
    return await _with_present(conn, template, rows)


async def list_created_left(
    conn: Connection, template: ImportTemplate, change: RecordsChange, *, after: int = 0, limit: int
) -> list[DataRecord]:
    """Records that a change has created and that were touched since, as they are now."""
    if change.first_created is None or not await has_table(conn, template.id):
        return []
    rows = await conn.all(
        f"""
        SELECT r.* FROM {records_table(template.id)} AS r
        WHERE r.id BETWEEN :first AND :last AND r.id > :after
        AND {state_sql(table_name(template.id), "r.id")} <> {AS_CREATED} ORDER BY r.id LIMIT :limit
        """,
        first=change.first_created,
        last=change.last_created,
        after=after,
        limit=limit,
    )
    return [record_of(row, template.columns) for row in rows]


async def _with_present(conn: Connection, template: ImportTemplate, rows: Sequence[Row]) -> list[Left]:
    ids = [row["record_id"] for row in rows]
    present = {record.id: record for record in await find_all(conn, template, ids)}
    known = await columns_of(conn, template.id)
    columns = [column for column in template.columns if column.id in known]
    return [
        Left(
            row["id"],
            row["record_id"],
            What(row["what"]),
            {column.key: value_of(column, row[column_name(column)]) for column in columns},
            present.get(row["record_id"]),
        )
        for row in rows
    ]


async def _count_created(conn: Connection, template_id: int, change: RecordsChange) -> tuple[int, int]:
    """How many of the records that a change has created are untouched, and how many are there at all."""
    untouched = "TRUE"
    if await has_table(conn, template_id):
        untouched = f"{state_sql(table_name(template_id), 'r.id')} = {AS_CREATED}"
    row = await conn.one(
        f"""
        SELECT COUNT(*) AS present, COALESCE(SUM(CASE WHEN {untouched} THEN 1 ELSE 0 END), 0) AS untouched
        FROM {records_table(template_id)} AS r WHERE r.id BETWEEN :first AND :last
        """,
        first=change.first_created,
        last=change.last_created,
    )
    return (int(row["untouched"]), row["present"]) if row else (0, 0)


def _of(change: RecordsChange) -> dict[str, int | None]:
    return {"first": change.first_copy, "last": change.last_copy, "change_id": change.id}


def _verdict_sql(template_id: int) -> str:
    history = table_name(template_id)
    state = state_sql(history, "e.record_id")
    return (
        f"CASE WHEN {state} = e.state THEN '{Verdict.READY}' "
        f"WHEN {state} = {before_sql(history)} THEN '{Verdict.BACK}' ELSE '{Verdict.TOUCHED}' END"
    )
