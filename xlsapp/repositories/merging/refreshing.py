"""A plan made anew for a few records that have changed since: within the transaction that carries it out."""

from collections.abc import Collection
from dataclasses import replace

from xlsapp.db.connection import Connection
from xlsapp.repositories.merging.applying import default_params, same_as_stored
from xlsapp.repositories.merging.merging import MergePlan, Merging
from xlsapp.repositories.records.data_records import table_name


async def refresh_plan(
    tx: Connection, merging: Merging, plan: MergePlan, record_ids: Collection[int]
) -> MergePlan:
    """Tell anew which rows change something, for those that are one of these records.

    Right where the records are still there, and have changed in no column that tells them apart.
    """
    before = await _count_updates(tx, record_ids)
    await tx.run(
        f"""
        UPDATE planned SET action = CASE WHEN EXISTS (
            SELECT 1 FROM staged AS s JOIN {table_name(merging.template.id)} AS r
            ON r.id = planned.record_id WHERE s.row = planned.row AND {same_as_stored(merging)}
        ) THEN 'unchanged' ELSE 'update' END
        WHERE {tx.dialect.among("record_id")} AND action IN ('update', 'unchanged')
        """,
        ids=tx.dialect.listed(record_ids),
        **default_params(merging.defaults_for_known),
    )
    more = await _count_updates(tx, record_ids) - before
    return replace(plan, updated=plan.updated + more, unchanged=plan.unchanged - more)


async def _count_updates(tx: Connection, record_ids: Collection[int]) -> int:
    sql = f"SELECT COUNT(*) FROM planned WHERE {tx.dialect.among('record_id')} AND action = 'update'"
    return int(await tx.value(sql, ids=tx.dialect.listed(record_ids)))
