"""The task that takes jobs for those of this process who wait for one."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from psycopg_pool import AsyncConnectionPool

from xlsapp.postgres_queue import line
from xlsapp.postgres_queue.seats import Seat, Waiting
from xlsapp.postgres_queue.transaction import Transaction
from xlsapp.postgres_queue.turns import claim_jobs, one_at_a_time
from xlsapp.postgres_queue.writer import Writer
from xlsapp.queue_parts.rows import JobRow, News

logger = logging.getLogger(__name__)

# Who makes work says so, and nobody has to look for it. But a message may get lost, and a job must not.
LOOK_ANYWAY_SECONDS = 5.0

PAUSE_AFTER_FAULT_SECONDS = 0.5


class Claims:
    """Takes a job for each who waits, when there may be some. Ordinary seats come before small ones."""

    def __init__(
        self, pool: AsyncConnectionPool[Any], writer: Writer, tell: Callable[[list[News]], None]
    ) -> None:
        self._pool = pool
        self._writer = writer
        self._tell = tell
        self._seats: list[Seat] = []
        self._bell = asyncio.Event()
        self._busy = asyncio.Lock()
        self._fails = False

    def add(self, seat: Seat) -> None:
        """Let a queue wait for jobs."""
        self._seats = sorted([*self._seats, seat], key=lambda other: other.small_only)

    async def remove(self, seat: Seat) -> None:
        """Claim nothing more for it, and let a claim that is under way end; who waits gets None."""
        self._seats.remove(seat)
        async with self._busy:
            pass
        for one in seat.take_waiting():
            one.end()

    def wait(self, seat: Seat) -> Waiting:
        """Stand in the line for the next job of this seat."""
        one = Waiting(asyncio.get_running_loop().create_future(), was_looked=not seat.ready)
        seat.waiting.append(one)
        if seat.ready:
            self._bell.set()
        return one

    def ask(self, seat: Seat) -> None:
        """Look for work, whether or not there seems to be any."""
        seat.ready = True
        self._bell.set()

    def wake(self, queues: set[str] | None = None) -> None:
        """There may be work in these queues; None: in any."""
        for seat in self._seats:
            if queues is None or seat.queue in queues:
                seat.ready = True
        self._bell.set()

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                async with asyncio.timeout(LOOK_ANYWAY_SECONDS):  # wait_for may swallow the cancellation
                    await self._bell.wait()
            except TimeoutError:
                self.wake()
            self._bell.clear()
            for seat in self._seats:
                async with self._busy:
                    if seat.ready and seat in self._seats:
                        await self._serve(seat)

    async def _serve(self, seat: Seat) -> None:
        waiting = seat.take_waiting()
        if not waiting:
            return
        # Cleared before the claim: whoever comes while it runs sets it again.
        seat.ready = False
        claim = secrets.randbits(62)
        try:
            rows, may_be_more = await claim_jobs(self._pool, seat, claim=claim, limit=len(waiting))
        except BaseException as error:
            self._failed(seat, waiting, claim, error)
            if not isinstance(error, Exception):
                raise
            return
        self._fails = False
        self._tell([News(seat.queue, row.key, "active") for row in rows])
        if may_be_more:
            self.ask(seat)
        self._hand_out(seat, waiting, rows)

    def _hand_out(self, seat: Seat, waiting: list[Waiting], rows: list[JobRow]) -> None:
        left = iter(waiting)
        for row in rows:
            for one in left:
                if not one.future.done():
                    one.future.set_result(row)
                    break
            else:  # who waited for it has gone
                self.unclaim(seat.queue, row)
        seat.put_back(list(left))

    def unclaim(self, queue: str, row: JobRow) -> None:
        """A claim nobody waits for any more: the job goes back to its place."""
        self._writer.post(lambda tx: line.unclaim(tx, queue, row.claim, row.key))

    def _failed(self, seat: Seat, waiting: list[Waiting], claim: int, error: BaseException) -> None:
        """It is not known whether the claim is stored: if it is, it is undone, and all go on waiting."""
        seat.put_back(waiting)
        self._writer.post(lambda tx: _undo(tx, seat, claim))
        if isinstance(error, Exception) and not self._fails:  # once, not twice a second
            self._fails = True
            logger.error("No job can be taken from %s; trying again", seat.queue, exc_info=error)
        with suppress(RuntimeError):  # the loop is being closed
            asyncio.get_running_loop().call_later(PAUSE_AFTER_FAULT_SECONDS, self.ask, seat)


async def _undo(tx: Transaction, seat: Seat, claim: int) -> None:
    # After the claim itself, should the server still be at it.
    await tx.run(one_at_a_time(seat.queue))
    await line.unclaim(tx, seat.queue, claim)
