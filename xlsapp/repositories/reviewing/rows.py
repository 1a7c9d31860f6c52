"""Rows of a review, as they are looked at: of one kind, searched, filtered, sorted, page by page.

What a page is made of quickly (an index over what is planned, one over the column that it is sorted by) is
made when somebody first asks for it: see `prepare`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from xlsapp.db.beside import Beside
from xlsapp.models import CellValue, TemplateColumn
from xlsapp.repositories.merging.applying import default_params, known_value
from xlsapp.repositories.merging.merging import Merging
from xlsapp.repositories.records.data_records import column_name, table_name
from xlsapp.repositories.records.selection import Cursor, spellings, text_columns
from xlsapp.repositories.reviewing.kinds import Kind

CONDITIONS = {
    Kind.NEW: "p.action = 'create'",
    Kind.CHANGED: "p.action = 'update'",
    Kind.SAME: "p.action = 'unchanged'",
    Kind.NOT_FOUND: "p.action = 'not_found'",
    Kind.PROBLEMS: "p.action = 'rejected' AND p.row NOT IN (SELECT row FROM left_out)",
    Kind.LEFT_OUT: "p.action = 'rejected' AND p.row IN (SELECT row FROM left_out)",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows, and in which order: that of the sheet when there is no `sort`."""

    kind: Kind
    search: str = ""
    column: TemplateColumn | None = None
    """Rows with something to see in it: a change, or a problem."""
    rule: str = ""
    """Rows with a problem of this kind."""
    findings: tuple[int, ...] = ()
    """The plan's findings that are of this kind, in this column."""
    sort: TemplateColumn | None = None
    descending: bool = False
    row: int | None = None
    """One alone."""


@dataclass(frozen=True, slots=True)
class Found:
    """One row, or a record that would be deleted: what is staged, and what is stored, by column."""

    row: int
    """As Excel counts; 0 of a record that would be deleted."""
    record_id: int | None
    action: str
    is_left_out: bool
    staged: tuple[CellValue, ...]
    stored: tuple[CellValue, ...]
    revision: int
    """The number of the last mend of it; 0 when there is none."""


def prepare(conn: Beside, sort: TemplateColumn | None) -> None:
    """Make what pages of rows need, looked for by kind, or sorted by a column. It may take seconds."""
    conn.run("CREATE INDEX IF NOT EXISTS planned_by_action ON planned (action, row)")
    if sort:
        conn.run(f"CREATE INDEX IF NOT EXISTS {sort_index(sort)} ON staged ({column_name(sort)}, row)")


def sort_index(column: TemplateColumn) -> str:
    """The name of the index over what is staged of a column."""
    return f"staged_sorted_{column_name(column)}"


def find_rows(
    conn: Beside, merging: Merging, wanted: Wanted, *, cursor: Cursor | None, limit: int
) -> list[Found]:
    """The first rows after a cursor, or before it and then backwards."""
    if wanted.kind is Kind.DELETED:
        return _records_going(conn, merging, wanted, cursor, limit)
    where, params = _where(conn, merging, wanted)
    found: list[tuple[Any, ...]] = []
    for after, order, more in _parts(conn, wanted, cursor):
        query = f"""
            SELECT p.row, p.record_id, p.action, {_values(merging)} FROM planned AS p
            JOIN staged AS s ON s.row = p.row
            LEFT JOIN data.{table_name(merging.template.id)} AS r ON r.id = p.record_id
            WHERE {where} AND {after} ORDER BY {order} LIMIT :limit
        """
        found += list(conn.rows(query, **params, **more, limit=limit - len(found)))
        if len(found) >= limit:
            break
    revisions = _numbers(
        conn, "SELECT row, MAX(mend) FROM mended WHERE {} GROUP BY row", [f[0] for f in found]
    )
    left_out = _numbers(conn, "SELECT row, mend FROM left_out WHERE {}", [f[0] for f in found])
    width = len(merging.template.columns)
    return [
        Found(
            row,
            record_id,
            action,
            row in left_out,
            tuple(v[:width]),
            tuple(v[width:]),
            max(revisions.get(row, 0), left_out.get(row, 0)),
        )
        for row, record_id, action, *v in found
    ]


def _numbers(conn: Beside, query: str, rows: Sequence[int]) -> dict[int, int]:
    among = conn.dialect.among("row")
    return dict(conn.rows(query.format(among), ids=conn.dialect.listed(rows))) if rows else {}


def _values(merging: Merging) -> str:
    """Of each column what is staged, then of each what is stored."""
    in_file = {column.id for column in merging.columns}
    columns = merging.template.columns
    staged = [f"s.{column_name(c)}" if c.id in in_file else "NULL" for c in columns]
    return ", ".join([*staged, *(f"r.{column_name(c)}" for c in columns)])


