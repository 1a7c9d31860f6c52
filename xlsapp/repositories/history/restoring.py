"""Taking a change back, as far as its records are still what it has made of them, in parts.

A record whose last `state` is not the one that the change gave it was touched since, and stays as it is. What
is taken back is copied, too, and gets the state again that the record had before: so it can be taken back
itself, and the change once more after that.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from xlsapp.clock import utc_stamp
from xlsapp.db.connection import Connection
from xlsapp.models import ImportTemplate, TemplateColumn
from xlsapp.repositories.history.changes import RecordsChange
from xlsapp.repositories.history.copies import AS_CREATED, KEPT, NEVER_WAS, What, last_id, table_name
from xlsapp.repositories.records.data_records import column_name
from xlsapp.repositories.records.data_records import table_name as records_table


@dataclass(frozen=True, slots=True)
class Part:
    """Some of what a change has done: its copies, and records that it created, with these ids."""

    copies: range
    created: range


@dataclass(frozen=True, slots=True)
class TakenBack:
    """How many records got their values back, are gone again, and are there again."""

    changed: int = 0
    deleted: int = 0
    returned: int = 0

    def plus(self, other: "TakenBack") -> "TakenBack":
        """Both together."""
        return TakenBack(
            self.changed + other.changed, self.deleted + other.deleted, self.returned + other.returned
        )


def columns_then(template: ImportTemplate, change: RecordsChange) -> list[TemplateColumn]:
    """The template's columns that there were already when something was changed."""
    return [column for column in template.columns if column.id <= change.details.get("last_column", 0)]


async def take_back(
    tx: Connection,
    template: ImportTemplate,
    change: RecordsChange,
    part: Part,
    *,
    by: int,
    left_out: Iterable[int] = (),
) -> TakenBack:
    """Take a part of a change back, as the change `by`. Copies with the ids `left_out` stay untouched."""
    undoing = _Undoing(tx, template, change, part, by, list(left_out))
    changed = await undoing.change() if part.copies else 0
    returned = await undoing.bring_back() if part.copies else 0
    deleted = await undoing.delete_returned() if part.copies else 0
    deleted += await undoing.delete_created() if part.created else 0
    return TakenBack(changed, deleted, returned)


