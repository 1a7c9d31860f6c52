"""The server's side of one child: what it sends, what it prints, how it ends."""

import asyncio
import contextlib
import os
import pickle
import signal
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from xlsapp.sandbox.child import wire
from xlsapp.sandbox.zygote_process import ZygoteProcess

READ_BYTES = 65536
STDERR_BYTES = 4096
"""Only the end is kept: the last words tell why."""
GONE_SECONDS = 5

OnTold = Callable[[Any], Awaitable[None]]
"""Is given what the child tells, as it was told."""


class ChildProcess:
    """One child, from the wish for it until nothing is left of it."""

    def __init__(self, zygote: ZygoteProcess) -> None:
        self._zygote = zygote
        self._loop = asyncio.get_running_loop()
        self._channel, self._theirs = socket.socketpair()
        self._errors, self._errors_theirs = os.pipe()
        self._status, self._status_theirs = os.pipe()
        self._frames = wire.FrameReader()
        self._told = b""
        self._news = asyncio.Event()
        self._newest: bytes | None = None
        self._hung_up = asyncio.Event()
        self.ended = asyncio.Event()
        self.pid: int | None = None
        self.wait_status: int | None = None
        """None after its end when the zygote was lost, and with it the knowledge."""
        self.last_frame: tuple[bytes, bytes] | None = None
        self.stderr = b""
        self._channel.setblocking(False)
        os.set_blocking(self._errors, False)
        os.set_blocking(self._status, False)
        try:
            self._run = zygote.fork(
                [self._theirs.fileno(), self._errors_theirs, self._status_theirs], self._on_zygote_lost
            )
        except BaseException:
            self._close_theirs()
            self._close_ours()
            raise
        self._loop.add_reader(self._channel, self._on_channel)
        self._loop.add_reader(self._errors, self._on_errors)
        self._loop.add_reader(self._status, self._on_status)

    async def ask(self, request: bytes) -> None:
        """Send it its work."""
        # When it dies before it has read this, its status says so.
        with contextlib.suppress(ConnectionError):
            await self._loop.sock_sendall(self._channel, request)

    async def deliver(self, on_progress: OnTold) -> None:
        """Pass on what it reports until it has ended, in order; the newest when that is slower."""
        while self._newest is not None or not self.ended.is_set():
            await self._news.wait()
            self._news.clear()
            newest, self._newest = self._newest, None
            if newest is not None:
                await on_progress(pickle.loads(newest))  # noqa: S301 - from our own child

    def kill(self) -> None:
        """Kill it, and all it has started."""
        self._zygote.kill(self._run)

    async def end(self) -> None:
        """Kill it if it still runs, and wait until it is gone."""
        try:
            if not self.ended.is_set():
                self.kill()
                await self.ended.wait()
            if self.wait_status is None:
                await self._end_without_zygote()
        finally:
            self._zygote.forget(self._run)
            self._close_theirs()
            self._close_ours()

    async def _end_without_zygote(self) -> None:
        """It dies with the zygote where the system can do that; elsewhere this ends it."""
        if self.pid is not None and not self._hung_up.is_set():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GONE_SECONDS):
                await self._hung_up.wait()

    def _on_channel(self) -> bool:
        """Take in what it sent. False when there was nothing to read."""
        try:
            received = self._channel.recv(READ_BYTES)
        except BlockingIOError:
            return False
        except ConnectionError:
            received = b""
        if not received:
            self._loop.remove_reader(self._channel)
            self._hung_up.set()
            return False
        try:
            frames = self._frames.feed(received)
        except wire.Unreadable:
            self._loop.remove_reader(self._channel)
            self._hung_up.set()
            self.last_frame = (wire.PANIC, b"it sent what cannot be read")
            self.kill()
            return False
        for kind, payload in frames:
            if kind == wire.PROGRESS:
                self._newest = payload
                self._news.set()
            else:
                self.last_frame = (kind, payload)
        return True

    def _on_errors(self) -> bool:
        try:
            received = os.read(self._errors, READ_BYTES)
        except BlockingIOError:
            return False
        if not received:
            self._loop.remove_reader(self._errors)
            return False
        self.stderr = (self.stderr + received)[-STDERR_BYTES:]
        return True

    def _on_status(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._told += os.read(self._status, 2 * wire.STATUS.size)
        numbers = [number for (number,) in wire.STATUS.iter_unpack(self._told)]
        if numbers and self.pid is None and numbers[0] > 0:
            self.pid = numbers[0]
        if numbers:
            # Not before: on macOS a descriptor that is closed while it is under way does not arrive.
            self._close_theirs()
        if len(numbers) == 2:
            self._on_end(numbers[1])
        elif numbers and numbers[0] < 0:
            self._hung_up.set()
            self._on_end(None)

    def _on_zygote_lost(self) -> None:
        self._on_status()
        self._close_theirs()
        if not self.ended.is_set():
            self._on_end(None)

    def _on_end(self, wait_status: int | None) -> None:
        """Nobody sends any more: what there is to read can be read now."""
        self._loop.remove_reader(self._status)
        self.wait_status = wait_status
        while self._on_channel():
            pass
        while self._on_errors():
            pass
        self.ended.set()
        self._news.set()

    def _close_theirs(self) -> None:
        self._theirs.close()
        for descriptor in (self._errors_theirs, self._status_theirs):
            if descriptor >= 0:
                os.close(descriptor)
        self._errors_theirs = self._status_theirs = -1

    def _close_ours(self) -> None:
        for descriptor in (self._channel, self._errors, self._status):
            self._loop.remove_reader(descriptor)
        self._channel.close()
        os.close(self._errors)
        os.close(self._status)
