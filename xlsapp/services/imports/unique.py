"""Values that may be there once, in the workbook and in the records as they will be after the import."""

import sqlite3
from functools import partial
from itertools import count
from typing import Any

from xlsapp.models import ImportTemplate, TemplateColumn
from xlsapp.problems import Message
from xlsapp.repositories.merging import unique as sql
from xlsapp.services.imports.options import Blank, ImportOptions, Mode
from xlsapp.services.imports.row_problems import Explain, RowProblems
from xlsapp.spreadsheet.cells.rules import default_of
from xlsapp.spreadsheet.reading.reader import ReadReport


def check_unique(
    conn: sqlite3.Connection,
    template: ImportTemplate,
    options: ImportOptions,
    read: ReadReport,
    problems: RowProblems,
) -> None:
    """Report rows with a value that is there already, one unique column after the other.

    Of rows with the same value the first that is right keeps it. With `valid_only`, the record of a row that
    is left out stays as it is: its values are taken again, which may stop further rows.
    """
    checks = [
        _UniqueColumn(conn, template, column, options, read, problems)
        for column in template.columns
        if column.rules.unique and (column.id in read.columns or column.rules.default)
    ]
    for check in checks:
        check.rows(round_=0)
    if not options.valid_only or options.mode is Mode.ADD:
        return
    for round_ in count():
        stopped = [check.returned(round_) for check in checks]
        if not any(stopped):
            return


class _UniqueColumn:
    """One column's checks. Each gives the rows it stops over to the round that follows."""

    def __init__(
        self,
        conn: sqlite3.Connection,
        template: ImportTemplate,
        column: TemplateColumn,
        options: ImportOptions,
        read: ReadReport,
        problems: RowProblems,
    ) -> None:
        in_file = column.id in read.columns
        self._conn, self._column, self._problems = conn, column, problems
        self._place = read.header.places.get(column.id)
        self._default = default_of(column)
        self._stored_already = partial(
            sql.stored_already_sql,
            template.id,
            column,
            blanks_stay=options.blank is Blank.KEEP or not in_file,
            rejected_stay=options.valid_only,
            others_go=options.mode is Mode.REPLACE,
        )
        if not in_file:
            conn.execute(sql.add_column_sql(column))
        if self._default is not None:
            known = in_file and column in options.defaults_for_known([column])
            conn.execute(sql.fill_blanks_sql(column, known=known), (self._default,))
        conn.execute(sql.index_column_sql(column))

    def rows(self, *, round_: int) -> None:
        """Compare all rows with each other, and with the records that keep their value."""
        self._add(sql.twice_in_file_sql(self._column), self._twice, round_)
        self._add(self._stored_already(), self._stored, round_)

    def returned(self, round_: int) -> bool:
        """Compare rows with the records that keep their value since `round_`. Whether that stops any."""
        return self._add(self._stored_already(returned_only=True), self._stored, round_ + 1, round=round_)

    def _add(self, query: str, message: Explain, returned_in: int, **parameters: Any) -> bool:
        return self._problems.add(
            query,
            parameters,
            place=self._place,
            name=self._column.name,
            rule="unique",
            message=message,
            only_warns="unique" in self._column.rules.warnings,
            before_rejecting=lambda: self._conn.execute(sql.NOTE_RETURNED_SQL, {"round": returned_in}),
        )

    def _twice(self, value: Any, row: int) -> Message:
        about = {"value": _short(value), "is_default": value == self._default}
        return Message("unique.twice", {**about, "row": row})

    def _stored(self, value: Any, record_id: int) -> Message:
        about = {"value": _short(value), "is_default": value == self._default}
        return Message("unique.stored", {**about, "record_id": record_id})


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"
