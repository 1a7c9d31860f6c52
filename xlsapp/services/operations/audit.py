"""The audit log: who signed in, who let whom in, who took what away. No value of a record is in it."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from xlsapp import clock
from xlsapp.clock import utc_text
from xlsapp.db.connection import Database
from xlsapp.db.errors import DatabaseFault
from xlsapp.repositories import audit_entries
from xlsapp.repositories.audit_entries import AuditEntry, Noted

log = logging.getLogger(__name__)

# A sign-in waits for no import that is being written: entries are written down a moment later, many at once.
WRITTEN_AFTER_SECONDS = 0.5
# Some 300 bytes each. More than that cannot be written down only while the disk is full.
MOST_UNWRITTEN = 20_000
CLEARED_EVERY_SECONDS = 3600
CLEARED_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class AuditLog:
    """Notes what happens, and shows what did."""

    db: Database
    days: int
    _unwritten: deque[Noted] = field(default_factory=deque)
    _some: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, entry: Noted) -> None:
        """Write an entry down a moment later. A server that is killed within that half second forgets it."""
        if len(self._unwritten) >= MOST_UNWRITTEN:
            log.error("The audit log cannot be written, and “%s” is not in it", entry.what.code)
            return
        self._unwritten.append(entry)
        self._some.set()

    async def list(
        self, before: int | None = None, *, kind: str | None = None, user_id: int | None = None, most: int
    ) -> list[AuditEntry]:
        """The newest entries below an id, newest first; see audit_entries.list_before."""
        await self.write()
        async with self.db.read() as conn:
            return await audit_entries.list_before(conn, before, kind=kind, user_id=user_id, most=most)

    async def write(self) -> None:
        """Write down now what is not written yet."""
        while self._unwritten:
            entries = list(self._unwritten)[:CLEARED_AT_ONCE]
            async with self.db.write() as tx:
                await audit_entries.add(tx, entries)
            for _ in entries:
                self._unwritten.popleft()

    async def clear(self) -> None:
        """Forget what is older than it has to be kept, in short transactions."""
        before = utc_text(clock.now() - self.days * 86400)
        cleared = CLEARED_AT_ONCE
        while cleared == CLEARED_AT_ONCE:
            async with self.db.write() as tx:
                cleared = await audit_entries.clear(tx, before=before, most=CLEARED_AT_ONCE)

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """Write down what is noted in the block, and forget what is old."""
        tasks = [asyncio.create_task(self._keep_writing()), asyncio.create_task(self._keep_clearing())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with suppress(DatabaseFault):
                await self.write()

    async def _keep_writing(self) -> None:
        while True:
            await self._some.wait()
            self._some.clear()
            await asyncio.sleep(WRITTEN_AFTER_SECONDS)
            try:
                await self.write()
            except DatabaseFault:  # locked, or no room: later
                self._some.set()

    async def _keep_clearing(self) -> None:
        while True:
            with suppress(DatabaseFault):
                await self.clear()
            await asyncio.sleep(CLEARED_EVERY_SECONDS)
