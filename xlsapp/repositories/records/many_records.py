"""Several records in one statement: added, changed, and found by what they hold.

The rows go along as one JSON array of arrays, whatever their number.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from xlsapp.clock import to_second, utc_stamp
from xlsapp.db.connection import Connection
from xlsapp.models import TEXT_TYPES, CellValue, ImportTemplate, TemplateColumn
from xlsapp.repositories.records.data_records import column_name, table_name


@dataclass(frozen=True, slots=True)
class Holders:
    """The records that hold certain values: how many, and the first and the last of them by id."""

    first: int
    last: int
    count: int


async def add(tx: Connection, template: ImportTemplate, rows: Sequence[Mapping[str, CellValue]]) -> list[int]:
    """New records, last in this order. Each has a value for every column. Returns their ids."""
    if not rows:
        return []
    columns, table, stamp = template.columns, table_name(template.id), utc_stamp()
    names = "".join(f", {column_name(column)}" for column in columns)
    values = "".join(f", {_item(tx, column, place)}" for place, column in enumerate(columns, 1))
    number = f"CAST({tx.dialect.json_item.format('listed.value', 0)} AS BIGINT)"
    added = await tx.all(
        f"""
        INSERT INTO {table} (position, created_at, updated_at{names})
        SELECT (SELECT COALESCE(MAX(position), 0) FROM {table}) + {number}, :now, :stamp{values}
        FROM {tx.dialect.json_rows.format(":rows")} AS listed ORDER BY {number}
        RETURNING id
        """,
        now=to_second(stamp),
        stamp=stamp,
        rows=json.dumps([[n, *(row.get(c.key) for c in columns)] for n, row in enumerate(rows, 1)]),
    )
    return sorted(row["id"] for row in added)  # ids are given in the order of the rows


async def change(
    tx: Connection, template: ImportTemplate, changes: Mapping[int, Mapping[str, CellValue]]
) -> None:
    """Store some values of records, by their ids; the others stay."""
    alike: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for record_id, values in changes.items():
        alike[tuple(sorted(values))].append(record_id)
    stamp = utc_stamp()
    for keys, ids in alike.items():
        columns = [column for column in template.columns if column.key in keys]
        assignments = "".join(
            f", {column_name(column)} = {_item(tx, column, place)}" for place, column in enumerate(columns, 1)
        )
        table = table_name(template.id)
        await tx.run(
            f"""
            UPDATE {table} SET updated_at = :stamp, revision = revision + 1{assignments}
            FROM {tx.dialect.json_rows.format(":rows")} AS listed
            WHERE {table}.id = CAST({tx.dialect.json_item.format("listed.value", 0)} AS BIGINT)
            """,
            stamp=stamp,
            rows=json.dumps([[each, *(changes[each][c.key] for c in columns)] for each in ids]),
        )


async def holders(
    conn: Connection,
    template: ImportTemplate,
    columns: Sequence[TemplateColumn],
    wanted: Iterable[Sequence[CellValue]],
) -> dict[tuple[CellValue, ...], Holders]:
    """The records that have some values in these columns, for all of `wanted` that some have.

    Looks at all records, once. A text is as `visible` gives it, and is found also where it is stored with
    what nobody sees, as it once was.
    """
    rows = list(dict.fromkeys(map(tuple, wanted)))
    if not rows:
        return {}
    items = ", ".join(f"{_item(conn, column, place)} AS k{place}" for place, column in enumerate(columns, 1))
    same = " AND ".join(f"{_seen(conn, column)} = wanted.k{place}" for place, column in enumerate(columns, 1))
    found = await conn.all(
        f"""
        WITH wanted AS MATERIALIZED (
            SELECT CAST({conn.dialect.json_item.format("listed.value", 0)} AS BIGINT) AS number, {items}
            FROM {conn.dialect.json_rows.format(":rows")} AS listed
        )
        SELECT wanted.number, MIN(r.id) AS first, MAX(r.id) AS last, COUNT(*) AS count
        FROM {table_name(template.id)} AS r JOIN wanted ON {same} GROUP BY wanted.number
        """,
        rows=json.dumps([[number, *row] for number, row in enumerate(rows)]),
    )
    return {rows[row["number"]]: Holders(row["first"], row["last"], row["count"]) for row in found}


def _item(conn: Connection, column: TemplateColumn, place: int) -> str:
    return conn.dialect.cast(conn.dialect.json_item.format("listed.value", place), column.type)


def _seen(conn: Connection, column: TemplateColumn) -> str:
    name = f"r.{column_name(column)}"
    if column.type not in TEXT_TYPES:
        return name
    return f"CASE WHEN {conn.dialect.may_differ.format(name)} THEN visible({name}) ELSE {name} END"
