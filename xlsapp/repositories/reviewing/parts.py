"""A plan after a mend, made anew for the rows that it concerns: by the very statements that plan all of them.

    part_rows     row: the rows of a mend, and those that are tied to them: by a key or a value that may be
                  there once, or by a record that has such a value
    part_records  the records that they may be, or that have such a value

Both are temporary, as is every table that the plan of the part makes: it hides the review's of the same name.
Right where rows are known by keys, or are only added. (What hardly differs from a record is not warned of.)
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from xlsapp.db.beside import Beside
from xlsapp.db.dialect import Dialect
from xlsapp.models import TEXT_TYPES, TemplateColumn
from xlsapp.repositories.merging.merging import Finding, MergePlan, Merging
from xlsapp.repositories.merging.planning import make_plan
from xlsapp.repositories.records.data_records import column_name, table_name

MOST_ROWS = 20_000
"""Of more it is quicker to plan all rows."""
MOST_STEPS = 20

IN_PART = "IN (SELECT row FROM part_rows)"


def can_be_planned_in_parts(merging: Merging) -> bool:
    """Whether rows are tied to each other by nothing but keys and values that may be there once."""
    blanks_are_values = any(column.rules.unique for column in merging.defaults)
    return not (merging.has_ids or merging.removes_others or blanks_are_values)


def plan_part(conn: Beside, merging: Merging, plan: MergePlan) -> MergePlan | None:
    """The plan with the rows of a mend, its `target`, planned anew. None where that concerns too many."""
    if not _find_part(conn, merging):
        return None
    before = _actions(conn, f"{conn.own}.planned")
    part = make_plan(_Part(conn, merging.template.id), replace(merging, looks={}))
    findings = _take_over(conn, plan.findings, part.findings)
    after = _actions(conn, "planned")
    more = {action: after.get(action, 0) - before.get(action, 0) for action in {*before, *after}}
    return replace(
        plan,
        created=plan.created + more.get("create", 0),
        updated=plan.updated + more.get("update", 0),
        unchanged=plan.unchanged + more.get("unchanged", 0),
        rejected=plan.rejected + more.get("rejected", 0),
        findings=findings,
    )


def _find_part(conn: Beside, merging: Merging) -> bool:
    """Fill `part_rows` and `part_records`. False when there are too many rows."""
    ties: list[Sequence[TemplateColumn]] = [(c,) for c in merging.compared if c.rules.unique]
    if merging.matches and merging.keys:
        ties.append(merging.keys)
    for name in ("part_rows", "part_ids"):
        conn.new_temporary_table(name, "row INTEGER PRIMARY KEY")
    conn.run("INSERT INTO part_rows SELECT row FROM target")
    for number, tie in enumerate(ties):
        _make_values(conn, number, tie)
    size = -1
    for _ in range(MOST_STEPS):
        (rows,) = conn.one("SELECT COUNT(*) FROM part_rows") or (0,)
        if rows > MOST_ROWS:
            return False
        (records,) = conn.one("SELECT COUNT(*) FROM part_ids") or (0,)
        if size == (size := rows + records):
            break
        for number, tie in enumerate(ties):
            _follow(conn, merging, number, tie)
    else:
        return False
    table = f"data.{table_name(merging.template.id)}"
    for name in ("staged", "rejected", "shown"):
        conn.run(f"CREATE TEMP TABLE {name} AS SELECT * FROM {conn.own}.{name} WHERE row {IN_PART}")
    conn.run(
        f"CREATE TEMP TABLE part_records AS SELECT * FROM {table} WHERE id IN (SELECT row FROM part_ids)"
    )
    return True


def _make_values(conn: Beside, number: int, tie: Sequence[TemplateColumn]) -> None:
    """What the columns of a tie have in the part; at first what they had before the mend."""
    declared = ", ".join(f"{column_name(c)} {conn.dialect.column_types[c.type]}" for c in tie)
    conn.run(f"CREATE TEMP TABLE part_values_{number} ({declared})")
    names = ", ".join(column_name(c) for c in tie)
    conn.run(f"CREATE INDEX IF NOT EXISTS staged_{'_'.join(map(column_name, tie))} ON staged ({names})")
    conn.run(f"INSERT INTO part_values_{number} SELECT {names} FROM staged_before")


def _follow(conn: Beside, merging: Merging, number: int, tie: Sequence[TemplateColumn]) -> None:
    """One step further along a tie: values of rows, rows and records with them, and rows of these records."""
    names, values = [column_name(column) for column in tie], f"part_values_{number}"
    columns = ", ".join(names)
    conn.run(f"INSERT INTO {values} SELECT {columns} FROM staged WHERE row {IN_PART}")
    for column in tie if len(tie) == 1 else ():
        if column.type in TEXT_TYPES:
            conn.run(
                f"INSERT INTO {values} SELECT value FROM shown "
                f"WHERE column_id = :column_id AND row {IN_PART}",
                column_id=column.id,
            )
    same = " AND ".join(f"s.{name} = v.{name}" for name in names)
    conn.run(
        f"""
        INSERT INTO part_rows SELECT DISTINCT s.row FROM {values} AS v CROSS JOIN staged AS s ON {same}
        WHERE TRUE ON CONFLICT DO NOTHING
        """
    )
    table = f"data.{table_name(merging.template.id)}"
    conn.run(
        f"""
        INSERT INTO part_ids SELECT r.id FROM {table} AS r
        WHERE EXISTS (SELECT 1 FROM {values} AS v WHERE {" AND ".join(_alike(conn, c) for c in tie)})
        ON CONFLICT DO NOTHING
        """
    )
    conn.run(
        f"""
        INSERT INTO part_ids SELECT DISTINCT record_id FROM planned
        WHERE row {IN_PART} AND record_id IS NOT NULL ON CONFLICT DO NOTHING
        """
    )
    conn.run(
        """
        INSERT INTO part_rows SELECT p.row FROM part_ids AS i CROSS JOIN planned AS p ON p.record_id = i.row
        WHERE TRUE ON CONFLICT DO NOTHING
        """
    )
    conn.run(
        f"""
        INSERT INTO {values} SELECT {", ".join(_visible(c) for c in tie)} FROM {table} AS r
        WHERE r.id IN (SELECT row FROM part_ids)
        """
    )


def _alike(conn: Beside, column: TemplateColumn) -> str:
    """Whether a record has a value `v`, or has it in an older form."""
    name = column_name(column)
    if column.type not in TEXT_TYPES:
        return f"r.{name} = v.{name}"
    differs = conn.dialect.may_differ.format(f"r.{name}")
    return f"(r.{name} = v.{name} OR ({differs} AND visible(r.{name}) = v.{name}))"


def _visible(column: TemplateColumn) -> str:
    name = f"r.{column_name(column)}"
    return f"visible({name})" if column.type in TEXT_TYPES else name


def _take_over(conn: Beside, known: Sequence[Finding], of_part: Sequence[Finding]) -> tuple[Finding, ...]:
    """Put what was planned of the part into the review's own tables. All findings then, with their rows."""
    own = conn.own
    numbers = {_kind(finding): finding for finding in reversed(known)}
    following = max((finding.number for finding in known), default=-1) + 1
    conn.run(f"DELETE FROM {own}.found WHERE row {IN_PART}")
    for finding in of_part:
        if _kind(finding) not in numbers:
            numbers[_kind(finding)] = replace(finding, number=following)
            following += 1
        conn.run(
            f"""
            INSERT INTO {own}.found SELECT CAST(:number AS INTEGER), row, value, other FROM found
            WHERE finding = :finding ON CONFLICT DO NOTHING
            """,
            number=numbers[_kind(finding)].number,
            finding=finding.number,
        )
    for name, columns in (("planned", "row, record_id, action, same_keys"), ("stopped", "row")):
        conn.run(f"DELETE FROM {own}.{name} WHERE row {IN_PART}")
        conn.run(f"INSERT INTO {own}.{name} ({columns}) SELECT {columns} FROM {name}")
    conn.run("DELETE FROM seen WHERE record_id IN (SELECT row FROM part_ids)")
    conn.run(
        """
        INSERT INTO seen SELECT r.id, r.revision FROM planned AS p
        JOIN part_records AS r ON r.id = p.record_id WHERE p.action = 'update' ON CONFLICT DO NOTHING
        """
    )
    rows = dict(conn.rows(f"SELECT finding, COUNT(*) FROM {own}.found GROUP BY finding"))
    every = {finding.number: finding for finding in (*known, *numbers.values())}
    return tuple(replace(each, rows=rows[n]) for n, each in sorted(every.items()) if n in rows)


