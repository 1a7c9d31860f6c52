"""What there is to know of single records' past: their copies, newest first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from xlsapp.db.connection import Connection, Row
from xlsapp.models import CellValue, TemplateColumn
from xlsapp.repositories.history import changes
from xlsapp.repositories.history.changes import ChangeKind, RecordsChange
from xlsapp.repositories.history.copies import What, columns_of, has_table, table_name
from xlsapp.repositories.records.data_records import column_name, value_of


@dataclass(frozen=True, slots=True)
class Copy:
    """What a record was before a change."""

    id: int
    change_id: int
    record_id: int
    what: What
    row: int | None
    """Of the workbook that has changed it."""
    values: Mapping[str, CellValue]
    """By columns' keys, also of columns that are gone by now."""
    position: int | None


async def former_columns(conn: Connection, template_id: int) -> dict[int, TemplateColumn]:
    """The columns that a template had, and that are gone, by their ids: as far as their removal is known."""
    rows = await conn.all(
        "SELECT id FROM changes WHERE import_template_id = :template_id AND kind = :kind ORDER BY id",
        template_id=template_id,
        kind=ChangeKind.COLUMNS.value,
    )
    found = await changes.find_some(conn, template_id, {row["id"] for row in rows})
    return {
        gone["id"]: changes.column_from_dict(gone["id"], gone["column"])
        for change in found.values()
        for gone in change.details.get("columns", ())
    }


async def of_record(
    conn: Connection,
    template_id: int,
    record_id: int,
    columns: Sequence[TemplateColumn],
    *,
    before: int | None = None,
    limit: int,
) -> list[Copy]:
    """The copies of a record, newest first: the latest, or those before one."""
    if not await has_table(conn, template_id):
        return []
    older = "AND id < :before" if before is not None else ""
    params = {"before": before} if before is not None else {}
    rows = await conn.all(
        f"""
        SELECT * FROM {table_name(template_id)} WHERE record_id = :record_id {older}
        ORDER BY record_id DESC, id DESC LIMIT :limit
        """,
        record_id=record_id,
        limit=limit,
        **params,
    )
    known = await columns_of(conn, template_id)
    return [_copy(row, [column for column in columns if column.id in known]) for row in rows]


async def of_change(
    conn: Connection,
    change: RecordsChange,
    columns: Sequence[TemplateColumn],
    *,
    after: int = 0,
    limit: int,
) -> list[Copy]:
    """The copies of a change, in the order in which they were made."""
    if change.first_copy is None:
        return []
    template_id = change.import_template_id
    rows = await conn.all(
        f"""
        SELECT * FROM {table_name(template_id)}
        WHERE id BETWEEN :first AND :last AND id > :after AND change_id = :change_id ORDER BY id LIMIT :limit
        """,
        first=change.first_copy,
        last=change.last_copy,
        after=after,
        change_id=change.id,
        limit=limit,
    )
    known = await columns_of(conn, template_id)
    return [_copy(row, [column for column in columns if column.id in known]) for row in rows]


def _copy(row: Row, columns: Sequence[TemplateColumn]) -> Copy:
    return Copy(
        row["id"],
        row["change_id"],
        row["record_id"],
        What(row["what"]),
        row["row"],
        {column.key: value_of(column, row[column_name(column)]) for column in columns},
        row["position"],
    )
