"""What the user asks for at an export: checked in one place, whoever asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from xlsapp.errors import Refused
from xlsapp.models import ImportTemplate
from xlsapp.problems import Message
from xlsapp.repositories.records.selection import Selection
from xlsapp.services.exports.kinds import CSV_DELIMITERS, ExportFormat, ExportKind
from xlsapp.services.records import views


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What is to be written, and as which kind of file."""

    kind: ExportKind
    file_format: ExportFormat = ExportFormat.XLSX
    selection: Selection | None = None
    """Which records a VIEW has, in which order."""
    delimiter: str = CSV_DELIMITERS[0]
    """What stands between the values of a csv file."""

    def check(self, template: ImportTemplate) -> None:
        """Raise Refused, which names the member, when there can be no such export of a template."""
        if not template.columns:
            raise Refused(Message("export.no_columns"))
        if self.file_format is not ExportFormat.XLSX and not self.kind.has_records:
            raise Refused(Message("export.only_records"), field="format")
        if self.delimiter not in CSV_DELIMITERS:
            raise Refused(Message("export.no_such_delimiter"), field="delimiter")
        if self.delimiter != CSV_DELIMITERS[0] and self.file_format is not ExportFormat.CSV:
            raise Refused(Message("export.only_csv"), field="delimiter")

    @classmethod
    def from_dict(cls, template: ImportTemplate, stored: Mapping[str, Any]) -> Self:
        """As `to_dict` wrote them.

        Raises Refused when the template lacks a column of the view by now; and for a view as earlier versions
        queued it, the query string of a page.
        """
        view = stored.get("view")
        if view and isinstance(view, str):
            raise Refused(Message("export.view_of_before"))
        return cls(
            ExportKind(stored["kind"]),
            ExportFormat(stored.get("format", ExportFormat.XLSX)),
            views.from_dict(template, view) if view else None,
            stored.get("delimiter", CSV_DELIMITERS[0]),
        )

    def to_dict(self) -> dict[str, Any]:
        """For the queue and the status: JSON-ready."""
        return {
            "kind": self.kind.value,
            "format": self.file_format.value,
            "view": views.to_dict(self.selection) if self.selection else "",
            **({"delimiter": self.delimiter} if self.delimiter != CSV_DELIMITERS[0] else {}),
        }
