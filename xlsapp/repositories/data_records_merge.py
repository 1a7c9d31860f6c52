"""Staged rows and stored records: which row is which record, what differs, and the merge in set-based SQL.

The `*_sql` functions give statements for the child process of an import, which has a staging file open as its
main
database and data.sqlite3, read-only, as `data`. The others run in the one transaction of the import, where
the
staging file is attached as `staging`.

    planned  row, record_id, action: create, update, unchanged, or rejected
"""

from collections.abc import Mapping, Sequence

from xlsapp.clock import utc_now
from xlsapp.db.database import Connection
from xlsapp.models import CellValue, TemplateColumn
from xlsapp.repositories.data_records import column_name, table_name

PLANNED_TABLE = (
    "CREATE TABLE planned (row INTEGER PRIMARY KEY, record_id INTEGER, action TEXT NOT NULL DEFAULT 'create',"
    " by_key BOOLEAN NOT NULL DEFAULT FALSE)"
)


def plan_by_id_sql(template_id: int) -> str:
    """Plan every staged row; those that carry a record's id get it where there is such a record."""
    return f"""
        INSERT INTO planned (row, record_id, action)
        SELECT s.row, r.id, CASE WHEN r.id IS NULL THEN 'create' ELSE 'update' END
        FROM staged AS s LEFT JOIN data.{table_name(template_id)} AS r ON r.id = s.record_id
    """


PLAN_ALL_SQL = "INSERT INTO planned (row) SELECT row FROM staged"


UNKNOWN_IDS_SQL = """
    SELECT s.row, s.record_id FROM staged AS s JOIN planned AS p ON p.row = s.row
    WHERE s.record_id IS NOT NULL AND p.record_id IS NULL ORDER BY s.row
"""
"""Rows that carry the id of a record that is not there: row, id."""


def index_keys_sql(keys: Sequence[TemplateColumn]) -> str:
    """An index over the staged key columns."""
    return f"CREATE INDEX staged_keys ON staged ({', '.join(map(column_name, keys))})"


def plan_by_keys_sql(template_id: int, keys: Sequence[TemplateColumn]) -> str:
    """Give rows without a record the one whose key columns agree; the lowest id where several do."""
    names = ", ".join(map(column_name, keys))
    agree = " AND ".join(f"s.{column_name(key)} = r.{column_name(key)}" for key in keys)
    return f"""
        UPDATE planned SET record_id = found.id, action = 'update', by_key = TRUE
        FROM (
            SELECT s.row, r.id FROM (
                SELECT {names}, MIN(id) AS id FROM data.{table_name(template_id)} GROUP BY {names}
            ) AS r CROSS JOIN staged AS s ON {agree}
        ) AS found
        WHERE planned.row = found.row AND planned.record_id IS NULL
    """


def ambiguous_keys_sql(template_id: int, keys: Sequence[TemplateColumn]) -> str:
    """Rows that were matched by key columns which several records have: row, number of records."""
    names = ", ".join(map(column_name, keys))
    agree = " AND ".join(f"s.{column_name(key)} = r.{column_name(key)}" for key in keys)
    return f"""
        SELECT s.row, r.count FROM (
            SELECT {names}, COUNT(*) AS count FROM data.{table_name(template_id)}
            GROUP BY {names} HAVING COUNT(*) > 1
        ) AS r CROSS JOIN staged AS s ON {agree}
        JOIN planned AS p ON p.row = s.row WHERE p.by_key ORDER BY s.row
    """


def same_new_keys_sql(keys: Sequence[TemplateColumn]) -> str:
    """Rows that would create a record with the keys of one that a row above creates: row, that other row."""
    names = ", ".join(f"s.{column_name(key)}" for key in keys)
    return f"""
        SELECT row, first FROM (
            SELECT s.row, MIN(s.row) OVER (PARTITION BY {names}) AS first
            FROM staged AS s JOIN planned AS p ON p.row = s.row
            WHERE p.record_id IS NULL AND {" AND ".join(f"s.{column_name(k)} IS NOT NULL" for k in keys)}
        ) AS same WHERE row > first ORDER BY row
    """


def blank_keys_sql(keys: Sequence[TemplateColumn]) -> str:
    """Rows that neither carry a record's id nor have all key columns filled: row."""
    blank = " OR ".join(f"s.{column_name(key)} IS NULL" for key in keys)
    return f"""
        SELECT s.row FROM staged AS s JOIN planned AS p ON p.row = s.row
        WHERE p.record_id IS NULL AND ({blank}) ORDER BY s.row
    """


SAME_RECORD_SQL = """
    SELECT p.row, f.first, p.record_id FROM planned AS p
    JOIN (
        SELECT record_id, MIN(row) AS first FROM planned
        WHERE record_id IS NOT NULL GROUP BY record_id HAVING COUNT(*) > 1
    ) AS f ON f.record_id = p.record_id
    WHERE p.row > f.first ORDER BY p.row
"""
"""Rows that are the same record as one above: row, that other row, the record's id."""


def find_unchanged_sql(template_id: int, columns: Sequence[TemplateColumn], *, keep_blanks: bool) -> str:
    """Mark rows that say just what is stored."""
    same = " AND ".join(
        f"(s.{name} IS NULL OR s.{name} IS r.{name})" if keep_blanks else f"s.{name} IS r.{name}"
        for name in map(column_name, columns)
    )
    return f"""
        UPDATE planned SET action = 'unchanged'
        FROM staged AS s, data.{table_name(template_id)} AS r
        WHERE s.row = planned.row AND r.id = planned.record_id AND {same}
    """


