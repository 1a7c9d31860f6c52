"""What taking a change back did, or why it did nothing: as data, which jobs/showing.py has the words for."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

from xlsapp.problems import Message

# Goes up when what is stored is no longer to be read in the same way.
VERSION = 1


@dataclass(frozen=True, slots=True)
class UndoReceipt:
    """A change that was taken back, as far as that could be."""

    change_id: int
    """What was to be taken back."""
    undo_id: int | None = None
    """The change that took it back; None where there was nothing to do."""
    changed: int = 0
    """Records that got their values back."""
    deleted: int = 0
    """Records that the change had created, and that are gone again."""
    returned: int = 0
    """Records that the change had deleted, and that are there again."""
    touched: int = 0
    """Records that were changed since, and stayed as they are."""
    clashes: int = 0
    """Records that could not have a value back, as it may be there only once and another one has it now."""
    already: int = 0
    """Records that were as before already."""
    columns: int = 0
    """Columns that are there again."""
    reasons: tuple[Message, ...] = ()
    """Why nothing could be taken back."""

    @property
    def success(self) -> bool:
        """Whether it was taken back; also where there was nothing to do."""
        return not self.reasons

    @property
    def summary(self) -> Message:
        """What it did."""
        if not self.success:
            return Message("undo.nothing_done")
        if not self.left and not any((self.changed, self.deleted, self.returned, self.columns)):
            return Message("undo.nothing_to_do")
        names = ("changed", "deleted", "returned", "columns")
        return Message("undo.done", {**{name: getattr(self, name) for name in names}, "left": self.left})

    @property
    def left(self) -> int:
        """How many records stayed as they are."""
        return self.touched + self.clashes

    def to_dict(self) -> dict[str, Any]:
        """As it is stored with the job's status, and with the change."""
        return {**asdict(self), "version": VERSION, "reasons": [reason.to_dict() for reason in self.reasons]}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """What `to_dict` wrote."""
        known = {f.name: stored[f.name] for f in fields(cls) if f.name in stored}
        return cls(**{**known, "reasons": tuple(map(Message.from_dict, stored["reasons"]))})
