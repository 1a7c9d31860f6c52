"""The zygote: forks a child per command, kills it when told to, and tells how it ended."""

import contextlib
import gc
import importlib
import os
import select
import signal
import socket
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field

from xlsapp.sandbox.child import wire, work

# Ctrl-C and a service manager's SIGTERM are for the server: it ends its children in good order.
NOT_FOR_US = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(control_fd: int, preload: Sequence[str]) -> None:
    """Import the modules in `preload`, then serve until the server closes its end of the socket, or dies."""
    for number in NOT_FOR_US:
        signal.signal(number, signal.SIG_IGN)
    control = socket.socket(fileno=control_fd)
    # A panic's message is enough for the log; symbols for a backtrace can take seconds to load.
    os.environ["RUST_BACKTRACE"] = "0"
    try:
        for name in preload:
            importlib.import_module(name)
    except BaseException:
        control.sendall(traceback.format_exc().encode())
        raise
    # The collector writes to every object it looks at, and so would copy the pages that children share.
    gc.collect()
    gc.freeze()
    control.sendall(wire.READY)
    Zygote(control).serve()


@dataclass(slots=True)
class Zygote:
    """Children by the number of their run: process id, and where their status goes."""

    control: socket.socket
    children: dict[int, tuple[int, int]] = field(default_factory=dict)

    def serve(self) -> None:
        """Obey commands. Returns when nobody can send any more; no child is left then."""
        woken, waker = os.pipe()
        os.set_blocking(woken, False)
        os.set_blocking(waker, False)
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        poll = select.poll()  # not epoll: a descriptor of it would be shared with the children
        poll.register(self.control, select.POLLIN)
        poll.register(woken, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if woken in ready:
                os.read(woken, 4096)
                self._reap()
            if self.control.fileno() in ready and not self._obey():
                break
        for run in self.children:
            self._kill(run)
        self._reap(0)

    def _obey(self) -> bool:
        """Carry out one command. False when there will be no more."""
        try:
            command, descriptors, _, _ = socket.recv_fds(self.control, wire.COMMAND.size, 3)
        except ConnectionResetError:
            return False
        if len(command) < wire.COMMAND.size:
            return False
        verb, run = wire.COMMAND.unpack(command)
        if verb == wire.KILL:
            self._kill(run)
        else:
            self._fork(run, *descriptors)
        return True

    def _fork(self, run: int, channel: int, errors: int, status: int) -> None:
        zygote = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            _tell(status, -(error.errno or 1))
            os.close(status)
        else:
            if pid == 0:
                work.main(channel, errors, zygote)
            self.children[run] = (pid, status)
            _tell(status, pid)
        os.close(channel)
        os.close(errors)

    def _kill(self, run: int) -> None:
        if run not in self.children:
            return  # it has ended in the meantime, and its process id may be another's by now
        pid, _ = self.children[run]
        # A child of a moment ago has no group of its own yet, and nothing in it.
        os.kill(pid, signal.SIGKILL)
        _kill_group(pid)

    def _reap(self, options: int = os.WNOHANG) -> None:
        while self.children:
            pid, wait_status = os.waitpid(-1, options)
            if pid == 0:
                return
            _kill_group(pid)
            run = next(run for run, (known, _) in self.children.items() if known == pid)
            _, status = self.children.pop(run)
            _tell(status, wait_status)
            os.close(status)


def _kill_group(pid: int) -> None:
    """What a child has started itself goes with it."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _tell(status: int, number: int) -> None:
    with contextlib.suppress(BrokenPipeError):
        os.write(status, wire.STATUS.pack(number))
