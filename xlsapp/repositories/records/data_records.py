"""The records of each template, in a typed table of its own: `records_{template_id}`.

    id, position, import_id, created_at, updated_at, revision, and c{column_id} for each template column

`updated_at` has microseconds, so that each change can be told from the one before; records that were last
changed by an older version have whole seconds. `revision` is 1 at first, and a higher number after each
change of a value.

Identifiers in its SQL are put together from integer ids, here and in the modules beside it, and
nowhere else. None of it notes that records have changed: services/records/writer.py does, for all of them.
"""

from collections.abc import Iterable, Mapping, Sequence

from xlsapp.clock import to_second, utc_stamp
from xlsapp.db.connection import Connection, Row
from xlsapp.errors import NotFound
from xlsapp.models import TEXT_TYPES, CellValue, ColumnType, DataRecord, ImportTemplate, TemplateColumn

FIXED_COLUMNS = ("id", "position", "import_id", "created_at", "updated_at", "revision")


def table_name(template_id: int) -> str:
    """The name of a template's table."""
    return f"records_{int(template_id)}"


def renewed_name(template_id: int) -> str:
    """The name of the table that is about to take its place: see renewing.py."""
    return f"{table_name(template_id)}_renewed"


def column_name(column: TemplateColumn) -> str:
    """The name of a column's typed column."""
    return f"c{int(column.id)}"


async def create_table(conn: Connection, template_id: int) -> None:
    """An empty table for a new template."""
    table = table_name(template_id)
    # Ids are never used twice: an exported workbook may name a record that has been deleted since.
    await conn.run(
        f"""
        CREATE TABLE {table} (
            id {conn.dialect.identity},
            position BIGINT NOT NULL,
            import_id BIGINT,
            created_at {conn.dialect.text} NOT NULL,
            updated_at {conn.dialect.text} NOT NULL,
            revision BIGINT NOT NULL DEFAULT 1
        )
        """
    )
    await conn.run(f"CREATE INDEX {table}_by_position ON {table} (position, id)")


async def count_by_import(conn: Connection, template_id: int, import_ids: Iterable[int]) -> dict[int, int]:
    """How many records there still are of those that imports made, or changed last; none are left out."""
    rows = await conn.all(
        f"""
        SELECT import_id, COUNT(*) AS records FROM {table_name(template_id)}
        WHERE {conn.dialect.among("import_id")} GROUP BY import_id
        """,
        ids=conn.dialect.listed(import_ids),
    )
    return {row["import_id"]: row["records"] for row in rows}


async def drop_table(conn: Connection, template_id: int) -> None:
    """Remove a template's records for good."""
    await make_way(conn, template_id)
    await conn.run(f"DROP TABLE {table_name(template_id)}")
    await conn.run(f"DROP TABLE IF EXISTS {renewed_name(template_id)}")  # where making it was cut off


async def add_column(conn: Connection, template_id: int, column: TemplateColumn) -> None:
    """A typed column, empty in every record."""
    sql_type = conn.dialect.column_types[column.type]
    await _alter(conn, template_id, f"ADD COLUMN {column_name(column)} {sql_type}")


async def drop_column(conn: Connection, template_id: int, column: TemplateColumn) -> None:
    """Remove a typed column with all it holds."""
    await _alter(conn, template_id, f"DROP COLUMN {column_name(column)}")


async def count_filled(conn: Connection, template_id: int, column: TemplateColumn) -> int:
    """In how many records a column is not blank."""
    return int(await conn.value(f"SELECT COUNT({column_name(column)}) FROM {table_name(template_id)}"))


def select_column_sql(template_id: int, column: TemplateColumn) -> str:
    """A query for id, age, revision and value of each record in which a column is not blank."""
    name = column_name(column)
    return f"SELECT id, updated_at, revision, {name} FROM {table_name(template_id)} WHERE {name} IS NOT NULL"


async def take_converted(
    tx: Connection, template_id: int, column: TemplateColumn, *, converted_from: TemplateColumn
) -> None:
    """Fill a column from the staged table `converted` (column_id, record_id, value, is_same).

    Records whose value is another one now, or none, have been changed.
    """
    table, stamp = table_name(template_id), utc_stamp()
    value = tx.dialect.cast("converted.value", column.type)
    await tx.run(
        f"""
        UPDATE {table} SET {column_name(column)} = {value}, revision = revision + 1 - converted.is_same,
            updated_at = CASE converted.is_same WHEN 1 THEN updated_at ELSE :stamp END
        FROM converted
        WHERE converted.column_id = :old_id AND converted.record_id = {table}.id
        """,
        old_id=converted_from.id,
        stamp=stamp,
    )
    await tx.run(
        f"""
        UPDATE {table} SET revision = revision + 1, updated_at = :stamp
        WHERE {column_name(converted_from)} IS NOT NULL AND {column_name(column)} IS NULL
        """,
        stamp=stamp,
    )


async def get_version(conn: Connection, template_id: int) -> int | None:
    """The number of a template's records' last change; None when the template is gone."""
    version: int | None = await conn.value(
        "SELECT records_version FROM import_templates WHERE id = :template_id", template_id=template_id
    )
    return version