def edited_since_sql(template_id: int) -> str:
    """Rows that would change a record that was edited since the workbook was exported: row, record's id,
    when.
    """
    return f"""
        SELECT s.row, r.id, r.updated_at FROM planned AS p
        JOIN staged AS s ON s.row = p.row JOIN data.{table_name(template_id)} AS r ON r.id = p.record_id
        WHERE p.action = 'update' AND s.record_id = r.id AND s.updated_at <> r.updated_at ORDER BY s.row
    """


def blank_in_new_sql(column: TemplateColumn, *, in_file: bool) -> str:
    """Rows that would create a record without a value in a required column: row."""
    blank = f"AND s.{column_name(column)} IS NULL" if in_file else ""
    return f"""
        SELECT s.row FROM planned AS p JOIN staged AS s ON s.row = p.row
        WHERE p.action = 'create' {blank} ORDER BY s.row
    """


def index_column_sql(column: TemplateColumn) -> str:
    """An index over one staged column."""
    return f"CREATE INDEX IF NOT EXISTS staged_{column_name(column)} ON staged ({column_name(column)})"


def twice_in_file_sql(column: TemplateColumn) -> str:
    """Rows whose value stands in a row above too: row, value, the first row with it."""
    name = column_name(column)
    return f"""
        SELECT s.row, s.{name}, f.first FROM staged AS s
        JOIN (
            SELECT {name} AS value, MIN(row) AS first FROM staged
            WHERE {name} IS NOT NULL GROUP BY {name} HAVING COUNT(*) > 1
        ) AS f ON f.value = s.{name}
        WHERE s.row > f.first ORDER BY s.row
    """


def stored_already_sql(template_id: int, column: TemplateColumn, *, blanks_stay: bool) -> str:
    """Rows whose value a record has that this workbook leaves alone: row, value, the record's id."""
    name = column_name(column)
    changed = f"AND t.{name} IS NOT NULL" if blanks_stay else ""
    return f"""
        SELECT s.row, s.{name}, r.id
        FROM data.{table_name(template_id)} AS r CROSS JOIN staged AS s ON s.{name} = r.{name}
        LEFT JOIN planned AS p ON p.row = s.row
        WHERE (p.record_id IS NULL OR p.record_id <> r.id)
        AND NOT EXISTS (
            SELECT 1 FROM planned AS q JOIN staged AS t ON t.row = q.row
            WHERE q.record_id = r.id AND q.action <> 'rejected' {changed}
        )
        ORDER BY s.row
    """


INDEX_PLANNED_SQL = "CREATE INDEX planned_records ON planned (record_id) WHERE record_id IS NOT NULL"

COUNT_ACTIONS_SQL = "SELECT action, COUNT(*) FROM planned GROUP BY action"


def count_missing_sql(template_id: int) -> str:
    """How many records no row of the workbook is, and how many records there are."""
    return f"""
        SELECT COUNT(*) - COUNT(p.record_id), COUNT(*) FROM data.{table_name(template_id)} AS r
        LEFT JOIN (SELECT DISTINCT record_id FROM planned WHERE record_id IS NOT NULL) AS p
        ON p.record_id = r.id
    """


RECORDS_VERSION_SQL = "SELECT records_version FROM data.import_templates WHERE id = ?"
"""The version of a template's records as the plan sees them."""

REJECT_SQL = "UPDATE planned SET action = 'rejected' WHERE row IN (SELECT row FROM rejected)"


async def merge_new(
    tx: Connection,
    template_id: int,
    columns: Sequence[TemplateColumn],
    defaults: Mapping[TemplateColumn, CellValue],
    *,
    import_id: int,
) -> int:
    """Add a record for each staged row that is planned as new, in the order of the sheet.

    Returns how many.
    """
    staged = {column_name(column): f"s.{column_name(column)}" for column in columns}
    params: dict[str, CellValue] = {}
    for column, default in defaults.items():
        name = column_name(column)
        params[f"default_{name}"] = default
        staged[name] = f"COALESCE({staged[name]}, :default_{name})" if name in staged else f":default_{name}"
    names = "".join(f", {name}" for name in staged)
    values = "".join(f", {value}" for value in staged.values())
    table = table_name(template_id)
    return await tx.run(
        f"""
        INSERT INTO {table} (position, import_id, created_at, updated_at{names})
        SELECT (SELECT COALESCE(MAX(position), 0) FROM {table}) + s.row, :import_id, :now, :now{values}
        FROM staging.planned AS p JOIN staging.staged AS s ON s.row = p.row
        WHERE p.action = 'create' ORDER BY p.row
        """,
        import_id=import_id,
        now=utc_now(),
        **params,
    )


async def merge_changed(
    tx: Connection, template_id: int, columns: Sequence[TemplateColumn], *, import_id: int, keep_blanks: bool
) -> int:
    """Store what is different in known records. Their ids and `created_at` stay. Returns how many."""
    table = table_name(template_id)
    assignments = "".join(
        f", {name} = COALESCE(s.{name}, {table}.{name})" if keep_blanks else f", {name} = s.{name}"
        for name in map(column_name, columns)
    )
    return await tx.run(
        f"""
        UPDATE {table} SET import_id = :import_id, updated_at = :now{assignments}
        FROM staging.planned AS p JOIN staging.staged AS s ON s.row = p.row
        WHERE p.action = 'update' AND {table}.id = p.record_id
        """,
        import_id=import_id,
        now=utc_now(),
    )


async def remove_missing(tx: Connection, template_id: int) -> int:
    """Delete the records that no row of the workbook is. Returns how many."""
    return await tx.run(
        f"""
        DELETE FROM {table_name(template_id)} WHERE id NOT IN
            (SELECT record_id FROM staging.planned WHERE record_id IS NOT NULL)
        """
    )