class _Undoing:
    """One part that is taken back."""

    def __init__(
        self,
        tx: Connection,
        template: ImportTemplate,
        change: RecordsChange,
        part: Part,
        by: int,
        left_out: Sequence[int],
    ) -> None:
        self._tx, self._template = tx, template
        self._history, self._records = table_name(template.id), records_table(template.id)
        self._columns = columns_then(template, change)
        self._part, self._by = part, by
        self._params: Mapping[str, object] = {
            "undone": change.id,
            "by": by,
            "low": part.copies.start,
            "high": part.copies.stop - 1,
        }
        self._left_out: Mapping[str, object] = {"left_out": tx.dialect.listed(left_out)} if left_out else {}

    async def change(self) -> int:
        """Give records their values back."""
        mark = await self._copy(What.CHANGED, What.CHANGED)
        names = [*map(column_name, self._columns), "import_id"]
        values = "".join(f", {name} = e.{name}" for name in names)
        return await self._tx.run(
            f"""
            UPDATE {self._records} SET updated_at = :stamp, revision = {self._records}.revision + 1{values}
            FROM {self._history} AS e JOIN {self._history} AS u ON u.record_id = e.record_id
            WHERE {self._of_part(What.CHANGED)} AND {self._of_us()} AND {self._records}.id = e.record_id
            """,
            **self._params,
            mark=mark,
            stamp=utc_stamp(),
        )

    async def bring_back(self) -> int:
        """Add deleted records again, with their ids and dates."""
        mark = await last_id(self._tx, self._template.id)
        gone = f"NOT EXISTS (SELECT 1 FROM {self._records} AS r WHERE r.id = e.record_id)"
        brought = await self._tx.run(
            f"""
            INSERT INTO {self._history} (change_id, record_id, what, state)
            SELECT :by, e.record_id, '{What.RETURNED}', {before_sql(self._history)}
            FROM {self._history} AS e WHERE {self._ready(What.DELETED)} AND {gone} ORDER BY e.id
            """,
            **self._params,
            **self._left_out,
        )
        if brought:
            names = ", ".join([*KEPT, *map(column_name, self._columns)])
            values = ", ".join(f"e.{name}" for name in [*KEPT, *map(column_name, self._columns)])
            await self._tx.run(
                f"""
                INSERT INTO {self._records} (id, {names}) SELECT e.record_id, {values}
                FROM {self._history} AS e JOIN {self._history} AS u ON u.record_id = e.record_id
                WHERE {self._of_part(What.DELETED)} AND {self._of_us()} ORDER BY e.record_id
                """,
                **self._params,
                mark=mark,
            )
        return brought

    async def delete_returned(self) -> int:
        """Delete records again that the change has brought back: it was an undo itself."""
        return await self._delete(await self._copy(What.RETURNED, What.DELETED))

    async def delete_created(self) -> int:
        """Delete records that the change has created."""
        mark = await last_id(self._tx, self._template.id)
        names = [*KEPT, *map(column_name, self._template.columns)]
        await self._tx.run(
            f"""
            INSERT INTO {self._history} (change_id, record_id, what, state, {", ".join(names)})
            SELECT :by, r.id, '{What.DELETED}', {NEVER_WAS}, {", ".join(f"r.{name}" for name in names)}
            FROM {self._records} AS r
            WHERE r.id BETWEEN :first AND :last AND {state_sql(self._history, "r.id")} = {AS_CREATED}
            ORDER BY r.id
            """,
            by=self._by,
            first=self._part.created.start,
            last=self._part.created.stop - 1,
        )
        return await self._delete(mark)

    async def _copy(self, done: What, becomes: What) -> int:
        """Copy the records of which something is taken back. Returns the id of the last copy before these."""
        mark = await last_id(self._tx, self._template.id)
        names = [*KEPT, *map(column_name, self._template.columns)]
        values = ", ".join(f"r.{name}" for name in names)
        await self._tx.run(
            f"""
            INSERT INTO {self._history} (change_id, record_id, what, state, {", ".join(names)})
            SELECT :by, r.id, '{becomes}', {before_sql(self._history)}, {values}
            FROM {self._history} AS e JOIN {self._records} AS r ON r.id = e.record_id
            WHERE {self._ready(done)} ORDER BY e.id
            """,
            **self._params,
            **self._left_out,
        )
        return mark

    async def _delete(self, mark: int) -> int:
        copied = f"SELECT u.record_id FROM {self._history} AS u WHERE {self._of_us()}"
        return await self._tx.run(
            f"DELETE FROM {self._records} WHERE id IN ({copied})", by=self._by, mark=mark
        )

    def _of_part(self, what: What) -> str:
        return f"e.id BETWEEN :low AND :high AND e.change_id = :undone AND e.what = '{what}'"

    def _of_us(self) -> str:
        return "u.id > :mark AND u.change_id = :by"

    def _ready(self, what: What) -> str:
        """The condition that a copy `e` is of this part, and that its record was not touched since."""
        left_out = f" AND NOT {self._tx.dialect.among('e.id', ':left_out')}" if self._left_out else ""
        return f"{self._of_part(what)} AND {state_sql(self._history, 'e.record_id')} = e.state{left_out}"


def state_sql(history: str, record_id: str) -> str:
    """The state in which a record is now, in SQL."""
    return f"""COALESCE((
        SELECT s.state FROM {history} AS s WHERE s.record_id = {record_id} AND s.state IS NOT NULL
        ORDER BY s.id DESC LIMIT 1
    ), {AS_CREATED})"""


def before_sql(history: str) -> str:
    """The state in which the record of a copy `e` was before, in SQL."""
    return f"""COALESCE((
        SELECT b.state FROM {history} AS b
        WHERE b.record_id = e.record_id AND b.id < e.id AND b.state IS NOT NULL ORDER BY b.id DESC LIMIT 1
    ), {AS_CREATED})"""
