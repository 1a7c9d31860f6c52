"""Which stored record a staged row is: by the id that an export wrote, else by the key columns."""

import sqlite3
from collections.abc import Sequence

from xlsapp.models import ImportTemplate, TemplateColumn
from xlsapp.problems import Message
from xlsapp.repositories.merging import comparing as sql
from xlsapp.services.imports.options import ImportOptions
from xlsapp.services.imports.row_problems import RowProblems
from xlsapp.spreadsheet.reading.headers import RECORD_ID_HEADER, HeaderCheck
from xlsapp.spreadsheet.reading.reader import ReadReport

NO_KEYS = (
    "Which record is which row? Choose the columns that tell, in the upload form, or upload a workbook "
    "that was exported from here."
)

KEYS_GONE = (
    "A column that was to tell which record is which row is no longer in this template. Upload the workbook "
    "again, and choose anew."
)


def match_rows(
    conn: sqlite3.Connection,
    template: ImportTemplate,
    options: ImportOptions,
    read: ReadReport,
    problems: RowProblems,
) -> str | None:
    """Plan every row with its record. A sentence, when there is no way to tell which row is which."""
    with_ids = read.header.record_id is not None
    keys = options.key_columns(template)
    if len(keys) < len(set(options.keys)):
        return KEYS_GONE
    if lacking := [key for key in keys if key.id not in read.columns]:
        return f"The workbook has no column “{lacking[0].name}”, which was to tell which record is which row."
    if with_ids:
        conn.execute(sql.plan_by_id_sql(template.id))
        problems.add(
            sql.UNKNOWN_IDS_SQL,
            place=read.header.record_id,
            name=RECORD_ID_HEADER,
            rule="key",
            message=lambda *_: Message("row.record_gone"),
        )
    else:
        conn.execute(sql.PLAN_ALL_SQL)
    if keys:
        _match_by_keys(conn, template, keys, read.header, problems)
    elif not with_ids and template.record_count:
        return NO_KEYS
    problems.add(
        sql.SAME_RECORD_SQL,
        place=read.header.places[keys[0].id] if keys else read.header.record_id,
        name=keys[0].name if keys else RECORD_ID_HEADER,
        rule="key",
        message=lambda _, other: Message("row.same_record", {"row": other}),
    )
    return None


def _match_by_keys(
    conn: sqlite3.Connection,
    template: ImportTemplate,
    keys: Sequence[TemplateColumn],
    header: HeaderCheck,
    problems: RowProblems,
) -> None:
    conn.execute(sql.index_keys_sql(keys))
    conn.execute(sql.plan_by_keys_sql(template.id, keys))
    names = [key.name for key in keys]
    place, name = header.places[keys[0].id], keys[0].name
    problems.add(
        sql.blank_keys_sql(keys),
        place=place,
        name=name,
        rule="key",
        message=lambda *_: Message("row.blank_keys", {"keys": names}),
    )
    problems.add(
        sql.same_new_keys_sql(keys),
        place=place,
        name=name,
        rule="key",
        message=lambda _, other: Message("row.same_keys", {"row": other, "keys": names}),
    )
    problems.add(
        sql.AMBIGUOUS_KEYS_SQL,
        place=place,
        name=name,
        rule="key",
        message=lambda _, count: Message("row.ambiguous_keys", {"count": count, "keys": names}),
    )
