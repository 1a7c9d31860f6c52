"""Runs functions in child processes: Sandbox."""

import asyncio
import dataclasses
import logging
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from xlsapp.sandbox.child import wire
from xlsapp.sandbox.child_process import ChildProcess, OnTold
from xlsapp.sandbox.failures import ChildLost, Crashed, OutOfMemory, OutOfRoom, TimedOut, failure
from xlsapp.sandbox.zygote_process import ZygoteProcess

log = logging.getLogger(__name__)

MEGABYTE = 1024 * 1024

# A child that runs while there is less room than that is ended.
LEAST_ROOM_BYTES = MEGABYTE
LOOK_FOR_ROOM_SECONDS = 0.01, 0.2
"""It is looked for again before it could have been taken: not sooner and not later than after so long."""
MOST_WRITTEN_A_SECOND = 1500 * MEGABYTE
"""By all children together, on disks of servers."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use."""

    memory_mb: int = 1536
    """Address space on top of what it has at its start."""
    seconds: float = 300
    """By the clock on the wall, and of processor time: two busy threads use it up twice as fast."""
    file_mb: int | None = None
    """The size of each file that it writes."""


async def _unheard(told: Any) -> None:
    """Nobody wants to know."""


class Sandbox:
    """Children on demand, forked from a process that has imported the modules in `preload` beforehand."""

    def __init__(self, preload: Sequence[str] = (), *, room_bytes: Callable[[], int] | None = None) -> None:
        """`room_bytes` says what children may write now. Without any none begins, and each that runs ends."""
        self._preload = tuple(preload)
        self._room_bytes = room_bytes
        self._zygote: ZygoteProcess | None = None
        self._starting = asyncio.Lock()
        self._closed = False
        self.alone = asyncio.Lock()
        """For whoever starts a child that takes much memory: held until that has ended."""

    async def start(self) -> None:
        """Get ready. Raises SandboxError when a module cannot be imported."""
        await self._ready()

    async def close(self) -> None:
        """Kill the children that still run: whoever waits for one gets ChildLost."""
        self._closed = True
        async with self._starting:
            zygote, self._zygote = self._zygote, None
            if zygote:
                await zygote.close()

    async def run(
        self,
        function: Callable[..., Result],
        *args: Any,
        limits: Limits = Limits(),
        on_progress: OnTold = _unheard,
    ) -> Result:
        """What `function(*args, tell)` returns in a child process.

        `function` stands at the top of a module; arguments and result are small and can be pickled. What it
        hands to `tell` is given to `on_progress`: the last one always, others while it keeps up.
        An exception in `function` is raised here too; a child that ends in any other way is a SandboxError.
        When this is cancelled, the child and all it has started are killed.
        """
        call = pickle.dumps((function, args))
        limits = self._within_room(limits)
        request = wire.frame(wire.REQUEST, pickle.dumps((dataclasses.asdict(limits), call)))
        child = await self._fork()
        courier = asyncio.create_task(child.deliver(on_progress))
        try:
            room_gone = asyncio.create_task(self._until_room_is_gone())
            try:
                in_time = await _worked(child, request, courier, room_gone, limits.seconds)
            finally:
                room_gone.cancel()
            if not in_time:
                raise _told(TimedOut(f"not done after {limits.seconds:g} seconds"), child, function)
            if not child.ended.is_set():
                raise _told(OutOfRoom("others took the room for what it would write"), child, function)
            return cast(Result, _outcome(child, function))
        finally:
            courier.cancel()
            await child.end()

    def _within_room(self, limits: Limits) -> Limits:
        """The same limits, with no larger files than there is room for. Raises OutOfRoom if there is none."""
        if self._room_bytes is None:
            return limits
        room_mb = self._room_bytes() // MEGABYTE
        if not room_mb:
            raise OutOfRoom("there is no room for what it would write")
        return dataclasses.replace(limits, file_mb=min(room_mb, limits.file_mb or room_mb))

    async def _until_room_is_gone(self) -> None:
        """Others fill the disk, too: what is there when a child begins may be gone before it ends."""
        look = self._room_bytes or (lambda: LEAST_ROOM_BYTES)
        least, most = LOOK_FOR_ROOM_SECONDS
        while (room := await asyncio.to_thread(look)) >= LEAST_ROOM_BYTES:  # noqa: ASYNC110 (nobody tells)
            await asyncio.sleep(min(max(room / MOST_WRITTEN_A_SECOND, least), most))

    async def _fork(self) -> ChildProcess:
        zygote = await self._ready()
        try:
            return ChildProcess(zygote)
        except ChildLost:
            if not zygote.lost.is_set():
                raise
            # It had died, and we had not heard of it yet. A new one has no such excuse.
            return ChildProcess(await self._ready())

    async def _ready(self) -> ZygoteProcess:
        async with self._starting:
            if self._closed:
                raise ChildLost("the sandbox is closed")
            if self._zygote is None or self._zygote.lost.is_set():
                self._zygote = await ZygoteProcess.start(self._preload)
            return self._zygote


async def _worked(
    child: ChildProcess,
    request: bytes,
    courier: asyncio.Task[None],
    room_gone: asyncio.Task[None],
    seconds: float,
) -> bool:
    """Wait until the child has ended, and what it told last is delivered; or until there is no more room.

    False when it takes too long.
    """
    try:
        async with asyncio.timeout(seconds):
            await child.ask(request)
            ended = asyncio.create_task(child.ended.wait())
            try:
                # The courier is done before the child only when on_progress raises.
                await asyncio.wait({ended, courier, room_gone}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                ended.cancel()
    except TimeoutError:
        return False
    if child.ended.is_set() or courier.done():
        await courier
    return True


def _outcome(child: ChildProcess, function: Callable[..., Any]) -> Any:
    """The result that the child sent. Raises what came instead."""
    kind, payload = child.last_frame or (b"", b"")
    match kind:
        case wire.RESULT:
            return pickle.loads(payload)  # noqa: S301 - from our own child
        case wire.RAISED:
            pickled, name, text = pickle.loads(payload)  # noqa: S301 - from our own child
            raise _told(_original(pickled) or Crashed(name), child, function, text)
        case wire.NO_MEMORY:
            raise _told(OutOfMemory("ran out of memory"), child, function)
        case wire.PANIC:
            text = payload.decode(errors="replace").strip()
            raise _told(Crashed(text.rpartition("\n")[2]), child, function, text)
    raise _told(failure(child.wait_status, child.stderr), child, function)


def _told(error: Exception, child: ChildProcess, function: Callable[..., Any], text: str = "") -> Exception:
    """The same error, written to the log with what only the child knew: its traceback, its last words."""
    name = f"{function.__module__}.{function.__qualname__}"
    words = child.stderr.decode(errors="replace")
    log.warning("Child %s with %s failed: %r\n%s%s", child.pid, name, error, text, words)
    return error


def _original(pickled: bytes | None) -> Exception | None:
    """The exception as it was raised, if it can be made again on this side."""
    try:
        error = pickle.loads(pickled) if pickled else None  # noqa: S301 - from our own child
    except Exception:
        return None
    return error if isinstance(error, Exception) else None
