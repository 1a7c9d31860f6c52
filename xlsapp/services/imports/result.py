"""What an import did, or why it did nothing: counts, sentences, and what the job's page shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from xlsapp.messages.results import result_shown
from xlsapp.problems import Message, sentence
from xlsapp.services.imports.staging import Findings, StagedImport, StagingRequest
from xlsapp.spreadsheet.reading.reader import ReadReport

BASICS = ("success", "summary", "processed_count", "counts")


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import did, or why it did nothing."""

    success: bool
    summary: str
    error_message: str | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def processed_count(self) -> int:
        """How many rows are in the records now as the workbook has them."""
        return (
            sum(self.counts.get(name, 0) for name in ("created", "updated", "unchanged"))
            if self.success
            else 0
        )

    @property
    def reasons(self) -> tuple[Message, ...]:
        """Why nothing was imported."""
        return (sentence(self.error_message),) if self.error_message else ()

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The groups of problems, as pages and programs are shown them."""
        groups = result_shown(self.details).get("groups", [])
        return [group for group in groups if group["severity"] == "problem"]

    def to_dict(self) -> dict[str, Any]:
        """All of it, as JSON has it and as the job's page shows it."""
        return {
            "success": self.success,
            "summary": self.summary,
            "processed_count": self.processed_count,
            "counts": dict(self.counts),
            **self.details,
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """An import that was carried out, as `to_dict` wrote it."""
        details = {name: value for name, value in stored.items() if name not in BASICS}
        return cls(success=True, summary=stored["summary"], counts=stored["counts"], details=details)


def nothing_imported(message: str, details: Mapping[str, Any] | None = None) -> ImportResult:
    """An import that ended without a change, and why."""
    return ImportResult(
        success=False,
        summary="Nothing was imported.",
        error_message=message,
        details=details or {"groups": []},
    )


def stopped_by_problems(request: StagingRequest, staged: StagedImport) -> ImportResult:
    """An import that ended without a change, because rows are wrong."""
    count = staged.findings.problem_count
    problems = "is 1 problem" if count == 1 else f"are {count:,} problems"
    counts = receipt(staged)
    held_back = counts["created"] + counts["updated"] + counts["unchanged"]
    return ImportResult(
        success=False,
        summary="Nothing was imported.",
        error_message=f"There {problems} in the workbook, so nothing was imported. Mend what is listed and "
        "upload it again.",
        counts={**counts, "created": 0, "updated": 0, "unchanged": 0, "deleted": 0, "held_back": held_back},
        details=details_of(request, staged.read, staged.findings, notes=staged.plan.notes),
    )


def imported(request: StagingRequest, staged: StagedImport) -> ImportResult:
    """An import whose plan is carried out."""
    counts = receipt(staged)
    return ImportResult(
        success=True,
        summary=_summary(counts),
        counts=counts,
        details=details_of(request, staged.read, staged.findings, notes=staged.plan.notes),
    )


def receipt(staged: StagedImport) -> dict[str, int]:
    """Counts that add up: rows = created + updated + unchanged + rejected + blank + totals + headers_again +
    above_header.
    """
    read, plan = staged.read, staged.plan
    aside = read.totals + read.headers_again
    return {
        "rows": read.rows,
        "created": plan.created,
        "updated": plan.updated,
        "unchanged": plan.unchanged,
        "rejected": plan.rejected,
        "blank": read.rows - read.header.row - read.staged - aside,
        "totals": read.totals,
        "headers_again": read.headers_again,
        "above_header": read.header.row,
        "hidden": read.hidden,
        "deleted": plan.deleted,
    }


def details_of(
    request: StagingRequest, read: ReadReport | None, findings: Findings, *, notes: Sequence[str] = ()
) -> dict[str, Any]:
    """What was found, and how the workbook was read, as the job's page shows it."""
    details: dict[str, Any] = {
        "mode": request.options.mode.label,
        "groups": findings.groups,
        "more_groups": findings.more_groups,
        "problem_count": findings.problem_count,
        "warning_count": findings.warning_count,
        "problem_limit": request.settings.max_problems,
        "problems_listed": findings.listed,
        "notes": list(notes),
    }
    if read is None:
        return details
    return details | {
        "format": read.format,
        "sheet": read.sheet,
        "header_row": read.header.row,
        "encoding": read.encoding,
        "delimiter": read.delimiter,
        "columns": {
            "matched": list(read.header.matched),
            "extra": read.header.shown_extra(),
            "missing": read.header.missing_dicts(),
        },
        "notes": [*read.notes, *notes],
    }


def _summary(counts: Mapping[str, int]) -> str:
    parts = [
        f"{counts[name]:,} {word}"
        for name, word in (("created", "created"), ("updated", "updated"), ("unchanged", "unchanged"))
        if counts[name] or name == "created"
    ]
    if counts["rejected"]:
        parts.append(f"{counts['rejected']:,} left out")
    if counts["deleted"]:
        parts.append(f"{counts['deleted']:,} deleted")
    total = counts["created"] + counts["updated"] + counts["unchanged"]
    rows = "1 row" if total == 1 else f"{total:,} rows"
    return f"{rows} imported: {', '.join(parts)}."
