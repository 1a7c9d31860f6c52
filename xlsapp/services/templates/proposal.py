"""What an import template for a sample workbook may look like. Knows nothing of jobs."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from xlsapp.config import ImportSettings
from xlsapp.problems import Message
from xlsapp.sandbox.child.bounds import bounds
from xlsapp.sandbox.sandbox import Limits, Sandbox
from xlsapp.services.allowances import Allowance
from xlsapp.services.child_work import EndedEarly, OnProgress, Work, ignore, run_in_child
from xlsapp.spreadsheet.files.memory import Memory
from xlsapp.spreadsheet.files.workbook_error import WorkbookError
from xlsapp.spreadsheet.proposing.proposals import Proposal, SampleOptions, propose
from xlsapp.spreadsheet.reading.options import Tell

# Goes up when what is stored is no longer to be read in the same way.
VERSION = 1


@dataclass(frozen=True, slots=True)
class ProposalReceipt:
    """The proposal, or why there is none."""

    proposal: Proposal | None = None
    reasons: tuple[Message, ...] = ()

    @property
    def success(self) -> bool:
        """Whether there is a proposal."""
        return self.proposal is not None

    @property
    def summary(self) -> Message:
        """What was found."""
        if self.proposal is None:
            return Message("proposal.none")
        found = {"columns": len(self.proposal.columns), "rows": self.proposal.rows}
        return Message("proposal.found", found)

    def to_dict(self) -> dict[str, Any]:
        """As it is stored with the job's status."""
        return {
            "version": VERSION,
            "proposal": self.proposal.to_dict() if self.proposal else None,
            "reasons": [reason.to_dict() for reason in self.reasons],
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """What `to_dict` wrote."""
        proposal = stored.get("proposal")
        return cls(
            proposal=Proposal.from_dict(proposal) if proposal else None,
            reasons=tuple(map(Message.from_dict, stored["reasons"])),
        )


async def propose_template(
    sandbox: Sandbox,
    path: Path,
    settings: ImportSettings,
    options: SampleOptions,
    *,
    on_progress: OnProgress = ignore,
) -> ProposalReceipt:
    """Look at all rows of the workbook at `path`. Raises ChildLost when the child process vanishes."""
    try:
        found = await run_in_child(
            sandbox,
            Work.PROPOSING,
            propose_within,
            path,
            settings,
            options,
            limits=Limits(memory_mb=settings.max_memory_mb, seconds=settings.max_seconds),
            allowance=Allowance.of(path, settings),
            on_progress=on_progress,
        )
    except EndedEarly as error:
        found = error.message
    return ProposalReceipt(reasons=(found,)) if isinstance(found, Message) else ProposalReceipt(found)


def propose_within(
    path: Path, settings: ImportSettings, options: SampleOptions, allowance: Allowance, tell: Tell
) -> Proposal | Message:
    """What the child process does, with no more than it is allowed: a proposal, or why there is none."""
    memory = Memory(allowance.file_bytes, allowance.shared_bytes)
    with bounds(seconds=allowance.seconds, memory_bytes=allowance.memory_bytes):
        most = settings.max_unpacked_mb * 1_000_000
        try:
            return propose(path, settings.max_columns, most, tell, memory, options)
        except WorkbookError as error:
            return error.message
