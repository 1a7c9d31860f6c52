"""Mends of a review: cells with other texts, rows that are left out; and all of it taken back.

    target     row, kind, value: the cells that a mend is about, with what stands in them; made for each mend
    remedies   kind, value, new: what such a cell is staged as then
    new_flaws  kind, value, rule, is_warning, new_kind, new_value: what is wrong with it then

What a mend has changed of cells is kept with it: see tables.py.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from xlsapp.db.beside import Beside
from xlsapp.models import CellValue, TemplateColumn
from xlsapp.repositories.records.data_records import column_name

IN_TARGET = "IN (SELECT row FROM target)"
MADE_FOR_ONE = ("target", "remedies", "new_flaws")

Remedy = tuple[str, str, CellValue]
NewFlaw = tuple[str, str, str, int, str, str]


def begin(conn: Beside) -> None:
    """Nothing is a target yet."""
    for name in MADE_FOR_ONE:
        conn.run(f"DROP TABLE IF EXISTS {name}")
    text = conn.dialect.text
    conn.run(f"CREATE TABLE target (row INTEGER PRIMARY KEY, kind {text} NOT NULL, value {text} NOT NULL)")


def end(conn: Beside) -> None:
    """Forget the targets."""
    for name in MADE_FOR_ONE:
        conn.run(f"DROP TABLE IF EXISTS {name}")


def aim_at_row(conn: Beside, row: int) -> int:
    """One row, whatever stands in it. Returns how many there are."""
    return conn.run("INSERT INTO target SELECT row, '', '' FROM staged WHERE row = :row", row=row)


def aim_at_flaws(
    conn: Beside, column_id: int, rule: str, *, kind_and_value: tuple[str, str] | None = None
) -> int:
    """The cells of a column that break a rule, any with no `rule`; those with a certain content. How many."""
    where = "f.column_id = :column_id AND f.is_warning = 0"
    params: dict[str, Any] = {"column_id": column_id}
    if rule:
        where += " AND f.rule = :rule"
        params |= {"rule": rule}
    if kind_and_value:
        where += " AND f.kind = :kind AND COALESCE(f.value, '') = :value"
        params |= {"kind": kind_and_value[0], "value": kind_and_value[1]}
    return conn.run(
        f"""
        INSERT INTO target SELECT f.row, MIN(f.kind), COALESCE(MIN(f.value), '') FROM flaws AS f
        WHERE {where} AND f.row NOT IN (SELECT row FROM left_out) GROUP BY f.row
        """,
        **params,
    )


def aim_at_found(conn: Beside, findings: Sequence[int]) -> int:
    """The rows of some of the plan's findings. How many more there are."""
    if not findings:
        return 0
    numbers = ", ".join(str(int(number)) for number in findings)
    return conn.run(
        f"""
        INSERT INTO target SELECT DISTINCT row, '', '' FROM found
        WHERE finding IN ({numbers}) AND row NOT IN (SELECT row FROM left_out) ON CONFLICT DO NOTHING
        """
    )


def remember(conn: Beside) -> None:
    """Keep the targets' rows as they are before the mend, for the plan: until the review is closed."""
    conn.run(f"CREATE TEMP TABLE staged_before AS SELECT * FROM staged WHERE row {IN_TARGET}")


def contents(conn: Beside) -> list[tuple[str, str]]:
    """What stands in the targets: each kind and value once."""
    return list(conn.rows("SELECT DISTINCT kind, value FROM target"))


def keep_old(conn: Beside, mend: int, column: TemplateColumn) -> None:
    """Keep what the targets are now, to be taken back to."""
    name, column_type = column_name(column), conn.dialect.column_types[column.type]
    conn.run(
        f"CREATE TABLE IF NOT EXISTS old_{name} "
        f"(mend INTEGER, row INTEGER, value {column_type}, PRIMARY KEY (mend, row))"
    )
    about = {"mend": mend, "column_id": column.id}
    conn.run(f"INSERT INTO old_{name} SELECT :mend, row, {name} FROM staged WHERE row {IN_TARGET}", mend=mend)
    conn.run("INSERT INTO mended SELECT :mend, row, :column_id FROM target", **about)
    conn.run(
        f"""
        INSERT INTO old_flaws SELECT :mend, row, column_id, rule, is_warning, kind, value FROM flaws
        WHERE column_id = :column_id AND row {IN_TARGET}
        """,
        **about,
    )


def put(
    conn: Beside, column: TemplateColumn, remedies: Iterable[Remedy], new_flaws: Iterable[NewFlaw]
) -> None:
    """Give the targets what is to be in a column, by what stands in them."""
    name, text = column_name(column), conn.dialect.text
    key = f"kind {text} NOT NULL, value {text} NOT NULL"
    conn.run(
        f"CREATE TABLE remedies ({key}, new {conn.dialect.column_types[column.type]}, "
        "PRIMARY KEY (kind, value))"
    )
    conn.run(
        f"CREATE TABLE new_flaws ({key}, rule {text}, is_warning INTEGER, new_kind {text}, new_value {text})"
    )
    new = conn.dialect.cast(":new", column.type)
    conn.run_many(
        f"INSERT INTO remedies VALUES (:kind, :value, {new})",
        ({"kind": kind, "value": value, "new": new} for kind, value, new in remedies),
    )
    members = ("kind", "value", "rule", "is_warning", "new_kind", "new_value")
    conn.run_many(
        f"INSERT INTO new_flaws VALUES ({', '.join(f':{m}' for m in members)})",
        (dict(zip(members, flaw, strict=True)) for flaw in new_flaws),
    )
    conn.run(
        f"""
        UPDATE staged SET {name} = m.new FROM target AS t
        JOIN remedies AS m ON m.kind = t.kind AND m.value = t.value WHERE staged.row = t.row
        """
    )
    conn.run(f"DELETE FROM flaws WHERE column_id = :column_id AND row {IN_TARGET}", column_id=column.id)
    conn.run(
        """
        INSERT INTO flaws (row, column_id, rule, is_warning, kind, value)
        SELECT t.row, CAST(:column_id AS INTEGER), n.rule, n.is_warning, n.new_kind, n.new_value
        FROM new_flaws AS n JOIN target AS t ON t.kind = n.kind AND t.value = n.value
        """,
        column_id=column.id,
    )
    conn.run(f"DELETE FROM shown WHERE column_id = :column_id AND row {IN_TARGET}", column_id=column.id)


