"""What all queues of one process over one pool share: who writes, claims, listens, and says it is alive."""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import Any

from psycopg.sql import SQL
from psycopg_pool import AsyncConnectionPool

from xlsapp.postgres_queue import upkeep
from xlsapp.postgres_queue.claims import Claims
from xlsapp.postgres_queue.listener import Listener
from xlsapp.postgres_queue.transaction import PASSES, Row, Transaction, look
from xlsapp.postgres_queue.writer import Writer
from xlsapp.queue_parts.listening import Listeners

logger = logging.getLogger(__name__)

CHANNEL = "queue"

# Who has not said for so long that it is alive has lost its jobs. It says so three times as often.
LEASE_SECONDS = 30.0

_open: dict[int, Shared] = {}


class Shared:
    """One per pool. Queues that share it wake each other without a word to the database."""

    def __init__(self, pool: AsyncConnectionPool[Any]) -> None:
        self.pool = pool
        self.loop = asyncio.get_running_loop()
        self.listeners = Listeners()
        self.holders: set[str] = set()
        # Never a host's name or a process id, which another may have after a while.
        self._sender = secrets.token_hex(8)
        self._said_hello = asyncio.Event()
        self.writer = Writer(pool, self._sender, self._committed)
        self.claims = Claims(pool, self.writer, self.listeners.publish_commit)
        self._listener = Listener(pool, CHANNEL, self._heard, self._missed)
        self._writing = asyncio.create_task(self.writer.run())
        self._others = [asyncio.create_task(task) for task in (self.claims.run(), self._renew_for_ever())]
        self._proved: asyncio.Task[None] | None = None
        self._looks: set[asyncio.Task[list[Row]]] = set()
        self._members = 0

    @staticmethod
    async def join(pool: AsyncConnectionPool[Any], *, listens: bool) -> Shared:
        """The shared parts over a pool. Raises Unheard where it `listens` and LISTEN does not work."""
        shared = _open.get(id(pool))
        if shared is None:
            shared = _open[id(pool)] = Shared(pool)
        shared._members += 1
        try:
            if listens:
                await asyncio.shield(shared._listen())
        except BaseException:
            await shared.leave()
            raise
        return shared

    def _listen(self) -> asyncio.Task[None]:
        """Listen from now on. It is done once it is proved that what others tell is heard."""
        if self._proved is None:
            self._others.append(asyncio.create_task(self._listener.run()))
            self._proved = asyncio.create_task(self._listener.prove(self._say_hello, self._said_hello))
        return self._proved

    async def leave(self) -> None:
        """The last one out finishes what was asked and ends the tasks."""
        self._members -= 1
        if self._members:
            return
        del _open[id(self.pool)]
        self.writer.close()
        others = [*self._others, *([self._proved] if self._proved else [])]
        for task in others:
            task.cancel()
        await asyncio.gather(self._writing, *others, *self._looks, return_exceptions=True)

    async def look(self, query: str, values: dict[str, Any]) -> list[Row]:
        """All rows of a query, which runs to its end, even if nobody waits for the answer any more: to cancel
        it takes another connection, and leaves it open what becomes of the first."""
        task = asyncio.create_task(look(self.pool, query, values))
        self._looks.add(task)
        task.add_done_callback(self._looked)
        return await asyncio.shield(task)

    def _looked(self, task: asyncio.Task[list[Row]]) -> None:
        self._looks.discard(task)
        if not task.cancelled():
            task.exception()  # who asked has it, or is gone

    async def renew(self, tx: Transaction) -> None:
        """Say that all queues here are alive."""
        await upkeep.renew(tx, self.holders, seconds=LEASE_SECONDS)

    async def _renew_for_ever(self) -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            try:
                await self.writer.call(self.renew, durable=False)
            except PASSES as error:
                logger.warning("The database was not told that this process is alive: %s", error)

    async def _say_hello(self) -> None:
        async with self.pool.connection() as conn:
            await conn.execute(SQL("NOTIFY queue, {}").format(f"{self._sender} hello"))

    def _committed(self, tx: Transaction) -> None:
        self.listeners.publish_commit(tx.news)
        if tx.woken:
            self.claims.wake(tx.woken)

    def _heard(self, payload: str) -> None:
        sender, what, *queue = payload.split(" ", 2)
        if sender == self._sender:  # known from the commit itself
            if what == "hello":
                self._said_hello.set()
        elif queue:
            if what == "w":
                self.claims.wake(set(queue))
            self.listeners.publish_foreign_change()

    def _missed(self) -> None:
        self.claims.wake()
        self.listeners.publish_foreign_change()
