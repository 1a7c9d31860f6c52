"""The queries that the child process of an export runs. Each row: the columns' values, id, updated_at."""

from xlsapp.models import ImportTemplate
from xlsapp.repositories.data_records import column_name, table_name


def select_rows_sql(template: ImportTemplate) -> str:
    """All of a template's records, in the order of their workbooks."""
    names = ", ".join([*map(column_name, template.columns), "id", "updated_at"])
    return f"SELECT {names} FROM {table_name(template.id)} ORDER BY position, id"


def count_rows_sql(template: ImportTemplate) -> str:
    """How many records that gives."""
    return f"SELECT COUNT(*) FROM {table_name(template.id)}"
