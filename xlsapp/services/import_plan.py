"""Which staged row becomes what: a new record, a change, nothing, or a problem. Runs in the import's child
process.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from xlsapp.errors import NotFound
from xlsapp.models import ImportTemplate, TemplateColumn
from xlsapp.repositories import data_records_merge as sql
from xlsapp.services.import_options import Blank, ImportOptions, Mode
from xlsapp.spreadsheet.columns import REQUIRED
from xlsapp.spreadsheet.problems import ProblemLog
from xlsapp.spreadsheet.reader import ReadReport
from xlsapp.spreadsheet.staging import reject_rows

NO_KEYS = (
    "Which record is which row? Choose the columns that tell, in the upload form, or upload a workbook "
    "that was exported "
    "from here."
)


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
    planner = _Planner(conn, template, options, read, log)
    return planner.plan(max_delete_percent)


class _Planner:
    def __init__(
        self,
        conn: sqlite3.Connection,
        template: ImportTemplate,
        options: ImportOptions,
        read: ReadReport,
        log: ProblemLog,
    ) -> None:
        self._conn, self._template, self._options, self._read, self._log = conn, template, options, read, log
        self._columns = [column for column in template.columns if column.id in read.columns]
        self._result = Plan()

    def plan(self, max_delete_percent: int) -> Plan:
        result, template = self._result, self._template
        version = self._one(sql.RECORDS_VERSION_SQL, template.id)
        if version is None:
            raise NotFound(f"import template {template.id}")
        (result.records_version,) = version
        self._conn.execute(sql.PLANNED_TABLE)
        missing, stored = 0, template.record_count
        if self._options.mode is Mode.ADD:
            self._conn.execute(sql.PLAN_ALL_SQL)
            if self._read.header.record_id is not None:
                result.notes.append(
                    "The workbook carries records' ids, but every row was to be added as a new record."
                )
        else:
            self._match()
            if result.refusal:
                return result
            self._compare()
        self._conn.execute(sql.REJECT_SQL)
        self._check_unique()
        self._conn.execute(sql.REJECT_SQL)
        actions = dict(self._conn.execute(sql.COUNT_ACTIONS_SQL).fetchall())
        result.created, result.updated = actions.get("create", 0), actions.get("update", 0)
        result.unchanged, result.rejected = actions.get("unchanged", 0), actions.get("rejected", 0)
        if self._options.mode is Mode.REPLACE:
            missing, stored = self._one(sql.count_missing_sql(template.id))
            result.deleted = missing
            result.refusal = self._too_many_deletes(missing, stored, max_delete_percent)
        return result

    def _match(self) -> None:
        """Find the record of each row: by the id it carries, else by the key columns."""
        with_ids = self._read.header.record_id is not None
        keys = [column for column in self._options.key_columns(self._template) if column in self._columns]
        lacking = [c.name for c in self._options.key_columns(self._template) if c not in self._columns]
        if lacking:
            self._result.refusal = (
                f"The workbook has no column “{lacking[0]}”, which was to tell which record is which row."
            )
            return
        if with_ids:
            self._conn.execute(sql.plan_by_id_sql(self._template.id))
            for row, record_id in self._all(sql.UNKNOWN_IDS_SQL):
                message = (
                    "This record is no longer here. Clear its id to add the row as a new record, "
                    "or delete the row."
                )
                self._problem(row, self._read.header.record_id, "__record_id", "key", record_id, message)
        else:
            self._conn.execute(sql.PLAN_ALL_SQL)
        if keys:
            self._match_keys(keys)
        elif not with_ids and self._template.record_count:
            self._result.refusal = NO_KEYS
        self._conn.execute(sql.INDEX_PLANNED_SQL)
        for row, first, record_id in self._all(sql.SAME_RECORD_SQL):
            message = f"Row {first:,} is the same record. Remove one of the two rows."
            self._problem(row, self._key_place(keys), self._key_name(keys), "key", record_id, message)

    def _match_keys(self, keys: Sequence[TemplateColumn]) -> None:
        self._conn.execute(sql.index_keys_sql(keys))
        self._conn.execute(sql.plan_by_keys_sql(self._template.id, keys))
        names = " and ".join(f"“{key.name}”" for key in keys)
        for (row,) in self._all(sql.blank_keys_sql(keys)):
            message = f"{names} must be filled in: it tells which record this row is."
            self._problem(row, self._key_place(keys), keys[0].name, "key", "", message)
        for row, first in self._all(sql.same_new_keys_sql(keys)):
            message = f"Row {first:,} has the same {names}. Remove one of the two rows."
            self._problem(row, self._key_place(keys), keys[0].name, "key", "", message)
        for row, count in self._all(sql.ambiguous_keys_sql(self._template.id, keys)):
            message = f"{count:,} records have the same {names}, so it is not clear which one is meant."
            self._problem(row, self._key_place(keys), keys[0].name, "key", "", message)

    def _compare(self) -> None:
        """Tell rows that change something from those that do not, and find edits that would be lost."""
        keep_blanks = self._options.blank is Blank.KEEP
        template_id = self._template.id
        self._conn.execute(sql.find_unchanged_sql(template_id, self._columns, keep_blanks=keep_blanks))
        if self._read.header.record_id is not None and self._read.header.updated_at is not None:
            for row, record_id, when in self._all(sql.edited_since_sql(template_id)):
                message = (
                    f"This record was edited here at {when.replace('T', ' ').rstrip('Z')} UTC, after the "
                    "workbook was "
                    "exported. Export again and make your change there; or clear the row's "
                    "“__updated_at” to overwrite it."
                )
                self._problem(row, None, "", "edited", record_id, message)
        for column in self._template.columns:
            in_file = column in self._columns
            if not column.required or column.rules.default or not keep_blanks:
                continue
            if not in_file and "required" in column.rules.warnings:
                continue  # the reader has warned of it, once
            for (row,) in self._all(sql.blank_in_new_sql(column, in_file=in_file)):
                place = self._read.header.places.get(column.id)
                self._problem(row, place, column.name, "required", "", REQUIRED, column)

    def _check_unique(self) -> None:
        blanks_stay = self._options.blank is Blank.KEEP
        for column in self._columns:
            if not column.rules.unique:
                continue
            place = self._read.header.places[column.id]
            self._conn.execute(sql.index_column_sql(column))
            for row, value, first in self._all(sql.twice_in_file_sql(column)):
                message = f"“{_short(value)}” stands in row {first:,} too. Each value may be there once."
                self._problem(row, place, column.name, "unique", value, message, column)
            if self._options.mode is Mode.REPLACE:
                continue  # what is stored and not in the workbook is deleted
            for row, value, record_id in self._all(
                sql.stored_already_sql(self._template.id, column, blanks_stay=blanks_stay)
            ):
                message = f"“{_short(value)}” is in record {record_id} already. Each value may be there once."
                self._problem(row, place, column.name, "unique", value, message, column)

    def _too_many_deletes(self, missing: int, stored: int, max_percent: int) -> str | None:
        if not missing or missing * 100 <= max_percent * stored or self._options.confirm_deletes == missing:
            return None
        return (
            f"This would delete {missing:,} of {stored:,} records, because the workbook does not have "
            "them. Nothing was "
            f"changed. If that is meant, upload it again and write {missing} under “How many records may "
            "be deleted”."
        )

    def _problem(
        self,
        row: int,
        place: int | None,
        name: str,
        rule: str,
        value: Any,
        message: str,
        column: TemplateColumn | None = None,
    ) -> None:
        warning = column is not None and rule in column.rules.warnings
        self._log.add(
            row=row, index=place, column=name, rule=rule, value=value, message=message, warning=warning
        )
        if not warning:
            reject_rows(self._conn, [row])

    def _key_place(self, keys: Sequence[TemplateColumn]) -> int | None:
        return self._read.header.places[keys[0].id] if keys else self._read.header.record_id

    def _key_name(self, keys: Sequence[TemplateColumn]) -> str:
        return keys[0].name if keys else "__record_id"

    def _one(self, statement: str, *params: Any) -> Any:
        return self._conn.execute(statement, params).fetchone()

    def _all(self, statement: str) -> list[Any]:
        # Whole, because what is done with each row writes to the same file.
        return self._conn.execute(statement).fetchall()


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"
