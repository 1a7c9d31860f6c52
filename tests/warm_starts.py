"""The app's program in processes of their own, forked from one that has imported it already.

Each is `run.py` in all that a test can see: its arguments, environment and streams, signals, an exit code.
Only what Python takes to import the app, more than half of what a start costs, is not paid for every time.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parent.parent
CHEAP_PASSWORDS = ROOT / "tests/cheap_passwords"
MOST_BYTES = 1_000_000


class Program:
    """A running program, with as much of subprocess.Popen as tests ask for."""

    def __init__(self, keeper: socket.socket) -> None:
        self._keeper = keeper
        self.pid = int(keeper.recv(100))
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, or None while it runs."""
        try:
            return self.wait(timeout=0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code once it has ended; minus the signal, if one killed it. Raises TimeoutExpired."""
        if self.returncode is None:
            self._keeper.settimeout(timeout)
            try:
                self.returncode = int(self._keeper.recv(100))
            except (BlockingIOError, TimeoutError):
                raise subprocess.TimeoutExpired("run.py", timeout or 0) from None
            self._keeper.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Nothing when it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


def can_start(environment: Mapping[str, str]) -> bool:
    """Whether nothing in it is read by Python itself, at its own start."""
    return not any(name.startswith("PYTHON") for name in environment)


def start(
    arguments: Sequence[str], environment: Mapping[str, str], *streams: IO[bytes], folder: Path = ROOT
) -> Program:
    """`python run.py …` in a folder; `streams` are its standard input, output and error."""
    keeper, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    request = json.dumps([list(arguments), dict(environment), str(folder)]).encode()
    with theirs:
        given = [theirs.fileno(), *(stream.fileno() for stream in streams)]
        socket.send_fds(_nursery()[1], [request], given)
    return Program(keeper)


@cache
def _nursery() -> tuple[subprocess.Popen[bytes], socket.socket]:
    """The process that all are forked from, and what leads to it: there from the first use on."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.warm_starts", str(theirs.fileno())],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(CHEAP_PASSWORDS)},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
    return process, ours


def close() -> None:
    """End the process that programs are forked from. Those that run go on."""
    if _nursery.cache_info().currsize:
        process, control = _nursery()
        _nursery.cache_clear()
        control.close()
        process.wait(timeout=30)


def _serve(control: socket.socket) -> None:
    """Fork whenever it is asked for. Returns in each forked process, which is then to run the program."""
    keepers: list[int] = []
    while True:
        request, descriptors, _, _ = socket.recv_fds(control, MOST_BYTES, 4)
        keepers = [keeper for keeper in keepers if os.waitpid(keeper, os.WNOHANG) == (0, 0)]
        if not request:
            sys.exit()
        if not (keeper := os.fork()):
            control.close()
            _keep(*json.loads(request), *descriptors)
            return
        keepers.append(keeper)
        for each in descriptors:
            os.close(each)


def _keep(arguments: list[str], environment: dict[str, str], folder: str, told: int, *streams: int) -> None:
    """Fork the program; tell its process id, and its exit code when it has ended. Returns in the program."""
    keeper = socket.socket(fileno=told)
    if pid := os.fork():
        for each in streams:
            os.close(each)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        keeper.send(str(pid).encode())
        _, status = os.waitpid(pid, 0)
        try:
            keeper.send(str(os.waitstatus_to_exitcode(status)).encode())
        finally:
            os._exit(0)
    keeper.close()
    for target, each in enumerate(streams):
        os.dup2(each, target)
        os.close(each)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["run.py", *arguments]
    for first in os.environ.get("RUN_FIRST", "").split():
        import_module(first)


if __name__ == "__main__":
    from xlsapp.cli import run
    from xlsapp.cli import serve as serve
    from xlsapp.web.api.app import api_app

    api_app(max_upload_bytes=1)  # makes its schemas, which servers make when they have started
    _serve(socket.socket(fileno=int(sys.argv[1])))
    run()
