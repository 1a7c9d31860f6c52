"""Staged rows beside the stored records: which row is which record, and what differs.

Statements for the child process of an import, which has a staging file open as its main database, and
data.sqlite3, read-only, as `data`. Those that find problems give `row, value, other`, each row once.

    planned   row, record_id, action: create, update, unchanged, or rejected; same_keys: how many records
              have the key columns by which it was matched
    found     row, value, other: what a query has found
    returned  round, record_id: records that were to change, whose rows are rejected now
"""

from collections.abc import Sequence

from xlsapp.models import TemplateColumn
from xlsapp.repositories.merging.merge import Defaults, known_value
from xlsapp.repositories.records.data_records import column_name, table_name

TABLES = (
    "CREATE TABLE planned (row INTEGER PRIMARY KEY, record_id INTEGER, action TEXT NOT NULL DEFAULT 'create',"
    " same_keys INTEGER NOT NULL DEFAULT 0)",
    "CREATE TABLE found (row INTEGER PRIMARY KEY, value, other)",
    "CREATE TABLE returned (round INTEGER, record_id INTEGER, PRIMARY KEY (round, record_id)) WITHOUT ROWID",
)

FIRST_RIGHT = "COALESCE(MIN(CASE WHEN x.row IS NULL THEN s.row END), MIN(s.row))"
"""Of rows `s` that exclude each other, the first that is right, or else the first; `x` is `rejected`."""

PLAN_ALL_SQL = "INSERT INTO planned (row) SELECT row FROM staged"


def plan_by_id_sql(template_id: int) -> str:
    """Plan every staged row; those that carry a record's id get it where there is such a record."""
    return f"""
        INSERT INTO planned (row, record_id, action)
        SELECT s.row, r.id, CASE WHEN r.id IS NULL THEN 'create' ELSE 'update' END
        FROM staged AS s LEFT JOIN data.{table_name(template_id)} AS r ON r.id = s.record_id
    """


UNKNOWN_IDS_SQL = """
    SELECT s.row, s.record_id, NULL FROM staged AS s JOIN planned AS p ON p.row = s.row
    WHERE s.record_id IS NOT NULL AND p.record_id IS NULL
"""
"""Rows that carry the id of a record that is not there: row, id."""


def index_keys_sql(keys: Sequence[TemplateColumn]) -> str:
    """An index over the staged key columns."""
    return f"CREATE INDEX staged_keys ON staged ({', '.join(map(column_name, keys))})"


def plan_by_keys_sql(template_id: int, keys: Sequence[TemplateColumn]) -> str:
    """Give rows without a record the one whose key columns agree; the lowest id where several do."""
    names = ", ".join(f"r.{column_name(key)}" for key in keys)
    # Materialized, or SQLite looks through all of `planned` once for each record.
    return f"""
        WITH matched AS MATERIALIZED (
            SELECT s.row, f.id, f.records FROM (
                SELECT {names}, MIN(r.id) AS id, COUNT(*) AS records FROM data.{table_name(template_id)} AS r
                WHERE EXISTS (SELECT 1 FROM staged AS s WHERE {_agree(keys, "r")}) GROUP BY {names}
            ) AS f CROSS JOIN staged AS s ON {_agree(keys, "f")}
        )
        UPDATE planned SET record_id = matched.id, action = 'update', same_keys = matched.records
        FROM matched WHERE planned.row = matched.row AND planned.record_id IS NULL
    """


AMBIGUOUS_KEYS_SQL = "SELECT row, '', same_keys FROM planned WHERE same_keys > 1"
"""Rows that were matched by key columns which several records have: row, nothing, number of records."""


def same_new_keys_sql(keys: Sequence[TemplateColumn]) -> str:
    """Rows that would create a record with the same keys as another row's: row, nothing, that other row."""
    names = ", ".join(f"s.{column_name(key)}" for key in keys)
    filled = " AND ".join(f"s.{column_name(key)} IS NOT NULL" for key in keys)
    return f"""
        SELECT s.row, '', f.first FROM (
            SELECT {names}, {FIRST_RIGHT} AS first
            FROM staged AS s JOIN planned AS p ON p.row = s.row LEFT JOIN rejected AS x ON x.row = s.row
            WHERE p.record_id IS NULL AND {filled} GROUP BY {names} HAVING COUNT(*) > 1
        ) AS f CROSS JOIN staged AS s ON {_agree(keys, "f")}
        JOIN planned AS p ON p.row = s.row WHERE p.record_id IS NULL AND s.row <> f.first
    """


def blank_keys_sql(keys: Sequence[TemplateColumn]) -> str:
    """Rows that neither carry a record's id nor have all key columns filled: row."""
    blank = " OR ".join(f"s.{column_name(key)} IS NULL" for key in keys)
    return f"""
        SELECT s.row, '', NULL FROM staged AS s JOIN planned AS p ON p.row = s.row
        WHERE p.record_id IS NULL AND ({blank})
    """


INDEX_PLANNED_SQL = "CREATE INDEX planned_records ON planned (record_id) WHERE record_id IS NOT NULL"

SAME_RECORD_SQL = f"""
    SELECT s.row, s.record_id, f.first FROM (
        SELECT s.record_id, {FIRST_RIGHT} AS first
        FROM planned AS s LEFT JOIN rejected AS x ON x.row = s.row
        WHERE s.record_id IS NOT NULL GROUP BY s.record_id HAVING COUNT(*) > 1
    ) AS f JOIN planned AS s ON s.record_id = f.record_id
    WHERE s.row <> f.first
"""
"""Rows that are the same record as another one: row, the record's id, that other row."""


def find_unchanged_sql(
    template_id: int, columns: Sequence[TemplateColumn], defaults: Defaults, *, keep_blanks: bool
) -> str:
    """Mark rows that say just what is stored."""
    same = " AND ".join(
        f"{known_value(column, defaults, stored='r' if keep_blanks else None)} IS r.{column_name(column)}"
        for column in columns
    )
    return f"""
        UPDATE planned SET action = 'unchanged'
        FROM staged AS s, data.{table_name(template_id)} AS r
        WHERE s.row = planned.row AND r.id = planned.record_id AND {same}
    """


def edited_since_sql(template_id: int) -> str:
    """Rows that would change a record which was edited since the export: row, the record's id, when."""
    return f"""
        SELECT s.row, r.id, r.updated_at FROM planned AS p
        JOIN staged AS s ON s.row = p.row JOIN data.{table_name(template_id)} AS r ON r.id = p.record_id
        WHERE p.action = 'update' AND s.record_id = r.id AND s.updated_at <> r.updated_at
    """


def blank_in_new_sql(column: TemplateColumn, *, in_file: bool) -> str:
    """Rows that would create a record without a value in a required column: row."""
    blank = f"AND s.{column_name(column)} IS NULL" if in_file else ""
    return f"""
        SELECT s.row, '', NULL FROM planned AS p JOIN staged AS s ON s.row = p.row
        WHERE p.action = 'create' {blank}
    """


REJECT_FOUND_SQL = "INSERT OR IGNORE INTO rejected SELECT row FROM found"

REJECT_SQL = "UPDATE planned SET action = 'rejected' WHERE row IN (SELECT row FROM rejected)"

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


def _agree(keys: Sequence[TemplateColumn], other: str) -> str:
    return " AND ".join(f"s.{column_name(key)} = {other}.{column_name(key)}" for key in keys)
