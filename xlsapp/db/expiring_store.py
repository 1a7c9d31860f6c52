"""Entries that expire: small JSON objects by key, in status.sqlite3. Job statuses and sessions live here."""

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from xlsapp.db.database import SqliteDatabase
from xlsapp.db.runs import Fence
from xlsapp.db.statements import Statements

Entry = dict[str, Any]

NOTHING: Mapping[str, Entry] = MappingProxyType({})

# What is put also removes up to this many expired entries: more than it adds, so that the file stays bounded.
EXPIRED_PER_PUT = 4

# As one value: for each row that is read one waits for Python's lock, and there may be thousands of them.
LIST = """
SELECT GROUP_CONCAT(member, ',') FROM (
    SELECT json_quote(key) || ':' || value AS member FROM entries
    WHERE key >= :prefix AND key < :after AND expires_at > :now ORDER BY key
)
"""

PUT = """
INSERT INTO entries (key, value, is_final, expires_at)
VALUES (:key, :value, FALSE, :expires)
ON CONFLICT (key) DO UPDATE
SET value = excluded.value, is_final = FALSE, expires_at = excluded.expires_at
WHERE NOT entries.is_final OR entries.expires_at <= :now
"""

MERGE = """
UPDATE entries
SET value = json_patch(value, :changes), is_final = :final, expires_at = :expires
WHERE key = :key AND expires_at > :now AND NOT is_final
RETURNING value
"""

MERGE_ALONG = """
UPDATE entries SET value = json_patch(value, :changes), expires_at = :expires
WHERE key = :key AND expires_at > :now
"""

SWEEP = """
DELETE FROM entries WHERE key IN
    (SELECT key FROM entries WHERE expires_at <= :now ORDER BY expires_at LIMIT :most)
"""


class ExpiringStore(Protocol):
    """What a store of expiring entries promises; `tests/db/expiring_store_contract.py` holds each to it.

    An entry is gone the moment it expires, whether swept or not. A final entry never changes again, other
    than by being kept longer, by being deleted or by expiring.
    """

    async def get(self, key: str) -> Entry | None:
        """The entry, or None when there is none or it has expired."""

    async def get_many(self, keys: Iterable[str]) -> list[Entry]:
        """Those of the entries that live, in no special order."""

    async def list_by_prefix(self, prefix: str) -> dict[str, Entry]:
        """All living entries whose key begins so, by key."""

    async def count_by_prefix(self, prefix: str, member: str, value: bool) -> int:
        """How many living entries, whose key begins so, have that value of a member."""

    async def put(self, entries: Mapping[str, Entry], *, ttl_seconds: float) -> None:
        """Store entries whole, all or none; final ones that are there already stay as they are."""

    async def merge(
        self,
        key: str,
        changes: Entry,
        *,
        ttl_seconds: float,
        final: bool = False,
        along: Mapping[str, Entry] = NOTHING,
        fence: Fence | None = None,
    ) -> Entry | None:
        """Merge changes into a living entry that is not final, and return it whole; None if there is none.

        A change to None removes that member, at any depth (RFC 7396). With `final` it is the entry's last
        change. Entries in `along` that live are merged in the same transaction; their expiry moves with it.
        With a `fence`, nothing is changed when that raises; where one process has the store, nobody asks it.
        """

    async def keep_longer(self, keys: Sequence[str], *, note: Entry, ttl_seconds: float) -> None:
        """Have living entries, final or not, expire so much later; the note is merged into each of them."""

    async def delete(self, *keys: str) -> None:
        """Remove entries, final or not."""

    async def sweep(self, most: int = 1000) -> int:
        """Remove expired entries. Returns how many there were, `most` at the most."""


