"""What a column holds, in figures: how many values, the least and the greatest, the most frequent, and bars.

Each looks at all records of a selection. Only the grouping has SQLite sort them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xlsapp.db.connection import Connection
from xlsapp.models import CellValue, ColumnType, ImportTemplate, TemplateColumn
from xlsapp.repositories.records.data_records import column_name, table_name
from xlsapp.repositories.records.listing import AMONG, BETWEEN, as_json
from xlsapp.repositories.records.selection import Params, Selection, where_sql

SUMMED = (ColumnType.INTEGER, ColumnType.NUMBER, ColumnType.DURATION)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many records there are, in how many the column is filled, between what, and their sum."""

    records: int
    filled: int
    smallest: CellValue
    largest: CellValue
    total: float | None


@dataclass(frozen=True, slots=True)
class Groups:
    """How many different values there are, the most frequent, and how many are in each part of a scale."""

    distinct: int
    top: Sequence[tuple[CellValue, int]]
    parts: Sequence[tuple[CellValue, int]]


async def bounds_between(
    conn: Connection, template: ImportTemplate, column: TemplateColumn, selection: Selection, ids: range
) -> Bounds:
    """The bounds of the records with an id in a range."""
    where, params = where_sql(template, selection)
    return await _bounds(
        conn, template, column, f"{BETWEEN} AND {where}", {**params, "low": ids.start, "high": ids.stop - 1}
    )


async def bounds_among(
    conn: Connection, template: ImportTemplate, column: TemplateColumn, ids: Iterable[int]
) -> Bounds:
    """The bounds of the records with these ids."""
    return await _bounds(conn, template, column, AMONG, {"ids": as_json(ids)})


async def groups(
    conn: Connection,
    template: ImportTemplate,
    column: TemplateColumn,
    selection: Selection,
    ids: Iterable[int] | None,
    *,
    part_sql: str,
    part_params: Params,
    top: int,
) -> Groups:
    """The groups of a selection's records; of those with `ids` where these are known.

    `part_sql` says which part of a scale a value `v` is in; see `number_parts` and `text_parts`.
    """
    where, params = (AMONG, {"ids": as_json(ids)}) if ids is not None else where_sql(template, selection)
    rows = await conn.all(
        f"""
        WITH grouped AS MATERIALIZED (
            SELECT {column_name(column)} AS v, COUNT(*) AS n FROM {table_name(template.id)}
            WHERE {where} AND {column_name(column)} IS NOT NULL GROUP BY 1
        )
        SELECT 'distinct' AS kind, NULL AS value, COUNT(*) AS n FROM grouped
        UNION ALL SELECT * FROM (SELECT 'top', v, n FROM grouped ORDER BY n DESC, v LIMIT :top)
        UNION ALL SELECT * FROM (SELECT 'part', {part_sql} AS part, SUM(n) FROM grouped GROUP BY 2 ORDER BY 2)
        """,
        **params,
        **part_params,
        top=top,
    )
    found = {kind: [(r["value"], r["n"]) for r in rows if r["kind"] == kind] for kind in ("top", "part")}
    return Groups(rows[0]["n"], found["top"], found["part"])


def number_parts(start: float, step: float) -> tuple[str, Params]:
    """Parts of one size, numbered from 0."""
    return "CAST((v - :start) / :step AS INTEGER)", {"start": start, "step": step}


def text_parts(length: int) -> tuple[str, Params]:
    """Parts by the first characters: years, months, days or hours."""
    return "SUBSTR(v, 1, :length)", {"length": length}


NO_PARTS: tuple[str, Params] = ("0", {})


async def _bounds(
    conn: Connection, template: ImportTemplate, column: TemplateColumn, where: str, params: Params
) -> Bounds:
    name = column_name(column)
    total = f"TOTAL({name})" if column.type in SUMMED else "NULL"
    [row] = await conn.all(
        f"""
        SELECT COUNT(*) AS records, COUNT({name}) AS filled, MIN({name}) AS smallest, MAX({name}) AS largest,
            {total} AS total
        FROM {table_name(template.id)} WHERE {where}
        """,
        **params,
    )
    return Bounds(**row)
