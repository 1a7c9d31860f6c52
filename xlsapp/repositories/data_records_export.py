"""The queries that the child process of an export runs. Each row: id, updated_at, then the values."""

from xlsapp.models import ImportTemplate
from xlsapp.repositories.data_records import column_name, table_name


def select_rows_sql(template: ImportTemplate) -> str:
    """All of a template's records, in the order of their workbooks."""
    names = ", ".join(["id", "updated_at", *map(column_name, template.columns)])
    return f"SELECT {names} FROM {table_name(template.id)} ORDER BY position, id"


def count_rows_sql(rows_sql: str) -> str:
    """How many rows a query gives."""
    return f"SELECT COUNT(*) FROM ({rows_sql})"