@dataclass(frozen=True, slots=True)
class SqliteExpiringStore:
    """The store on SQLite. `now` gives seconds since 1970."""

    db: SqliteDatabase
    now: Callable[[], float] = time.time

    async def get(self, key: str) -> Entry | None:
        """See ExpiringStore."""
        async with self.db.read() as conn:
            value = await conn.value(
                "SELECT value FROM entries WHERE key = :key AND expires_at > :now", key=key, now=self.now()
            )
        return None if value is None else _entry(value)

    async def get_many(self, keys: Iterable[str]) -> list[Entry]:
        """See ExpiringStore."""
        async with self.db.read() as conn:
            rows = await conn.all(
                """
                SELECT value FROM entries
                WHERE key IN (SELECT value FROM json_each(:keys)) AND expires_at > :now
                """,
                keys=json.dumps(list(keys)),
                now=self.now(),
            )
        return [_entry(row["value"]) for row in rows]

    async def list_by_prefix(self, prefix: str) -> dict[str, Entry]:
        """See ExpiringStore."""
        after, now = _after(prefix), self.now()

        def work(conn: Statements) -> dict[str, Entry]:
            found = conn.value(LIST, prefix=prefix, after=after, now=now)
            return dict(json.loads(f"{{{found or ''}}}"))

        return await self.db.read_at_once(work)

    async def count_by_prefix(self, prefix: str, member: str, value: bool) -> int:
        """See ExpiringStore."""
        async with self.db.read() as conn:
            return int(
                await conn.value(
                    """
                    SELECT count(*) FROM entries
                    WHERE key >= :prefix AND key < :after AND expires_at > :now AND value ->> :member = :value
                    """,
                    prefix=prefix,
                    after=_after(prefix),
                    now=self.now(),
                    member=member,
                    value=value,
                )
            )

    async def put(self, entries: Mapping[str, Entry], *, ttl_seconds: float) -> None:
        """See ExpiringStore."""
        now = self.now()

        def work(tx: Statements) -> None:
            for key, entry in entries.items():
                tx.run(PUT, key=key, value=_text(entry), expires=now + ttl_seconds, now=now)
            tx.run(SWEEP, now=now, most=EXPIRED_PER_PUT)

        await self.db.write_at_once(work)

    async def merge(
        self,
        key: str,
        changes: Entry,
        *,
        ttl_seconds: float,
        final: bool = False,
        along: Mapping[str, Entry] = NOTHING,
        fence: Fence | None = None,
    ) -> Entry | None:
        """See ExpiringStore."""
        now = self.now()
        expires = now + ttl_seconds

        def work(tx: Statements) -> Any:
            value = tx.value(MERGE, key=key, changes=_text(changes), final=final, expires=expires, now=now)
            if value is not None:
                for other, other_changes in along.items():
                    tx.run(MERGE_ALONG, key=other, changes=_text(other_changes), expires=expires, now=now)
            return value

        value = await self.db.write_at_once(work)
        return None if value is None else _entry(value)

    async def keep_longer(self, keys: Sequence[str], *, note: Entry, ttl_seconds: float) -> None:
        """See ExpiringStore."""
        now, changes = self.now(), _text(note)

        def work(tx: Statements) -> None:
            for key in keys:
                tx.run(MERGE_ALONG, key=key, changes=changes, expires=now + ttl_seconds, now=now)

        await self.db.write_at_once(work)

    async def delete(self, *keys: str) -> None:
        """See ExpiringStore."""

        def work(tx: Statements) -> None:
            for key in keys:
                tx.run("DELETE FROM entries WHERE key = :key", key=key)

        await self.db.write_at_once(work)

    async def sweep(self, most: int = 1000) -> int:
        """See ExpiringStore."""
        return await self.db.write_at_once(lambda tx: tx.run(SWEEP, now=self.now(), most=most))


def _after(prefix: str) -> str:
    """The first text behind all that begin so."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)


def _text(entry: Entry) -> str:
    return json.dumps(entry, ensure_ascii=False)


def _entry(value: str) -> Entry:
    entry = json.loads(value)
    if not isinstance(entry, dict):
        raise TypeError(f"an entry must be a JSON object, not {value[:40]}")
    return entry
