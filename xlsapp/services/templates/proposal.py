"""What an import template for a sample workbook may look like. Knows nothing of jobs."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xlsapp.config import ImportSettings
from xlsapp.messages.saying import say
from xlsapp.sandbox.failures import Crashed, OutOfMemory, TimedOut
from xlsapp.sandbox.sandbox import Limits, Sandbox
from xlsapp.services.imports.importing import OUT_OF_MEMORY, TOO_SLOW, UNREADABLE, ignore
from xlsapp.spreadsheet.files.workbook_error import WorkbookError
from xlsapp.spreadsheet.proposing.proposals import Proposal, propose

OnProgress = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ProposalResult:
    """The proposal, or why there is none."""

    proposal: Proposal | None = None
    error_message: str = ""


async def propose_template(
    sandbox: Sandbox, path: Path, settings: ImportSettings, *, on_progress: OnProgress = ignore
) -> ProposalResult:
    """Look at all rows of the workbook at `path`. Raises ChildLost when the child process vanishes."""

    async def tell(progress: Mapping[str, Any]) -> None:
        await on_progress(f"Looking at row {progress['row']:,}")

    try:
        proposal = await sandbox.run(
            propose,
            path,
            settings.max_columns,
            settings.max_unpacked_mb * 1_000_000,
            limits=Limits(memory_mb=settings.max_memory_mb, seconds=settings.max_seconds),
            on_progress=tell,
        )
    except WorkbookError as error:
        return ProposalResult(error_message=say(error.message))
    except OutOfMemory:
        return ProposalResult(error_message=OUT_OF_MEMORY)
    except TimedOut:
        return ProposalResult(error_message=TOO_SLOW.format(seconds=settings.max_seconds))
    except Crashed:
        return ProposalResult(error_message=UNREADABLE)
    return ProposalResult(proposal)
