"""What a child does from its fork to its end: put itself under limits, run one function, tell the outcome."""

import contextlib
import ctypes
import math
import os
import pickle
import resource
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

from xlsapp.sandbox.child import wire

CHANNEL = 3
NICENESS_AT_FIRST, NICENESS = 3, 10
"""Steps above the server's own: what is quick goes before what has been at work for a while."""
QUICK_SECONDS = 0.5
"""Of processor time. An import of a few rows takes a tenth of it."""
LOOK_SECONDS = 0.1
OOM_SCORE = "900"
"""Of 1,000, beside the share of the memory that it takes (proc(5), oom_score_adj)."""
MEGABYTE = 1024 * 1024

# Python ignores some of these, and so does the zygote.
BACK_TO_DEFAULT = ("SIGINT", "SIGTERM", "SIGHUP", "SIGCHLD", "SIGPIPE", "SIGXFSZ", "SIGALRM")

PR_SET_PDEATHSIG = 1  # linux/prctl.h
prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def main(channel: int, errors: int, zygote: int) -> NoReturn:
    """Run what the server asks for over `channel`, and end."""
    code = 1
    try:
        _become_a_process_of_its_own(channel, errors, zygote)
        server = socket.socket(fileno=CHANNEL)
        limits, call = pickle.loads(_request(server))  # noqa: S301 - from our own server
        _watch(server)
        _let_others_go_first()
        _limit(**limits)
        server.sendall(_outcome(server, call))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)  # nothing of the zygote's is to be cleaned up here


def _become_a_process_of_its_own(channel: int, errors: int, zygote: int) -> None:
    # No session of its own: to Linux' scheduler that may be a rival with as much right as the whole server,
    # in which a niceness counts for nothing (sched(7), the autogroup feature).
    os.setpgid(0, 0)
    signal.set_wakeup_fd(-1)
    for name in BACK_TO_DEFAULT:
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    if prctl:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != zygote:
            os._exit(1)  # it had died before we asked to hear of it
    nothing = os.open(os.devnull, os.O_RDONLY)
    # Upwards first, so that none of the three is overwritten before it is in its place.
    channel, errors, nothing = (_above(CHANNEL, fd) for fd in (channel, errors, nothing))
    os.dup2(nothing, 0)
    os.dup2(errors, 1)
    os.dup2(errors, 2)
    os.dup2(channel, CHANNEL, inheritable=False)
    os.closerange(CHANNEL + 1, os.sysconf("SC_OPEN_MAX"))
    os.nice(NICENESS_AT_FIRST)
    # When memory is short the kernel ends a child first, and not the server: its job is tried again.
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:
        score.write(OOM_SCORE)


def _above(lowest: int, fd: int) -> int:
    while fd <= lowest:
        fd = os.dup(fd)
    return fd


def _request(server: socket.socket) -> bytes:
    _, length = wire.HEADER.unpack(_exactly(server, wire.HEADER.size))
    return _exactly(server, length)


def _exactly(server: socket.socket, length: int) -> bytes:
    received = bytearray()
    while len(received) < length:
        more = server.recv(length - len(received))
        if not more:
            os._exit(1)  # the server is gone, or wants nothing any more
        received += more
    return bytes(received)


def _watch(server: socket.socket) -> None:
    """End this process and all it has started when the server is gone: only that closes the other end."""

    def watch() -> None:
        with contextlib.suppress(OSError):
            while server.recv(1):
                pass
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def _let_others_go_first() -> None:
    """Lower the priority once this is no quick job."""

    def wait() -> None:
        while time.process_time() < QUICK_SECONDS:
            time.sleep(LOOK_SECONDS)
        of_server = os.getpriority(os.PRIO_PROCESS, 0) - NICENESS_AT_FIRST
        os.setpriority(os.PRIO_PGRP, 0, min(of_server + NICENESS, 19))

    threading.Thread(target=wait, daemon=True).start()


def _limit(*, memory_mb: int, seconds: float, file_mb: int | None) -> None:
    _lower(resource.RLIMIT_CORE, 0)
    cpu_seconds = math.ceil(seconds)
    # At the soft limit comes SIGXCPU, which tells us what happened; at the hard one SIGKILL, which does not.
    _lower(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 5)
    if file_mb is not None:
        _lower(resource.RLIMIT_FSIZE, file_mb * MEGABYTE)
    # macOS has no /proc, and does not hold anyone to this limit.
    with contextlib.suppress(FileNotFoundError), open("/proc/self/statm") as sizes:
        present = int(sizes.read().split()[0]) * resource.getpagesize()
        _lower(resource.RLIMIT_AS, present + memory_mb * MEGABYTE)


def _lower(limit: int, soft: int, hard: int | None = None) -> None:
    _, present = resource.getrlimit(limit)
    ceiling = math.inf if present == resource.RLIM_INFINITY else present
    resource.setrlimit(limit, (int(min(soft, ceiling)), int(min(hard or soft, ceiling))))


def _outcome(server: socket.socket, call: bytes) -> bytes:
    """The last frame: a result, or what came instead."""
    try:
        function, arguments = pickle.loads(call)  # noqa: S301 - from our own server
        payload = pickle.dumps(function(*arguments, _reporter(server)))
        if len(payload) > wire.MAX_FRAME_BYTES:
            raise ValueError(f"a result of {len(payload):,} bytes is too large to hand back")
    except MemoryError:
        return wire.frame(wire.NO_MEMORY)
    except Exception as error:
        return wire.frame(wire.RAISED, _described(error))
    except BaseException:
        # A Rust panic is a BaseException that is no Exception, and sys.exit() is no result either.
        return wire.frame(wire.PANIC, traceback.format_exc().encode())
    return wire.frame(wire.RESULT, payload)


def _reporter(server: socket.socket) -> Callable[[Any], None]:
    sending = threading.Lock()

    def tell(progress: Any) -> None:
        payload = wire.frame(wire.PROGRESS, pickle.dumps(progress))
        with sending:
            server.sendall(payload)

    return tell


def _described(error: Exception) -> bytes:
    text = "".join(traceback.format_exception(error))
    pickled = None
    with contextlib.suppress(Exception):
        pickled = pickle.dumps(error)
    return pickle.dumps((pickled, f"{type(error).__name__}: {error}", text))
