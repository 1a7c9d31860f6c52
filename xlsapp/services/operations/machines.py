"""The processes that share a PostgreSQL: each says now and then that it is there."""

import os
import secrets
import socket
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from xlsapp import __version__
from xlsapp.clock import utc_now
from xlsapp.db.expiring_store import ExpiringStore

PREFIX = "machine:"

# So long after it was there last nothing is said of a process any more.
SEEN_SECONDS = 45.0


@dataclass(frozen=True, slots=True)
class Machine:
    """A process of ours, on whichever machine."""

    host: str
    process: int
    role: str
    version: str
    started_at: str


class Presence:
    """This process, in the list of all."""

    def __init__(self, store: ExpiringStore, role: str) -> None:
        self._store = store
        self._key = f"{PREFIX}{secrets.token_hex(8)}"
        self._machine = Machine(socket.gethostname(), os.getpid(), role, __version__, utc_now())

    async def say(self) -> None:
        """It is there."""
        await self._store.put({self._key: asdict(self._machine)}, ttl_seconds=SEEN_SECONDS)

    async def end(self) -> None:
        """It goes."""
        await self._store.delete(self._key)


async def list_machines(store: ExpiringStore) -> Sequence[Machine]:
    """All that were there lately, by role and host; none where there is one process alone."""
    entries = (await store.list_by_prefix(PREFIX)).values()
    known = {field.name for field in fields(Machine)}
    found = [Machine(**{name: entry[name] for name in known}) for entry in entries if known <= entry.keys()]
    return sorted(found, key=lambda each: (each.role, each.host, each.process))
