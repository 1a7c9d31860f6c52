"""The task that writes: what has gathered shares a transaction, and its one sync of the database's disk."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from psycopg_pool import AsyncConnectionPool

from xlsapp.postgres_queue.transaction import PASSES, Transaction, begun, commit

logger = logging.getLogger(__name__)

Change = Callable[[Transaction], Awaitable[Any]]

PAUSE_AFTER_FAULT_SECONDS = 0.5


@dataclass(slots=True, eq=False)
class Call:
    """A change, and who waits for it; None: nobody, an error is logged."""

    change: Change
    reply: asyncio.Future[Any] | None
    durable: bool


class Writer:
    """Runs all changes that have gathered in one transaction, in their order, commits, answers.

    While one batch is under way the next gathers: jobs that are enqueued at once keep their order, and nobody
    waits for company. A change that is abandoned half-way still comes to its end.
    """

    def __init__(
        self, pool: AsyncConnectionPool[Any], sender: str, committed: Callable[[Transaction], None]
    ) -> None:
        self._pool = pool
        self._sender = sender
        self._committed = committed
        self._calls: list[Call] = []
        self._bell = asyncio.Event()
        self._is_closing = False

    def call(self, change: Change, *, durable: bool = True) -> asyncio.Future[Any]:
        """Run a change; its result once it is committed. On this task's own event loop."""
        if self._is_closing:
            raise RuntimeError("The queue was disconnected before this was asked of it")
        reply = asyncio.get_running_loop().create_future()
        self._add(Call(change, reply, durable))
        return reply

    def post(self, change: Change, *, durable: bool = True) -> None:
        """Run a change soon: again and again while the database cannot be reached."""
        self._add(Call(change, None, durable))

    def _add(self, call: Call) -> None:
        self._calls.append(call)
        self._bell.set()

    def close(self) -> None:
        """Let `run` end once all is done that was asked, or cannot be."""
        self._is_closing = True
        self._bell.set()

    async def run(self) -> None:
        """Until it is closed."""
        while self._calls or not self._is_closing:
            await self._bell.wait()
            self._bell.clear()
            calls, self._calls = self._calls, []
            if calls:
                await self._write(calls)
            if self._is_closing:
                self._bell.set()

    async def _write(self, calls: list[Call]) -> None:
        try:
            results = await self._commit(calls)
        except Exception as error:
            if len(calls) == 1 or (isinstance(error, PASSES) and error.sqlstate is None):
                for call in calls:
                    self._fail(call, error)
            else:  # each for itself, so that only the culprit fails
                for call in calls:
                    await self._write([call])
            return
        for call, result in zip(calls, results, strict=True):
            if call.reply is not None and not call.reply.done():
                call.reply.set_result(result)

    async def _commit(self, calls: list[Call]) -> list[Any]:
        async with begun(self._pool, durable=any(call.durable for call in calls)) as conn:
            tx = Transaction(conn)
            results = [await call.change(tx) for call in calls]
            await commit(conn, self._notifications(tx))
        self._committed(tx)
        return results

    def _notifications(self, tx: Transaction) -> list[str]:
        """What other processes are told: that there may be work (w), or that a job has changed (c).

        Of beginnings they hear nothing: there are many, and nobody waits for them.
        """
        changed = {news.queue for news in tx.news if news.status != "active"} - tx.woken
        told = [("w", queue) for queue in sorted(tx.woken)] + [("c", queue) for queue in sorted(changed)]
        return [f"{self._sender} {what} {queue}" for what, queue in told]

    def _fail(self, call: Call, error: Exception) -> None:
        if call.reply is not None:
            if not call.reply.done():
                call.reply.set_exception(error)
        elif isinstance(error, PASSES) and not self._is_closing:
            asyncio.get_running_loop().call_later(PAUSE_AFTER_FAULT_SECONDS, self._add, call)
        else:
            logger.error("A queue operation in the background failed", exc_info=error)
