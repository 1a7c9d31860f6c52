"""Taking a change of records back: an import, an edit, a deletion, or what has taken one of these back.

A record that was touched since stays as it is, and is listed; so does one that cannot have a value back which
another record has by now. What is many is done in steps, each a short transaction, so that nobody else waits
for it: one change to everybody, of which a crash leaves a part that the next attempt goes on with.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xlsapp.db.connection import Connection
from xlsapp.db.runs import Fence
from xlsapp.errors import Refused
from xlsapp.models import ImportTemplate
from xlsapp.problems import Message
from xlsapp.repositories.history import changes, foreseeing
from xlsapp.repositories.history.changes import Actor, ChangeKind, RecordsChange
from xlsapp.repositories.history.foreseeing import Clash, Counts, Verdict
from xlsapp.repositories.history.restoring import Part, TakenBack
from xlsapp.services.child_work import OnProgress, ignore
from xlsapp.services.history.receipt import UndoReceipt
from xlsapp.services.records.journal import Why
from xlsapp.services.records.records import Records
from xlsapp.services.records.steps import FIRST_STEP, Pace
from xlsapp.services.records.writer import RecordsWriter

NOTHING = range(0)

# As many are one step.
AT_ONCE = FIRST_STEP


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What taking a change back would do now."""

    ready: Counts
    """Records that are still what the change has made of them, by what that was."""
    touched: Counts
    back: Counts
    """Records that are again what they were before."""
    clashes: Sequence[Clash]

    @property
    def restored(self) -> int:
        """How many records would be another one."""
        return self.ready.all - len(self.clashes)


def size_of(change: RecordsChange) -> int:
    """How many records a change may have touched, about."""
    return _Steps(change).all


async def nobody_else(tx: Connection) -> None:
    """Where no other attempt at the same can be."""


async def foresee(records: Records, template: ImportTemplate, change: RecordsChange) -> Foreseen:
    """Say what taking a change back would do. Raises Refused where that cannot be done at all."""
    _require_whole(change)
    async with records.db.read_much(template.user_id) as conn:
        counts = await foreseeing.count(conn, template, change)
        clashes = await _clashes(conn, template, change)
    return Foreseen(counts[Verdict.READY], counts[Verdict.TOUCHED], counts[Verdict.BACK], clashes)


async def undo(
    records: Records,
    template: ImportTemplate,
    change_id: int,
    actor: Actor,
    *,
    job_id: str | None = None,
    fence: Fence = nobody_else,
    on_progress: OnProgress = ignore,
) -> UndoReceipt:
    """Take a change back, once for a job however often it is called. Raises NotFound, or Refused."""
    async with records.db.read() as conn:
        change = await changes.find(conn, template.id, change_id)
        begun = await changes.get_by_job(conn, template.id, job_id) if job_id else None
    if begun and not begun.is_open:
        return UndoReceipt.from_dict(begun.details["receipt"])
    foreseen = await foresee(records, template, change)
    done = TakenBack(begun.changed, begun.deleted, begun.returned) if begun else TakenBack()
    by = begun.id if begun else None
    steps = _Steps(change)
    receipt = UndoReceipt(change.id)
    for part in steps:
        why = Why(actor, ChangeKind.UNDO, job_id=job_id, undoes=change.id, goes_on=by, is_open=True)
        async with records.write(template, why=why) as writer:
            await fence(writer.tx)
            left_out = [clash.copy_id for clash in foreseen.clashes if clash.copy_id in part.copies]
            done = done.plus(await writer.take_back(change, part, left_out=left_out))
            if steps.is_last(part):
                receipt = _receipt(change, done, foreseen, begun, by=writer.journal.change_id)
                await _finish(writer, change, receipt)
        by = writer.journal.change_id
        await on_progress(Message("progress.undoing", {"done": steps.done, "all": steps.all}))
    return receipt


class _Steps:
    """A change in parts that take about as long as others may wait each."""

    def __init__(self, change: RecordsChange) -> None:
        self._copies = _ids(change.first_copy, change.last_copy)
        self._created = _ids(change.first_created, change.last_created)
        self._pace = Pace()
        self.all = len(self._copies) + len(self._created)
        self.done = 0

    def __iter__(self) -> Iterator[Part]:
        if 0 < self.all <= AT_ONCE:
            yield Part(self._copies, self._created)
            self.done = self.all
            return
        for copies in self._pace.pieces(self._copies):
            yield Part(copies, NOTHING)
            self.done += len(copies)
        for created in self._pace.pieces(self._created):
            yield Part(NOTHING, created)
            self.done += len(created)

    def is_last(self, part: Part) -> bool:
        """Whether nothing comes behind a part, which is not done yet."""
        return self.done + len(part.copies) + len(part.created) == self.all


def _ids(first: int | None, last: int | None) -> range:
    return NOTHING if first is None or last is None else range(first, last + 1)


def _require_whole(change: RecordsChange) -> None:
    if change.is_open:
        raise Refused(Message("undo.still_open"))
    if not change.is_whole:
        raise Refused(Message("undo.not_whole"))
    if change.kind is ChangeKind.ERASE:
        raise Refused(Message("undo.erased"))


async def _clashes(conn: Connection, template: ImportTemplate, change: RecordsChange) -> list[Clash]:
    """All that cannot have a value back. Who stays as it is may be in another one's way: till no more are."""
    unique = [c for c in template.columns if c.rules.unique and "unique" not in c.rules.warnings]
    found: dict[int, Clash] = {}
    while True:
        more = {
            clash.copy_id: clash
            for column in unique
            for clash in await foreseeing.clashes(conn, template, change, column, list(found))
        }
        if not more:
            return list(found.values())
        found |= more


def _receipt(
    change: RecordsChange,
    done: TakenBack,
    foreseen: Foreseen,
    begun: RecordsChange | None,
    *,
    by: int | None,
) -> UndoReceipt:
    # What an attempt before has taken back is as before already, but only since then.
    before = begun.changed + begun.returned if begun else 0
    return UndoReceipt(
        change.id,
        by if done != TakenBack() else None,
        changed=done.changed,
        deleted=done.deleted,
        returned=done.returned,
        touched=foreseen.touched.all,
        clashes=len(foreseen.clashes),
        already=max(foreseen.back.all - before, 0),
    )


async def _finish(writer: RecordsWriter, change: RecordsChange, receipt: UndoReceipt) -> None:
    """Close what has taken a change back, and keep its receipt with it. What does nothing is no change."""
    if receipt.undo_id is not None:
        writer.journal.end(receipt=receipt.to_dict())
        await _note_undone(writer.tx, change, receipt.undo_id)


async def _note_undone(tx: Connection, change: RecordsChange, by: int | None) -> None:
    """A change holds no longer. What it had taken back itself holds again, and so on."""
    await changes.note_undone(tx, change.id, by)
    if change.undoes is not None:
        before = await changes.find_some(tx, change.import_template_id, {change.undoes})
        for each in before.values():
            await _note_undone(tx, each, None if by else change.id)
