"""Values that may be there once, in the staged rows and in the records as they will be.

values_c{column_id}   row, c{column_id}: the values of a column whose blanks become its default, or of the
                      rows alone that are records, where only these change
"""

from collections.abc import Collection
from functools import partial
from itertools import count

from xlsapp.db.beside import Beside
from xlsapp.models import TEXT_TYPES, TemplateColumn
from xlsapp.repositories.merging.findings import FIRST_RIGHT, Findings
from xlsapp.repositories.merging.merging import Found, Merging
from xlsapp.repositories.merging.older_forms import Compared, any_true, put_digits, records_sql
from xlsapp.repositories.records.data_records import column_name


def check_unique(
    conn: Beside,
    merging: Merging,
    records: Compared,
    findings: Findings,
    *,
    apart: Collection[TemplateColumn] = (),
) -> None:
    """Find rows with a value that is there already, one unique column after the other.

    Of rows with the same value the first that is right keeps it. Where rows with a problem are left out, the
    record of such a row stays as it is: its values are taken again, which may stop further rows. In the
    columns `apart`, no two rows have the same value.
    """
    checks = [
        _UniqueColumn(conn, merging, column, records, findings)
        for column in merging.template.columns
        if column.rules.unique and (column in merging.columns or column in merging.defaults)
    ]
    for check in checks:
        check.rows(round_=0, are_apart=check.column in apart)
    if not merging.leaves_out or not merging.matches:
        return
    for round_ in count():
        stopped = [check.returned(round_) for check in checks]
        if not any(stopped):
            return


class _UniqueColumn:
    """One column's checks. Each gives the rows it stops over to the round that follows."""

    def __init__(
        self, conn: Beside, merging: Merging, column: TemplateColumn, records: Compared, findings: Findings
    ) -> None:
        in_file = column in merging.columns
        puts = column in merging.defaults or merging.only_known
        self._source = _put_values(conn, merging, column) if puts else "staged"
        name = column_name(column)
        conn.run(f"CREATE INDEX IF NOT EXISTS {self._source}_{name} ON {self._source} ({name})")
        self.column = column
        self._digits = put_digits(conn, column) if column.type in TEXT_TYPES else None
        self._look = partial(findings.look, columns=[column], only_warns="unique" in column.rules.warnings)
        self._stored_already = partial(
            _stored_already_sql,
            conn,
            records,
            column,
            self._source,
            blanks_stay=merging.keeps_blanks or not in_file,
            stopped_stay=merging.leaves_out,
            others_go=merging.removes_others,
            only_known=merging.only_known,
        )

    def rows(self, *, round_: int, are_apart: bool) -> None:
        """Compare all rows with each other, and with the records that keep their value."""
        if not are_apart or self._source != "staged":  # or it has defaults, too
            self._look(Found.TWICE, _twice_sql(self.column, self._source), returned_in=round_)
        self._look(Found.STORED, self._stored_already(), returned_in=round_)
        if self._digits:
            self._look(Found.STORED, self._stored_already(digits=self._digits), returned_in=round_)

    def returned(self, round_: int) -> bool:
        """Compare rows with the records that keep their value since `round_`. Whether that stops any."""
        query = self._stored_already(returned_only=True)
        stops = self._look(Found.STORED, query, returned_in=round_ + 1, round=round_)
        if self._digits:
            query = self._stored_already(returned_only=True, digits=self._digits)
            stops |= self._look(Found.STORED, query, returned_in=round_ + 1, round=round_)
        return stops


def _put_values(conn: Beside, merging: Merging, column: TemplateColumn) -> str:
    """A table of a column's values, with the default in the place of the blanks that become it.

    It has rows without a record only where these may make one.
    """
    name = column_name(column)
    table = f"values_{name}"
    declared = conn.dialect.column_types[column.type]
    default = conn.dialect.cast(":value", column.type)
    value = f"CASE WHEN p.record_id IS NULL THEN {default} END"
    if column in merging.columns:
        value = f"COALESCE(s.{name}, {default if column in merging.defaults_for_known else value})"
    condition = "p.record_id IS NOT NULL" if merging.only_known else "TRUE"
    conn.new_table(table, f"row INTEGER PRIMARY KEY, {name} {declared}")
    conn.run(
        f"""
        INSERT INTO {table} SELECT s.row, {value} FROM staged AS s JOIN planned AS p ON p.row = s.row
        WHERE {condition}
        """,
        value=merging.defaults.get(column),
    )
    return table


