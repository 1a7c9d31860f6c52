"""A plan becomes records: the one transaction that has the staged rows at hand.

What is to become of each row stands in `planned`; see planning.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from xlsapp.clock import to_second, utc_stamp
from xlsapp.db.connection import Connection
from xlsapp.models import CellValue, TemplateColumn
from xlsapp.repositories.merging.merging import MergePlan, Merging
from xlsapp.repositories.records.data_records import column_name, table_name

Defaults = Mapping[TemplateColumn, CellValue]
"""What blank cells of columns become."""


CHANGED_JOIN = "JOIN planned AS p ON p.record_id = r.id AND p.action = 'update'"
"""What records `r` are joined with so that those are left that a plan changes."""

NOT_PLANNED = "NOT EXISTS (SELECT 1 FROM planned AS p WHERE p.record_id = r.id)"
"""The condition that a record `r` is no row."""


@dataclass(frozen=True, slots=True)
class CreatedRows:
    """The records that a plan has made: all that there are from the first id to the last."""

    first_id: int
    last_id: int
    before_first_row: int
    """What the `position` of each is more than its row."""


async def apply_plan(tx: Connection, merging: Merging, plan: MergePlan, *, import_id: int) -> int:
    """Carry a plan out. Returns how many more records there are, or below zero how many fewer.

    The records must still be those that it was made for.
    """
    removed = await _remove_others(tx, merging.template.id) if merging.removes_others else 0
    if plan.updated:
        await _change_known(tx, merging, import_id)
    return await _add_new(tx, merging, import_id) - removed


async def rows_created(tx: Connection, template_id: int, *, after_id: int) -> CreatedRows | None:
    """What carrying a plan out has added behind the id that was the last before; None when it was nothing."""
    row = await tx.one(
        f"""
        SELECT f.id AS first_id, f.position - (SELECT MIN(row) FROM planned WHERE action = 'create')
            AS before_first_row, (SELECT MAX(id) FROM {table_name(template_id)}) AS last_id
        FROM {table_name(template_id)} AS f WHERE f.id > :after_id ORDER BY f.id LIMIT 1
        """,
        after_id=after_id,
    )
    return CreatedRows(**row) if row else None


async def _remove_others(tx: Connection, template_id: int) -> int:
    """Delete the records that no row is. Returns how many."""
    return await tx.run(
        f"""
        DELETE FROM {table_name(template_id)} AS r WHERE {NOT_PLANNED}
        """
    )


async def _change_known(tx: Connection, merging: Merging, import_id: int) -> None:
    """Store what is different in known records. Their ids and `created_at` stay."""
    table, defaults = table_name(merging.template.id), merging.defaults_for_known
    stored = table if merging.keeps_blanks else None
    assignments = "".join(
        f", {column_name(column)} = {known_value(column, defaults, stored=stored)}"
        for column in merging.columns
    )
    await tx.run(
        f"""
        UPDATE {table} SET import_id = :import_id, updated_at = :stamp, revision = revision + 1{assignments}
        FROM planned AS p JOIN staged AS s ON s.row = p.row
        WHERE p.action = 'update' AND {table}.id = p.record_id
        """,
        import_id=import_id,
        stamp=utc_stamp(),
        **default_params(defaults),
    )


async def _add_new(tx: Connection, merging: Merging, import_id: int) -> int:
    """Add a record for each row that is planned as new, in the order of the sheet. Returns how many."""
    staged = {column_name(column): f"s.{column_name(column)}" for column in merging.columns}
    for column in merging.defaults:
        name, default = column_name(column), tx.dialect.cast(f":default_{column_name(column)}", column.type)
        staged[name] = f"COALESCE({staged[name]}, {default})" if name in staged else default
    names = "".join(f", {name}" for name in staged)
    values = "".join(f", {value}" for value in staged.values())
    table, stamp = table_name(merging.template.id), utc_stamp()
    return await tx.run(
        f"""
        INSERT INTO {table} (position, import_id, created_at, updated_at{names})
        SELECT (SELECT COALESCE(MAX(position), 0) FROM {table}) + s.row, :import_id, :now, :stamp{values}
        FROM planned AS p JOIN staged AS s ON s.row = p.row
        WHERE p.action = 'create' ORDER BY p.row
        """,
        import_id=import_id,
        now=to_second(stamp),
        stamp=stamp,
        **default_params(merging.defaults),
    )


def known_value(column: TemplateColumn, defaults: Defaults, *, stored: str | None) -> str:
    """What a known record has in a column after the import, in SQL: the staged row is `s`.

    A blank cell keeps what the table `stored` has; without one, it becomes the default, or blank.
    """
    name = column_name(column)
    if stored:
        return f"COALESCE(s.{name}, {stored}.{name})"
    return f"COALESCE(s.{name}, :default_{name})" if column in defaults else f"s.{name}"


def same_as_stored(merging: Merging) -> str:
    """Whether a staged row `s` says just what its known record `r` has, in SQL."""
    defaults, stored = merging.defaults_for_known, "r" if merging.keeps_blanks else None
    return " AND ".join(
        f"{known_value(column, defaults, stored=stored)} IS NOT DISTINCT FROM r.{column_name(column)}"
        for column in merging.columns
    )


def default_params(defaults: Defaults) -> dict[str, CellValue]:
    """The defaults as the parameters of a statement."""
    return {f"default_{column_name(column)}": value for column, value in defaults.items()}
