"""Which staged row becomes what: a new record, a change, nothing, or a problem. Runs in the import's child
process.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field

from xlsapp.errors import NotFound
from xlsapp.models import ImportTemplate, TemplateColumn
from xlsapp.problems import Message
from xlsapp.repositories.merging import comparing as sql
from xlsapp.repositories.merging.merge import default_params
from xlsapp.services.imports.matching import match_rows
from xlsapp.services.imports.options import Blank, ImportOptions, Mode
from xlsapp.services.imports.row_problems import RowProblems
from xlsapp.services.imports.unique import check_unique
from xlsapp.spreadsheet.cells.columns import REQUIRED
from xlsapp.spreadsheet.reading.problem_log import ProblemLog
from xlsapp.spreadsheet.reading.reader import ReadReport


@dataclass(slots=True)
class Plan:
    """How many rows become what, and of which state of the records that is true."""

    records_version: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    deleted: int = 0
    refusal: str | None = None
    """Why the import cannot go on as a whole, in a sentence."""
    notes: list[str] = field(default_factory=list)


def plan_import(
    conn: sqlite3.Connection,
    template: ImportTemplate,
    options: ImportOptions,
    read: ReadReport,
    log: ProblemLog,
    *,
    max_delete_percent: int,
) -> Plan:
    """Fill `planned`, with every problem in the log.

    `conn` has the staging file, and the records as `data`.
    """
    version = conn.execute(sql.RECORDS_VERSION_SQL, (template.id,)).fetchone()
    if version is None:
        raise NotFound(f"import template {template.id}")
    result = Plan(records_version=version[0])
    for table in sql.TABLES:
        conn.execute(table)
    problems = RowProblems(conn, log)
    columns = [column for column in template.columns if column.id in read.columns]
    if options.mode is Mode.ADD:
        conn.execute(sql.PLAN_ALL_SQL)
        if read.header.record_id is not None:
            result.notes.append(
                "The workbook carries records' ids, but every row was to be added as a new record."
            )
    else:
        result.refusal = match_rows(conn, template, options, read, problems)
        if result.refusal:
            return result
        _compare(conn, template, columns, options, read, problems)
    conn.execute(sql.INDEX_PLANNED_SQL)
    check_unique(conn, template, options, read, problems)
    conn.execute(sql.REJECT_SQL)
    actions = dict(conn.execute(sql.COUNT_ACTIONS_SQL).fetchall())
    result.created, result.updated = actions.get("create", 0), actions.get("update", 0)
    result.unchanged, result.rejected = actions.get("unchanged", 0), actions.get("rejected", 0)
    if options.mode is Mode.REPLACE:
        result.deleted, stored = conn.execute(sql.count_missing_sql(template.id)).fetchone()
        result.refusal = _too_many_deletes(result.deleted, stored, max_delete_percent, options)
    return result


def _compare(
    conn: sqlite3.Connection,
    template: ImportTemplate,
    columns: Sequence[TemplateColumn],
    options: ImportOptions,
    read: ReadReport,
    problems: RowProblems,
) -> None:
    """Tell rows that change something from those that do not, and find edits that would be lost."""
    keep_blanks = options.blank is Blank.KEEP
    defaults = options.defaults_for_known(columns)
    conn.execute(
        sql.find_unchanged_sql(template.id, columns, defaults, keep_blanks=keep_blanks),
        default_params(defaults),
    )
    if read.header.record_id is not None and read.header.updated_at is not None:
        problems.add(
            sql.edited_since_sql(template.id),
            rule="edited",
            message=lambda _, when: Message("row.edited_since", {"when": when}),
        )
    if not keep_blanks or not template.record_count:
        return  # no blank can stay, so the reader has found each of them
    for column in template.columns:
        in_file = column in columns
        if not column.required or column.rules.default:
            continue
        if not in_file and "required" in column.rules.warnings:
            continue  # the reader has warned of it, once
        problems.add(
            sql.blank_in_new_sql(column, in_file=in_file),
            place=read.header.places.get(column.id),
            name=column.name,
            rule="required",
            message=lambda *_: REQUIRED,
            only_warns="required" in column.rules.warnings,
        )


def _too_many_deletes(missing: int, stored: int, max_percent: int, options: ImportOptions) -> str | None:
    if not missing or missing * 100 <= max_percent * stored or options.confirm_deletes == missing:
        return None
    return (
        f"This would delete {missing:,} of {stored:,} records, because the workbook does not have them. "
        f"Nothing was changed. If that is meant, upload it again and write {missing} under “How many records "
        "may be deleted”."
    )