def _twice_sql(column: TemplateColumn, source: str) -> str:
    """Rows whose value another row has, and keeps."""
    name = column_name(column)
    return f"""
        SELECT s.row, s.{name}, f.first FROM (
            SELECT d.value, {FIRST_RIGHT} AS first FROM (
                SELECT {name} AS value FROM {source}
                WHERE {name} IS NOT NULL GROUP BY {name} HAVING COUNT(*) > 1
            ) AS d CROSS JOIN {source} AS s ON s.{name} = d.value LEFT JOIN stopped AS x ON x.row = s.row
            GROUP BY d.value
        ) AS f CROSS JOIN {source} AS s ON s.{name} = f.value
        WHERE s.row <> f.first
    """


def _stored_already_sql(
    conn: Beside,
    records: Compared,
    column: TemplateColumn,
    source: str,
    *,
    blanks_stay: bool,
    stopped_stay: bool,
    others_go: bool,
    only_known: bool,
    returned_only: bool = False,
    digits: str | None = None,
) -> str:
    """Rows whose value a record has and keeps.

    A record keeps its value when no row changes it: none is that record (unless `others_go`); or the row has
    a blank there, and `blanks_stay`; or it is stopped, and `stopped_stay`. `returned_only` looks just at the
    records that were returned in `:round`, and at rows that are right so far. With `digits`, a row's value
    is what was stored of it once, and what its own record has already makes nothing double.
    """
    name = column_name(column)
    changes = "q.record_id = r.id"
    if blanks_stay:
        changes += f" AND t.{name} IS NOT NULL"
    if stopped_stay:
        changes += " AND NOT EXISTS (SELECT 1 FROM stopped AS x WHERE x.row = q.row)"
    looked_at = f"EXISTS (SELECT 1 FROM {digits or source} AS s WHERE s.{name} = r.{name})"
    if others_go:
        looked_at += " AND EXISTS (SELECT 1 FROM planned AS q WHERE q.record_id = r.id)"
    if returned_only:
        looked_at += " AND r.id IN (SELECT record_id FROM returned WHERE round = :round)"
    right = "AND s.row NOT IN (SELECT row FROM stopped)" if returned_only else ""
    right += " AND p.record_id IS NOT NULL" if only_known else ""
    value, other = (
        f"s.{name}",
        "CASE WHEN p.record_id IS NOT DISTINCT FROM held.first THEN held.last ELSE held.first END",
    )
    is_older, both = "FALSE", records_sql(conn, records, [column], "held.first", "held.last")
    if column in records.older:
        is_older = any_true(f"r.is_older_{name}")
        both_or_one = map(conn.dialect.any_value.format, (both, other))
        other = "CASE WHEN held.is_older THEN {} ELSE {} END".format(*both_or_one)
    if digits:
        value, other = f"(SELECT v.{name} FROM {source} AS v WHERE v.row = s.row)", both
        own = f"SELECT 1 FROM {records.table} AS o WHERE o.id = p.record_id AND o.{name} = {value}"
        right += f" AND NOT EXISTS ({own})"
    return f"""
        SELECT s.row, {value}, {other}
        FROM (
            SELECT r.{name} AS value, MIN(r.id) AS first, MAX(r.id) AS last, {is_older} AS is_older
            FROM {records.table} AS r
            WHERE {looked_at} AND NOT EXISTS (
                SELECT 1 FROM planned AS q JOIN {source} AS t ON t.row = q.row WHERE {changes}
            )
            GROUP BY r.{name}
        ) AS held CROSS JOIN {digits or source} AS s ON s.{name} = held.value
        JOIN planned AS p ON p.row = s.row
        WHERE (p.record_id IS DISTINCT FROM held.first OR held.first <> held.last) {right}
    """