def _where(conn: Beside, merging: Merging, wanted: Wanted) -> tuple[str, dict[str, Any]]:
    parts, params = [CONDITIONS.get(wanted.kind, "TRUE")], dict[str, Any]()
    if wanted.row is not None:
        parts.append("p.row = :row")
        params["row"] = wanted.row
    if wanted.kind is Kind.CHANGED and wanted.column:
        parts.append(_changes(merging, wanted.column))
        params |= default_params(merging.defaults_for_known)
    elif wanted.column or wanted.rule:
        parts.append(_has_problem(wanted, params))
    if wanted.search:
        parts.append(_has_text(conn, merging, wanted.search, params))
    return " AND ".join(parts), params


def _changes(merging: Merging, column: TemplateColumn) -> str:
    """Whether a row changes a column of its record."""
    if column not in merging.columns:
        return "FALSE"
    stored = "r" if merging.keeps_blanks else None
    new = known_value(column, merging.defaults_for_known, stored=stored)
    return f"{new} IS DISTINCT FROM r.{column_name(column)}"


def _has_problem(wanted: Wanted, params: dict[str, Any]) -> str:
    conditions = ["f.row = p.row", "f.is_warning = 0"]
    if wanted.column:
        conditions.append("f.column_id = :column_id")
        params["column_id"] = wanted.column.id
    if wanted.rule:
        conditions.append("f.rule = :rule")
        params["rule"] = wanted.rule
    has = [f"EXISTS (SELECT 1 FROM flaws AS f WHERE {' AND '.join(conditions)})"]
    if wanted.findings:
        numbers = ", ".join(str(int(number)) for number in wanted.findings)
        has.append(f"EXISTS (SELECT 1 FROM found AS g WHERE g.row = p.row AND g.finding IN ({numbers}))")
    return f"({' OR '.join(has)})"


def _has_text(conn: Beside, merging: Merging, search: str, params: dict[str, Any]) -> str:
    """Whether some text of the row, or a cell that could not be read, has what is looked for."""
    patterns = [_pattern(each) for each in spellings(search)]
    names = [f":search_{n}" for n in range(len(patterns))]
    params |= {f"search_{n}": pattern for n, pattern in enumerate(patterns)}
    texts = [f"s.{column_name(c)}" for c in text_columns(merging.template) if c in merging.columns]
    like = conn.dialect.like
    has = [like.format(text, name) for text in texts for name in names]
    flawed = " OR ".join(like.format("f.value", name) for name in names)
    return f"({' OR '.join([*has, f'EXISTS (SELECT 1 FROM flaws AS f WHERE f.row = p.row AND ({flawed}))'])})"


def _pattern(text: str) -> str:
    for special in "!%_":
        text = text.replace(special, "!" + special)
    return f"%{text}%"


def _parts(conn: Beside, wanted: Wanted, cursor: Cursor | None) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The filled and the blank ones apart, as an index has them: condition, order and parameters of each."""
    backwards = cursor is not None and cursor.backwards
    way, further = ("DESC", "<") if wanted.descending != backwards else ("ASC", ">")
    if wanted.sort is None:
        after = f"p.row {further} :cursor_row" if cursor else "TRUE"
        yield after, f"p.row {way}", {"cursor_row": cursor.id} if cursor else {}
        return
    name = f"s.{column_name(wanted.sort)}"
    order, filled, blank = f"{name} {way}, s.row {way}", f"{name} IS NOT NULL", f"{name} IS NULL"
    if cursor is None:
        yield filled, order, {}
        yield blank, f"s.row {way}", {}
        return
    row = {"cursor_row": cursor.id}
    if cursor.value is None:
        yield f"{blank} AND s.row {further} :cursor_row", f"s.row {way}", row
        if backwards:
            yield filled, order, {}
        return
    value = conn.dialect.cast(":cursor_value", wanted.sort.type)
    yield f"({name}, s.row) {further} ({value}, :cursor_row)", order, {**row, "cursor_value": cursor.value}
    if not backwards:
        yield blank, f"s.row {way}", {}


def _records_going(
    conn: Beside, merging: Merging, wanted: Wanted, cursor: Cursor | None, limit: int
) -> list[Found]:
    """Records that would be deleted, by their ids."""
    backwards = cursor is not None and cursor.backwards
    way, further = ("DESC", "<") if backwards else ("ASC", ">")
    params: dict[str, Any] = {"cursor_row": cursor.id} if cursor else {}
    after = f"g.record_id {further} :cursor_row" if cursor else "TRUE"
    texts = "TRUE"
    if wanted.search:
        own = replace(merging, columns=merging.template.columns)
        texts = (
            _has_text(conn, own, wanted.search, params)
            .replace("s.c", "r.c")
            .replace("f.row = p.row", "FALSE")
        )
    columns = ", ".join(f"r.{column_name(c)}" for c in merging.template.columns)
    rows = conn.rows(
        f"""
        SELECT r.id, {columns} FROM going AS g
        JOIN data.{table_name(merging.template.id)} AS r ON r.id = g.record_id
        WHERE {after} AND {texts} ORDER BY g.record_id {way} LIMIT :limit
        """,
        **params,
        limit=limit,
    )
    blank = (None,) * len(merging.template.columns)
    return [Found(0, record_id, "delete", False, blank, tuple(values), 0) for record_id, *values in rows]
