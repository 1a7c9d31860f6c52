"""What an import template for a sample workbook may look like. Knows nothing of jobs."""

from dataclasses import dataclass
from pathlib import Path

from xlsapp.config import ImportSettings
from xlsapp.problems import Message
from xlsapp.sandbox.child.bounds import bounds
from xlsapp.sandbox.sandbox import Limits, Sandbox
from xlsapp.services.allowances import Allowance
from xlsapp.services.child_work import EndedEarly, OnProgress, Work, ignore, run_in_child
from xlsapp.spreadsheet.files.memory import Memory
from xlsapp.spreadsheet.files.workbook_error import WorkbookError
from xlsapp.spreadsheet.proposing.proposals import Proposal, Report, propose


@dataclass(frozen=True, slots=True)
class ProposalResult:
    """The proposal, or why there is none."""

    proposal: Proposal | None = None
    error: Message | None = None


async def propose_template(
    sandbox: Sandbox, path: Path, settings: ImportSettings, *, on_progress: OnProgress = ignore
) -> ProposalResult:
    """Look at all rows of the workbook at `path`. Raises ChildLost when the child process vanishes."""
    try:
        proposal = await run_in_child(
            sandbox,
            Work.PROPOSING,
            propose_within,
            path,
            settings,
            limits=Limits(memory_mb=settings.max_memory_mb, seconds=settings.max_seconds),
            allowance=Allowance.of(path, settings),
            on_progress=on_progress,
        )
    except (EndedEarly, WorkbookError) as error:
        return ProposalResult(error=error.message)
    return ProposalResult(proposal)


def propose_within(path: Path, settings: ImportSettings, allowance: Allowance, report: Report) -> Proposal:
    """What the child process does, with no more than it is allowed."""
    memory = Memory(allowance.file_bytes, allowance.shared_bytes)
    with bounds(seconds=allowance.seconds, memory_bytes=allowance.memory_bytes):
        return propose(path, settings.max_columns, settings.max_unpacked_mb * 1_000_000, report, memory)
