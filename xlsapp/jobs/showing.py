"""A job in its reader's words, made where it is shown: on pages, in what is pushed to them, by the API."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from xlsapp.jobs.marking_job import leaves_rows_out, markable
from xlsapp.jobs.status import JobKind, JobStatus, next_job_id
from xlsapp.messages.results import result_shown
from xlsapp.messages.saying import say
from xlsapp.problems import Message
from xlsapp.services.exports.receipt import ExportReceipt
from xlsapp.services.history.receipt import UndoReceipt
from xlsapp.services.marking.receipt import MarkingReceipt
from xlsapp.services.templates.proposal import ProposalReceipt


@dataclass(frozen=True, slots=True)
class ShownJob:
    """A job and what there is to say of it."""

    job: JobStatus
    progress: str | None
    progress_message: Mapping[str, Any] | None
    """What `progress` says, as data."""
    error_message: str | None
    error_messages: Sequence[Mapping[str, Any]]
    """What `error_message` says, as data."""
    result: Mapping[str, Any] | None
    """With its sentences."""
    is_answered: bool = False
    """Whether what it asks was answered."""

    @property
    def look(self) -> str:
        """What it looks like on pages: its state; one that failed because it asks is no failure."""
        if self.job.asks:
            return "answered" if self.is_answered else "asking"
        return self.job.status.value

    @property
    def title(self) -> str:
        """What the job does, in a few words."""
        job = self.job
        name = job.template_name if job.kind is JobKind.EXPORT else job.file_name
        kind = "check" if job.options.get("check") else job.kind
        return say(Message("job.title", {"kind": kind, "status": self.look, "name": name or ""}))

    @property
    def can_be_marked(self) -> bool:
        """Whether the problems that it has found can be marked in its workbook."""
        return markable(self.job)

    @property
    def has_left_out(self) -> bool:
        """Whether it has imported the right rows, and left others out."""
        return leaves_rows_out(self.job)

    def to_dict(self) -> dict[str, Any]:
        """The members that scripts and version 1 of the API have of it."""
        words = asdict(self)
        job = words.pop("job")
        del job["reasons"], job["attempt"], words["is_answered"]
        return {**job, **words, "is_final": self.job.is_final}


def shown_all(statuses: Sequence[JobStatus]) -> list[ShownJob]:
    """All jobs of somebody as their reader sees them."""
    known = {status.job_id for status in statuses}
    return [shown(each, is_answered=each.asks and next_job_id(each.job_id) in known) for each in statuses]


def shown(status: JobStatus, *, is_answered: bool = False) -> ShownJob:
    """The job as its reader sees it."""
    return ShownJob(
        is_answered=is_answered,
        job=status,
        progress=say(status.progress) if status.progress else None,
        progress_message=status.progress.to_dict() if status.progress else None,
        error_message=sentences(status.reasons) or None,
        error_messages=_stored(status.reasons),
        result=_shown_result(status),
    )


# A result has its sentences in the places they had in version 1, and what they say as data under `messages`.


def _shown_result(status: JobStatus) -> Mapping[str, Any] | None:
    if status.result is None:
        return None
    if status.kind is JobKind.PROPOSAL:
        return _shown_proposal(status.result)
    if status.kind is JobKind.MARKING:
        return _shown_marking(status.result)
    if status.kind is JobKind.EXPORT and "version" in status.result:
        return _shown_export(status.result)
    if status.kind is JobKind.UNDO:
        return shown_undo(UndoReceipt.from_dict(status.result))
    return result_shown(status.result)


def shown_undo(receipt: UndoReceipt) -> dict[str, Any]:
    """What taking a change back did, with its sentences."""
    stored = receipt.to_dict()
    del stored["reasons"]
    return {
        **stored,
        "success": receipt.success,
        "summary": say(receipt.summary),
        "messages": {"summary": receipt.summary.to_dict(), "reasons": _stored(receipt.reasons)},
        "processed_count": receipt.changed + receipt.deleted + receipt.returned,
        "left": receipt.left,
    }


def _shown_proposal(stored: Mapping[str, Any]) -> dict[str, Any]:
    receipt = ProposalReceipt.from_dict(stored)
    found = receipt.proposal
    names = ("name", "type", "required", "unique", "choices")
    return {
        "version": stored["version"],
        "success": receipt.success,
        "summary": say(receipt.summary),
        "messages": {"summary": receipt.summary.to_dict(), "reasons": _stored(receipt.reasons)},
        "processed_count": found.rows if found else 0,
        "columns": [{name: getattr(column, name) for name in names} for column in found.columns]
        if found
        else [],
    }


def _shown_export(stored: Mapping[str, Any]) -> dict[str, Any]:
    receipt = ExportReceipt.from_dict(stored)
    return {
        "version": stored["version"],
        "success": receipt.success,
        "summary": say(receipt.summary),
        "messages": {
            "summary": receipt.summary.to_dict(),
            "reasons": _stored(receipt.reasons),
            "notes": _stored(receipt.notes),
        },
        "file_name": receipt.file_name,
        "format": receipt.file_format,
        "size_bytes": receipt.size_bytes,
        "processed_count": receipt.rows,
        "notes": list(map(say, receipt.notes)),
    }


def _shown_marking(stored: Mapping[str, Any]) -> dict[str, Any]:
    receipt = MarkingReceipt.from_dict(stored)
    return {
        "version": stored["version"],
        "success": receipt.success,
        "summary": say(receipt.summary),
        "messages": {
            "summary": receipt.summary.to_dict(),
            "reasons": _stored(receipt.reasons),
            "notes": _stored(receipt.notes),
        },
        "file_name": receipt.file_name,
        "size_bytes": receipt.size_bytes,
        "processed_count": receipt.cells,
        "notes": list(map(say, receipt.notes)),
    }


def _stored(messages: Iterable[Message]) -> list[dict[str, Any]]:
    return [message.to_dict() for message in messages]


def sentences(messages: Iterable[Message]) -> str:
    """The messages one after the other."""
    return " ".join(map(say, messages))