async def lock(tx: Connection, template_id: int) -> bool:
    """See to it that nobody else changes a template's records before the transaction ends.

    Whether the template is there. On SQLite nobody else writes anyway.
    """
    found = await tx.value(
        f"SELECT id FROM import_templates WHERE id = :template_id {tx.dialect.for_update}",
        template_id=template_id,
    )
    return found is not None


async def last_id(conn: Connection, template_id: int) -> int:
    """The highest id of the records that there are; 0 without any. Those to come have higher ones."""
    return int(await conn.value(f"SELECT COALESCE(MAX(id), 0) FROM {table_name(template_id)}"))


async def find(conn: Connection, template: ImportTemplate, record_id: int) -> DataRecord:
    """One record. Raises NotFound."""
    row = await conn.one(
        f"SELECT * FROM {table_name(template.id)} WHERE id = :record_id", record_id=record_id
    )
    if row is None:
        raise NotFound(f"record {record_id}")
    return record_of(row, template.columns)


async def add(conn: Connection, template: ImportTemplate, values: Mapping[str, CellValue]) -> int:
    """A new record, last in order. `values` is keyed by `TemplateColumn.key`. Returns its id."""
    columns = template.columns
    names = "".join(f", {column_name(column)}" for column in columns)
    places = "".join(f", :{column_name(column)}" for column in columns)
    table, stamp = table_name(template.id), utc_stamp()
    record_id = await conn.value(
        f"""
        INSERT INTO {table} (position, created_at, updated_at{names})
        SELECT COALESCE(MAX(position), 0) + 1, :now, :stamp{places} FROM {table}
        RETURNING id
        """,
        now=to_second(stamp),
        stamp=stamp,
        **_params(columns, values),
    )
    return int(record_id)


async def change(
    conn: Connection, template: ImportTemplate, record_id: int, values: Mapping[str, CellValue]
) -> None:
    """Store some values of a record; the others stay. Raises NotFound."""
    columns = [column for column in template.columns if column.key in values]
    assignments = "".join(f", {column_name(c)} = :{column_name(c)}" for c in columns)
    changed = await conn.run(
        f"UPDATE {table_name(template.id)} SET updated_at = :stamp, revision = revision + 1{assignments} "
        "WHERE id = :record_id",
        stamp=utc_stamp(),
        record_id=record_id,
        **_params(columns, values),
    )
    if not changed:
        raise NotFound(f"record {record_id}")


async def get_id_of(
    conn: Connection, template: ImportTemplate, column: TemplateColumn, value: CellValue, *, but: int
) -> int | None:
    """The id of a record that has a value in a column, other than `but`. Looks at all records.

    A text that is as `visible` gives it is also found where it is stored with outer blanks, or with what
    nobody sees, as it once was.
    """
    name = column_name(column)
    same = f"{name} = :value"
    if column.type in TEXT_TYPES:
        same += f" OR ({conn.dialect.may_differ.format(name)} AND visible({name}) = :value)"
    record_id: int | None = await conn.value(
        f"SELECT id FROM {table_name(template.id)} WHERE ({same}) AND id <> :but LIMIT 1",
        value=value,
        but=but,
    )
    return record_id


async def note_change(conn: Connection, template_id: int, *, added: int = 0) -> int:
    """Count a change of a template's records, and how many more or fewer there are. Part of every change.

    Returns the number of the change. Raises NotFound.
    """
    version = await conn.value(
        """
        UPDATE import_templates
        SET record_count = record_count + :added, records_version = records_version + 1
        WHERE id = :template_id RETURNING records_version
        """,
        template_id=template_id,
        added=added,
    )
    if version is None:
        raise NotFound(f"import template {template_id}")
    return int(version)


def record_of(row: Row, columns: Sequence[TemplateColumn]) -> DataRecord:
    """A row of a template's table as a record."""
    values = {column.key: value_of(column, row[column_name(column)]) for column in columns}
    fixed = {name: row[name] for name in FIXED_COLUMNS}
    return DataRecord(**{**fixed, "updated_at": to_second(row["updated_at"])}, values=values)


async def _alter(conn: Connection, template_id: int, what: str) -> None:
    await make_way(conn, template_id)
    await conn.run(f"ALTER TABLE {table_name(template_id)} {what}")


async def make_way(conn: Connection, template_id: int) -> None:
    """Before a table is altered or removed: wait no longer for others than they can wait for us."""
    for statement in conn.dialect.make_way:
        await conn.run(statement.format(table_name(template_id)))


def _params(columns: Sequence[TemplateColumn], values: Mapping[str, CellValue]) -> dict[str, CellValue]:
    return {column_name(column): values.get(column.key) for column in columns}


def value_of(column: TemplateColumn, stored: CellValue) -> CellValue:
    """A value as it came from the database."""
    # SQLite keeps booleans as 0 and 1.
    return bool(stored) if column.type is ColumnType.BOOLEAN and stored is not None else stored