def _kind(finding: Finding) -> tuple[Any, ...]:
    return finding.what, tuple(column.id for column in finding.columns), finding.only_warns


def _actions(conn: Beside, planned: str) -> dict[str, int]:
    return dict(conn.rows(f"SELECT action, COUNT(*) FROM {planned} WHERE row {IN_PART} GROUP BY action"))


class _Part:
    """See Beside: what is made is temporary, and there are no other records than those of the part."""

    def __init__(self, conn: Beside, template_id: int) -> None:
        self._conn, self._records = conn, re.compile(rf"\bdata\.{table_name(template_id)}\b")
        self.dialect: Dialect = conn.dialect
        self.own = conn.own

    def rows(self, sql: str, /, **params: Any) -> Iterator[tuple[Any, ...]]:
        """See Beside."""
        return self._conn.rows(self._of_part(sql), **params)

    def one(self, sql: str, /, **params: Any) -> tuple[Any, ...] | None:
        """See Beside."""
        return self._conn.one(self._of_part(sql), **params)

    def run(self, sql: str, /, **params: Any) -> int:
        """See Beside."""
        return self._conn.run(self._of_part(sql), **params)

    def run_many(self, sql: str, params: Iterable[Mapping[str, Any]], /) -> None:
        """See Beside."""
        self._conn.run_many(self._of_part(sql), params)

    def new_table(self, name: str, columns: str) -> None:
        """See Beside."""
        self._conn.new_temporary_table(name, columns)

    def new_temporary_table(self, name: str, columns: str) -> None:
        """See Beside."""
        self._conn.new_temporary_table(name, columns)

    def fill(self, name: str, key: str, sql: str, /) -> None:
        """See Beside."""
        self.run(sql)

    def filled(self, name: str, *columns: str) -> None:
        """It is small."""

    def _of_part(self, sql: str) -> str:
        return self._records.sub("part_records", sql)