def leave_out(conn: Beside, mend: int) -> None:
    """Leave the targets out."""
    conn.run(
        "INSERT INTO left_out SELECT row, :mend FROM target WHERE TRUE ON CONFLICT DO NOTHING", mend=mend
    )


def judge(conn: Beside) -> None:
    """Tell anew which of the targets have a problem of their own, or are left out."""
    conn.run(
        f"""
        DELETE FROM rejected WHERE row {IN_TARGET}
        AND row NOT IN (SELECT row FROM flaws WHERE is_warning = 0) AND row NOT IN (SELECT row FROM left_out)
        """
    )
    conn.run(
        f"""
        INSERT INTO rejected SELECT row FROM flaws WHERE is_warning = 0 AND row {IN_TARGET}
        UNION SELECT row FROM left_out WHERE row {IN_TARGET} ON CONFLICT DO NOTHING
        """
    )


def note(conn: Beside, mend: int, about: str, made_at: str, user_id: int) -> None:
    """List a mend, with how many targets it has."""
    conn.run(
        "INSERT INTO mends SELECT :mend, CAST(:about AS TEXT), CAST(:made_at AS TEXT), :user_id, COUNT(*) "
        "FROM target",
        mend=mend,
        about=about,
        made_at=made_at,
        user_id=user_id,
    )


def listed(conn: Beside) -> list[tuple[Any, ...]]:
    """All mends, the newest first: id, about, made_at, user_id, cells."""
    return list(conn.rows("SELECT id, about, made_at, user_id, cells FROM mends ORDER BY id DESC"))


def find(conn: Beside, mend: int) -> tuple[Any, ...] | None:
    """One of them."""
    return conn.one("SELECT id, about, made_at, user_id, cells FROM mends WHERE id = :mend", mend=mend)


def take_back(conn: Beside, mend: int, column: TemplateColumn | None) -> None:
    """Undo a mend of a column, or that rows were left out. Its cells and rows are the targets afterwards.

    Where a later mend has changed a cell again, that one stays, and would be taken back to what was before.
    """
    if column is None:
        conn.run("INSERT INTO target SELECT row, '', '' FROM left_out WHERE mend = :mend", mend=mend)
        remember(conn)
        conn.run("DELETE FROM left_out WHERE mend = :mend", mend=mend)
    else:
        conn.run("INSERT INTO target SELECT row, '', '' FROM mended WHERE mend = :mend", mend=mend)
        remember(conn)
        _restore(conn, mend, column)
    conn.run("DELETE FROM mends WHERE id = :mend", mend=mend)


def _restore(conn: Beside, mend: int, column: TemplateColumn) -> None:
    name, about = column_name(column), {"mend": mend, "column_id": column.id}
    conn.run("DROP TABLE IF EXISTS later")
    conn.run(
        f"""
        CREATE TABLE later AS SELECT row, MIN(mend) AS mend FROM mended
        WHERE column_id = {int(column.id)} AND mend > {int(mend)} AND row {IN_TARGET} GROUP BY row
        """
    )
    alone = "row NOT IN (SELECT row FROM later)"
    conn.run(
        f"""
        UPDATE old_{name} SET value = m.value FROM old_{name} AS m JOIN later AS l ON l.row = m.row
        WHERE m.mend = :mend AND old_{name}.row = m.row AND old_{name}.mend = l.mend
        """,
        mend=mend,
    )
    conn.run(
        """
        DELETE FROM old_flaws WHERE column_id = :column_id
        AND EXISTS (SELECT 1 FROM later AS l WHERE l.row = old_flaws.row AND l.mend = old_flaws.mend)
        """,
        column_id=column.id,
    )
    conn.run(
        """
        INSERT INTO old_flaws SELECT l.mend, o.row, o.column_id, o.rule, o.is_warning, o.kind, o.value
        FROM old_flaws AS o JOIN later AS l ON l.row = o.row
        WHERE o.mend = :mend AND o.column_id = :column_id
        """,
        **about,
    )
    conn.run(
        f"""
        UPDATE staged SET {name} = o.value FROM old_{name} AS o
        WHERE o.mend = :mend AND o.row = staged.row AND staged.{alone}
        """,
        mend=mend,
    )
    conn.run(
        f"DELETE FROM flaws WHERE column_id = :column_id AND row {IN_TARGET} AND {alone}", column_id=column.id
    )
    conn.run(
        f"""
        INSERT INTO flaws SELECT row, column_id, rule, is_warning, kind, value FROM old_flaws
        WHERE mend = :mend AND column_id = :column_id AND {alone}
        """,
        **about,
    )
    for table in ("mended", "old_flaws"):
        conn.run(f"DELETE FROM {table} WHERE mend = :mend", mend=mend)
    conn.run(f"DELETE FROM old_{name} WHERE mend = :mend", mend=mend)
    conn.run("DROP TABLE later")
