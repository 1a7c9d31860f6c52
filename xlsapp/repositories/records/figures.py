"""What a column holds, in figures: how many values, the least and the greatest, the most frequent, and bars.

Each looks at all records of a selection. Only the grouping sorts them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from xlsapp.db.connection import Connection
from xlsapp.db.dialect import Dialect
from xlsapp.models import CellValue, ColumnType, ImportTemplate, TemplateColumn
from xlsapp.repositories.records.data_records import column_name, table_name
from xlsapp.repositories.records.listing import BETWEEN
from xlsapp.repositories.records.selection import Params, Selection, where_sql

EXTREME = 1e300
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
    where, params = where_sql(template, selection, conn.dialect)
    return await _bounds(
        conn, template, column, f"{BETWEEN} AND {where}", {**params, "low": ids.start, "high": ids.stop - 1}
    )


async def bounds_among(
    conn: Connection, template: ImportTemplate, column: TemplateColumn, ids: Iterable[int]
) -> Bounds:
    """The bounds of the records with these ids."""
    return await _bounds(conn, template, column, conn.dialect.among("id"), {"ids": conn.dialect.listed(ids)})


@dataclass(frozen=True, slots=True)
class Parts:
    """How values are parted on a scale."""

    params: Params
    by_number: bool = True
    is_extreme: bool = False

    @property
    def sql_type(self) -> str:
        """The type of a part."""
        return "BIGINT" if self.by_number else "TEXT"

    def sql(self, dialect: Dialect) -> str:
        """Which part a value `v` is in."""
        if self.by_number:
            return (dialect.part_of_extremes if self.is_extreme else dialect.part).format(
                "v", ":start", ":step"
            )
        return dialect.beginning.format("v", ":length")


def number_parts(start: float, step: float) -> Parts:
    """Parts of one size, numbered from 0."""
    return Parts({"start": start, "step": step}, is_extreme=max(abs(start), step) > EXTREME)


def text_parts(length: int) -> Parts:
    """Parts by the first characters: years, months, days or hours."""
    return Parts({"length": length}, by_number=False)


async def groups(
    conn: Connection,
    template: ImportTemplate,
    column: TemplateColumn,
    selection: Selection,
    ids: Iterable[int] | None,
    *,
    parts: Parts | None,
    top: int,
) -> Groups:
    """The groups of a selection's records; of those with `ids` where these are known."""
    if ids is None:
        where, params = where_sql(template, selection, conn.dialect)
    else:
        where, params = conn.dialect.among("id"), {"ids": conn.dialect.listed(ids)}
    no_value = f"CAST(NULL AS {conn.dialect.plain_type(column.type)})"
    part, part_type = (parts.sql(conn.dialect), parts.sql_type) if parts else ("NULL", "TEXT")
    rows = await conn.all(
        f"""
        WITH grouped AS MATERIALIZED (
            SELECT {column_name(column)} AS v, COUNT(*) AS n FROM {table_name(template.id)}
            WHERE {where} AND {column_name(column)} IS NOT NULL GROUP BY 1
        )
        SELECT 'distinct' AS kind, {no_value} AS value, CAST(NULL AS {part_type}) AS part, COUNT(*) AS n
        FROM grouped
        UNION ALL SELECT * FROM (
            SELECT 'top', v, CAST(NULL AS {part_type}), n FROM grouped ORDER BY n DESC, v LIMIT :top
        ) AS frequent
        UNION ALL SELECT * FROM (
            SELECT 'part', {no_value}, {part} AS part, CAST(SUM(n) AS BIGINT) FROM grouped
            GROUP BY 3 ORDER BY 3
        ) AS scale
        """,
        **params,
        **(parts.params if parts else {}),
        top=top,
    )
    return Groups(
        rows[0]["n"],
        [(row["value"], row["n"]) for row in rows if row["kind"] == "top"],
        [(row["part"], row["n"]) for row in rows if row["kind"] == "part"],
    )


async def _bounds(
    conn: Connection, template: ImportTemplate, column: TemplateColumn, where: str, params: Params
) -> Bounds:
    name = column_name(column)
    total = conn.dialect.total.format(name) if column.type in SUMMED else "NULL"
    compared = f"CAST({name} AS INTEGER)" if column.type is ColumnType.BOOLEAN else name
    [row] = await conn.all(
        f"""
        SELECT COUNT(*) AS records, COUNT({name}) AS filled, MIN({compared}) AS smallest,
            MAX({compared}) AS largest, {total} AS total
        FROM {table_name(template.id)} WHERE {where}
        """,
        **params,
    )
    return Bounds(**{**row, "total": None if row["total"] is None else float(row["total"])})
