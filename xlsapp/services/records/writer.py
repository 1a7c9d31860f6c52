"""The one hand that changes a template's records, whoever asks: edits, imports, deletes, changed columns.

Each method changes records by one statement or a few, and notes what it did; what the records were before
goes into the journal. What has to go with every change (its number, how many records there are, what is kept
of them) is done once, at the end.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from xlsapp.db.connection import Connection
from xlsapp.models import CellValue, ImportTemplate, TemplateColumn
from xlsapp.repositories import template_columns
from xlsapp.repositories.history import restoring
from xlsapp.repositories.history.changes import ChangeKind, RecordsChange
from xlsapp.repositories.history.copies import What
from xlsapp.repositories.history.restoring import Part, TakenBack
from xlsapp.repositories.merging.applying import CHANGED_JOIN, NOT_PLANNED, apply_plan, rows_created
from xlsapp.repositories.merging.merging import MergePlan, Merging
from xlsapp.repositories.records import data_records, listing, many_records
from xlsapp.repositories.records.selection import Selection
from xlsapp.services.records.derived import Change
from xlsapp.services.records.journal import OWNER, Journal, Why

MOST_FOLLOWED = 1_000
"""Of more records what was found out is found out anew, rather than followed one by one."""


class RecordsWriter:
    """Changes the records of one template within the transaction `tx`. See Records.write()."""

    def __init__(self, tx: Connection, template: ImportTemplate, why: Why = OWNER) -> None:
        self.tx = tx
        """For what else belongs into the transaction. It changes no record."""
        self.template = template
        self.journal = Journal(tx, template, why)
        self._is_touched = False
        self._added = 0
        self._has_deleted = False
        self._record_ids: list[int] = []
        self._columns: set[str] = set()
        self._is_merged = False

    async def add(self, values: Mapping[str, CellValue]) -> int:
        """A new record, last in order. Returns its id."""
        record_id = await data_records.add(self.tx, self.template, values)
        await self.journal.created(record_id)
        self._note([record_id], (column.key for column in self.template.columns), added=1)
        return record_id

    async def add_many(self, rows: Sequence[Mapping[str, CellValue]]) -> list[int]:
        """New records, last in this order. Returns their ids."""
        ids = await many_records.add(self.tx, self.template, rows)
        for record_id in ids:
            await self.journal.created(record_id)
        self._note(ids, (column.key for column in self.template.columns), added=len(ids))
        return ids

    async def change_many(self, changes: Mapping[int, Mapping[str, CellValue]]) -> None:
        """Store some values of several records; the others stay. Those that are gone are left out."""
        where, listed = self.tx.dialect.among("r.id"), self.tx.dialect.listed(changes)
        await self.journal.keep(ChangeKind.EDIT, What.CHANGED, where, {"ids": listed})
        await many_records.change(self.tx, self.template, changes)
        if len(changes) > MOST_FOLLOWED:
            self._is_merged = True
        self._note(changes, {key for values in changes.values() for key in values})

    async def change(self, record_id: int, values: Mapping[str, CellValue]) -> None:
        """Store some values of a record; the others stay. Raises NotFound."""
        await self.journal.keep(ChangeKind.EDIT, What.CHANGED, "r.id = :id", {"id": record_id})
        await data_records.change(self.tx, self.template, record_id, values)
        self._note([record_id], values)

    async def delete(self, ids: Collection[int]) -> int:
        """Delete the records with these ids. Returns how many there were."""
        where, listed = self.tx.dialect.among("r.id"), self.tx.dialect.listed(ids)
        await self.journal.keep(ChangeKind.DELETE, What.DELETED, where, {"ids": listed})
        return self._deleted(await listing.remove_among(self.tx, self.template, ids))

    async def delete_selection(self, selection: Selection, *, ids: range | None = None) -> int:
        """Delete every record in a selection, or those with ids in a range. Returns how many there were."""
        where, params = listing.some_sql(self.tx, self.template, selection, ids)
        await self.journal.keep(ChangeKind.DELETE, What.DELETED, where, params)
        return self._deleted(await listing.remove_selection(self.tx, self.template, selection, ids))

    async def merge(self, merging: Merging, plan: MergePlan, *, import_id: int, file_name: str) -> None:
        """Make records of staged rows, as they are planned in the file that is attached."""
        self._is_merged = True
        if merging.removes_others:
            await self.journal.keep(ChangeKind.IMPORT, What.DELETED, NOT_PLANNED)
        if plan.updated:
            await self.journal.keep(ChangeKind.IMPORT, What.CHANGED, "TRUE", joined=CHANGED_JOIN, row="p.row")
        before = await data_records.last_id(self.tx, self.template.id)
        added = await apply_plan(self.tx, merging, plan, import_id=import_id)
        rows = await rows_created(self.tx, self.template.id, after_id=before) if plan.created else None
        await self.journal.imported(import_id=import_id, file_name=file_name, added=plan.created, rows=rows)
        self._note([], [], added=added)

    async def retype(self, old: TemplateColumn, new: TemplateColumn, *, is_converted: bool) -> None:
        """Put a column in another one's place, with what `converted` has of its values."""
        added = await template_columns.add(self.tx, self.template.id, replace(new, id=0))
        await self.journal.keep_column(old, becomes=added)
        if is_converted:
            await data_records.take_converted(self.tx, self.template.id, added, converted_from=old)
        await self._drop_column(old)

    async def remove_column(self, column: TemplateColumn) -> None:
        """Remove a column. What it holds is in the journal alone then."""
        await self.journal.keep_column(column)
        await self._drop_column(column)

    async def _drop_column(self, column: TemplateColumn) -> None:
        await template_columns.remove(self.tx, self.template.id, column)
        self._note([], [column.key])

    async def take_back(
        self, change: RecordsChange, part: Part, *, left_out: Collection[int] = ()
    ) -> TakenBack:
        """Take a part of a change back, but for the copies with the ids `left_out`."""
        by = await self.journal.begin_undo()
        done = await restoring.take_back(self.tx, self.template, change, part, by=by, left_out=left_out)
        self.journal.taken_back(done)
        if done != TakenBack():
            self._is_merged = True
            self._note([], [], added=done.returned - done.deleted)
        return done

    async def finish(self) -> Change | None:
        """Note the change with the template. Returns what it was; None when there is nothing to follow.

        That is so when nothing was to be changed; and when so much was, that it is found out anew.
        """
        await self.journal.close()
        if not self._is_touched:
            return None
        version = await data_records.note_change(self.tx, self.template.id, added=self._added)
        if self._is_merged:
            return None
        return Change(
            self.template.id,
            version,
            record_ids=tuple(self._record_ids),
            columns=frozenset(self._columns),
            has_deleted=self._has_deleted,
        )

    def _deleted(self, number: int) -> int:
        self._has_deleted = True
        self._note([], [], added=-number)
        return number

    def _note(self, record_ids: Collection[int], columns: Iterable[str], *, added: int = 0) -> None:
        self._is_touched = True
        self._record_ids += record_ids
        self._columns.update(columns)
        self._added += added
