"""The server's side of the zygote: starts it, sends it commands, notices its end."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import count

from xlsapp.sandbox.child import wire
from xlsapp.sandbox.failures import ChildLost, SandboxError

# -I leaves out the current folder and PYTHON* variables; what can be imported here can be imported there.
BOOT = """
import sys
control, preload = int(sys.argv[1]), sys.argv[2].split()
sys.path[:] = sys.argv[3:]
from xlsapp.sandbox.child.zygote import main
main(control, preload)
"""

CLOSE_SECONDS = 5

# What lets one into a database or an object store is no business of who reads strangers' files.
NOT_FOR_CHILDREN = ("XLSAPP_", "PG", "AWS_", "AZURE_", "GOOGLE_")


class ZygoteProcess:
    """A running zygote. Each child that it has forked is known by the number of its run."""

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket) -> None:
        self._process = process
        self._control = control
        self._numbers = count(1)
        self._loop = asyncio.get_running_loop()
        self._on_loss: dict[int, Callable[[], None]] = {}
        self.lost = asyncio.Event()

    @classmethod
    async def start(cls, preload: Sequence[str]) -> "ZygoteProcess":
        """A zygote that has imported `preload`. Raises SandboxError, with the traceback, when that fails."""
        control, theirs = socket.socketpair()
        control.setblocking(False)
        with theirs:
            # Under 1 ms, once. A thread for it would be one more thing that can be left behind.
            process = subprocess.Popen(  # noqa: ASYNC220, S603
                [
                    *(sys.executable, "-I", "-c", BOOT, str(theirs.fileno()), " ".join(preload)),
                    *(os.path.abspath(entry) for entry in sys.path),  # noqa: ASYNC240 - touches no disk
                ],
                pass_fds=[theirs.fileno()],
                env={name: os.environ[name] for name in os.environ if not name.startswith(NOT_FOR_CHILDREN)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                process_group=0,
            )
        zygote = cls(process, control)
        try:
            greeting = await zygote._greeting()
        except BaseException:
            zygote._let_go()
            raise
        if greeting != wire.READY:
            zygote._let_go()
            raise SandboxError(f"child processes cannot be started:\n{greeting.decode(errors='replace')}")
        zygote._loop.add_reader(control, zygote._on_readable)
        return zygote

    def fork(self, descriptors: Sequence[int], on_loss: Callable[[], None]) -> int:
        """Ask for a child. Returns its number. `on_loss` is called when the zygote ends before it does."""
        run = next(self._numbers)
        try:
            socket.send_fds(self._control, [wire.COMMAND.pack(wire.FORK, run)], descriptors)
        except OSError as error:
            if isinstance(error, ConnectionError):
                self._let_go()
            raise ChildLost("the process that starts children does not answer") from error
        self._on_loss[run] = on_loss
        return run

    def kill(self, run: int) -> None:
        """Kill a child and all it has started, if it still runs."""
        try:
            self._control.send(wire.COMMAND.pack(wire.KILL, run))
        except OSError:
            self._let_go()  # with it go its children

    def forget(self, run: int) -> None:
        """This child has ended, and been waited for."""
        self._on_loss.pop(run, None)

    async def close(self) -> None:
        """End the zygote, which ends its children first."""
        if self.lost.is_set():
            return
        try:
            with contextlib.suppress(OSError):
                self._control.shutdown(socket.SHUT_WR)
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.lost.wait()
        finally:
            self._let_go()

    async def _greeting(self) -> bytes:
        greeting = b""
        while greeting != wire.READY:
            received = await self._loop.sock_recv(self._control, 65536)
            if not received:
                break
            greeting += received
        return greeting

    def _on_readable(self) -> None:
        # After its greeting it says nothing: this can only be its end.
        self._let_go()

    def _let_go(self) -> None:
        if self.lost.is_set():
            return
        self.lost.set()
        self._loop.remove_reader(self._control)
        self._control.close()
        self._process.kill()
        self._process.wait()  # it is dead or about to be: this takes no time
        for on_loss in list(self._on_loss.values()):
            on_loss()
