"""Work that a service has done in a child process: how far it is, and what it means when it ends early."""

import enum
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

from xlsapp.errors import MuchMemory, XlsappError
from xlsapp.problems import Message
from xlsapp.sandbox.failures import Crashed, OutOfMemory, OutOfRoom, SandboxError, TimedOut
from xlsapp.sandbox.sandbox import Limits, Sandbox
from xlsapp.services.allowances import Allowance

Result = TypeVar("Result")
OnProgress = Callable[[Message], Awaitable[None]]


class Work(enum.StrEnum):
    """What a child is at."""

    READING = "reading"
    COMPARING = "comparing"
    PROPOSING = "proposing"
    WRITING = "writing"
    MARKING = "marking"


class EndedEarly(XlsappError):
    """A child did not finish, and another try would end in the same way; with what to tell its user."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


async def ignore(progress: Message) -> None:
    """Progress that nobody wants to hear of."""


async def run_in_child(
    sandbox: Sandbox,
    work: Work,
    function: Callable[..., Result],
    *args: Any,
    limits: Limits,
    seconds_in_all: float | None = None,
    allowance: Allowance | None = None,
    on_progress: OnProgress = ignore,
) -> Result:
    """What `function(*args, tell)` returns in a child process; it tells its `row`, and of how many.
    `seconds_in_all` is what the whole may take of which this is the last part.

    With an `allowance`, it is `function(*args, allowance, tell)`; what needs more of it than can be shared
    is done once more, when no other such work goes on.

    Raises EndedEarly when it takes too much, or dies of what it was given; what `function` raises; and
    another SandboxError when that is no fault of what it was given.
    """

    async def tell(progress: Mapping[str, Any]) -> None:
        await on_progress(progress_of(work, progress))

    run = partial(sandbox.run, limits=limits, on_progress=tell)
    try:
        if allowance is None:
            return await run(function, *args)
        result: Result | NeedsMuch = await run(may_need_much, function, *args, allowance)
        if not isinstance(result, NeedsMuch):
            return result
        if sandbox.alone.locked():
            await on_progress(Message("progress.waits_for_memory"))
        async with sandbox.alone:
            return await run(function, *args, allowance.alone())
    except (OutOfMemory, TimedOut, Crashed) as error:
        in_all = replace(limits, seconds=seconds_in_all or limits.seconds)
        message = meaning(error, work, in_all, allowance)
        if message is None:
            raise
        raise EndedEarly(message) from error


@dataclass(frozen=True, slots=True)
class NeedsMuch:
    """The child found out that its work needs much memory, and did not begin it."""


def may_need_much(function: Callable[..., Result], *args: Any) -> Result | NeedsMuch:
    """What `function(*args)` returns, in the child."""
    try:
        return function(*args)
    except MuchMemory:
        return NeedsMuch()


def progress_of(work: Work, progress: Mapping[str, Any]) -> Message:
    """How far a child is."""
    match work:
        case Work.READING:
            return Message("progress.reading", {"row": progress["row"]})
        case Work.COMPARING:
            return Message("progress.comparing")
        case Work.PROPOSING:
            return Message("progress.proposing", {"row": progress["row"]})
        case Work.MARKING:
            return Message("progress.marking")
        case Work.WRITING:
            return Message("progress.writing", {"row": progress["row"], "of": progress["of"]})


def meaning(
    error: SandboxError, work: Work, limits: Limits, allowance: Allowance | None = None
) -> Message | None:
    """What to tell of a child that ended early; None when what it was given is not to blame."""
    seconds = {"seconds": round(limits.seconds)}
    match error, work:
        case OutOfRoom(), _:
            return None
        case OutOfMemory(), Work.READING | Work.PROPOSING | Work.MARKING:
            return Message("child.reading.out_of_memory")
        case TimedOut(), Work.READING | Work.PROPOSING | Work.MARKING if (
            allowance and allowance.seconds < limits.seconds
        ):
            return Message(
                "child.reading.slow_for_its_size",
                {"seconds": round(allowance.seconds), "megabytes": allowance.megabytes},
            )
        case TimedOut(), Work.READING | Work.PROPOSING | Work.MARKING:
            return Message("child.reading.too_slow", seconds)
        case Crashed(), Work.READING | Work.PROPOSING | Work.MARKING:
            return Message("child.reading.crashed")
        case OutOfMemory(), Work.COMPARING:
            return Message("child.comparing.out_of_memory")
        case TimedOut(), Work.COMPARING:
            return Message("child.comparing.too_slow", seconds)
        case OutOfMemory(), Work.WRITING:
            return Message("child.writing.out_of_memory")
        case TimedOut(), Work.WRITING:
            return Message("child.writing.too_slow", seconds)
        case Crashed(), Work.WRITING:
            return Message("child.writing.crashed")
    return None
