"""What became of a workbook that was to be marked: as data, which jobs/showing.py has the words for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from xlsapp.problems import Message

VERSION = 1


@dataclass(frozen=True, slots=True)
class MarkingReceipt:
    """A marked workbook, or why there is none."""

    file_name: str = ""
    size_bytes: int = 0
    cells: int = 0
    """How many cells are marked."""
    rows: int | None = None
    """How many rows it has, where it has only those that were left out."""
    notes: tuple[Message, ...] = ()
    """What its user should know of it."""
    reasons: tuple[Message, ...] = ()

    @property
    def success(self) -> bool:
        """Whether there is a file."""
        return not self.reasons

    @property
    def summary(self) -> Message:
        """What there is now."""
        if not self.success:
            return Message("marking.nothing")
        if self.rows is not None:
            return Message("marking.left_out", {"rows": self.rows, "cells": self.cells})
        return Message("marking.done", {"cells": self.cells})

    def to_dict(self) -> dict[str, Any]:
        """As it is stored with the job's status."""
        return {
            "version": VERSION,
            "file_name": self.file_name,
            "size_bytes": self.size_bytes,
            "cells": self.cells,
            "rows": self.rows,
            "notes": [note.to_dict() for note in self.notes],
            "reasons": [reason.to_dict() for reason in self.reasons],
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """What `to_dict` wrote."""
        return cls(
            file_name=stored["file_name"],
            size_bytes=stored["size_bytes"],
            cells=stored["cells"],
            rows=stored.get("rows"),
            notes=tuple(map(Message.from_dict, stored["notes"])),
            reasons=tuple(map(Message.from_dict, stored["reasons"])),
        )
