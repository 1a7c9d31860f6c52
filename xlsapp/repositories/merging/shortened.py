"""Values that come back without their last digits, although nobody has touched them.

LibreOffice saves numbers with 15 digits, and into ods files moments with hundredths of a second. What is the
stored value but for that is the stored value.
"""

from collections.abc import Iterator

from xlsapp.db.beside import Beside
from xlsapp.db.dialect import Dialect
from xlsapp.models import ColumnType, TemplateColumn
from xlsapp.repositories.merging.merging import Merging, Shortened
from xlsapp.repositories.records.data_records import column_name, table_name

A_SECOND = len("2026-01-31T09:30:00")


def _same_but_shortened(words: Dialect, column: TemplateColumn) -> str:
    """Whether a staged value is the record's, but for the last digits, in SQL."""
    staged, stored = f"staged.{column_name(column)}", f"r.{column_name(column)}"
    if column.type is ColumnType.NUMBER:
        return f"ABS({staged} - {stored}) <= ABS({stored}) * 5e-15"
    came_back, had = map(words.moment_text.format, (staged, stored))
    return f"length({had}) > {A_SECOND} AND substr({had}, 1, length({came_back})) = {came_back}"


def restore_shortened(conn: Beside, merging: Merging) -> Iterator[Shortened]:
    """Put stored values in the place of shortened ones, in rows that carry their record's id and differ."""
    for column in merging.columns:
        if column.type not in merging.shortens:
            continue
        name = column_name(column)
        count = conn.run(
            f"""
            UPDATE staged SET {name} = r.{name}
            FROM planned AS p, data.{table_name(merging.template.id)} AS r
            WHERE p.row = staged.row AND p.action = 'update' AND r.id = staged.record_id
            AND p.record_id = r.id AND staged.{name} <> r.{name}
            AND {_same_but_shortened(conn.dialect, column)}
            """
        )
        if count:
            yield Shortened(column, count)
