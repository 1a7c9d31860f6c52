"""Values that may be there once: which staged rows have one that another row, or a stored record, has too.

Statements for the child process of an import; data_records_compare.py says what they see and what they give.
"""

from xlsapp.models import TemplateColumn
from xlsapp.repositories.merging.comparing import FIRST_RIGHT
from xlsapp.repositories.records.data_records import column_name, table_name


def add_column_sql(column: TemplateColumn) -> str:
    """Room for a column that the workbook does not have, and whose default new records get."""
    return f"ALTER TABLE staged ADD COLUMN {column_name(column)} {column.type.sql_type}"


def fill_blanks_sql(column: TemplateColumn, *, known: bool) -> str:
    """Put the default, a parameter, into the blanks of new records; with `known`, of known ones too."""
    name = column_name(column)
    new = "" if known else "AND row IN (SELECT row FROM planned WHERE record_id IS NULL)"
    return f"UPDATE staged SET {name} = ? WHERE {name} IS NULL {new}"


def index_column_sql(column: TemplateColumn) -> str:
    """An index over one staged column."""
    return f"CREATE INDEX staged_{column_name(column)} ON staged ({column_name(column)})"


def twice_in_file_sql(column: TemplateColumn) -> str:
    """Rows whose value another row has, and keeps: row, value, that other row."""
    name = column_name(column)
    return f"""
        SELECT s.row, s.{name}, f.first FROM (
            SELECT s.{name} AS value, {FIRST_RIGHT} AS first
            FROM staged AS s LEFT JOIN rejected AS x ON x.row = s.row
            WHERE s.{name} IS NOT NULL GROUP BY s.{name} HAVING COUNT(*) > 1
        ) AS f CROSS JOIN staged AS s ON s.{name} = f.value
        WHERE s.row <> f.first
    """


def stored_already_sql(
    template_id: int,
    column: TemplateColumn,
    *,
    blanks_stay: bool,
    rejected_stay: bool,
    others_go: bool,
    returned_only: bool = False,
) -> str:
    """Rows whose value a record has and keeps: row, value, the record's id.

    A record keeps its value when no row changes it: none is that record (unless `others_go`); or the row has
    a blank there, and `blanks_stay`; or it is rejected, and `rejected_stay`. `returned_only` looks just at
    the records that were returned in `:round`, and at rows that are right so far.
    """
    name = column_name(column)
    changes = "q.record_id = r.id"
    if blanks_stay:
        changes += f" AND t.{name} IS NOT NULL"
    if rejected_stay:
        changes += " AND NOT EXISTS (SELECT 1 FROM rejected AS x WHERE x.row = q.row)"
    looked_at = f"EXISTS (SELECT 1 FROM staged AS s WHERE s.{name} = r.{name})"
    if others_go:
        looked_at += " AND EXISTS (SELECT 1 FROM planned AS q WHERE q.record_id = r.id)"
    if returned_only:
        looked_at += " AND r.id IN (SELECT record_id FROM returned WHERE round = :round)"
    right = "AND s.row NOT IN (SELECT row FROM rejected)" if returned_only else ""
    return f"""
        SELECT s.row, s.{name}, CASE WHEN p.record_id IS held.first THEN held.last ELSE held.first END
        FROM (
            SELECT r.{name} AS value, MIN(r.id) AS first, MAX(r.id) AS last
            FROM data.{table_name(template_id)} AS r
            WHERE {looked_at} AND NOT EXISTS (
                SELECT 1 FROM planned AS q JOIN staged AS t ON t.row = q.row WHERE {changes}
            )
            GROUP BY r.{name}
        ) AS held CROSS JOIN staged AS s ON s.{name} = held.value
        JOIN planned AS p ON p.row = s.row
        WHERE (p.record_id IS NOT held.first OR held.first <> held.last) {right}
    """


NOTE_RETURNED_SQL = """
    INSERT OR IGNORE INTO returned
    SELECT :round, p.record_id FROM found AS f CROSS JOIN planned AS p ON p.row = f.row
    WHERE p.record_id IS NOT NULL AND f.row NOT IN (SELECT row FROM rejected)
"""
"""Note whose records will not change, once the rows in `found` are rejected."""
