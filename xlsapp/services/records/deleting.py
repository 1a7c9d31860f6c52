"""Deleting records: few at once, many in steps, so that nobody has to wait. It is one change to everybody.

A server that stops in the middle leaves a part of it done, which can be taken back like any other change.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace

from xlsapp.models import ImportTemplate
from xlsapp.repositories.records.listing import id_range
from xlsapp.repositories.records.selection import Selection
from xlsapp.services.records.journal import OWNER, Why
from xlsapp.services.records.records import Records
from xlsapp.services.records.steps import FIRST_STEP, Pace


@dataclass(frozen=True, slots=True)
class Deleted:
    """What became of a deletion."""

    number: int
    """How many records there were."""
    change_id: int | None
    """By which it can be taken back; None when there were none."""


async def delete_records(records: Records, template: ImportTemplate, ids: Collection[int]) -> Deleted:
    """Delete records, all of them at once."""
    async with records.write(template) as writer:
        number = await writer.delete(ids)
    return Deleted(number, writer.journal.change_id)


async def delete_selection(
    records: Records, template: ImportTemplate, selection: Selection, *, why: Why = OWNER
) -> Deleted:
    """Delete every record in a selection that is there when it begins."""
    async with records.db.read() as conn:
        low, high = await id_range(conn, template)
    ids, pace = range(low, high + 1), Pace()
    pieces = [ids] if template.record_count <= FIRST_STEP else pace.pieces(ids)
    number, change_id = 0, None
    for piece in pieces:
        async with records.write(template, why=replace(why, goes_on=change_id, is_open=True)) as writer:
            number += await writer.delete_selection(selection, ids=piece)
            if piece.stop == ids.stop:
                writer.journal.end()
        change_id = writer.journal.change_id
    return Deleted(number, change_id)
