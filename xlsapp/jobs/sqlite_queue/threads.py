"""Calls from any event loop, run in one thread on one connection."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Reply(Generic[T]):
    """A place to put a result, on the event loop that waits for it."""

    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[T]
    # What becomes of a result nobody waits for any more: called in either thread.
    undelivered: Callable[[T], None] | None = None

    @classmethod
    def here(cls, undelivered: Callable[[T], None] | None = None) -> Reply[T]:
        loop = asyncio.get_running_loop()
        return cls(loop, loop.create_future(), undelivered)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    reply: Reply[Any]
    value: Any = None
    error: Exception | None = None


def deliver(outcomes: Iterable[Outcome]) -> None:
    """Hand results to their event loops: one wake-up a loop, however many results."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Outcome]] = {}
    for outcome in outcomes:
        by_loop.setdefault(outcome.reply.loop, []).append(outcome)
    for loop, together in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle, together)
        except RuntimeError:  # the loop is closed
            for outcome in together:
                _return(outcome)


def _settle(outcomes: list[Outcome]) -> None:
    for outcome in outcomes:
        future = outcome.reply.future
        if future.done():
            _return(outcome)
        elif outcome.error is not None:
            future.set_exception(outcome.error)
        else:
            future.set_result(outcome.value)


def _return(outcome: Outcome) -> None:
    if outcome.reply.undelivered is not None and outcome.error is None:
        outcome.reply.undelivered(outcome.value)


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    run: Callable[[Any], Any]
    reply: Reply[Any] | None  # None: nobody waits, an error is logged


class CallThread(threading.Thread):
    """Takes whatever calls have gathered since it last looked, and runs them in order.

    A daemon: a queue that was never disconnected does not keep its process alive. A call that is
    abandoned half-way still runs to its end.
    """

    def __init__(self, name: str, connect: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(name=name, daemon=True)
        self._connect = connect
        self._calls: deque[Call] = deque()
        self._bell = threading.Lock()
        self._bell.acquire()
        self._rung = False
        self._closing = False

    def call(self, run: Callable[[Any], T]) -> asyncio.Future[T]:
        """Run this in the thread; the future belongs to the running event loop."""
        reply: Reply[T] = Reply.here()
        self._calls.append(Call(run, reply))
        self.ring()
        return reply.future

    def post(self, run: Callable[[Any], object]) -> None:
        """Run this in the thread some time soon: with the next call, or when somebody rings."""
        self._calls.append(Call(run, None))

    def ring(self) -> None:
        """Wake the thread. Cheap when it is awake; from any thread."""
        # The thread clears the flag before it takes the calls: who sees the flag set has been seen.
        if not self._rung:
            self._rung = True
            try:
                self._bell.release()
            except RuntimeError:  # another thread was faster
                return

    def close(self) -> None:
        """Finish what was asked, then end the thread. Blocks for a moment."""
        self._closing = True
        self.ring()
        self.join()

    def run(self) -> None:
        try:
            connection = self._connect()
        except Exception as error:
            self._refuse(error)
            return
        try:
            self._serve(connection)
        finally:
            connection.close()

    def _serve(self, connection: sqlite3.Connection) -> None:
        while True:
            self._bell.acquire(timeout=self._patience())
            self._rung = False
            last = self._closing  # looked at before the calls are taken: none is left behind
            self._work(connection, self._take_calls())
            if last:
                return

    def _refuse(self, error: Exception) -> None:
        while not self._closing or self._calls:
            deliver(Outcome(call.reply, error=error) for call in self._take_calls() if call.reply)
            if not self._closing:
                self._bell.acquire()
                self._rung = False

    def _take_calls(self) -> list[Call]:
        calls = []
        while self._calls:
            calls.append(self._calls.popleft())
        return calls

    def _patience(self) -> float:
        """Seconds to sleep unless somebody rings; -1 for ever."""
        return -1

    def _work(self, connection: sqlite3.Connection, calls: list[Call]) -> None:
        raise NotImplementedError


class Reader(CallThread):
    """Answers questions. Never waits for a writer."""

    def _work(self, connection: sqlite3.Connection, calls: list[Call]) -> None:
        deliver(outcome for call in calls if (outcome := attempt(call, connection)) is not None)


def attempt(call: Call, argument: object) -> Outcome | None:
    """Run one call and catch its error; None if nobody wants to know."""
    try:
        value = call.run(argument)
    except Exception as error:
        if call.reply is None:
            logger.exception("A queue operation in the background failed")
            return None
        return Outcome(call.reply, error=error)
    return Outcome(call.reply, value) if call.reply is not None else None
