"""The table `template_columns`. The typed column of each is kept by data_records, in the same transaction."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from xlsapp.db.connection import Connection, Row
from xlsapp.models import ColumnRules, ColumnType, Remembered, TemplateColumn
from xlsapp.repositories.records import data_records


async def list_for(conn: Connection, template_id: int) -> tuple[TemplateColumn, ...]:
    """A template's columns in their order."""
    rows = await conn.all(
        "SELECT * FROM template_columns WHERE import_template_id = :template_id ORDER BY position, id",
        template_id=template_id,
    )
    return tuple(_column(row) for row in rows)


async def list_for_user(conn: Connection, user_id: int) -> dict[int, tuple[TemplateColumn, ...]]:
    """The columns of all of a user's templates: template id → columns in their order."""
    rows = await conn.all(
        """
        SELECT c.* FROM template_columns AS c JOIN import_templates AS t ON t.id = c.import_template_id
        WHERE t.user_id = :user_id ORDER BY c.import_template_id, c.position, c.id
        """,
        user_id=user_id,
    )
    found: dict[int, list[TemplateColumn]] = defaultdict(list)
    for row in rows:
        found[row["import_template_id"]].append(_column(row))
    return {template_id: tuple(columns) for template_id, columns in found.items()}


async def add(conn: Connection, template_id: int, column: TemplateColumn) -> TemplateColumn:
    """A new column, empty in every record. The id of `column` is not used; the one returned has its own."""
    column_id = await conn.value(
        """
        INSERT INTO template_columns (import_template_id, name, type, position, required, rules, aliases,
            remembered)
        VALUES (:template_id, :name, :type, :position, :required, :rules, :aliases, :remembered)
        RETURNING id
        """,
        template_id=template_id,
        **_params(column),
    )
    added = replace(column, id=column_id)
    await data_records.add_column(conn, template_id, added)
    return added


async def change(conn: Connection, column: TemplateColumn) -> None:
    """Store a column's name, place and rules. Its type stays: another type is another column."""
    params = _params(column)
    del params["type"]
    await conn.run(
        """
        UPDATE template_columns
        SET name = :name, position = :position, required = :required, rules = :rules, aliases = :aliases,
            remembered = :remembered
        WHERE id = :column_id
        """,
        column_id=column.id,
        **params,
    )


async def add_aliases(conn: Connection, column: TemplateColumn, headers: Sequence[str]) -> None:
    """Remember that these headers mean this column."""
    aliases = list(dict.fromkeys([*column.aliases, *headers]))
    await conn.run(
        "UPDATE template_columns SET aliases = :aliases WHERE id = :column_id",
        column_id=column.id,
        aliases=json.dumps(aliases, ensure_ascii=False),
    )


async def remember(conn: Connection, column: TemplateColumn, remembered: Remembered) -> None:
    """Store what was answered of a column, in the place of what was known of it before."""
    await conn.run(
        "UPDATE template_columns SET remembered = :remembered WHERE id = :column_id",
        column_id=column.id,
        remembered=remembered.to_json(),
    )


async def remove(conn: Connection, template_id: int, column: TemplateColumn) -> None:
    """Remove a column with all it holds."""
    await conn.run("DELETE FROM template_columns WHERE id = :column_id", column_id=column.id)
    await data_records.drop_column(conn, template_id, column)


def _params(column: TemplateColumn) -> dict[str, object]:
    return {
        "name": column.name,
        "type": column.type.value,
        "position": column.position,
        "required": column.required,
        "rules": column.rules.to_json(),
        "aliases": json.dumps(column.aliases, ensure_ascii=False),
        "remembered": column.remembered.to_json(),
    }


def _column(row: Row) -> TemplateColumn:
    return TemplateColumn(
        id=row["id"],
        name=row["name"],
        type=ColumnType(row["type"]),
        position=row["position"],
        required=bool(row["required"]),
        rules=ColumnRules.from_json(row["rules"]),
        aliases=tuple(json.loads(row["aliases"])),
        remembered=Remembered.from_json(row["remembered"]),
    )
