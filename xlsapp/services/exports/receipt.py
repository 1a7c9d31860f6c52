"""What an export wrote, or why it wrote nothing: as data, which jobs/showing.py has the words for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from xlsapp.problems import Message
from xlsapp.services.exports.kinds import ExportFormat, ExportKind

# Goes up when what is stored is no longer to be read in the same way.
VERSION = 1


@dataclass(frozen=True, slots=True)
class ExportReceipt:
    """A written export, or why there is none."""

    kind: ExportKind
    file_format: ExportFormat = ExportFormat.XLSX
    file_name: str = ""
    size_bytes: int = 0
    rows: int = 0
    notes: tuple[Message, ...] = ()
    """What its user should know of the file."""
    reasons: tuple[Message, ...] = ()
    """Why nothing was written."""

    @property
    def success(self) -> bool:
        """Whether there is a file."""
        return not self.reasons

    @property
    def summary(self) -> Message:
        """What there is now."""
        if not self.success:
            return Message("export.nothing_written")
        match self.kind:
            case ExportKind.TEMPLATE:
                return Message("export.blank_written")
            case ExportKind.SAMPLE:
                return Message("export.sample_written", {"rows": self.rows})
            case ExportKind.VIEW:
                return Message("export.view_written", {"records": self.rows})
        return Message("export.records_written", {"records": self.rows})

    def to_dict(self) -> dict[str, Any]:
        """As it is stored with the job's status."""
        return {
            "version": VERSION,
            "kind": self.kind.value,
            "format": self.file_format.value,
            "file_name": self.file_name,
            "size_bytes": self.size_bytes,
            "rows": self.rows,
            "notes": [note.to_dict() for note in self.notes],
            "reasons": [reason.to_dict() for reason in self.reasons],
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """What `to_dict` wrote."""
        return cls(
            kind=ExportKind(stored["kind"]),
            file_format=ExportFormat(stored["format"]),
            file_name=stored["file_name"],
            size_bytes=stored["size_bytes"],
            rows=stored["rows"],
            notes=tuple(map(Message.from_dict, stored["notes"])),
            reasons=tuple(map(Message.from_dict, stored["reasons"])),
        )
