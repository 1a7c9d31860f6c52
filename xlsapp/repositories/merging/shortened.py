"""Values that come back without their last digits, although nobody has touched them.

LibreOffice saves numbers with 15 digits, and into ods files moments with hundredths of a second. What is the
stored value but for that is the stored value.
"""

from collections.abc import Iterator

from xlsapp.db.beside import Beside
from xlsapp.models import ColumnType
from xlsapp.repositories.merging.merging import Merging, Shortened
from xlsapp.repositories.records.data_records import column_name, table_name

WITH_A_FRACTION = 26
"""The length of a stored moment that is finer than a second: 2026-01-31T09:30:00.123000."""

_CUT = (
    f"CASE length(staged.{{name}}) WHEN {WITH_A_FRACTION} THEN rtrim(staged.{{name}}, '0') "
    "ELSE staged.{name} END"
)
SAME_BUT_SHORTENED = {
    ColumnType.NUMBER: "ABS(staged.{name} - r.{name}) <= ABS(r.{name}) * 5e-15",
    ColumnType.DATETIME: (
        f"length(r.{{name}}) = {WITH_A_FRACTION} AND substr(r.{{name}}, 1, length({_CUT})) = {_CUT}"
    ),
}
"""A column's type → whether a staged value is the record's, but for the last digits, in SQL."""


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
            AND {SAME_BUT_SHORTENED[column.type].format(name=name)}
            """
        )
        if count:
            yield Shortened(column, count)
