"""Calls from any event loop, run in one thread on one connection."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from xlsapp.sqlite_queue.bell import Bell

logger = logging.getLogger(__name__)

T = TypeVar("T")

PAUSE_AFTER_FAULT_SECONDS = 0.1
CLOSED = "The queue was disconnected before this was asked of its file"


@dataclass(slots=True, eq=False)  # not frozen: one is made for every call, and that takes a third of the time
class Reply(Generic[T]):
    """A place to put a result, on the event loop that waits for it."""

    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[T]
    # What becomes of a result nobody waits for any more: called in either thread.
    undelivered: Callable[[T], None] | None = None

    @classmethod
    def here(cls, undelivered: Callable[[T], None] | None = None) -> Reply[T]:
        """A reply to the running event loop."""
        loop = asyncio.get_running_loop()
        return cls(loop, loop.create_future(), undelivered)


class Outcome(NamedTuple):
    """What a call came to."""

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


@dataclass(slots=True, eq=False)  # not frozen: see Reply
class Call:
    """Something to run in the thread."""

    run: Callable[[Any], Any]
    reply: Reply[Any] | None  # None: nobody waits, an error is logged


class CallThread(threading.Thread):
    """Takes whatever calls have gathered since it last looked, and runs them in order.

    A daemon: a queue that was never disconnected does not keep its process alive. A call that is
    abandoned half-way still runs to its end. Whatever goes wrong, every call gets an answer.
    """

    def __init__(self, name: str, connect: Callable[[], sqlite3.Connection]) -> None:
        super().__init__(name=name, daemon=True)
        self._connect = connect
        self._calls: deque[Call] = deque()
        self._bell = Bell()
        self._closing = False
        self._ended = False

    def call(self, run: Callable[[Any], T]) -> asyncio.Future[T]:
        """Run this in the thread; the future belongs to the running event loop."""
        reply: Reply[T] = Reply.here()
        self._calls.append(Call(run, reply))
        self._bell.ring()
        if self._ended:
            self._refuse_late()
        return reply.future

    def close(self) -> None:
        """Finish what was asked, then end the thread. Blocks for a moment."""
        self._closing = True
        self._bell.ring()
        self.join()

    def run(self) -> None:
        """The thread's life."""
        try:
            connection = self._connect()
        except Exception as error:
            self._refuse(error)
        else:
            try:
                self._serve(connection)
            finally:
                connection.close()
                self._bell.close()
        self._ended = True
        self._refuse_late()  # what came between the last look and that

    def _serve(self, connection: sqlite3.Connection) -> None:
        last = False
        while not last:
            calls: list[Call] = []
            try:
                self._sleep(connection)
                self._bell.answered()
                last = self._closing  # looked at before the calls are taken: none is left behind
                calls = self._take_calls()
                self._work(connection, calls)
            except Exception as error:
                logger.exception("A batch of queue operations failed")
                deliver(Outcome(call.reply, error=error) for call in calls if call.reply is not None)
                self._bell.sleep(PAUSE_AFTER_FAULT_SECONDS)

    def _refuse(self, error: Exception) -> None:
        """The file cannot be opened: say so to everybody, until closed."""
        while not self._closing or self._calls:
            deliver(Outcome(call.reply, error=error) for call in self._take_calls() if call.reply)
            if not self._closing:
                self._bell.sleep(-1)
                self._bell.answered()

    def _refuse_late(self) -> None:
        deliver(Outcome(call.reply, error=RuntimeError(CLOSED)) for call in self._take_calls() if call.reply)

    def _take_calls(self) -> list[Call]:
        calls = []
        with suppress(IndexError):  # there are no more
            while True:
                calls.append(self._calls.popleft())
        return calls

    def _sleep(self, connection: sqlite3.Connection) -> None:
        """Until somebody rings."""
        self._bell.sleep(-1)

    def _work(self, connection: sqlite3.Connection, calls: list[Call]) -> None:
        raise NotImplementedError


class Reader(CallThread):
    """Looks things up. Never waits for a writer."""

    def _work(self, connection: sqlite3.Connection, calls: list[Call]) -> None:
        deliver(_answer(call, call.reply, connection) for call in calls if call.reply is not None)


def _answer(call: Call, reply: Reply[Any], connection: sqlite3.Connection) -> Outcome:
    try:
        return Outcome(reply, call.run(connection))
    except Exception as error:
        return Outcome(reply, error=error)
