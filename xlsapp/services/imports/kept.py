"""What is kept of an import for its review: how its workbook was read, and the plan for its staged rows."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from xlsapp.models import ImportTemplate, TemplateColumn
from xlsapp.repositories.merging.merging import Finding, Found, MergePlan, Merging
from xlsapp.services.imports.options import ImportOptions
from xlsapp.services.imports.planning import merging_for
from xlsapp.services.imports.receipt import ImportReceipt
from xlsapp.spreadsheet.cells.conventions import Reading
from xlsapp.spreadsheet.reading.options import TableRead


@dataclass(frozen=True, slots=True)
class Kept:
    """All of it. Nothing in it changes while a review is mended."""

    template_id: int
    user_id: int
    file_name: str
    options: ImportOptions
    receipt: ImportReceipt
    """What the import found."""
    places: Mapping[int, int]
    """Column id → its place in the sheet, of the columns that the workbook has."""
    record_id: int | None
    """The place of the records' ids, where they count."""
    has_ages: bool
    readings: Mapping[int, Reading]
    columns: str
    """What the template's columns were, in short: see `short_of`."""
    file_hash: str = ""
    """The SHA-256 of the workbook's bytes."""

    @classmethod
    def of(
        cls,
        template: ImportTemplate,
        file_name: str,
        options: ImportOptions,
        read: TableRead,
        receipt: ImportReceipt,
        *,
        file_hash: str = "",
    ) -> Self:
        """What there is to be kept of an import that was planned."""
        header = read.header
        return cls(
            template_id=template.id,
            user_id=template.user_id,
            file_name=file_name,
            options=options,
            receipt=receipt,
            places=header.places,
            record_id=header.record_id,
            has_ages=header.updated_at is not None,
            readings=read.readings,
            columns=short_of(template),
            file_hash=file_hash,
        )

    def merging(self, template: ImportTemplate, options: ImportOptions | None = None) -> Merging:
        """What the rows ask of the records; with other options, what these do."""
        return merging_for(
            template,
            options or self.options,
            in_file=self.places.keys(),
            has_ids=self.record_id is not None,
            has_ages=self.has_ages,
            file_name=self.file_name,
            imported_by=self.user_id,
            file_format=self.receipt.how.format if self.receipt.how else "",
        )

    def to_dict(self) -> dict[str, Any]:
        """As it is stored: JSON."""
        return {
            "template_id": self.template_id,
            "user_id": self.user_id,
            "file_name": self.file_name,
            "options": self.options.to_dict(),
            "receipt": self.receipt.to_dict(),
            "places": list(self.places.items()),
            "record_id": self.record_id,
            "has_ages": self.has_ages,
            "readings": [[column_id, asdict(reading)] for column_id, reading in self.readings.items()],
            "columns": self.columns,
            "file_hash": self.file_hash,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """What `to_dict` wrote."""
        return cls(
            **{
                **stored,
                "options": ImportOptions.from_dict(stored["options"]),
                "receipt": ImportReceipt.from_dict(stored["receipt"]),
                "places": dict(stored["places"]),
                "readings": {column_id: Reading(**reading) for column_id, reading in stored["readings"]},
            }
        )


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """A plan as it is kept, and made anew after mends."""

    plan: MergePlan
    blocked: int
    """How many rows have a problem and were not left out."""
    left_out: int = 0

    def to_dict(self) -> dict[str, Any]:
        """As it is stored: JSON."""
        numbers = {name: getattr(self.plan, name) for name in _NUMBERS}
        findings = [
            [f.number, f.what, f.rows, [column.id for column in f.columns], f.only_warns]
            for f in self.plan.findings
        ]
        return {**numbers, "findings": findings, "blocked": self.blocked, "left_out": self.left_out}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any], columns: Mapping[int, TemplateColumn]) -> Self:
        """What `to_dict` wrote, with the template's columns by their ids."""
        findings = tuple(
            Finding(number, Found(what), rows, tuple(columns[i] for i in ids if i in columns), only_warns)
            for number, what, rows, ids, only_warns in stored["findings"]
        )
        plan = MergePlan(**{name: stored.get(name, 0) for name in _NUMBERS}, findings=findings)
        return cls(plan, stored["blocked"], stored["left_out"])


_NUMBERS = (
    "records_version",
    "created",
    "updated",
    "unchanged",
    "rejected",
    "deleted",
    "stored",
    "not_found",
)


def short_of(template: ImportTemplate) -> str:
    """A text that is another one once a template's columns are others, in what counts for its rows."""
    columns = [(c.id, c.type, c.required, c.rules.to_json()) for c in template.columns]
    return hashlib.sha256(repr(columns).encode()).hexdigest()[:16]
