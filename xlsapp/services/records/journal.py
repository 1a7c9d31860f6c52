"""The journal of one change: who did it and how, and what every record that it touches was before."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from xlsapp.db.connection import Connection
from xlsapp.models import ImportTemplate, TemplateColumn
from xlsapp.problems import Message
from xlsapp.repositories import audit_entries
from xlsapp.repositories.audit_entries import Noted
from xlsapp.repositories.history import changes, copies
from xlsapp.repositories.history.changes import Actor, ChangeKind
from xlsapp.repositories.history.copies import What
from xlsapp.repositories.history.restoring import TakenBack
from xlsapp.repositories.merging.applying import CreatedRows


@dataclass(frozen=True, slots=True)
class Why:
    """How a change comes about."""

    actor: Actor | None = None
    """None for the template's owner, on a page."""
    kind: ChangeKind | None = None
    """None for what is done first in it."""
    job_id: str | None = None
    undoes: int | None = None
    goes_on: int | None = None
    """The change that this is more of: what takes long is done in steps, each a transaction."""
    is_open: bool = False
    """Whether more of it may come."""
    keeps_values: bool = True
    """Whether it can be taken back. If not, that records were touched is noted all the same."""
    details: Mapping[str, Any] = field(default_factory=dict)


OWNER = Why()


class Journal:
    """Notes one change within its transaction, in which the template's records are locked for others."""

    def __init__(self, tx: Connection, template: ImportTemplate, why: Why) -> None:
        self._tx, self._template, self._why = tx, template, why
        self._change_id = why.goes_on
        self._kind = why.kind
        self._before: int | None = None  # the id of the last copy of others
        self._copies = 0
        self._numbers = dict.fromkeys(("created", "changed", "deleted", "returned"), 0)
        self._members: dict[str, Any] = {}
        self._details = dict(why.details)
        self._last_column = 0
        self._is_over = False

    @property
    def change_id(self) -> int | None:
        """The id of the change; None as long as nothing has happened."""
        return self._change_id

    async def created(self, record_id: int) -> None:
        """A record was added, with the highest id of all."""
        await self._begin(ChangeKind.ADD)
        self._note_created(record_id, record_id, 1)

    async def imported(self, *, import_id: int, file_name: str, added: int, rows: CreatedRows | None) -> None:
        """An import has changed records, and added some."""
        await self._begin(ChangeKind.IMPORT)
        self._members |= {"import_id": import_id, "file_name": file_name}
        if rows:
            self._note_created(rows.first_id, rows.last_id, added)
            self._members["before_first_row"] = rows.before_first_row

    async def keep(
        self,
        kind: ChangeKind,
        what: What,
        where: str,
        params: Mapping[str, Any] | None = None,
        *,
        joined: str = "",
        row: str = "NULL",
    ) -> None:
        """Keep the records `r` that fit as they are now: they are about to be changed, or deleted.

        Of one that this change has made, or kept before, nothing is to be kept.
        """
        change_id, params = await self._begin(kind), dict(params or {})
        if "first_created" in self._members:
            where = f"({where}) AND r.id < :first_created"
            params["first_created"] = self._members["first_created"]
        fresh = where
        if self._copies:
            fresh = f"({where}) AND {copies.not_kept(self._template.id)}"
        await self._ready()
        number = await copies.copy(
            self._tx,
            self._template,
            change_id,
            what if self._why.keeps_values else What.ERASED,
            fresh,
            joined=joined,
            row=row,
            **params,
        )
        if number and not self._why.keeps_values:
            self._members["is_whole"] = False
        if what is What.DELETED and self._copies:
            again = await copies.now_deleted(self._tx, self._template.id, change_id, where, **params)
            self._numbers["changed"] -= again
            self._numbers["deleted"] += again
        self._copies += number
        self._numbers[what.value] += number

    async def keep_column(self, column: TemplateColumn, *, becomes: TemplateColumn | None = None) -> None:
        """Keep what records have in a column: it is about to be removed, or to get another type."""
        change_id = await self._begin(ChangeKind.COLUMNS)
        await self._ready()
        self._copies += await copies.copy_column(self._tx, self._template.id, change_id, column)
        gone = {"id": column.id, "column": changes.column_to_dict(column), "becomes": becomes and becomes.id}
        self._details.setdefault("columns", []).append(gone)

    async def begin_undo(self) -> int:
        """Something is about to be taken back. Returns the id of the change that does it."""
        await self._ready()
        return await self._begin(ChangeKind.UNDO)

    def taken_back(self, done: TakenBack) -> None:
        """Records were changed, deleted and brought back, which is copied already."""
        self._copies += done.changed + done.deleted + done.returned
        for name in ("changed", "deleted", "returned"):
            self._numbers[name] += getattr(done, name)

    async def erase(self, record_id: int) -> int:
        """Erase what a record was before. Returns how many copies there were."""
        change_id = await self._begin(ChangeKind.ERASE)
        await self._ready()
        self._copies += 1
        return await copies.erase(self._tx, self._template.id, change_id, record_id)

    def end(self, **details: Any) -> None:
        """Nothing more of it comes after this transaction."""
        self._details |= details
        self._is_over = True

    async def close(self) -> None:
        """Store what has happened, if anything has."""
        if self._change_id is None:
            return
        if self._copies and self._before is not None:
            each = copies.FIXED_BYTES
            if self._why.keeps_values:
                each = await copies.bytes_each(self._tx, self._template, copied_after=self._before)
            self._numbers["bytes"] = each * self._copies
            last = await copies.last_id(self._tx, self._template.id)
            self._members |= {"first_copy": self._before + 1, "last_copy": last}
        if self._why.goes_on is None and not (any(self._numbers.values()) or self._members or self._details):
            await changes.forget(self._tx, self._change_id)
            self._change_id = None
            return
        if self._is_over:
            self._members["is_open"] = False
        if self._last_column:
            self._details["last_column"] = self._last_column
        await changes.go_on(
            self._tx, self._change_id, more=self._numbers, details=self._details or None, **self._members
        )
        await self._audit()

    async def _audit(self) -> None:
        """What deletes records, or takes something back, is in the audit log from the same moment."""
        deleted = self._numbers["deleted"]
        if self._kind is ChangeKind.UNDO and self._why.goes_on is None:
            what = Message("audit.undone", {"template": self._template.name})
        elif self._kind is not ChangeKind.UNDO and deleted:
            what = Message("audit.records_deleted", {"template": self._template.name, "count": deleted})
        else:
            return
        actor = self._why.actor or Actor(self._template.user_id)
        await audit_entries.add(self._tx, [Noted(what, user_id=actor.user_id, template_id=self._template.id)])

    async def _begin(self, kind: ChangeKind) -> int:
        if self._change_id is None:
            why, template = self._why, self._template
            self._kind = why.kind or kind
            self._change_id = await changes.add(
                self._tx,
                template.id,
                self._kind,
                why.actor or Actor(template.user_id),
                job_id=why.job_id,
                undoes=why.undoes,
                is_open=why.is_open,
            )
        return self._change_id

    async def _ready(self) -> None:
        if self._before is None:
            self._before = await copies.make_ready(self._tx, self._template)
            self._last_column = max((column.id for column in self._template.columns), default=0)

    def _note_created(self, first_id: int, last_id: int, number: int) -> None:
        self._members.setdefault("first_created", first_id)
        self._members["last_created"] = last_id
        self._numbers["created"] += number
